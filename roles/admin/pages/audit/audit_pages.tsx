import type { AuditCheck, AuditView } from "../../../../operations/mod.ts";
import { newForm } from "../../../../web/ui/mod.ts";
import { type ConsoleApp, type ConsoleContext, needs } from "../frame/console.ts";
import { consolePage } from "../frame/page_frame.tsx";
import { AuditLogView, type AuditQuery } from "./audit_log_view.tsx";
import { t } from "./texts.ts";

const HERE = "/admin/audit";
const PAGE = 50;

/** What was done, by whom. Everything here only looks, so all of it has an address. */
export function auditPages(app: ConsoleApp): void {
  app.get(HERE, needs("audit.read"), page);
}

async function page(c: ConsoleContext): Promise<Response> {
  const { api } = c.get("console");
  const query: AuditQuery = {
    event: (c.req.query("event") ?? "").trim().slice(0, 100),
    actor: (c.req.query("actor") ?? "").trim().slice(0, 300),
    before: Number(/^[0-9]{1,15}$/.exec(c.req.query("before") ?? "")?.[0] ?? 0),
  };
  const search = new URLSearchParams({ event: query.event, actor: query.actor, limit: String(PAGE) });
  if (query.before > 0) search.set("before", String(query.before));
  const verify = c.req.query("verify") !== undefined;
  const [{ entries, next }, check] = await Promise.all([
    api.need<{ entries: AuditView[]; next: number }>(`/audit?${search}`),
    verify ? api.need<AuditCheck>("/audit/verify") : null,
  ]);
  return await consolePage(
    c,
    { title: t("title"), lead: t("lead"), here: HERE },
    <AuditLogView
      entries={entries}
      next={next}
      query={query}
      check={check}
      form={newForm({ event: query.event, actor: query.actor })}
    />,
  );
}
