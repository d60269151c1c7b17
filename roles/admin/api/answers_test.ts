import assert from "node:assert/strict";
import { TOTP } from "otpauth";
import { apiOver, type Ask, ask, send } from "../testing/api_client.ts";
import { ConversationsWorld } from "../../history/testing/conversations_world.ts";
import { FAKE_RECOVERY } from "../testing/fake_backups.ts";
import { type FakeWorld, fakeWorld, PASSWORD, SET_UP_CODE, withEverybody } from "../testing/fake_services.ts";
import type { ApiApp } from "./api.ts";
import { routesOf } from "./create_api.ts";
import type { RouteInfo } from "./declaration.ts";

/** The route that a request goes to: the first that fits, as in the router. */
function routeOf(api: ApiApp, method: string, path: string): RouteInfo {
  const { pathname } = new URL(`http://x/api/v1${path}`);
  const found = routesOf(api).find((route) =>
    route.method === method.toLowerCase() &&
    new RegExp(`^${route.path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`).test(pathname)
  );
  assert.ok(found !== undefined, `${method} ${path}`);
  return found;
}

/** Carries requests out, holds each answer against its declaration, and remembers which routes were asked. */
class Prober {
  readonly asked = new Set<string>();
  // deno-lint-ignore no-explicit-any
  async well(api: ApiApp, method: string, path: string, options: Ask = {}): Promise<any> {
    const route = routeOf(api, method, path);
    const place = `${route.method} ${route.path}`;
    this.asked.add(place);
    const reply = await ask(api, method, path, options);
    assert.equal(reply.status, route.status, `${place}: ${reply.text.slice(0, 300)}`);
    if (route.answer === null) {
      if (route.status === 204) assert.equal(reply.text, "", place);
      return reply.text;
    }
    assert.equal(reply.headers.get("content-type"), "application/json", place);
    // What the schema does not know is dropped by it, so it would be missing here.
    assert.deepEqual(route.answer.parse(reply.json), reply.json, `${place} answers by its schema`);
    return reply.json;
  }
}

const ALICE = "/users/sip:alice@example.test";
const PEM = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----";
const KEY = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----";

Deno.test("every route answers well, as its declaration says", async () => {
  const world = await withEverybody();
  await using recorded = await ConversationsWorld.open();
  const api = apiOver({ ...world, services: { ...world.services, conversations: recorded.conversations } });
  const prober = new Prober();
  const login = await prober.well(api, "POST", "/sessions", { body: { name: "owner", password: PASSWORD } });
  const token: string = login.token;
  const get = (path: string) => prober.well(api, "GET", path, { token });
  const post = (path: string, body?: unknown, headers?: Record<string, string>) =>
    prober.well(api, "POST", path, { token, body, headers });
  const patch = (path: string, body: unknown) => prober.well(api, "PATCH", path, { token, body });
  const put = (path: string, body: unknown) => prober.well(api, "PUT", path, { token, body });
  const remove = (path: string) => prober.well(api, "DELETE", path, { token });

  await prober.well(api, "GET", "/openapi.json");
  await prober.well(api, "GET", "/set-up");
  await get("/sessions/current");
  await world.logIn("operator");
  const { sessions } = await get("/sessions?who=operator");
  await remove(`/sessions/${sessions[0].id}`);

  await get("/status");
  await post("/restart");
  assert.deepEqual(world.restarts, ["admin:owner: asked for"]);

  await get("/users?limit=1");
  await post("/users", { display_name: "Dora" });
  await post("/users/import?dry_run", "uri,password\nemil@example.test,\n", { "content-type": "text/csv" });
  await post("/users/import", "uri,password\nemil@example.test,\n", { "content-type": "text/csv" });
  await get("/users/export");
  await get(ALICE);
  await patch(ALICE, {
    state: "barred",
    barred_until: world.time.now() + 1000,
    quota: { messages: 5, octets: 5000 },
    deferral: "always",
    note: "a note",
    e164: "+15551230009",
  });
  await patch(ALICE, { state: "active", quota: null });
  await get(`${ALICE}/devices`);
  await post(`${ALICE}/reachability`);
  await remove(`${ALICE}/devices/device-1`);
  await remove(`${ALICE}/devices`);
  const { password } = await post(`${ALICE}/password/reset`);
  const alice = await world.logInUser("sip:alice@example.test", password);
  const body = { old: password, new: PASSWORD };
  const search = { where: { field: "hobby", is: "chess" } };
  await prober.well(api, "POST", `${ALICE}/searches`, { token: alice, body: search });
  await prober.well(api, "PUT", `${ALICE}/password`, { token: alice, body });
  const invite = await post(`${ALICE}/invites`, {});
  assert.match(invite.link, /^https:/);
  assert.ok(!JSON.stringify(await get(`${ALICE}/invites`)).includes(invite.link));
  await remove(`/invites/${invite.id}`);
  world.provisioning.signUps.push({ ...world.provisioning.signUps[0], id: "sign-up-2" });
  await get("/sign-ups");
  await post("/sign-ups/sign-up-1/approve");
  await remove("/sign-ups/sign-up-2");
  await remove(ALICE);

  await get("/admins");
  await post("/admins", { name: "new", role: "auditor", password: PASSWORD });
  await get("/admins/new");
  await patch("/admins/new", { role: "operator", display_name: "New", totp: false });
  await remove("/admins/new");
  assert.equal((await get("/me")).name, "owner");
  await put("/me/password", { old: PASSWORD, new: "a wholly new one" });
  const { secret } = await post("/me/totp");
  await put("/me/totp", { code: new TOTP({ secret }).generate({ timestamp: world.time.now() }) });
  await remove("/me/totp");
  const made = await post("/tokens", { name: "grafana", role: "metrics", days: 0 });
  await get("/tokens");
  await remove(`/tokens/${made.id}`);

  await get("/settings");
  const changed = await patch("/settings", { changes: [{ key: "listen.web", value: ["https://0.0.0.0:8443"] }] });
  assert.equal(changed.next, "confirm");
  const { id } = world.chatSessions.open({ from: "sip:alice@example.test", to: "sip:bob@example.test" });
  await get("/chat-sessions");
  await remove(`/chat-sessions/${id}`);
  const people = [["sip:alice@example.test"], ["sip:bob@example.test"]] as const;
  world.rooms.group("sip:lobby@example.test", { displayName: "Lobby" });
  const room = world.rooms.open({ group: "sip:lobby@example.test", people, terms: { isPublic: true } });
  await get("/rooms");
  assert.equal((await get("/rooms/public")).groups[0].room, room.id);
  await get(`/rooms/${room.id}`);
  await get(`/rooms/${room.id}/people`);
  await remove(`/rooms/${room.id}/people/1`);
  await remove(`/rooms/${room.id}`);
  await get("/settings/candidate");
  await post("/settings/confirm");
  await patch("/settings", { changes: [{ key: "listen.web", value: null }] });
  await post("/settings/revert");
  await get("/settings/history");
  await get("/policy");
  const dry = await patch("/policy", { changes: [{ key: "pager.max_body", value: 2000 }], dry_run: true });
  assert.equal(dry.version, world.settings.version);
  await patch("/policy", { changes: [{ key: "pager.max_body", value: 2000 }] });
  await post("/settings/history/1/revert");

  await get("/certificates");
  const uploaded = await post("/certificates", { certificate: PEM, key: KEY });
  const renewed = await post("/certificates/self-signed");
  await post("/certificates/reload");
  await post(`/certificates/${uploaded.id}/use`);
  await remove(`/certificates/${renewed.id}`);
  const csr = await post("/certificates/requests", { names: ["im.example.test"] });
  await get("/certificates/requests");
  await remove(`/certificates/requests/${csr.id}`);
  await get("/certificates/authority");
  await post("/certificates/authority", { name: "Example CA" });
  await get("/certificates/authority");
  assert.match(await get("/certificates/authority.pem"), /BEGIN CERTIFICATE/);
  await post("/certificates/issue", { names: ["im.example.test"] });

  const { name } = await post("/backups");
  await post(`/backups/${name}/test`);
  await get("/backups");
  assert.equal(await get(`/backups/${name}`), "parley");
  await get("/backups/schedule");
  const target = { kind: "webdav", url: "https://backup.test/parley", user: "box" } as const;
  const schedule = { enabled: true, at: "03:00", every: "week", keep: 3, test: false, target };
  await put("/backups/schedule", { ...schedule, secret: "of the target" });
  assert.equal(world.backups.secret, "of the target");
  await post("/backups/schedule/test", { target });
  await get("/recovery");
  const { text } = await post("/recovery");
  await post("/recovery/confirm", { text });
  await post(`/backups/${name}/restore`, { recovery_key: FAKE_RECOVERY });
  await post("/restore", new Uint8Array(10), { "recovery-key": FAKE_RECOVERY });
  await remove(`/backups/${name}`);

  await get("/audit?limit=5");
  await get("/audit/verify");
  await get("/audit/export");
  await get("/logs");
  await get("/traces");
  await get("/traces/call-1%40example.test");
  await get("/metrics/history?range=month");
  await get("/metrics/live");
  await get("/health");
  await post("/health/run");
  await put("/health/peer.down%2Fother.test/snooze", { until: world.time.now() + 1000 });
  await post("/health/peer.down%2Fother.test/repair");
  await get("/support/preview");
  assert.match(await post("/support/bundle"), /^PK/);
  const said = await post("/system-messages", {
    to: "everybody",
    text: "Do you agree?",
    options: [{ label: "Yes" }, { label: "No", grants: "none" }],
    blocking: true,
  });
  await get("/system-messages");
  await get(`/system-messages/${said.id}?limit=1`);
  await remove(`/system-messages/${said.id}`);
  await post("/set-up/test-listen", { entries: ["tls://0.0.0.0:5061", "tls://0.0.0.0:1"] });
  await post("/set-up/test-domain", { domain: "example.test" });
  await aroundContacts(world, prober, api, token);
  await aroundHistory(recorded, prober, api, await world.logInUser("sip:alice@example.test"));
  assert.equal((await get("/history/usage?order=size")).totals.conversations, 1);
  await remove("/sessions/current");

  const fresh = await fakeWorld();
  const headers = { "set-up-code": SET_UP_CODE, "recovery-key": FAKE_RECOVERY };
  await prober.well(apiOver(fresh), "POST", "/set-up/restore", { body: new Uint8Array(10), headers });
  const owner = { code: SET_UP_CODE, name: "ada", password: PASSWORD };
  await prober.well(apiOver(fresh), "POST", "/set-up/owner", { body: owner });

  // Streams have tests of their own.
  const left = routesOf(api).map(({ method, path }) => `${method} ${path}`).filter((place) => !prober.asked.has(place));
  assert.deepEqual(left, ["get /api/v1/logs/stream", "get /api/v1/events"]);
});

/** Contacts, profiles and documents of alice and bob, who are there. */
async function aroundContacts(world: FakeWorld, prober: Prober, api: ApiApp, token: string): Promise<void> {
  const get = (path: string) => prober.well(api, "GET", path, { token });
  const post = (path: string, body?: unknown) => prober.well(api, "POST", path, { token, body });
  const patch = (path: string, body: unknown) => prober.well(api, "PATCH", path, { token, body });
  const remove = (path: string) => prober.well(api, "DELETE", path, { token });
  const BOB = "/users/sip:bob@example.test";
  for (const name of ["alice", "bob", "dora"]) await world.addUser(name);
  await patch(`${BOB}/privacy`, { ask_before_added: false });
  assert.equal((await get(`${BOB}/privacy`)).ask_before_added, false);
  await post(`${ALICE}/lists`, { name: "friends" });
  await patch(`${ALICE}/lists/friends`, { display_name: "My friends" });
  assert.equal((await post(`${ALICE}/contacts`, { contact: "bob", list: "friends" })).outcome, "added");
  await patch(`${ALICE}/contacts/sip%3Abob%40example.test`, { name: "Bobby" });
  await prober.well(api, "PUT", `${ALICE}/blocked/sip%3Abob%40example.test`, { token });
  const page = await get(`${ALICE}/contacts?search=bobby&list=friends`);
  assert.deepEqual(page.contacts, [{ uri: "sip:bob@example.test", name: "Bobby", lists: ["friends"], blocked: true }]);
  await remove(`${ALICE}/blocked/sip%3Abob%40example.test`);
  assert.equal((await get(`${ALICE}/lists`)).lists[0].contacts, 1);
  assert.deepEqual(
    (await get(`${ALICE}/groups`)).groups.map(({ mine, members }: Record<string, unknown>) => [mine, members]),
    [
      [true, 2],
    ],
  );
  await remove(`${ALICE}/contacts/sip%3Abob%40example.test`);
  await remove(`${ALICE}/lists/friends`);
  assert.equal((await post(`${ALICE}/contacts`, { contact: "+15559999" })).outcome, "unknown-number");
  const asked = await post(`${ALICE}/contacts`, { contact: "dora", message: "Hello." });
  assert.equal(asked.outcome, "asked");
  assert.equal((await get(`${ALICE}/contact-requests`)).requests.length, 1);
  const dora = await world.logInUser("sip:dora@example.test");
  const path = `/users/sip:dora@example.test/contact-requests/${asked.request.id}`;
  await prober.well(api, "POST", `${path}/agree`, { token: dora });
  const again = await post(`${BOB}/contacts`, { contact: "dora" });
  await remove(`${BOB}/contact-requests/${again.request.id}`);
  await patch(`${ALICE}/profile`, { freetext: "Hello", hobbies: ["chess"] });
  await prober.well(api, "PUT", `${ALICE}/profile/locked`, { token, body: { birth_date: "1990-01-01" } });
  assert.equal((await get(`${ALICE}/profile`)).locked.birth_date, "1990-01-01");
  await remove(`${ALICE}/profile/locked`);
  await remove(`${ALICE}/profile`);
  const { documents } = await get(`${ALICE}/documents?limit=1`);
  const id = encodeURIComponent(documents[0].id);
  assert.match(await prober.well(api, "GET", `${ALICE}/documents/${id}`, { token }), /^<\?xml/);
  await remove(`${ALICE}/documents/${id}`);
  const room = { uri: "sip:lobby@example.test", display_name: "Lobby", subject: "Anything" };
  const made = await prober.well(api, "PUT", "/public-rooms/lobby", { token, body: room });
  assert.deepEqual((await get("/public-rooms")).rooms, [made]);
  await remove("/public-rooms/lobby");
}

/** What alice has recorded. */
async function aroundHistory(recorded: ConversationsWorld, prober: Prober, api: ApiApp, token: string): Promise<void> {
  const get = (path: string) => prober.well(api, "GET", path, { token });
  const [first, second, third] = [
    await recorded.record(["Meet me in the library"]),
    await recorded.record(["hello"]),
    await recorded.record(["bye"]),
  ];
  assert.equal((await get("/me/history?limit=1")).total, 3);
  const path = `/me/history/${first}`;
  await prober.well(api, "PATCH", path, { token, body: { name: "work/library" } });
  assert.equal((await get(path)).name, "work/library");
  assert.equal((await get("/me/history/folders")).folders.length, 2);
  assert.equal((await get("/me/history/search?words=libr")).hits.length, 1);
  const { messages: [{ content, text }] } = await get(`${path}/messages`);
  assert.equal(text, await get(content.slice("/api/v1".length)));
  assert.match(await get(`${path}/export?format=html`), /library/);
  await get("/me/history/settings");
  await prober.well(api, "PUT", "/me/history/settings", { token, body: { record: "everything" } });
  const command = { conversation: "sip:bob@example.test", action: "start" };
  await prober.well(api, "POST", "/me/history/record", { token, body: command });
  assert.equal((await get("/me/history/marks")).marks[0].unread, 3);
  const mark = { with: "sip:bob@example.test", at: recorded.time.now() };
  assert.equal((await prober.well(api, "PUT", "/me/history/marks", { token, body: mark })).unread, 0);
  await prober.well(api, "DELETE", `/me/history/${second}`, { token });
  await prober.well(api, "DELETE", `/me/history?references=${third}`, { token });
}

Deno.test("services that refuse: not found is 404, in the way 409, at its field 422", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const token = await world.logIn("owner");
  const cases: [number, string, string, unknown?][] = [
    [404, "POST", "/users/nobody@example.test/reachability"],
    [404, "POST", "/users/nobody@example.test/password/reset"],
    [404, "POST", "/users/nobody@example.test/invites", {}],
    [404, "DELETE", "/invites/x"],
    [404, "POST", "/sign-ups/x/approve"],
    [404, "PATCH", "/admins/nobody", {}],
    [409, "POST", "/admins", { name: "owner", role: "owner", password: PASSWORD }],
    [404, "DELETE", "/tokens/x"],
    [422, "PATCH", "/settings", { changes: [{ key: "log.level", value: "debug" }, { key: "no.such", value: 1 }] }],
    [422, "PATCH", "/policy", { changes: [{ key: "listen.web", value: [] }] }],
    [409, "POST", "/settings/confirm"],
    [404, "POST", "/settings/history/99/revert"],
    [422, "POST", "/certificates", { certificate: "x", key: null }],
    [409, "DELETE", "/certificates/certificate-1"],
    [404, "DELETE", "/certificates/requests/x"],
    [404, "GET", "/certificates/authority.pem"],
    [409, "POST", "/certificates/issue", { names: ["a"] }],
    [422, "POST", "/certificates/requests", { names: ["a"], country: "Germany" }],
    [404, "GET", "/backups/none"],
    [422, "GET", "/backups/..%2F..%2Fetc%2Fpasswd"],
    [404, "DELETE", "/backups/none"],
    [422, "PUT", "/backups/schedule", {
      enabled: true,
      at: "25:00",
      every: "day",
      keep: 1,
      test: true,
      target: { kind: "none" },
    }],
    [422, "POST", "/recovery/confirm", { text: "wrong" }],
    [404, "GET", "/traces/none"],
    [404, "PUT", "/health/none/snooze", { until: 0 }],
    [409, "POST", "/health/certificate.self_signed/repair"],
    [422, "POST", "/system-messages", { to: "no address", text: "x" }],
    [422, "POST", "/system-messages", { to: "everybody", text: "x".repeat(2001) }],
    [404, "POST", "/system-messages", { to: "nobody@example.test", text: "x" }],
    [404, "GET", "/rooms/x"],
    [404, "GET", "/rooms/x/people"],
    [404, "DELETE", "/rooms/x"],
    [404, "DELETE", "/rooms/x/people/1"],
    [422, "DELETE", "/rooms/x/people/one"],
  ];
  for (const [status, method, path, body] of cases) {
    const reply = await ask(api, method, path, { token, body });
    assert.equal(reply.status, status, `${method} ${path}: ${reply.text}`);
    assert.equal(reply.headers.get("content-type"), "application/problem+json");
    assert.equal(reply.json.status, status);
    if (status === 422) assert.ok(reply.json.errors.length > 0, `${method} ${path}`);
  }
  const settings = await ask(api, "PATCH", "/settings", { token, body: cases[8][3] });
  assert.deepEqual(settings.json.errors.map(({ field }: { field: string }) => field), ["log.level", "no.such"]);
});

Deno.test("the audit log comes in pages to its beginning, and whole in the export", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const token = await world.logIn("auditor");
  for (let i = 0; i < 500; i++) world.audit.append({ at: i, event: "test", actor: "system", facts: { i } });
  const ids: number[] = [];
  for (let path = "/audit?limit=200&event=test";;) {
    const { json, headers } = await ask(api, "GET", path, { token });
    ids.push(...json.entries.map(({ id }: { id: number }) => id));
    const link = headers.get("link");
    assert.equal(link === null, json.next === 0);
    if (link === null) break;
    path = link.slice("</api/v1".length, link.indexOf(">"));
  }
  assert.equal(ids.length, 500);
  assert.deepEqual(ids, [...ids].sort((a, b) => b - a));
  const lines = (await (await send(api, "GET", "/audit/export", { token })).text()).trim().split("\n");
  assert.equal(lines.length, world.audit.records.length);
  assert.deepEqual(JSON.parse(lines[0]), world.audit.records[0]);
});
