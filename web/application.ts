import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Log, Metrics } from "../foundation/mod.ts";
import { isLoopback } from "../transport/net/mod.ts";
import type { Health } from "./health.ts";
import { problem } from "./problem.ts";
import { type AcceptWebSocket, type Connection, upgrade } from "./websocket.ts";

export interface WebParts {
  readonly metrics: Metrics;
  readonly health: Health;
  /** Whether this bearer token may read /metrics from elsewhere than this machine. */
  readonly mayReadMetrics: (token: string) => boolean;
  /** Null where SIP over WebSocket is not served. */
  readonly acceptWebSocket: AcceptWebSocket | null;
  /** Adds the routes of the roles, which see to their own headers. */
  readonly mount?: (app: Web) => void;
  readonly log: Log;
}

/** The web application; its `fetch` wants the Connection as environment. Roles add their routes to it. */
export type Web = Hono<{ Bindings: Connection }>;

/** Health, metrics, and the way in for SIP over WebSocket. Everything else is a 404 problem until a role claims it. */
export function createWeb(parts: WebParts): Web {
  const { metrics, health, acceptWebSocket, log } = parts;
  const app: Web = new Hono();

  // Before the headers of pages: an upgrade's answer cannot be changed any more.
  app.get("/ws", (c) => {
    if (acceptWebSocket === null) return problem(404, "Not Found", "SIP over WebSocket is not served here.");
    return upgrade(c.req.raw, c.env, acceptWebSocket);
  });

  parts.mount?.(app);
  // Pages say more of themselves (web/ui). With `no-referrer` browsers would post their forms with `Origin: null`.
  app.use(secureHeaders({ referrerPolicy: "same-origin" }));
  app.use(async (c, next) => {
    await next();
    // The files of pages have names that change with their content.
    if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
  });

  /** The process answers: nothing else is looked at, so that a supervisor does not restart a box whose disk is full. */
  app.get("/healthz", (c) => c.json({ status: "alive" }));

  app.get("/readyz", (c) => {
    const checks = health.results();
    const ready = checks.every((check) => check.ok);
    return c.json({ status: ready ? "ready" : "not ready", checks }, ready ? 200 : 503);
  });

  app.get("/metrics", (c) => {
    if (!fromThisMachine(c.req.raw, c.env)) {
      const token = /^Bearer ([\w-]+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
      if (token === undefined || !parts.mayReadMetrics(token)) {
        const detail = "From another machine a bearer token is needed: `parley token create --scope metrics`.";
        return problem(401, "Unauthorized", detail, { "www-authenticate": 'Bearer realm="parley"' });
      }
    }
    return c.body(metrics.render(), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  });

  app.notFound((c) => problem(404, "Not Found", `There is nothing at ${new URL(c.req.url).pathname.slice(0, 200)}.`));
  app.onError((error) => {
    log.error("web request failed", { error: error.message });
    return problem(500, "Internal Server Error", "The box failed at this request; its log says more.");
  });
  return app;
}

/** A proxy on this machine speaks for others, so what it forwards is not from this machine. */
function fromThisMachine(request: Request, { remote }: Connection): boolean {
  const { headers } = request;
  return isLoopback(remote.host) && !headers.has("forwarded") && !headers.has("x-forwarded-for");
}
