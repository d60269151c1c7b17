import assert from "node:assert/strict";
import { type Permission, PERMISSIONS, ROLES } from "../services/mod.ts";
import { apiOver, ask } from "../testing/api_client.ts";
import { addAdmin, type FakeWorld, withEverybody } from "../testing/fake_services.ts";
import { routesOf } from "./create_api.ts";
import type { RouteInfo } from "./declaration.ts";

/** Real values for the parameters, so that a refusal is for the asker and not for the path. */
const VALUES: Readonly<Record<string, string>> = {
  uri: "sip:bob@example.test",
  id: "some-id",
  name: "operator",
  version: "1",
  code: "certificate.self_signed",
  call_id: "call-1@example.test",
  contact: "sip:carol@example.test",
  list: "friends",
  reference: "h-some",
  seq: "1",
  person: "1",
};

function pathOf({ path }: RouteInfo): string {
  return path.slice("/api/v1".length).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(VALUES[name]));
}

function rolesWith(permission: string): readonly string[] {
  return PERMISSIONS[permission as Permission];
}

async function tokens(world: FakeWorld): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const role of ROLES) entries.push([role, await world.logIn(role)]);
  return Object.fromEntries(entries);
}

/** The permission proper: without `|self` and `|own`. */
const plain = (route: RouteInfo) => route.permission.split("|")[0];
const guarded = (world: FakeWorld) => routesOf(apiOver(world)).filter(({ permission }) => permission !== "public");

Deno.test("every route but the public ones is refused without a token, and with a wrong one", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const routes = guarded(world);
  assert.ok(routes.length > 80, `${routes.length} routes`);
  for (const route of routes) {
    const place = `${route.method} ${route.path}`;
    const none = await ask(api, route.method.toUpperCase(), pathOf(route));
    assert.equal(none.status, 401, place);
    assert.match(none.headers.get("www-authenticate")!, /^Bearer /, place);
    assert.ok(none.json.type.endsWith("/unauthenticated"), place);
    const wrong = await ask(api, route.method.toUpperCase(), pathOf(route), { token: `ps_${"A".repeat(43)}` });
    assert.equal(wrong.status, 401, place);
  }
});

Deno.test("the public routes are those that must be", async () => {
  const open = routesOf(apiOver(await withEverybody())).filter(({ permission }) => permission === "public");
  assert.deepEqual(open.map(({ method, path }) => `${method} ${path}`).sort(), [
    "get /api/v1/openapi.json",
    "get /api/v1/set-up",
    "post /api/v1/sessions",
    "post /api/v1/set-up/owner",
    "post /api/v1/set-up/restore",
  ]);
});

Deno.test("every route refuses each role that lacks its permission, by session and by API token", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const sessions = await tokens(world);
  const owner = await world.logIn("owner");
  let refusals = 0;
  for (const route of guarded(world)) {
    const permission = plain(route);
    if (["any", "admin", "self", "user"].includes(permission)) continue;
    for (const role of ROLES.filter((role) => !rolesWith(permission).includes(role))) {
      const made = await ask(api, "POST", "/tokens", { token: owner, body: { name: role, role } });
      for (const token of [sessions[role], made.json.token]) {
        const path = `${pathOf(route)}${
          route.permission.endsWith("|own") && route.method === "get" ? "?who=owner" : ""
        }`;
        const reply = await ask(api, route.method.toUpperCase(), path, { token });
        assert.equal(reply.status, 403, `${role}: ${route.method} ${route.path}`);
        assert.ok(reply.json.type.endsWith("/forbidden"));
        refusals++;
      }
      await ask(api, "DELETE", `/tokens/${made.json.id}`, { token: owner });
    }
  }
  assert.ok(refusals > 150, `${refusals} refusals`);
});

Deno.test("a role that has the permission is not refused for lack of it", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  for (const role of ROLES) {
    for (const route of guarded(world)) {
      if (
        !rolesWith(plain(route))?.includes(role) || route.path.endsWith("/stream") || route.path.endsWith("/events")
      ) {
        continue;
      }
      // A name of its own each time: some of these routes end sessions and remove admins.
      const name = `${role}-${Math.random().toString(36).slice(2, 10)}`;
      await addAdmin(world, role, name);
      const reply = await ask(api, route.method.toUpperCase(), pathOf(route), { token: await world.logIn(name) });
      assert.notEqual(reply.status, 403, `${role}: ${route.method} ${route.path}`);
      assert.notEqual(reply.status, 401, `${role}: ${route.method} ${route.path}`);
      assert.notEqual(reply.status, 500, `${role}: ${route.method} ${route.path}`);
      await world.services.access.removeAdmin(name, "test").catch(() => {});
    }
  }
});

Deno.test("a metrics token reads figures and nothing else", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const owner = await world.logIn("owner");
  const { json: { token } } = await ask(api, "POST", "/tokens", {
    token: owner,
    body: { name: "grafana", role: "metrics" },
  });
  for (const route of guarded(world)) {
    if (route.permission === "any" || plain(route) === "metrics.read") continue;
    const reply = await ask(api, route.method.toUpperCase(), pathOf(route), { token });
    assert.equal(reply.status, 403, `${route.method} ${route.path}`);
  }
  assert.equal((await ask(api, "GET", "/metrics/live", { token })).status, 200);
  assert.equal((await ask(api, "GET", "/metrics/history", { token })).status, 200);
});

Deno.test("a user is refused with another user's id, and everywhere that is not their own", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const token = await world.logInUser("sip:alice@example.test");
  for (const route of guarded(world)) {
    if (route.permission === "any" || route.permission === "user") continue;
    const who = route.permission.endsWith("|own") && route.method === "get" ? "?who=sip:bob@example.test" : "";
    const reply = await ask(api, route.method.toUpperCase(), pathOf(route) + who, { token });
    assert.equal(reply.status, 403, `${route.method} ${route.path}`);
  }
  const own = encodeURIComponent("sip:alice@example.test");
  for (const path of [`/users/${own}`, `/users/${own}/devices`, "/users/alice%40EXAMPLE.test"]) {
    assert.equal((await ask(api, "GET", path, { token })).status, 200, path);
  }
  for (const strange of ["sip:alice@example.test%00", "sip:alice%40example.test@evil.test", "x", "%2e%2e"]) {
    const reply = await ask(api, "GET", `/users/${encodeURIComponent(strange)}`, { token });
    assert.equal(reply.status, 403, strange);
  }
});

Deno.test("what is a user's own is refused to every admin and token, and is the same to each user", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const owner = await world.logIn("owner");
  const { json: made } = await ask(api, "POST", "/tokens", { token: owner, body: { name: "program", role: "owner" } });
  const routes = guarded(world).filter(({ permission }) => permission === "user");
  assert.ok(routes.length > 10);
  for (const route of routes) {
    for (const token of [made.token, ...Object.values(await tokens(world))]) {
      const reply = await ask(api, route.method.toUpperCase(), pathOf(route), { token });
      assert.equal(reply.status, 403, `${route.method} ${route.path}`);
    }
    const alice = await world.logInUser("sip:alice@example.test");
    const reply = await ask(api, route.method.toUpperCase(), pathOf(route), { token: alice });
    assert.ok(![401, 403].includes(reply.status), `${route.method} ${route.path}`);
  }
});

Deno.test("every route refuses the session cookie in a request of another site", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const cookie = `__Host-parley=${await world.logIn("owner")}`;
  const strangers: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", origin: "http://console" },
    { origin: "https://evil.test" },
    { origin: "null" },
    { referer: "https://evil.test/http://console/" },
    {},
  ];
  for (const route of guarded(world)) {
    for (const headers of strangers) {
      const reply = await ask(api, route.method.toUpperCase(), pathOf(route), { headers: { cookie, ...headers } });
      const place = `${route.method} ${route.path} ${JSON.stringify(headers)}`;
      assert.equal(reply.status, 403, place);
      assert.ok(reply.json.type.endsWith("/cross-site"), place);
    }
    if (route.method === "get") continue;
    const typed = { cookie, "sec-fetch-site": "none" };
    assert.equal((await ask(api, route.method.toUpperCase(), pathOf(route), { headers: typed })).status, 403);
  }
});

Deno.test("the router's own list of routes is the OpenAPI document's, operation by operation", async () => {
  const api = apiOver(await withEverybody());
  const { json } = await ask(api, "GET", "/openapi.json");
  assert.equal(json.openapi, "3.1.0");
  const documented = Object.entries(json.paths as Record<string, Record<string, unknown>>)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)).sort();
  const routed = api.routes.filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`).sort();
  assert.deepEqual(documented, routed);
  assert.deepEqual(routesOf(api).map(({ method, path }) => `${method} ${path}`).sort(), routed);
  assert.equal(new Set(routed).size, routed.length, "no route is there twice");
});

Deno.test("the document says who may, what is refused, and refers to nothing that is missing", async () => {
  const api = apiOver(await withEverybody());
  const { json, text } = await ask(api, "GET", "/openapi.json");
  for (const [, ref] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    // deno-lint-ignore no-explicit-any
    const target = ref.split("/").reduce((node: any, key) => node?.[key], json);
    assert.ok(target !== undefined, ref);
  }
  const ids = new Set<string>();
  for (const { method, path, permission, status } of routesOf(api)) {
    const operation = json.paths[path][method];
    assert.equal(operation["x-permission"], permission);
    assert.deepEqual(operation.security, permission === "public" ? [] : [{ bearer: [] }, { cookie: [] }], path);
    assert.ok(operation.responses[status] !== undefined, `${method} ${path}`);
    if (permission !== "public") {
      assert.ok(operation.responses[401] !== undefined && operation.responses[403] !== undefined, `${method} ${path}`);
    }
    assert.ok(operation.summary.endsWith("."), `${method} ${path}: ${operation.summary}`);
    assert.ok(!ids.has(operation.operationId), operation.operationId);
    ids.add(operation.operationId);
    for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
      // deno-lint-ignore no-explicit-any
      assert.ok(operation.parameters.some((one: any) => one.name === name && one.in === "path"), `${path} {${name}}`);
    }
  }
  assert.equal(json["x-problems"]["totp-required"].status, 401);
  assert.ok(text.length < 400_000, `${text.length} octets`);
});

/** The table of the plan: method and path, permission by permission. */
const PLAN = `
public: GET /openapi.json, POST /sessions, GET /set-up, POST /set-up/owner, POST /set-up/restore
any: GET /sessions/current, DELETE /sessions/current
admins.read|own: GET /sessions
admins.write|own: DELETE /sessions/{id}
status.read: GET /status, GET /health, GET /events
settings.write: POST /restart, POST /health/run, PUT /health/{code}/snooze, POST /health/{code}/repair, PATCH /settings, POST /settings/confirm, POST /settings/revert, POST /settings/history/{version}/revert, PATCH /policy, POST /set-up/test-listen, POST /set-up/test-domain
settings.read: GET /settings, GET /settings/candidate, GET /settings/history, GET /policy
users.read: GET /users, GET /users/export, GET /sign-ups, GET /chat-sessions, GET /rooms, GET /rooms/public, GET /rooms/{id}, GET /rooms/{id}/people, GET /users/{uri}/documents, GET /public-rooms, GET /history/usage
users.write: POST /users, POST /users/import, PATCH /users/{uri}, DELETE /users/{uri}, POST /sign-ups/{id}/approve, DELETE /sign-ups/{id}, PUT /users/{uri}/profile/locked, DELETE /users/{uri}/profile/locked, DELETE /users/{uri}/documents/{id}, PUT /public-rooms/{name}, DELETE /public-rooms/{name}
users.read|self: GET /users/{uri}, GET /users/{uri}/devices, GET /users/{uri}/contacts, GET /users/{uri}/lists, GET /users/{uri}/contact-requests, GET /users/{uri}/profile, GET /users/{uri}/privacy, GET /users/{uri}/groups
users.write|self: POST /users/{uri}/contacts, PATCH /users/{uri}/contacts/{contact}, DELETE /users/{uri}/contacts/{contact}, POST /users/{uri}/lists, PATCH /users/{uri}/lists/{list}, DELETE /users/{uri}/lists/{list}, PATCH /users/{uri}/profile, DELETE /users/{uri}/profile, PATCH /users/{uri}/privacy
documents.read: GET /users/{uri}/documents/{id}
users.help: POST /users/{uri}/password/reset, POST /users/{uri}/reachability, GET /users/{uri}/invites, POST /users/{uri}/invites, DELETE /invites/{id}, DELETE /chat-sessions/{id}, DELETE /rooms/{id}, DELETE /rooms/{id}/people/{person}
users.help|self: DELETE /users/{uri}/devices/{id}, DELETE /users/{uri}/devices, PUT /users/{uri}/blocked/{contact}, DELETE /users/{uri}/blocked/{contact}, DELETE /users/{uri}/contact-requests/{id}
self: POST /users/{uri}/contact-requests/{id}/agree, PUT /users/{uri}/password, POST /users/{uri}/searches
user: GET /me/history, DELETE /me/history, GET /me/history/folders, GET /me/history/search, GET /me/history/settings, PUT /me/history/settings, POST /me/history/record, GET /me/history/marks, PUT /me/history/marks, GET /me/history/{reference}, PATCH /me/history/{reference}, DELETE /me/history/{reference}, GET /me/history/{reference}/messages, GET /me/history/{reference}/messages/{seq}/content, GET /me/history/{reference}/export
admins.read: GET /admins, GET /admins/{name}
admins.write: POST /admins, PATCH /admins/{name}, DELETE /admins/{name}
admin: GET /me, PUT /me/password, POST /me/totp, PUT /me/totp, DELETE /me/totp
tokens.read: GET /tokens
tokens.write: POST /tokens, DELETE /tokens/{id}
certificates.read: GET /certificates, GET /certificates/requests, GET /certificates/authority, GET /certificates/authority.pem
certificates.write: POST /certificates, POST /certificates/{id}/use, DELETE /certificates/{id}, POST /certificates/reload, POST /certificates/self-signed, POST /certificates/requests, DELETE /certificates/requests/{id}, POST /certificates/authority, POST /certificates/issue
backups.read: GET /backups, GET /backups/schedule, GET /recovery
backups.write: POST /backups, DELETE /backups/{name}, POST /backups/{name}/test, PUT /backups/schedule, POST /backups/schedule/test, POST /recovery/confirm
backups.carry: GET /backups/{name}, POST /backups/{name}/restore, POST /recovery, POST /restore
audit.read: GET /audit, GET /audit/verify, GET /audit/export
logs.read: GET /logs, GET /logs/stream, GET /traces, GET /traces/{call_id}
metrics.read: GET /metrics/history, GET /metrics/live
support.read: GET /support/preview, POST /support/bundle
messages.send: GET /system-messages, POST /system-messages, GET /system-messages/{id}, DELETE /system-messages/{id}
`;

Deno.test("every route of the plan is there, with its permission, and no other", async () => {
  const wanted = PLAN.trim().split("\n").flatMap((line) => {
    const [, permission, routes] = /^(\S+): (.*)$/.exec(line)!;
    return routes.split(", ").map((route) => `${route} ${permission}`);
  });
  const found = routesOf(apiOver(await withEverybody())).map(({ method, path, permission }) =>
    `${method.toUpperCase()} ${path.slice("/api/v1".length)} ${permission}`
  );
  assert.deepEqual(found.sort(), wanted.sort());
});
