import { failedForm, type FormState, newForm, setFlash, wrongField } from "../../../../web/ui/mod.ts";
import type { BoxStatus, SystemMessageView } from "../../services/mod.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { COUNTER } from "./counter.ts";
import { SendToAll, SystemMessages } from "./system_messages.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/messages";
const SHOWN = 100;
const EVERYBODY = "everybody";

/** What the service itself says to users. */
export function messagePages(app: ConsoleApp): void {
  app.get(HERE, needs("messages.send"), (c) => page(c, newForm({ who: "one", uri: c.req.query("to") ?? "" })));
  app.post(HERE, needs("messages.send"), send);
}

async function page(c: ConsoleContext, form: FormState, status = 200): Promise<Response> {
  const { api } = c.get("console");
  const [{ messages }, box] = await Promise.all([
    api.need<{ messages: SystemMessageView[] }>(`/system-messages?limit=${SHOWN}`),
    api.need<BoxStatus>("/status"),
  ]);
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE, scripts: [COUNTER.url], status },
    <SystemMessages messages={messages} users={box.users} form={form} />,
  );
}

async function send(c: ConsoleContext): Promise<Response> {
  const { api } = c.get("console");
  const posted = c.get("posted");
  const text = posted.text("text");
  const all = posted.text("who") === EVERYBODY;
  if (posted.text("do") === "back") return await page(c, newForm(posted.values()));
  if (text === "") return await page(c, wrongField(posted, "text", t("text.empty")), 422);
  if (!all && posted.text("uri") === "") return await page(c, wrongField(posted, "uri", t("uri.wanted")), 422);
  if (all && posted.text("do") !== "confirmed") {
    const { users } = await api.need<BoxStatus>("/status");
    return await consolePage(
      c,
      { title: t("title"), here: HERE, crumb: { href: HERE, label: t("title") } },
      <SendToAll users={users} text={text} />,
    );
  }
  const answer = await api.post("/system-messages", { to: all ? EVERYBODY : posted.text("uri"), text });
  if (!answer.ok) {
    const { kind, detail } = answer.problem;
    const problem = kind === "not-found" ? { errors: [{ field: "to", message: detail }] } : answer.problem;
    return await page(c, failedForm(posted, problem, { to: "uri" }), answer.status);
  }
  setFlash(c, "ok", t("sent"));
  return c.redirect(HERE, 303);
}
