import { cameSecurely } from "../../api/caller.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { ApiReference } from "./api_reference.tsx";
import type { OpenApi } from "./open_api.ts";
import { t } from "./texts.ts";

const HERE = "/admin/api";

/** The REST API, as its own document describes it. */
export function apiDocsPages(app: ConsoleApp): void {
  app.get(HERE, needs("status.read"), page);
}

async function page(c: ConsoleContext): Promise<Response> {
  const document = await c.get("console").api.need<OpenApi>("/openapi.json");
  const { host } = new URL(c.req.url);
  const origin = `${cameSecurely(c.req.raw.headers, c.env) ? "https" : "http"}://${host}`;
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE },
    <ApiReference document={document} origin={origin} chapter={c.req.query("chapter") ?? ""} />,
  );
}
