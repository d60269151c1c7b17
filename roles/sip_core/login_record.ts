import type { Events } from "../../foundation/mod.ts";
import type { AuditLog } from "../../storage/mod.ts";
import type { CoreEvents } from "./core_events.ts";

type Login = CoreEvents["login"];

/** Attempts of one name from one source that are held back before one more line is written. */
const FLOOD_MS = 60_000;
const FLOOD_TABLE = 4096;

/**
 * Writes every registration and login attempt to the audit log (SEC-6): each new login, each failure. Not written are
 * refreshes of a registration that is there and challenges that are merely stale; attempts on a locked name are written once
 * a minute, with their number, so that a flood does not push the rest out of the log.
 */
export function recordLogins(events: Events<CoreEvents>, auditLog: AuditLog): void {
  const floods = new Map<string, { until: number; count: number }>();
  events.on("login", (login) => {
    if (login.outcome === "stale" || (login.outcome === "ok" && login.refresh)) return;
    let attempts = 1;
    if (login.outcome === "locked") {
      const key = `${login.aor} ${login.source}`;
      const flood = floods.get(key);
      if (flood !== undefined && login.at < flood.until) {
        flood.count++;
        return;
      }
      attempts += flood?.count ?? 0;
      floods.delete(key);
      if (floods.size >= FLOOD_TABLE) floods.delete(floods.keys().next().value!);
      floods.set(key, { until: login.at + FLOOD_MS, count: 0 });
    }
    auditLog.append({ at: login.at, event: "login", actor: login.aor, facts: factsOf(login, attempts) });
  });
}

function factsOf({ outcome, method, source, userAgent }: Login, attempts: number): Record<string, string | number> {
  const facts: Record<string, string | number> = { outcome, method, source };
  if (userAgent !== "") facts.userAgent = userAgent;
  if (attempts > 1) facts.attempts = attempts;
  return facts;
}
