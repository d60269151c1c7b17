import assert from "node:assert/strict";
import { TOTP } from "otpauth";
import { apiOver, ask, HERE } from "../testing/api_client.ts";
import { withEverybody } from "../testing/fake_services.ts";

const MINUTE = 60_000;

Deno.test("how long an admin's session lasts is what the operator has set, from one request to the next", async () => {
  const world = await withEverybody();
  const token = await world.logIn("owner");
  const { access } = world.services;
  world.time.jump(59 * MINUTE);
  assert.ok(access.principalOf(token) !== null);
  world.consoleSettings.idle_minutes = 10;
  world.time.jump(9 * MINUTE);
  assert.ok(access.principalOf(token) !== null);
  world.time.jump(11 * MINUTE);
  assert.equal(access.principalOf(token), null);
  world.consoleSettings.session_hours = 1;
  const second = await world.logIn("owner");
  for (let i = 0; i < 7; i++) {
    world.time.jump(8 * MINUTE);
    assert.ok(access.principalOf(second) !== null, `after ${8 * (i + 1)} minutes`);
  }
  world.time.jump(5 * MINUTE);
  assert.equal(access.principalOf(second), null);
});

Deno.test("where a second factor is asked for, an admin without one may set it up and nothing else", async () => {
  const world = await withEverybody();
  const api = apiOver(world);
  const owner = await world.logIn("owner");
  const operator = await world.logIn("operator");
  const status = async (token: string, method: string, path: string, body?: unknown) =>
    (await ask(api, method, path, { token, body, connection: HERE })).status;
  assert.equal(await status(owner, "GET", "/users"), 200);
  world.consoleSettings.require_totp = "owners";
  const refused = await ask(api, "GET", "/users", { token: owner, connection: HERE });
  assert.equal(refused.status, 403);
  assert.match(refused.json.type, /totp-set-up-required$/);
  assert.equal(await status(owner, "POST", "/admins", { name: "eve" }), 403);
  assert.equal(await status(operator, "GET", "/users"), 200);
  assert.equal(
    (await ask(api, "GET", "/sessions/current", { token: owner, connection: HERE })).json.must_set_up_totp,
    true,
  );
  // What stands around the page, and the way out.
  assert.equal(await status(owner, "GET", "/status"), 200);
  const { secret } = (await ask(api, "POST", "/me/totp", { token: owner, connection: HERE })).json;
  const code = new TOTP({ secret }).generate({ timestamp: world.time.now() });
  assert.equal(await status(owner, "PUT", "/me/totp", { code }), 200);
  assert.equal(await status(owner, "GET", "/users"), 200);
  world.consoleSettings.require_totp = "all";
  assert.equal(await status(operator, "GET", "/users"), 403);
});
