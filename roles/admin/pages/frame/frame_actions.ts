import { ownPath, PageError, setFlash } from "../../../../web/ui/mod.ts";
import { t } from "../texts/frame.ts";
import { needed } from "./api_client.ts";
import { type ConsoleApp, needs } from "./console.ts";

/** So long a restart waits for the devices of those who are told of it. */
const TELL_WITHIN_S = 15;

/** What the frame's own forms lead to: confirm or take back a candidate, restart. */
export function frameActions(app: ConsoleApp): void {
  app.post("/admin/candidate", needs("settings.write"), async (c) => {
    const posted = c.get("posted");
    const what = posted.text("do");
    if (what !== "confirm" && what !== "revert") throw new PageError(400, `"${what.slice(0, 40)}"`);
    const { api } = c.get("console");
    const answer = await api.post(`/settings/${what}`);
    const flash = (tone: "ok" | "warning", text: string) => setFlash(c, tone, text);
    if (answer.ok) flash("ok", t(what === "confirm" ? "candidate.confirmed" : "candidate.reverted"));
    else flash("warning", answer.problem.detail);
    return c.redirect(ownPath(posted.text("back"), "/admin"), 303);
  });

  app.post("/admin/restart", needs("settings.write"), async (c) => {
    const posted = c.get("posted");
    const tells = posted.text("do") === "tell";
    needed(await c.get("console").api.post(tells ? `/restart?tell_within=${TELL_WITHIN_S}` : "/restart"));
    setFlash(c, "info", t(tells ? "restart.told" : "restart.under-way"));
    return c.redirect(ownPath(posted.text("back"), "/admin"), 303);
  });
}
