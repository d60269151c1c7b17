import { deepEqual, equal, match, ok } from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import { silentLog } from "../../foundation/mod.ts";
import type { SessionAnswer } from "../../portal/engine/doors.ts";
import { FakeSubscribers, subscriber } from "../sip_core/testing/fake_storage.ts";
import { SessionKeys } from "../sip_core/mod.ts";
import { createPortal, type PortalSession } from "./create_portal.tsx";
import { PORTAL_BUILD } from "./portal_files.ts";
import { shellHeaders } from "./shell_policy.ts";

const ALICE = "sip:alice@example.test";
const CONNECTION = {
  remote: { host: "127.0.0.1", port: 1 },
  local: { host: "127.0.0.1", port: 8080 },
  secure: false,
};

/** The portal over a REST that knows one token, and writes down what it was asked. */
class PortalWorld {
  readonly asked: { method: string; path: string; headers: Headers; body: string }[] = [];
  readonly documents: string[] = [];
  restAnswer = () => Response.json({ fine: true });
  signedIn = true;
  readonly time = new FakeTime();
  readonly app = createPortal({
    api: async (request) => {
      const { pathname, search } = new URL(request.url);
      const body = await request.text();
      if (pathname === "/api/v1/sessions/current" && request.method === "GET") {
        return this.signedIn
          ? Response.json({ principal: { kind: "user", aor: ALICE, session: "0123456789abcdef" } })
          : Response.json({ detail: "over" }, { status: 401 });
      }
      this.asked.push({ method: request.method, path: pathname + search, headers: request.headers, body });
      return this.restAnswer();
    },
    xcap: (aor, path, request) => {
      this.documents.push(`${request.method} ${aor} ${path} ${new URL(request.url).pathname}`);
      return Promise.resolve(new Response("document"));
    },
    userOf: (token) => this.signedIn && token === "ps_token" ? ALICE : null,
    keys: new SessionKeys({
      secret: new Uint8Array(32),
      clock: this.time,
      stands: () => true,
      endRegistrations: () => {},
    }),
    subscribers: new FakeSubscribers([subscriber(ALICE, "wonderland", { displayName: "Alice" })]),
    domains: ["example.test"],
    stayDays: () => 30,
    keyLife_ms: () => 3_600_000,
    limits: () => ({ message: 65_536, file: 1_000_000, file_types: ["*/*"] }),
    clock: this.time,
    log: silentLog,
  });

  async get(path: string, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
    const usual = { cookie: "parley-user=ps_token", "sec-fetch-site": "same-origin" };
    const request = new Request(`http://im.example.test:8080${path}`, { ...init, headers: { ...usual, ...headers } });
    return await this.app.fetch(request, CONNECTION);
  }
}

Deno.test("the page's session says what the page's own types want, and nothing of the password", async () => {
  const world = new PortalWorld();
  const answer = await world.get("/portal/session", {}, { method: "POST" });
  const body: PortalSession = await answer.json();
  const asThePageReads: SessionAnswer = body;
  equal(asThePageReads.aor, ALICE);
  equal(body.display_name, "Alice");
  equal(body.expires_at, world.time.now() + 3_600_000);
  match(body.username, /^alice;u=\w+;s=0123456789abcdef$/);
  equal(answer.headers.get("cache-control"), "no-store");
});

Deno.test("a session that is over is a problem of 401, and its cookie goes", async () => {
  const world = new PortalWorld();
  world.signedIn = false;
  const answer = await world.get("/portal/session", {}, { method: "POST" });
  equal(answer.status, 401);
  match(answer.headers.get("content-type")!, /problem\+json/);
  match(answer.headers.getSetCookie().join(), /parley-user=;.*Max-Age=0/);
  equal((await world.get("/portal/session")).status, 405);
});

Deno.test("REST is asked by token, with what the page sent, without its cookies; what it answers runs nothing", async () => {
  const world = new PortalWorld();
  world.restAnswer = () =>
    new Response("<script>1</script>", { headers: { "content-type": "text/html", "set-cookie": "parley=x" } });
  const answer = await world.get("/portal/api/v1/me/history?with=a%20b", {
    "content-type": "application/json",
    "if-match": '"1"',
    "x-forwarded-for": "192.0.2.9",
    "authorization": "Bearer somebody",
  }, { method: "PUT", body: '{"a":1}' });
  const [{ method, path, headers, body }] = world.asked;
  equal(`${method} ${path} ${body}`, 'PUT /api/v1/me/history?with=a%20b {"a":1}');
  equal(headers.get("authorization"), "Bearer ps_token");
  equal(headers.get("if-match"), '"1"');
  equal(headers.get("cookie"), null);
  match(answer.headers.get("content-security-policy")!, /sandbox/);
  equal(answer.headers.get("x-content-type-options"), "nosniff");
  equal(answer.headers.get("set-cookie"), null);
  equal(answer.headers.get("cache-control"), "no-store");
});

Deno.test("bodies are passed on while they come, both ways", async () => {
  const world = new PortalWorld();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  world.restAnswer = () => new Response(readable);
  const answer = await world.get("/portal/api/v1/events");
  const writer = writable.getWriter();
  const reader = answer.body!.getReader();
  void writer.write(new TextEncoder().encode("first"));
  equal(new TextDecoder().decode((await reader.read()).value), "first");
  await writer.close();
  equal((await reader.read()).done, true);
});

Deno.test("documents are asked for in the user's name", async () => {
  const world = new PortalWorld();
  equal(await (await world.get("/portal/xcap/resource-lists/users/x/index")).text(), "document");
  deepEqual(world.documents, [`GET ${ALICE} /portal/xcap /portal/xcap/resource-lists/users/x/index`]);
});

Deno.test("nothing is done for a page of another origin, nor for one that does not say which it is", async () => {
  const world = new PortalWorld();
  const requests = [["/portal/api/v1/me", "GET"], ["/portal/session", "POST"], ["/portal/xcap/a", "PUT"]];
  for (const site of ["cross-site", "same-site"]) {
    for (const [path, method] of requests) {
      equal((await world.get(path, { "sec-fetch-site": site }, { method })).status, 403, `${method} ${path}`);
    }
  }
  equal((await world.get("/portal/session", { "sec-fetch-site": "none" }, { method: "POST" })).status, 403);
  const mute = new Request("http://im.example.test:8080/portal/api/v1/me", {
    headers: { cookie: "parley-user=ps_token" },
  });
  equal((await world.app.fetch(mute, CONNECTION)).status, 403);
  deepEqual([world.asked, world.documents], [[], []]);
});

Deno.test("without TLS a page of ours may read, by the word of where it comes from, and do nothing more", async () => {
  const world = new PortalWorld();
  const from = async (method: string, referer: string) => {
    const headers = { cookie: "parley-user=ps_token", referer };
    const request = new Request("http://im.example.test:8080/portal/api/v1/me", { method, headers });
    return (await world.app.fetch(request, CONNECTION)).status;
  };
  equal(await from("GET", "http://im.example.test:8080/portal"), 200);
  equal(await from("POST", "http://im.example.test:8080/portal"), 403);
  for (
    const other of ["http://im.example.test:8081/", "http://evil.test/im.example.test:8080", "", "im.example.test"]
  ) {
    equal(await from("GET", other), 403, other);
  }
});

Deno.test("a path that is written otherwise leads nowhere else", async () => {
  const world = new PortalWorld();
  // As a web door gives it: a request's address that was parsed once has lost its dots.
  const as = (path: string): Request => {
    const headers = { cookie: "parley-user=ps_token", "sec-fetch-site": "same-origin" };
    const url = `http://im.example.test${path}`;
    return new Proxy(new Request("http://im.example.test/", { headers }), {
      get: (request, name) => name === "url" ? url : Reflect.get(request, name, request),
    });
  };
  for (
    const path of [
      "/%70ortal/api/v1/me",
      "/portal/ap%69/v1/me",
      "/portal/api/../../console/api/v1/me",
      "/portal/api/%2e%2e/%2E%2e/.evil.test/me",
      "/portal/xca%70/resource-lists/users/x/index",
      "/portal/xcap/../../xcap/resource-lists/users/x/index",
    ]
  ) {
    equal((await world.app.fetch(as(path), CONNECTION)).status, 404, path);
  }
  deepEqual([world.asked, world.documents], [[], []]);
});

Deno.test("the page names its scripts by a nonce, talks to its own host alone, and is kept nowhere", async () => {
  const answer = await new PortalWorld().get("/portal");
  const html = await answer.text();
  const policy = answer.headers.get("content-security-policy")!;
  const nonce = /'nonce-([\w-]+)' 'strict-dynamic'/.exec(policy)![1];
  for (const [script] of html.matchAll(/<script[^>]*>/g)) ok(script.includes(`nonce="${nonce}"`), script);
  ok(html.includes(`src="${PORTAL_BUILD.entry}"`));
  match(policy, /connect-src 'self' ws:\/\/im\.example\.test:8080 wss:\/\/im\.example\.test:8080;/);
  match(policy, /require-trusted-types-for 'script'; trusted-types portal$/);
  match(answer.headers.get("permissions-policy")!, /geolocation=\(self\)/);
  equal(answer.headers.get("cache-control"), "no-store");
  equal(answer.headers.get("x-frame-options"), "DENY");
  ok(!html.includes("alice"));
});

Deno.test("a host that is no name for a policy stands in none", () => {
  for (const host of ["[::1]:8080", "a.test;script-src *", "a.test 'unsafe-inline'"]) {
    const policy = shellHeaders("n", host)["content-security-policy"];
    match(policy, /connect-src 'self';/, host);
  }
});

Deno.test("the page without anybody is given in the version that the service worker is of, or not at all", async () => {
  const world = new PortalWorld();
  world.signedIn = false;
  const shell = await world.get(`/portal/shell?v=${PORTAL_BUILD.version}`, { cookie: "" });
  equal(shell.status, 200);
  match(await shell.text(), /<div id="portal">/);
  equal((await world.get("/portal/shell?v=other", { cookie: "" })).status, 404);
});

Deno.test("a link from another site comes without the cookie, and is opened once more from here", async () => {
  const world = new PortalWorld();
  const first = await world.get("/portal", { "cookie": "", "sec-fetch-site": "cross-site" });
  match(await first.text(), /http-equiv="refresh" content="0; url=\/portal\?again"/);
  const second = await world.get("/portal?again", { "cookie": "", "sec-fetch-site": "cross-site" });
  match(await second.text(), /action="\/portal\/sign-in"/, "never twice");
});

Deno.test("what is not there is a page in the frame; a file that is not there is none", async () => {
  const world = new PortalWorld();
  const page = await world.get("/portal/nothing");
  equal(page.status, 404);
  match(page.headers.get("content-type")!, /html/);
  const file = await world.get("/portal/assets/portal.OLDONE12.js");
  equal(file.status, 404);
  match(file.headers.get("content-type")!, /problem\+json/);
});
