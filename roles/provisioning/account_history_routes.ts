import { Hono } from "hono";
import { languageOf, type PageContext, type PageEnv, PageError, setFlash, useUi } from "../../web/ui/mod.ts";
import {
  type ConversationHits,
  type ConversationPage,
  RECORD_WISHES,
  type RecordingView,
} from "../admin/services/mod.ts";
import type { HistoryModel } from "./account_history.tsx";
import { t } from "./account_history_texts.ts";
import { takeForm } from "./join_routes.tsx";
import type { PublicThrottle } from "./public_door.ts";
import type { RestAsker, RestClient } from "./rest_client.ts";

/** Conversations, and messages that were found, on the page. */
const SHOWN = 50;
const HERE = "/account#history";

/** What REST says of the user's conversations; null where the box keeps none. */
export async function readHistory(c: PageContext, rest: RestClient, from: RestAsker): Promise<HistoryModel | null> {
  const settings = await rest.call<RecordingView>(from, "GET", "/me/history/settings");
  if (!settings.ok) return null;
  const words = (c.req.query("words") ?? "").slice(0, 500), other = (c.req.query("with") ?? "").slice(0, 200);
  const page = await rest.call<ConversationPage>(from, "GET", `/me/history?limit=${SHOWN}`);
  if (!page.ok) return null;
  const { conversations, total } = page.body;
  const model = { settings: settings.body, conversations, total, search: null };
  if (words.trim() === "" && other.trim() === "") return model;
  const query = new URLSearchParams({ words, with: other, limit: String(SHOWN) });
  const found = await rest.call<ConversationHits>(from, "GET", `/me/history/search?${query}`);
  // What has no word in it finds nothing.
  if (!found.ok && found.status !== 422) throw new PageError(503, found.problem.detail ?? "");
  const hits = found.ok ? found.body : { hits: [], more: false, bounded: false };
  return { ...model, search: { words, with: other, found: hits } };
}

/** `/account/history…`: what a user changes, deletes and takes along. */
export function accountHistoryRoutes(
  { rest, throttle, askerOf }: {
    readonly rest: RestClient;
    readonly throttle: PublicThrottle;
    /** Null: nobody is signed in. */
    readonly askerOf: (c: PageContext) => Promise<RestAsker | null>;
  },
): Hono<PageEnv> {
  const app = new Hono<PageEnv>();

  app.post("/account/history/record", async (c) => {
    const posted = takeForm(c, throttle);
    const from = await askerOf(c);
    if (from === null) return c.redirect("/account", 303);
    const record = RECORD_WISHES.find((wish) => wish === posted.text("record")) ?? "default";
    const answer = await rest.call(from, "PUT", "/me/history/settings", { record });
    if (answer.ok) setFlash(c, "ok", t("saved"));
    else setFlash(c, "warning", t("not_saved", { reason: answer.problem.detail ?? "" }));
    return c.redirect(HERE, 303);
  });

  app.post("/account/history/delete", async (c) => {
    const posted = takeForm(c, throttle);
    const from = await askerOf(c);
    if (from === null) return c.redirect("/account", 303);
    const answer = await rest.call(from, "DELETE", pathOf(posted.text("reference")));
    if (!answer.ok && answer.status !== 404) throw new PageError(503, answer.problem.detail ?? "");
    setFlash(c, answer.ok ? "ok" : "warning", answer.ok ? t("removed") : t("gone"));
    return c.redirect(HERE, 303);
  });

  app.get("/account/history/export", async (c) => {
    const from = await askerOf(c);
    if (from === null) return c.redirect("/account", 303);
    const { locale, format: { zone } } = useUi();
    const format = c.req.query("format") === "json" ? "json" : "html";
    const path = `${pathOf(c.req.query("reference") ?? "")}/export?${new URLSearchParams({ format, zone })}`;
    const { intl } = languageOf(locale, c.req.header("accept-language"));
    const answer = await rest.send(from, "GET", path, undefined, intl);
    if (answer.ok) return new Response(answer.body, { headers: answer.headers });
    await answer.body?.cancel();
    if (answer.status === 404 || answer.status === 422) throw new PageError(404, "");
    throw new PageError(503, "");
  });
  return app;
}

function pathOf(reference: string): string {
  return `/me/history/${encodeURIComponent(reference === "" ? "none" : reference)}`;
}
