import { Hono } from "hono";
import type { Connection } from "../../../web/mod.ts";
import type { DeviceView, UserDetail } from "../../admin/services/mod.ts";
import type { FakeSubscribers } from "../../sip_core/testing/fake_storage.ts";

/** As much of the REST API as `/account` asks: one password for everybody, sessions by number. */
export class FakeRest {
  readonly app = new Hono<{ Bindings: Connection }>();
  readonly sessions = new Map<string, string>();
  readonly calls: string[] = [];
  devices: DeviceView[] = [];
  password = "wonderland";
  /** 0: log-ins are not throttled. */
  throttled_s = 0;
  #last = 0;

  constructor(subscribers: FakeSubscribers) {
    const { app, sessions } = this;
    const problem = (status: number, detail: string, more: object = {}, headers: Record<string, string> = {}) =>
      new Response(JSON.stringify({ status, detail, ...more }), {
        status,
        headers: { "content-type": "application/problem+json", ...headers },
      });
    const tokenOf = (request: Request) => request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
    app.use(async (c, next) => {
      this.calls.push(`${c.req.method} ${decodeURIComponent(c.req.path.slice("/api/v1".length))}`);
      if (c.req.method !== "POST" && !sessions.has(tokenOf(c.req.raw))) return problem(401, "no session");
      await next();
    });
    app.post("/api/v1/sessions", async (c) => {
      if (this.throttled_s > 0) return problem(429, "too many", {}, { "retry-after": String(this.throttled_s) });
      const { uri, password } = await c.req.json();
      if (subscribers.get(uri) === undefined || password !== this.password) return problem(401, "wrong");
      const token = `token-${++this.#last}`;
      sessions.set(token, uri);
      return c.json({ token, principal: { kind: "user", aor: uri, session: token } }, 201);
    });
    app.get("/api/v1/sessions/current", (c) => {
      return c.json({ principal: { kind: "user", aor: sessions.get(tokenOf(c.req.raw)), session: "" } });
    });
    app.delete("/api/v1/sessions/current", (c) => {
      sessions.delete(tokenOf(c.req.raw));
      return c.body(null, 204);
    });
    app.get("/api/v1/sessions", (c) => {
      const mine = sessions.get(tokenOf(c.req.raw));
      const list = [...sessions].filter(([, aor]) => aor === mine);
      return c.json({ sessions: list.map(([id]) => ({ id, current: id === tokenOf(c.req.raw) })) });
    });
    app.delete("/api/v1/sessions/:id", (c) => {
      sessions.delete(c.req.param("id"));
      return c.body(null, 204);
    });
    app.use("/api/v1/users/:uri/*", async (c, next) => {
      if (decodeURIComponent(c.req.param("uri")) !== sessions.get(tokenOf(c.req.raw))) return problem(403, "not yours");
      await next();
    });
    app.get("/api/v1/users/:uri", (c) => {
      const user = subscribers.get(decodeURIComponent(c.req.param("uri")));
      if (user === undefined) return problem(404, "nobody");
      const detail: UserDetail = {
        uri: user.aor,
        display_name: user.displayName,
        e164: user.e164,
        state: user.state,
        created_at: 0,
        changed_at: 0,
        barred_until: user.barredUntil ?? 0,
        deferral: user.deferral,
        quota: null,
        limits: { messages: 1, octets: 1 },
        waiting: { messages: 3, octets: 300 },
        note: "",
        devices: this.devices.length,
        version: 1,
      };
      return c.json(detail);
    });
    app.get("/api/v1/users/:uri/devices", (c) => c.json({ devices: this.devices }));
    app.delete("/api/v1/users/:uri/devices", (c) => c.json({ ended: this.devices.splice(0).length }));
    app.delete("/api/v1/users/:uri/devices/:id", (c) => {
      const before = this.devices.length;
      this.devices = this.devices.filter(({ id }) => id !== c.req.param("id"));
      return before === this.devices.length ? problem(404, "none") : c.body(null, 204);
    });
    app.put("/api/v1/users/:uri/password", async (c) => {
      const body = await c.req.json();
      if (body.old !== this.password) {
        return problem(422, "not valid", { errors: [{ field: "old", message: "the present password is wrong" }] });
      }
      this.password = body.new;
      return c.body(null, 204);
    });
  }
}

export function device(id: string, more: Partial<DeviceView> = {}): DeviceView {
  return {
    id,
    contact: `sip:alice@192.0.2.7:5060`,
    instance: "",
    user_agent: "Linphone 5",
    transport: "tls",
    source: "192.0.2.7",
    registered_at: Date.UTC(2025, 11, 31),
    expires_at: Date.UTC(2026, 0, 1, 1),
    live: true,
    ...more,
  };
}
