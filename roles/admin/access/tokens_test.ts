import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { ApiTokens } from "../../../operations/stored/mod.ts";
import { ROLES } from "../services/mod.ts";
import { fakeWorld, withEverybody } from "../testing/fake_services.ts";
import { FakeSettings } from "../testing/fake_store.ts";

Deno.test("a token is a principal of its role, told once, and listed without itself", async () => {
  const { services: { tokens, access }, time } = await fakeWorld();
  for (const role of [...ROLES, "metrics"] as const) {
    const made = await tokens.create({ name: `for ${role}`, role, days: 30 }, "admin:ada");
    assert.deepEqual(access.principalOf(made.token), { kind: "token", name: `for ${role}`, role });
    assert.equal(made.expires_at, time.now() + 30 * 86_400_000);
  }
  const list = await tokens.list();
  assert.equal(list.length, 5);
  assert.ok(!JSON.stringify(list).includes("parley_"));
});

Deno.test("a token tells when it was last used, ends with its time, and at once when it is revoked", async () => {
  const { services: { tokens, access }, time, audit } = await fakeWorld();
  const made = await tokens.create({ name: "a", role: "auditor", days: 1 }, "admin:ada");
  assert.equal((await tokens.list())[0].last_used_at, 0);
  time.advance(60_000);
  access.principalOf(made.token, true);
  assert.equal((await tokens.list())[0].last_used_at, 0, "asked quietly");
  access.principalOf(made.token);
  assert.equal((await tokens.list())[0].last_used_at, time.now());
  time.jump(86_400_000);
  assert.equal(access.principalOf(made.token), null);
  const other = await tokens.create({ name: "b", role: "owner", days: 0 }, "admin:ada");
  assert.equal(other.scope, "admin");
  assert.equal(await tokens.revoke(other.id, "admin:ada"), true);
  assert.equal(await tokens.revoke(other.id, "admin:ada"), false);
  assert.equal(access.principalOf(other.token), null);
  const events = audit.records.map(({ event }) => event);
  assert.deepEqual(events, ["token.create", "token.create", "token.revoke"]);
  assert.ok(!JSON.stringify(audit.records).includes("parley_"));
});

Deno.test("wrong names, roles and days are refused", async () => {
  const { services: { tokens } } = await fakeWorld();
  const good = { name: "a", role: "metrics", days: 1 } as const;
  await assert.rejects(tokens.create({ ...good, days: -1 }, "x"), /allowed: 0 \(never expires\) to 36500/);
  await assert.rejects(tokens.create({ ...good, days: 1.5 }, "x"), /days is 1.5/);
  await assert.rejects(tokens.create({ ...good, name: "a\u0007" }, "x"), /no control characters/);
  await assert.rejects(tokens.create({ ...good, role: "root" as "metrics" }, "x"), /allowed: owner/);
});

Deno.test("as many tokens as there may be fit into their setting, made at once or one by one", async () => {
  const tokens = new ApiTokens(new FakeSettings(), new FakeTime());
  const name = "é".repeat(200);
  const made = await Promise.allSettled(Array.from({ length: 160 }, () => tokens.create(name, "help-desk", 0)));
  assert.equal(made.filter(({ status }) => status === "fulfilled").length, 150);
  assert.equal(tokens.list().length, 150, "none was lost to another that was made at the same time");
  assert.ok(JSON.stringify(tokens.list()).length + 150 * 78 < 60_000);
});

Deno.test("a session token is no API token, nor the other way round", async () => {
  const world = await withEverybody();
  const { access } = world.services;
  const session = await world.logIn("owner");
  assert.equal(access.principalOf(session.replace("ps_", "parley_")), null);
  for (const text of ["", "ps_", "parley_", "Bearer x", "x".repeat(10_000)]) {
    assert.equal(access.principalOf(text), null);
  }
});
