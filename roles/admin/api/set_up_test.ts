import assert from "node:assert/strict";
import { apiOver, ask, ELSEWHERE } from "../testing/api_client.ts";
import { FAKE_RECOVERY } from "../testing/fake_backups.ts";
import { fakeWorld, PASSWORD, SET_UP_CODE, withEverybody } from "../testing/fake_services.ts";

const OWNER = { code: SET_UP_CODE, name: "ada", display_name: "Ada", password: PASSWORD };

Deno.test("the first owner is made by the code, is logged in, and the code has ended", async () => {
  const world = await fakeWorld();
  const api = apiOver(world);
  assert.deepEqual((await ask(api, "GET", "/set-up")).json, { open: true, version: "0.1.0" });
  const made = await ask(api, "POST", "/set-up/owner", { body: OWNER });
  assert.equal(made.status, 201);
  assert.deepEqual(made.json.principal.role, "owner");
  assert.equal((await ask(api, "GET", "/admins", { token: made.json.token })).status, 200);
  assert.equal((await ask(api, "GET", "/set-up")).json.open, false);
  const again = await ask(api, "POST", "/set-up/owner", { body: { ...OWNER, name: "eve" } });
  assert.equal(again.status, 403);
  assert.equal(world.services.access.listAdmins().length, 1);
});

Deno.test("a wrong code is 403 and soon 429; a wrong name or password does not end the code", async () => {
  const world = await fakeWorld();
  const api = apiOver(world);
  const weak = await ask(api, "POST", "/set-up/owner", { body: { ...OWNER, password: "short" } });
  assert.deepEqual([weak.status, weak.json.errors[0].field], [422, "password"]);
  for (let i = 0; i < 5; i++) {
    assert.equal((await ask(api, "POST", "/set-up/owner", { body: { ...OWNER, code: `guess-${i}` } })).status, 403);
  }
  const throttled = await ask(api, "POST", "/set-up/owner", { body: OWNER });
  assert.equal(throttled.status, 429);
  assert.ok(Number(throttled.headers.get("retry-after")) > 0);
  const elsewhere = await ask(api, "POST", "/set-up/owner", { body: OWNER, connection: ELSEWHERE });
  assert.equal(elsewhere.status, 201);
});

Deno.test("two that come at once make one owner", async () => {
  const world = await fakeWorld();
  const api = apiOver(world);
  const both = await Promise.all(
    ["ada", "eve"].map((name) => ask(api, "POST", "/set-up/owner", { body: { ...OWNER, name } })),
  );
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
  assert.equal(world.services.access.listAdmins().length, 1);
});

Deno.test("a new box begins with a backup by the code, and one in use does not", async () => {
  const world = await fakeWorld();
  const api = apiOver(world);
  const headers = { "set-up-code": SET_UP_CODE, "recovery-key": FAKE_RECOVERY };
  const restore = (headers: Record<string, string>, over = api) =>
    ask(over, "POST", "/set-up/restore", { body: new Uint8Array(500), headers });
  assert.equal((await restore({ ...headers, "set-up-code": "wrong" })).status, 403);
  assert.equal((await restore({ "recovery-key": FAKE_RECOVERY })).status, 403);
  assert.equal((await restore({ ...headers, "recovery-key": "wrong" })).status, 422);
  assert.equal(world.backups.restored, -1);
  const done = await restore(headers);
  assert.equal(done.status, 200);
  assert.equal(world.backups.restored, 500);
  const used = await withEverybody();
  assert.equal((await restore(headers, apiOver(used))).status, 403);
  assert.equal(used.backups.restored, -1);
});
