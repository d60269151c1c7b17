import assert from "node:assert/strict";
import { apiOver, ask, send } from "../testing/api_client.ts";
import { PASSWORD, withEverybody } from "../testing/fake_services.ts";

async function box() {
  const world = await withEverybody();
  const api = apiOver(world);
  return { world, api, token: await world.logIn("owner") };
}

const ALICE = "/users/sip:alice@example.test";

Deno.test("If-Match: the version that was read changes it, a stale one is 412 and changes nothing, none is no question", async () => {
  const { api, token } = await box();
  const { headers } = await ask(api, "GET", ALICE, { token });
  const etag = headers.get("etag")!;
  assert.match(etag, /^"[0-9]+"$/);
  const patch = (note: string, match?: string) =>
    ask(api, "PATCH", ALICE, { token, body: { note }, headers: match === undefined ? {} : { "if-match": match } });
  const first = await patch("one", etag);
  assert.equal(first.status, 200);
  assert.notEqual(first.headers.get("etag"), etag);
  for (const stale of [etag, '"999"', `W/${first.headers.get("etag")}`, '"abc"']) {
    const reply = await patch("two", stale);
    assert.equal(reply.status, 412, stale);
    assert.ok(reply.json.type.endsWith("/stale"));
  }
  assert.equal((await patch("x", "3")).status, 400);
  assert.equal((await ask(api, "GET", ALICE, { token })).json.note, "one");
  assert.equal((await patch("three")).status, 200);
  assert.equal((await patch("four", "*")).status, 200);
  const old = { "if-match": etag };
  assert.equal((await ask(api, "DELETE", ALICE, { token, headers: old })).status, 412);
  assert.equal((await ask(api, "GET", ALICE, { token })).status, 200);
});

Deno.test("If-Match holds on admins and settings too; a conflict of another sort stays 409", async () => {
  const { world, api, token } = await box();
  const stale = { "if-match": '"77"' };
  const now = { "if-match": '"1"' };
  const calls: [string, string, unknown][] = [
    ["PATCH", "/admins/operator", { display_name: "x" }],
    ["DELETE", "/admins/operator", undefined],
    ["PATCH", "/settings", { changes: [{ key: "pager.max_body", value: 2000 }] }],
    ["PATCH", "/policy", { changes: [{ key: "pager.max_body", value: 2000 }] }],
  ];
  for (const [method, path, body] of calls) {
    assert.equal((await ask(api, method, path, { token, body, headers: stale })).status, 412, `${method} ${path}`);
  }
  assert.equal(world.settings.version, 1);
  const last = await ask(api, "DELETE", "/admins/owner", { token, headers: now });
  assert.equal(last.status, 409);
  assert.match(last.json.detail, /last owner/);
  assert.equal((await ask(api, "PATCH", "/settings", { token, body: calls[2][2], headers: now })).status, 200);
  assert.equal((await ask(api, "DELETE", "/admins/operator", { token, headers: now })).status, 204);
});

Deno.test("what changed between the look and the write is 412 as well", async () => {
  const { world, api, token } = await box();
  const { users } = world;
  const change = users.change.bind(users);
  users.change = async (uri, patch, version, by) => {
    await change(uri, { note: "somebody was quicker" }, null, "admin:other");
    return await change(uri, patch, version, by);
  };
  const reply = await ask(api, "PATCH", ALICE, { token, body: { note: "mine" }, headers: { "if-match": '"1"' } });
  assert.equal(reply.status, 412);
});

Deno.test("a user is added with address and password made where they are left out, and told once", async () => {
  const { api, token } = await box();
  const made = await ask(api, "POST", "/users", { token, body: { display_name: "Dora Example" } });
  assert.equal(made.status, 201);
  assert.equal(made.json.user.uri, "sip:dora.example@example.test");
  assert.notEqual(made.json.password, "");
  assert.equal(made.headers.get("location"), "/api/v1/users/sip%3Adora.example%40example.test");
  const place = made.headers.get("location")!.slice("/api/v1".length);
  const got = await ask(api, "GET", place, { token });
  assert.equal(got.headers.get("etag"), made.headers.get("etag"));
  assert.ok(!got.text.includes(made.json.password));
  const login = { uri: made.json.user.uri, password: made.json.password };
  assert.equal((await ask(api, "POST", "/sessions", { body: login })).status, 201);
  const own = await ask(api, "POST", "/users", { token, body: { uri: "eve@example.test", password: "typed in" } });
  assert.equal(own.json.password, "");
});

Deno.test("a user that cannot be added: each fault stands at its field", async () => {
  const { api, token } = await box();
  const fieldOf = async (body: unknown) => (await ask(api, "POST", "/users", { token, body })).json.errors[0].field;
  assert.equal(await fieldOf({ uri: "alice@example.test" }), "uri");
  assert.equal(await fieldOf({ uri: "not an address" }), "uri");
  assert.equal(await fieldOf({ uri: "a@example.test", e164: "123" }), "e164");
  assert.equal(await fieldOf({ uri: "a@example.test", password: "\u0007" }), "password");
  assert.equal(await fieldOf({ uri: "a@example.test", display_name: "a\u0007" }), "display_name");
});

Deno.test("users come in pages, each with the link to the next", async () => {
  const { world, api, token } = await box();
  for (let i = 0; i < 5; i++) await world.addUser(`user${i}`);
  const seen: string[] = [];
  let path = "/users?limit=3&search=EXAMPLE";
  for (let pages = 1;; pages++) {
    const { json, headers } = await ask(api, "GET", path, { token });
    assert.equal(json.total, 7);
    seen.push(...json.users.map(({ uri }: { uri: string }) => uri));
    const link = headers.get("link");
    if (json.next === "") {
      assert.equal(link, null);
      assert.equal(pages, 3);
      break;
    }
    assert.match(link!, /^<\/api\/v1\/users\?.*>; rel="next"$/);
    path = link!.slice("</api/v1".length, link!.indexOf(">"));
  }
  assert.equal(new Set(seen).size, 7);
  assert.deepEqual(seen, [...seen].sort());
  const online = await ask(api, "GET", "/users?online=true", { token });
  assert.deepEqual(online.json.users.map(({ uri }: { uri: string }) => uri), ["sip:alice@example.test"]);
});

Deno.test("Idempotency-Key: the same request is carried out once and answered the same; another one is refused", async () => {
  const { world, api, token } = await box();
  const post = (body: unknown, key: string, more = {}) =>
    ask(api, "POST", "/users", { token, body, headers: { "idempotency-key": key }, ...more });
  const first = await post({ display_name: "Dora" }, "key-1");
  const again = await post({ display_name: "Dora" }, "key-1");
  assert.deepEqual(again.json, first.json);
  assert.equal(again.status, 201);
  assert.equal(again.headers.get("etag"), first.headers.get("etag"));
  assert.equal(again.headers.get("idempotent-replayed"), "true");
  assert.equal(first.headers.get("idempotent-replayed"), null);
  assert.equal((await post({ display_name: "Emil" }, "key-1")).status, 422);
  assert.equal((await post({ display_name: "Dora" }, "key-2")).json.user.uri, "sip:dora2@example.test");
  const other = await post({ display_name: "Dora" }, "key-1", { token: await world.logIn("operator") });
  assert.equal(other.json.user.uri, "sip:dora3@example.test", "another's key is another key");
  assert.equal((await post({ display_name: "Dora" }, "x".repeat(129))).status, 400);
  world.time.advance(24 * 3_600_000);
  const later = await ask(api, "POST", "/users", {
    token: await world.logIn("owner"),
    body: { display_name: "Dora" },
    headers: { "idempotency-key": "key-1" },
  });
  assert.equal(later.json.user.uri, "sip:dora4@example.test", "after a day it is forgotten");
});

Deno.test("Idempotency-Key: a refusal may be tried again, and two at once are one", async () => {
  const { world, api, token } = await box();
  const headers = { "idempotency-key": "k" };
  const post = (body: unknown) => ask(api, "POST", "/users", { token, body, headers });
  assert.equal((await post({ uri: "nonsense" })).status, 422);
  const both = await Promise.all([post({ display_name: "Dora" }), post({ display_name: "Dora" })]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
  assert.equal(world.subscribers.size, 3);
});

Deno.test("a suspended user's sessions end, a removed one's too, and a reset password is told once", async () => {
  const { world, api, token } = await box();
  const alice = await world.logInUser("sip:alice@example.test");
  await ask(api, "PATCH", ALICE, { token, body: { state: "suspended" } });
  assert.equal((await ask(api, "GET", ALICE, { token: alice })).status, 401);
  await ask(api, "PATCH", ALICE, { token, body: { state: "active" } });
  assert.equal((await ask(api, "GET", ALICE, { token: alice })).status, 401, "and stay ended");
  const { json: { password } } = await ask(api, "POST", `${ALICE}/password/reset`, {
    token: await world.logIn("help-desk"),
  });
  const again = await world.logInUser("sip:alice@example.test", password);
  assert.equal((await ask(api, "DELETE", ALICE, { token })).status, 204);
  assert.equal((await ask(api, "GET", ALICE, { token: again })).status, 401);
  assert.equal((await ask(api, "DELETE", ALICE, { token })).status, 404);
});

Deno.test("a user changes the own password with the old one; guessing is slowed down", async () => {
  const { world, api } = await box();
  const [here, there] = [
    await world.logInUser("sip:alice@example.test"),
    await world.logInUser("sip:alice@example.test"),
  ];
  const put = (old: string) => ask(api, "PUT", `${ALICE}/password`, { token: here, body: { old, new: "a new one" } });
  const wrong = await put("wrong");
  assert.deepEqual([wrong.status, wrong.json.errors[0].field], [422, "old"]);
  for (let i = 0; i < 4; i++) await put("wrong");
  const throttled = await put(PASSWORD);
  assert.equal(throttled.status, 429);
  assert.equal(throttled.headers.get("retry-after"), "60");
  world.time.advance(60_000);
  assert.equal((await put(PASSWORD)).status, 204);
  assert.equal((await ask(api, "GET", ALICE, { token: here })).status, 200);
  assert.equal((await ask(api, "GET", ALICE, { token: there })).status, 401);
  await world.logInUser("sip:alice@example.test", "a new one");
});

Deno.test("users see themselves without the operator's note, and end their own devices", async () => {
  const { world, api, token } = await box();
  await ask(api, "PATCH", ALICE, { token, body: { note: "pays late" } });
  const alice = await world.logInUser("sip:alice@example.test");
  const own = await ask(api, "GET", ALICE, { token: alice });
  assert.ok(!own.text.includes("pays late"));
  assert.equal((await ask(api, "DELETE", `${ALICE}/devices/device-9`, { token: alice })).status, 404);
  assert.equal((await ask(api, "DELETE", `${ALICE}/devices/device-1`, { token: alice })).status, 204);
  assert.deepEqual((await ask(api, "GET", `${ALICE}/devices`, { token: alice })).json, { devices: [] });
  assert.deepEqual((await ask(api, "DELETE", `${ALICE}/devices`, { token: alice })).json, { ended: 0 });
});

const CSV = { "content-type": "text/csv; charset=utf-8" };

Deno.test("a CSV is imported whole; empty passwords are made and told once", async () => {
  const { world, api, token } = await box();
  const body =
    'uri,password,display_name,e164\r\ndora@example.test,,"Dora, E.",\r\nemil@example.test,typed in,,+15551230001\r\n';
  const dry = await ask(api, "POST", "/users/import?dry_run", { token, body, headers: CSV });
  assert.deepEqual(dry.json, { dry_run: true, added: 2, replaced: 0, warnings: [], passwords: [] });
  assert.equal(world.subscribers.size, 2);
  const done = await ask(api, "POST", "/users/import", { token, body, headers: CSV });
  assert.equal(done.json.added, 2);
  assert.deepEqual(done.json.passwords.map(({ uri }: { uri: string }) => uri), ["sip:dora@example.test"]);
  assert.equal(world.subscribers.get("sip:dora@example.test")?.displayName, "Dora, E.");
  const again = await ask(api, "POST", "/users/import?replace=true&dry_run=false", { token, body, headers: CSV });
  assert.equal(again.json.replaced, 2);
});

Deno.test("a CSV with faults imports nothing and lists each line's fault", async () => {
  const { world, api, token } = await box();
  const body = [
    "uri,password,display_name,e164",
    "dora@example.test,,Dora,",
    "not an address,,,",
    "emil@example.test,,too,many,fields",
    '"fritz@example.test",,"two',
    'lines",',
    "greta@example.test,,,12",
    "alice@example.test,,,",
  ].join("\n");
  const reply = await ask(api, "POST", "/users/import", { token, body, headers: CSV });
  assert.equal(reply.status, 422);
  assert.deepEqual(reply.json.errors.map(({ line }: { line: number }) => line), [3, 4, 5, 7, 8]);
  assert.match(reply.json.errors[1].message, /5 fields; the first line has 4/);
  assert.equal(reply.json.errors[0].field, "line 3");
  assert.equal(world.subscribers.size, 2);
  const head = await ask(api, "POST", "/users/import", { token, body: "name,age\nx,1", headers: CSV });
  assert.deepEqual(head.json.errors.map(({ line }: { line: number }) => line), [1]);
  const quote = await ask(api, "POST", "/users/import", { token, body: 'uri,password\na@b.test,"x', headers: CSV });
  assert.deepEqual(quote.json.errors.map(({ line }: { line: number }) => line), [2]);
  const empty = await ask(api, "POST", "/users/import", { token, body: "", headers: CSV });
  assert.match(empty.json.errors[0].message, /the file is empty/);
  const latin1 = new Uint8Array([0x75, 0x72, 0x69, 0xe9]);
  assert.equal((await ask(api, "POST", "/users/import", { token, body: latin1, headers: CSV })).status, 400);
});

Deno.test("the export has every user and no secret, and no formula for a spreadsheet", async () => {
  const { world, api, token } = await box();
  for (let i = 0; i < 1200; i++) await world.addUser(`user${i}`);
  const alice = world.subscribers.get("sip:alice@example.test")!;
  await world.subscribers.put([{ ...alice, displayName: '=HYPERLINK("x")', e164: "+15551234567" }]);
  const response = await send(api, "GET", "/users/export", { token });
  assert.match(response.headers.get("content-type")!, /^text\/csv/);
  const text = await response.text();
  const lines = text.split("\r\n");
  assert.equal(lines.length, 1202 + 2);
  assert.equal(lines[0], "uri,display_name,e164,state,created_at,changed_at");
  assert.match(lines[1], /^sip:alice@example\.test,"'=HYPERLINK\(""x""\)",\+15551234567,active,/);
  assert.ok(!text.includes(alice.credentials.sha256) && !text.includes(alice.credentials.md5));
});
