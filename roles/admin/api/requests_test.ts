import assert from "node:assert/strict";
import type { Connection } from "../../../web/mod.ts";
import { apiOver, ask, ELSEWHERE, HERE, MAX_UPLOAD, send } from "../testing/api_client.ts";
import { FAKE_RECOVERY } from "../testing/fake_backups.ts";
import { PASSWORD, withEverybody } from "../testing/fake_services.ts";
import { routesOf } from "./create_api.ts";

async function box() {
  const world = await withEverybody();
  const api = apiOver(world);
  return { world, api, token: await world.logIn("owner") };
}

/** A body that says how much of it was read. */
function counted(octets: number, chunk = 10_000) {
  const counter = { read: 0 };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (counter.read >= octets) return controller.close();
      counter.read += chunk;
      controller.enqueue(new Uint8Array(chunk).fill(0x20));
    },
  }, { highWaterMark: 0 });
  return { counter, stream };
}

const PUBLIC_VALUES: Record<string, string> = { "set-up-code": "x" };

/** Who may ask for a route with a body. */
const askerOf = (owner: string, user: string, { permission }: { permission: string }) =>
  permission === "user" ? user : owner;

Deno.test("every route that takes a body refuses one that is too large by its Content-Length, with nothing read", async () => {
  const { world, api, token } = await box();
  const user = await world.logInUser("sip:alice@example.test");
  const taking = routesOf(api).filter(({ body, upload }) => body !== null || upload !== null);
  assert.ok(taking.length > 25, `${taking.length} routes`);
  for (const route of taking) {
    const { method, path, body, upload, permission } = route;
    if (permission === "self" || path.startsWith("/api/v1/set-up/restore")) continue;
    const { counter, stream } = counted(1000);
    const limit = upload?.limit ?? 1_048_576;
    const type = body !== null ? "application/json" : upload!.type === "*" ? "application/octet-stream" : upload!.type;
    const reply = await ask(api, method.toUpperCase(), path.slice("/api/v1".length).replace(/\{\w+\}/g, "1@b.test"), {
      token: askerOf(token, user, route),
      body: stream,
      headers: { "content-type": type, "content-length": String(limit + 1), ...PUBLIC_VALUES },
    });
    const valid = !path.includes("{name}") || !path.includes("backups");
    assert.equal(reply.status, valid && !path.includes("{version}") ? 413 : 422, `${method} ${path}`);
    assert.equal(counter.read, 0, `${method} ${path}`);
    if (reply.status !== 413) continue;
    assert.match(reply.json.detail, new RegExp(`${limit} octets`));
    assert.equal(reply.headers.get("connection"), "close");
  }
});

Deno.test("a body of unknown length is read no further than the limit", async () => {
  const { api, token } = await box();
  const json = counted(50_000_000, 100_000);
  const reply = await ask(api, "POST", "/users", {
    token,
    body: json.stream,
    headers: { "content-type": "application/json" },
  });
  assert.equal(reply.status, 413);
  assert.ok(json.counter.read <= 1_048_576 + 200_000, `${json.counter.read} octets were read`);
  const csv = counted(50_000_000, 100_000);
  const headers = { "content-type": "text/csv" };
  assert.equal((await ask(api, "POST", "/users/import", { token, body: csv.stream, headers })).status, 413);
  assert.ok(csv.counter.read <= 8 * 1_048_576 + 200_000);
});

Deno.test("an uploaded backup is passed on as it comes, up to the limit that was set", async () => {
  const { world, api, token } = await box();
  const headers = { "recovery-key": FAKE_RECOVERY };
  const good = counted(MAX_UPLOAD, 1000);
  assert.equal((await ask(api, "POST", "/restore", { token, body: good.stream, headers })).status, 200);
  assert.equal(world.backups.restored, MAX_UPLOAD);
  const large = counted(MAX_UPLOAD * 50, 1000);
  const reply = await ask(api, "POST", "/restore", { token, body: large.stream, headers });
  assert.equal(reply.status, 413);
  assert.ok(large.counter.read <= MAX_UPLOAD + 5000, `${large.counter.read} octets were read`);
});

Deno.test("a wrong recovery key is told before the upload is read", async () => {
  const { world, api, token } = await box();
  const { counter, stream } = counted(50_000, 1000);
  const reply = await ask(api, "POST", "/restore", { token, body: stream, headers: { "recovery-key": "WRONG" } });
  assert.equal(reply.status, 422);
  assert.match(reply.json.detail, /key is wrong/);
  assert.ok(counter.read <= 2000, `${counter.read} octets were read`);
  assert.equal(world.backups.restored, -1);
});

Deno.test("what is no JSON is 400, of another type 415, and a body that is missing says so", async () => {
  const { api, token } = await box();
  const json = { "content-type": "application/json" };
  for (const body of ["{", "", '{"a":}', "NaN"]) {
    const reply = await ask(api, "POST", "/users", { token, body, headers: json });
    assert.equal(reply.status, 400, body);
    assert.ok(reply.json.type.endsWith("/malformed"));
  }
  const latin1 = new Uint8Array([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]);
  assert.equal((await ask(api, "POST", "/users", { token, body: latin1, headers: json })).status, 400);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    const reply = await ask(api, "POST", "/users", { token, body: "{}", headers: { "content-type": type } });
    assert.equal(reply.status, 415, type);
    assert.equal(reply.headers.get("accept"), "application/json");
  }
  assert.equal((await ask(api, "POST", "/users", { token })).status, 415);
});

Deno.test("every route with a body names each field that is of the wrong type or that there is none of", async () => {
  const { world, api, token } = await box();
  const user = await world.logInUser("sip:alice@example.test");
  const taking = routesOf(api).filter(({ body, permission }) => body !== null && permission !== "self");
  for (const route of taking) {
    const { method, path } = route;
    const values: Record<string, string> = { uri: "sip:alice@example.test", version: "1" };
    const place = path.slice("/api/v1".length).replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "operator");
    for (const body of [[], "null", 3, { nonsense: 1 }]) {
      const headers = { "content-type": "application/json" };
      const asker = askerOf(token, user, route);
      const reply = await ask(api, method.toUpperCase(), place, { token: asker, body, headers });
      const what = `${method} ${path} ${JSON.stringify(body)}`;
      assert.equal(reply.status, 422, what);
      assert.ok(reply.json.errors.length > 0, what);
      // deno-lint-ignore no-explicit-any
      assert.ok(reply.json.errors.every((one: any) => typeof one.field === "string" && one.message !== ""), what);
    }
  }
});

Deno.test("field names lead to the place, however deep", async () => {
  const { api, token } = await box();
  const fieldsOf = async (method: string, path: string, body: unknown) =>
    // deno-lint-ignore no-explicit-any
    (await ask(api, method, path, { token, body })).json.errors.map((one: any) => one.field).sort();
  assert.deepEqual(await fieldsOf("POST", "/users", { display_name: 3, state: "gone", pasword: "x" }), [
    "display_name",
    "pasword",
    "state",
  ]);
  assert.deepEqual(await fieldsOf("PATCH", "/settings", { changes: [{ key: "a", value: 1 }, { value: 2 }] }), [
    "changes.1.key",
  ]);
  assert.deepEqual(await fieldsOf("PATCH", "/users/alice@example.test", { quota: { messages: -1, octets: "x" } }), [
    "quota.messages",
    "quota.octets",
  ]);
  assert.deepEqual(await fieldsOf("POST", "/admins", { name: "a b", role: "owner", password: PASSWORD }), ["name"]);
  assert.deepEqual(await fieldsOf("POST", "/admins", { name: "ab", role: "owner", password: "short" }), ["password"]);
});

Deno.test("queries are checked: unknown names, values out of bounds, a name given twice", async () => {
  const { api, token } = await box();
  const bad = {
    "/users?limit=0": "limit",
    "/users?limit=501": "limit",
    "/users?limit=ten": "limit",
    "/users?online=maybe": "online",
    "/users?serach=x": "serach",
    "/users?search=a&search=b": "search",
    "/users?__proto__=x": "__proto__",
    "/metrics/history?range=year": "range",
    "/logs?level=loud": "level",
    "/audit?before=-1": "before",
    "/status?x=1": "x",
  };
  for (const [path, field] of Object.entries(bad)) {
    const reply = await ask(api, "GET", path, { token });
    assert.equal(reply.status, 422, path);
    assert.deepEqual(reply.json.errors.map(({ field }: { field: string }) => field), [field], path);
  }
});

Deno.test("a path with an address takes it encoded or not, with or without sip:, and refuses what is none", async () => {
  const { world, api, token } = await box();
  await world.addUser("a%2Fb");
  await world.addUser("we+ird;x=%25");
  const get = async (path: string) => (await ask(api, "GET", `/users/${path}`, { token }));
  for (
    const path of [
      "alice@example.test",
      "sip:alice@example.test",
      "sip%3Aalice%40example.test",
      "SIPS:alice@EXAMPLE.test",
    ]
  ) {
    assert.equal((await get(path)).json?.uri, "sip:alice@example.test", path);
  }
  assert.equal(
    (await get(encodeURIComponent("sip:we+ird;x=%25@example.test"))).json.uri,
    "sip:we+ird;x=%25@example.test",
  );
  for (const path of ["alice", "%00@example.test", "a@b@c", "tel:+15551234567", "sip:a:b@example.test", "%E0%A4%A"]) {
    const reply = await get(path);
    assert.equal(reply.status, 422, path);
    assert.equal(reply.json.errors[0].field, "uri");
  }
  assert.equal((await get("carol@example.test")).status, 404);
});

Deno.test("no answer is kept by anybody: Cache-Control is no-store, also on refusals", async () => {
  const { api, token } = await box();
  for (
    const path of ["/users", "/openapi.json", "/nothing", "/users/x", "/users/export", "/certificates/authority.pem"]
  ) {
    assert.equal((await ask(api, "GET", path, { token })).headers.get("cache-control"), "no-store", path);
  }
  assert.equal((await ask(api, "GET", "/users")).headers.get("cache-control"), "no-store");
});

Deno.test("paths that nobody claims are 404, methods that nobody claims 405 with Allow; HEAD goes where GET goes", async () => {
  const { api, token } = await box();
  assert.equal((await ask(api, "GET", "/nothing", { token })).status, 404);
  assert.equal((await ask(api, "GET", "/users/a@b/c/d", { token })).status, 404);
  const reply = await ask(api, "DELETE", "/users", { token });
  assert.equal(reply.status, 405);
  assert.equal(reply.headers.get("allow"), "GET, HEAD, POST");
  assert.equal((await ask(api, "POST", "/metrics/live", { token })).headers.get("allow"), "GET, HEAD");
  const head = await ask(api, "HEAD", "/users", { token });
  assert.equal(head.status, 200);
  assert.equal(head.text, "");
  assert.equal((await ask(api, "HEAD", "/users")).status, 401);
});

Deno.test("over plain http only this machine is answered; what a proxy here forwards came from elsewhere", async () => {
  const { api, token } = await box();
  const plain = (connection: Connection): Connection => ({ ...connection, secure: false });
  const refused = await ask(api, "GET", "/status", { token, connection: plain(ELSEWHERE) });
  assert.equal(refused.status, 403);
  assert.ok(refused.json.type.endsWith("/plain-http"));
  assert.match(refused.json.detail, /https/);
  for (const { method, path } of routesOf(api)) {
    const place = path.slice("/api/v1".length).replace(/\{\w+\}/g, "x");
    const reply = await ask(api, method.toUpperCase(), place, { token, connection: plain(ELSEWHERE) });
    assert.equal(reply.status, 403, path);
  }
  assert.equal((await ask(api, "GET", "/status", { token, connection: plain(HERE) })).status, 200);
  const forwarded = { "x-forwarded-for": "192.0.2.66" };
  assert.equal((await ask(api, "GET", "/status", { token, connection: plain(HERE), headers: forwarded })).status, 403);
  const byTls = { ...forwarded, "x-forwarded-proto": "https" };
  assert.equal((await ask(api, "GET", "/status", { token, connection: plain(HERE), headers: byTls })).status, 200);
  const lying = await ask(api, "GET", "/status", { token, connection: plain(ELSEWHERE), headers: byTls });
  assert.equal(lying.status, 403, "from elsewhere the word for it is not taken");
});

Deno.test("what fails in the box is 500 without its inner words, a full disk 503 with Retry-After", async () => {
  const { world, api, token } = await box();
  Object.assign(world.services.users, {
    find: () => {
      throw new Error("secret inner words");
    },
  });
  const reply = await ask(api, "GET", "/users", { token });
  assert.equal(reply.status, 500);
  assert.ok(!reply.text.includes("secret"));
  const { StorageError } = await import("../../../storage/mod.ts");
  world.records("admins").fault = new StorageError("full", "disk full");
  const body = { name: "new", role: "owner", password: PASSWORD };
  const full = await ask(api, "POST", "/admins", { token, body });
  assert.equal(full.status, 503);
  assert.equal(full.headers.get("retry-after"), "5");
  assert.match(full.json.detail, /disk full/);
});

Deno.test("script in any field comes back as data: JSON, never a page", async () => {
  const { api, token } = await box();
  const script = "<script>alert(1)</script>";
  const made = await send(api, "POST", "/users", { token, body: { uri: "sip:x@example.test", display_name: script } });
  assert.equal(made.headers.get("content-type"), "application/json");
  assert.equal((await made.json()).user.display_name, script);
  const missing = await send(api, "GET", `/admins/${encodeURIComponent(script)}`, { token });
  assert.equal(missing.status, 404);
  assert.equal(missing.headers.get("content-type"), "application/problem+json");
  await missing.body?.cancel();
});
