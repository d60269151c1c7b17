/** Who may in, at the real doors: every route of the box's own document, log-in, cookies, streams, and what the audit log has of it. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { freePort } from "../support/process.ts";
import { ADMIN_PASSWORD, eventually, Rest } from "../support/rest.ts";
import { within } from "../support/within.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const [http, https, sip] = [freePort(), freePort(), freePort()];
const HTTP = `http://127.0.0.1:${http}`;
const HTTPS = `https://127.0.0.1:${https}`;
/** A proxy on this machine says where a request came from, and that it came by TLS. */
const from = (source: string) => ({ "x-forwarded-for": source, "x-forwarded-proto": "https" });
let parley: ParleyProcess;
let ada: Rest;
let secure: Deno.HttpClient;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({
    users: users("alice", "bob"),
    port: sip,
    config:
      `[listen]\nsip = ["udp://127.0.0.1:${sip}"]\nweb = ["http://0.0.0.0:${http}", "https://127.0.0.1:${https}"]\n`,
  });
  // The banner's link has the wildcard's own address; any of the box's will do.
  const code = await eventually(
    () => Promise.resolve(/\/admin\/set-up\/([\w-]+)/.exec(parley.output)?.[1]),
    "the set-up link",
  );
  const nobody = new Rest(HTTP);
  const body = { code, name: "ada", display_name: "Ada", password: ADMIN_PASSWORD };
  ada = nobody.as((await nobody.post<{ token: string }>("/set-up/owner", body)).token);
  (await nobody.ask("POST", "/set-up/owner", { body: { ...body, name: "eve" } })).refused(403, "forbidden");
  secure = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${parley.dir}/data/parley-tls.pem`)] });
});
Deno.test.afterAll(async () => {
  secure?.close();
  await parley?.[Symbol.asyncDispose]();
});

interface Route {
  readonly method: string;
  /** With values in place of parameters. */
  readonly path: string;
  readonly name: string;
  readonly open: boolean;
}

const VALUES: Readonly<Record<string, string>> = {
  uri: "sip:bob@example.test",
  id: "some-id",
  name: "ada",
  version: "1",
  code: "certificate.expires",
  call_id: "call-1",
  contact: "sip:carol@example.test",
  list: "friends",
  reference: "h-some",
  seq: "1",
  person: "1",
};

/** All routes that the box's document has. */
async function routes(): Promise<Route[]> {
  const { paths } = await new Rest(HTTP).get<
    { paths: Record<string, Record<string, { security?: readonly unknown[] }>> }
  >("/openapi.json");
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path: path.replace(/^\/api\/v1/, "").replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(VALUES[name])),
      name: `${method.toUpperCase()} ${path.replace(/^\/api\/v1/, "")}`,
      open: security?.length === 0,
    }))
  );
}

Deno.test(
  "every route but five is refused without a token, with a wrong one, and over https as well",
  options,
  async () => {
    const all = await routes();
    deepEqual(all.filter(({ open }) => open).map(({ name }) => name).sort(), [
      "GET /openapi.json",
      "GET /set-up",
      "POST /sessions",
      "POST /set-up/owner",
      "POST /set-up/restore",
    ]);
    const guarded = all.filter(({ open }) => !open);
    ok(guarded.length > 80, `${guarded.length} routes`);
    const [plain, tls] = [new Rest(HTTP), new Rest(HTTPS, "", secure)];
    for (const { method, path, name } of guarded) {
      for (
        const answer of [await plain.ask(method, path), await tls.ask(method, path, { token: `ps_${"A".repeat(43)}` })]
      ) {
        answer.refused(401, "unauthenticated");
        match(answer.headers.get("www-authenticate") ?? "", /^Bearer/, name);
      }
    }
  },
);

Deno.test(
  "a metrics token opens figures and nothing else; a user's session what is the user's own and nothing else",
  options,
  async () => {
    const { token } = await ada.post<{ token: string }>("/tokens", { name: "grafana", role: "metrics", days: 1 });
    const metrics = ada.as(token);
    const alice = await ada.logIn({ uri: "sip:alice@example.test", password: "pw-alice" });
    const everybody = new Set(["GET /sessions/current", "DELETE /sessions/current"]);
    const figures = new Set(["GET /metrics/history", "GET /metrics/live"]);
    for (const { method, path, name, open } of await routes()) {
      if (open || everybody.has(name)) continue;
      const answer = await metrics.ask(method, path);
      if (figures.has(name)) equal(answer.status, 200, name);
      else answer.refused(403, "forbidden");
      // What is every user's own.
      if (/^\w+ \/me\/history(?:\/|$)/.test(name)) continue;
      // Another user's id, or what is for admins.
      if (name !== "GET /sessions") (await alice.ask(method, path)).refused(403, "forbidden");
    }
    const mine = await alice.get<{ sessions: { who: string }[] }>("/sessions");
    deepEqual(mine.sessions.map(({ who }) => who), ["sip:alice@example.test"]);
    (await alice.ask("GET", "/sessions?who=ada")).refused(403);
    equal((await alice.get<{ uri: string }>(ada.user("sip:alice@example.test"))).uri, "sip:alice@example.test");
    await alice.delete("/sessions/current");
    (await alice.ask("GET", "/sessions/current")).refused(401);
  },
);

Deno.test("a session cookie in a request of another site's page opens nothing", options, async () => {
  const cookie = `parley=${ada.token}`;
  const nobody = new Rest(HTTP);
  const strange: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
    {},
  ];
  for (const { method, path, name, open } of await routes()) {
    if (open) continue;
    for (const headers of strange) {
      const answer = await nobody.ask(method, path, { headers: { cookie, ...headers } });
      equal(answer.status, 403, `${name} with ${JSON.stringify(headers)}: ${answer.text}`);
      answer.refused(403, "cross-site");
    }
  }
  const own = await nobody.ask("GET", "/sessions/current", { headers: { cookie, "sec-fetch-site": "same-origin" } });
  equal(own.ok<{ principal: { name: string } }>().principal.name, "ada");
  // Typed into the address bar: reading, yes; changing, no.
  const typed = { headers: { cookie, "sec-fetch-site": "none" } };
  (await nobody.ask("GET", "/sessions/current", typed)).ok();
  (await nobody.ask("DELETE", "/sessions/current", typed)).refused(403, "cross-site");
  // The name of the other scheme's cookie is no cookie here.
  const other = { cookie: `__Host-parley=${ada.token}`, "sec-fetch-site": "same-origin" };
  (await nobody.ask("GET", "/sessions/current", { headers: other })).refused(401);
});

Deno.test(
  "guessing is slowed down: one name, and one source with many names; the right one comes in from elsewhere",
  options,
  async () => {
    const nobody = new Rest(HTTP);
    const logIn = (name: string, password: string, source: string) =>
      nobody.ask("POST", "/sessions", { body: { name, password }, headers: from(source) });
    for (let n = 0; n < 5; n++) (await logIn("ada", `guess ${n}`, "192.0.2.50")).refused(401, "unauthenticated");
    for (const password of ["guess", ADMIN_PASSWORD]) {
      const slowed = await logIn("ada", password, "192.0.2.50");
      slowed.refused(429, "throttled");
      const wait = Number(slowed.headers.get("retry-after"));
      ok(wait > 50 && wait <= 60, `Retry-After: ${wait}`);
    }
    equal((await logIn("ada", ADMIN_PASSWORD, "192.0.2.51")).status, 201);
    // Whether there is such a name is not told.
    const unknown = await logIn("nobody-like-this", "guess", "192.0.2.52");
    const known = await logIn("ada", "guess", "192.0.2.52");
    deepEqual([unknown.status, unknown.text], [known.status, known.text]);
    let tries = 0;
    while (tries < 30 && (await logIn(`name${tries++}`, "guess", "192.0.2.53")).status !== 429);
    equal(tries, 21);
    (await logIn("ada", ADMIN_PASSWORD, "192.0.2.53")).refused(429);
    // The same for users.
    const user = (source: string) =>
      nobody.ask("POST", "/sessions", {
        body: { uri: "sip:bob@example.test", password: "guess" },
        headers: from(source),
      });
    for (let n = 0; n < 5; n++) (await user("192.0.2.54")).refused(401);
    ok(Number((await user("192.0.2.54")).headers.get("retry-after")) > 0);
  },
);

/** A browser without script: fetches a page, keeps its cookies, sends its form. */
class Browser {
  readonly #origin: string;
  readonly #client: Deno.HttpClient | undefined;
  readonly cookies = new Map<string, string>();
  /** Set-Cookie lines of the last answer. */
  lines: string[] = [];

  constructor(origin: string, client?: Deno.HttpClient) {
    this.#origin = origin;
    this.#client = client;
  }

  async ask(path: string, form?: Record<string, string>): Promise<{ status: number; text: string }> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(`${this.#origin}${path}`, {
      redirect: "manual",
      headers: {
        ...(cookie === "" ? {} : { cookie }),
        ...(form === undefined ? {} : { origin: this.#origin, "sec-fetch-site": "same-origin" }),
      },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
      ...(this.#client === undefined ? {} : { client: this.#client }),
    } as RequestInit);
    this.lines = response.headers.getSetCookie();
    for (const line of this.lines) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      this.cookies.set(name, value);
    }
    return { status: response.status, text: await response.text() };
  }

  /** Gives the Set-Cookie line of the session. */
  async logIn(name: string): Promise<string> {
    const page = await this.ask("/admin/log-in");
    equal(page.status, 200, page.text);
    const csrf = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    const entered = await this.ask("/admin/log-in", { _csrf: csrf, to: "", name, password: ADMIN_PASSWORD });
    equal(entered.status, 303, entered.text);
    const line = this.lines.find((line) => /^(?:__Host-)?parley=/.test(line));
    ok(line !== undefined, this.lines.join());
    return line;
  }
}

Deno.test("the session cookie is for no script and no other site, over https for https alone", options, async () => {
  const plain = await new Browser(HTTP).logIn("ada");
  match(plain, /^parley=ps_[\w-]+;/);
  const tls = await new Browser(HTTPS, secure).logIn("ada");
  match(tls, /^__Host-parley=ps_[\w-]+;/);
  for (const line of [plain, tls]) {
    match(line, /; Path=\/(?:;|$)/);
    match(line, /; HttpOnly/);
    match(line, /; SameSite=Strict/);
    ok(!/Domain=|Max-Age|Expires/i.test(line), line);
  }
  match(tls, /; Secure/);
  ok(!/; Secure/.test(plain));
});

Deno.test("what was planted before a log-in is not the session after it", options, async () => {
  await ada.post("/admins", { name: "grace", role: "auditor", password: ADMIN_PASSWORD });
  const graces = (await ada.logIn({ name: "grace", password: ADMIN_PASSWORD })).token;
  for (const planted of ["ps_planted", graces]) {
    const browser = new Browser(HTTP);
    browser.cookies.set("parley", planted);
    const token = /^parley=([^;]+)/.exec(await browser.logIn("ada"))![1];
    notEqual(token, planted);
    equal((await ada.as(token).get<{ principal: { name: string } }>("/sessions/current")).principal.name, "ada");
    // Whoever planted it has what was there before, or nothing.
    const before = await ada.as(planted).ask("GET", "/sessions/current");
    if (before.status === 200) equal(before.ok<{ principal: { name: string } }>().principal.name, "grace");
    else before.refused(401);
  }
  // By REST a token that comes along with the log-in counts for nothing either.
  const answer = await ada.ask("POST", "/sessions", {
    token: graces,
    headers: { cookie: `parley=${graces}` },
    body: { name: "ada", password: ADMIN_PASSWORD },
  });
  notEqual(answer.ok<{ token: string }>().token, graces);
});

Deno.test("over plain http nobody logs in from another machine", options, async () => {
  const body = { name: "ada", password: ADMIN_PASSWORD };
  const nobody = new Rest(HTTP);
  const proxied = { "x-forwarded-for": "192.0.2.60" };
  (await nobody.ask("POST", "/sessions", { body, headers: proxied })).refused(403, "plain-http");
  (await ada.ask("GET", "/status", { headers: { forwarded: "for=192.0.2.60" } })).refused(403, "plain-http");
  (await ada.ask("GET", "/status", { headers: { ...proxied, "x-forwarded-proto": "http" } })).refused(
    403,
    "plain-http",
  );
  (await ada.ask("GET", "/status", { headers: from("192.0.2.60") })).ok();
  // This machine's own outside address is another machine's for all the box can tell.
  const outside = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  if (outside === undefined) return;
  const there = new Rest(`http://${outside.address}:${http}`, ada.token);
  (await there.ask("POST", "/sessions", { body })).refused(403, "plain-http");
  (await there.ask("GET", "/status")).refused(403, "plain-http");
  (await there.ask("GET", "/status", { headers: from("127.0.0.1") })).refused(403, "plain-http");
});

Deno.test("an event stream ends with its session: nothing goes out after the log-out", options, async () => {
  const session = await ada.logIn({ name: "ada", password: ADMIN_PASSWORD });
  const response = await fetch(`${HTTP}/api/v1/events`, { headers: { authorization: `Bearer ${session.token}` } });
  equal(response.status, 200);
  match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  while (!/event: health[^]*event: live/.test(seen)) {
    const { value, done } = await within(reader.read(), "the first events");
    ok(!done, seen);
    seen += value;
  }
  await session.delete("/sessions/current");
  // Something happens that the stream would tell.
  await ada.post("/health/run");
  const { items } = await ada.get<{ items: { code: string }[] }>("/health");
  ok(items.length > 0, "nothing to snooze");
  await ada.put(`/health/${encodeURIComponent(items[0].code)}/snooze`, { until: Date.now() + 3_600_000 });
  let rest = "";
  for (let next = await reader.read(); !next.done; next = await reader.read()) rest += next.value;
  ok(!rest.includes("snoozed_until") && !rest.includes("event: health"), rest);
});

Deno.test("all of it is in the audit log, whose chain is whole, without secrets", options, async () => {
  const report = await ada.get<{ ok: boolean; entries: number }>("/audit/verify");
  equal(report.ok, true);
  const exported = (await ada.ask("GET", "/audit/export")).text.trimEnd().split("\n").map((line) => JSON.parse(line));
  ok(exported.length >= report.entries, `${exported.length} of ${report.entries}`);
  const events = new Set(exported.map(({ event }) => event));
  for (const event of ["login", "logout", "admin.add", "token.create"]) ok(events.has(event), `no ${event}`);
  const outcomes = new Set(exported.filter(({ event }) => event === "login").map(({ facts }) => facts.outcome));
  for (const outcome of ["ok", "wrong password", "throttled"]) ok(outcomes.has(outcome), [...outcomes].join());
  const text = JSON.stringify(exported);
  ok(
    !text.includes(ADMIN_PASSWORD) && !text.includes("pw-alice") && !/ps_\w{20}/.test(text) &&
      !text.includes("guess 1"),
  );
});
