import assert from "node:assert/strict";
import { TOTP } from "otpauth";
import { FakeTime } from "../../../foundation/testing.ts";
import type { Login } from "../services/mod.ts";
import { addAdmin, type FakeWorld, fakeWorld, PASSWORD, withEverybody } from "../testing/fake_services.ts";

function logIn(world: FakeWorld, more: Partial<{ name: string; password: string; code: string; source: string }> = {}) {
  const request = { name: "owner", password: PASSWORD, code: "", source: "192.0.2.1", user_agent: "test", ...more };
  return world.services.access.logIn(request);
}

function logInUser(world: FakeWorld, uri: string, password = PASSWORD, source = "192.0.2.1") {
  return world.services.access.logInUser({ uri, password, source, user_agent: "test" });
}

function ok(login: Login) {
  assert.equal(login.outcome, "ok");
  return login as Extract<Login, { outcome: "ok" }>;
}

/** Log-in lines of the audit log: actor, outcome, source. */
function lines(world: FakeWorld): string[] {
  return world.audit.records.filter(({ event }) => event === "login")
    .map(({ actor, facts }) => `${actor} ${facts.outcome} ${facts.source}`);
}

/** The code that an authenticator shows. */
function codeAt(secret: string, now: number): string {
  return new TOTP({ secret }).generate({ timestamp: now });
}

Deno.test("an admin logs in by name and password; a wrong one and an unknown name get the same answer", async () => {
  const world = await withEverybody();
  const { token, session, principal } = ok(await logIn(world, { name: " OWNER " }));
  assert.deepEqual(principal, { kind: "admin", name: "owner", role: "owner", session: session.id });
  assert.deepEqual(world.services.access.principalOf(token), principal);
  assert.ok(session.current && session.source === "192.0.2.1");
  assert.deepEqual(await logIn(world, { password: `${PASSWORD}x` }), { outcome: "refused" });
  assert.deepEqual(await logIn(world, { name: "nobody" }), { outcome: "refused" });
  assert.deepEqual(await logIn(world, { password: "" }), { outcome: "refused" });
  assert.deepEqual(lines(world), [
    "admin:owner ok 192.0.2.1",
    "admin:owner wrong password 192.0.2.1",
    "admin:nobody wrong password 192.0.2.1",
    "admin:owner wrong password 192.0.2.1",
  ]);
  assert.ok(!JSON.stringify(world.audit.records).includes(PASSWORD));
});

Deno.test("each log-in makes a session of its own: nothing that was there before becomes one", async () => {
  const world = await withEverybody();
  const first = ok(await logIn(world));
  const second = ok(await logIn(world));
  assert.notEqual(first.token, second.token);
  assert.notEqual(first.session.id, second.session.id);
  assert.match(first.token, /^ps_[\w-]{43}$/);
});

Deno.test("only a hash of the token is stored", async () => {
  const world = await withEverybody();
  const { token } = ok(await logIn(world));
  const stored = JSON.stringify([...world.records("sessions").entries()]);
  assert.ok(!stored.includes(token) && !stored.includes(token.slice(3)));
  assert.ok(!JSON.stringify([...world.records("admins").entries()]).includes(PASSWORD));
});

Deno.test("after five wrong passwords from one source the sixth is not looked at, for longer each time", async () => {
  const world = await withEverybody();
  for (let i = 0; i < 5; i++) assert.equal((await logIn(world, { password: "wrong" })).outcome, "refused");
  assert.deepEqual(await logIn(world), { outcome: "throttled", retry_after_seconds: 60 });
  world.time.advance(60_000);
  assert.equal((await logIn(world, { password: "wrong" })).outcome, "refused");
  assert.deepEqual(await logIn(world), { outcome: "throttled", retry_after_seconds: 120 });
  world.time.advance(119_000);
  assert.deepEqual(await logIn(world), { outcome: "throttled", retry_after_seconds: 1 });
  world.time.advance(1000);
  ok(await logIn(world));
});

Deno.test("the same holds for a name that nobody has: the answers tell nothing", async () => {
  const world = await withEverybody();
  const answers = async (name: string) => {
    const all = [];
    for (let i = 0; i < 8; i++) all.push(await logIn(world, { name, password: "wrong", source: "192.0.2.50" }));
    return all;
  };
  assert.deepEqual(await answers("nobody"), await answers("operator"));
});

Deno.test("who guesses from elsewhere does not keep the right person out", async () => {
  const world = await withEverybody();
  ok(await logIn(world, { source: "192.0.2.1" }));
  for (let i = 0; i < 200; i++) {
    await logIn(world, { password: "wrong", source: `198.51.100.${i}` });
    world.time.advance(1000);
  }
  assert.equal((await logIn(world, { source: "203.0.113.9" })).outcome, "throttled", "a stranger has to wait");
  ok(await logIn(world, { source: "192.0.2.1" }));
  world.time.advance(61_000);
  ok(await logIn(world, { source: "203.0.113.9" }));
});

Deno.test("where a person came in from before is known also after a restart of the box", async () => {
  const world = await withEverybody();
  ok(await logIn(world, { source: "192.0.2.1" }));
  const access = await world.reopenAccess();
  const request = { name: "owner", code: "", user_agent: "test" };
  for (let i = 0; i < 60; i++) await access.logIn({ ...request, password: "wrong", source: `198.51.100.${i}` });
  assert.equal((await access.logIn({ ...request, password: PASSWORD, source: "203.0.113.9" })).outcome, "throttled");
  ok(await access.logIn({ ...request, password: PASSWORD, source: "192.0.2.1" }));
});

Deno.test("one source that tries many names is slowed down, whatever the names; the rest of a /64 counts as it", async () => {
  const world = await withEverybody();
  for (let i = 0; i < 20; i++) await logIn(world, { name: `name${i}`, source: `2001:db8::${i.toString(16)}` });
  assert.equal((await logIn(world, { source: "2001:db8::ffff:1:1:1" })).outcome, "throttled");
  ok(await logIn(world, { source: "2001:db8:0:1::1" }));
});

Deno.test("a flood of tries that nobody looks at is one line a minute in the audit log", async () => {
  const world = await withEverybody();
  for (let i = 0; i < 5; i++) await logIn(world, { password: "wrong" });
  for (let i = 0; i < 50; i++) await logIn(world);
  assert.equal(lines(world).filter((line) => line.includes("throttled")).length, 1);
  world.time.advance(59_000);
  await logIn(world);
  world.time.advance(1000);
  for (let i = 0; i < 2; i++) await logIn(world, { password: "wrong" });
  const throttled = world.audit.records.filter(({ facts }) => facts.outcome === "throttled");
  assert.equal(throttled.at(-1)?.facts.attempts, 51);
});

Deno.test("many tries at once are no way round: one at a time for a name from a source", async () => {
  const world = await withEverybody();
  const all = await Promise.all(Array.from({ length: 30 }, () => logIn(world, { password: "wrong" })));
  assert.equal(all.filter(({ outcome }) => outcome === "refused").length, 1);
  assert.equal(all.filter(({ outcome }) => outcome === "throttled").length, 29);
});

Deno.test("a store that fails is nobody's wrong password", async () => {
  const world = await withEverybody();
  world.records("admins").fault = new Error("disk full");
  for (let i = 0; i < 6; i++) await assert.rejects(logIn(world));
  world.records("admins").fault = null;
  ok(await logIn(world));
});

async function withTotp(world: FakeWorld): Promise<{ secret: string; recovery: readonly string[] }> {
  const { access } = world.services;
  const { secret, uri } = await access.beginTotp("owner");
  assert.match(uri, /^otpauth:\/\/totp\/Parley%20example\.test:owner\?.*secret=/);
  const { recovery_codes } = await access.confirmTotp("owner", codeAt(secret, world.time.now()));
  world.time.advance(30_000);
  return { secret, recovery: recovery_codes };
}

Deno.test("with a second factor the password alone is not enough, and a code is taken once", async () => {
  const world = await withEverybody();
  const { secret } = await withTotp(world);
  assert.deepEqual(await logIn(world), { outcome: "totp" });
  assert.equal((await logIn(world, { code: "000000" })).outcome, "refused");
  const code = codeAt(secret, world.time.now());
  assert.equal((await logIn(world, { password: "wrong", code })).outcome, "refused");
  ok(await logIn(world, { code: `${code.slice(0, 3)} ${code.slice(3)}` }));
  assert.equal((await logIn(world, { code })).outcome, "refused");
  const earlier = codeAt(secret, world.time.now() - 30_000);
  assert.equal((await logIn(world, { code: earlier, source: "192.0.2.2" })).outcome, "refused", "an older code");
  world.time.advance(30_000);
  ok(await logIn(world, { code: codeAt(secret, world.time.now()), source: "192.0.2.2" }));
});

Deno.test("a code is good for its neighbours' time, and no longer; two log-ins at once share none", async () => {
  const world = await withEverybody();
  const { secret } = await withTotp(world);
  const late = codeAt(secret, world.time.now());
  world.time.advance(60_000);
  assert.equal((await logIn(world, { code: late })).outcome, "refused");
  const early = codeAt(secret, world.time.now() + 30_000);
  const both = await Promise.all(["192.0.2.7", "192.0.2.8"].map((source) => logIn(world, { code: early, source })));
  assert.deepEqual(both.map(({ outcome }) => outcome).sort(), ["ok", "refused"]);
});

Deno.test("each of ten recovery codes opens once, however it is typed", async () => {
  const world = await withEverybody();
  const { recovery } = await withTotp(world);
  assert.equal(new Set(recovery).size, 10);
  for (const [i, code] of recovery.entries()) {
    const typed = i % 2 === 0 ? code.toUpperCase().replaceAll("-", " ") : code;
    ok(await logIn(world, { code: typed, source: `192.0.2.${i}` }));
  }
  assert.equal((await logIn(world, { code: recovery[0] })).outcome, "refused");
  assert.ok(!JSON.stringify([...world.records("admins").entries()]).includes(recovery[1]));
});

Deno.test("wrong codes are throttled as wrong passwords are", async () => {
  const world = await withEverybody();
  await withTotp(world);
  for (let i = 0; i < 5; i++) await logIn(world, { code: String(100_000 + i) });
  assert.equal((await logIn(world, { code: "123456" })).outcome, "throttled");
});

Deno.test("a second factor is in force once a code confirms it, and only for a quarter of an hour", async () => {
  const world = await withEverybody();
  const { access } = world.services;
  const { secret } = await access.beginTotp("owner");
  await assert.rejects(access.confirmTotp("owner", "12345"), /the code is wrong/);
  ok(await logIn(world));
  world.time.advance(15 * 60_000);
  await assert.rejects(access.confirmTotp("owner", codeAt(secret, world.time.now())), /begin again/);
  await assert.rejects(access.confirmTotp("operator", codeAt(secret, world.time.now())), /begin again/);
});

Deno.test("a user logs in with the SIP password, by any writing of the address", async () => {
  const world = await withEverybody();
  for (const uri of ["sip:alice@example.test", "alice@example.test", "SIP:alice@EXAMPLE.test:5060"]) {
    const { principal, session } = ok(await logInUser(world, uri));
    assert.deepEqual(principal, { kind: "user", aor: "sip:alice@example.test", session: session.id });
  }
  assert.equal((await logInUser(world, "sip:alice@example.test", "wrong")).outcome, "refused");
  assert.equal((await logInUser(world, "sip:nobody@example.test")).outcome, "refused");
  assert.equal((await logInUser(world, "sip:alice@example.test", "")).outcome, "refused");
  assert.equal((await logInUser(world, "not an address")).outcome, "refused");
  assert.equal((await logInUser(world, "sip:a%3Ab@example.test")).outcome, "refused");
});

Deno.test("suspended and barred users are refused, also with a session they have; the others are not", async () => {
  const world = await withEverybody();
  const { access } = world.services;
  const alice = "sip:alice@example.test";
  const { token } = ok(await logInUser(world, alice));
  const set = async (more: Record<string, unknown>) =>
    await world.subscribers.put([{ ...world.subscribers.get(alice)!, ...more }]);
  for (const state of ["suspended", "barred"]) {
    await set({ state });
    assert.equal(access.principalOf(token), null, state);
    assert.equal((await logInUser(world, alice)).outcome, "refused", state);
  }
  await set({ state: "barred", barredUntil: world.time.now() + 60_000 });
  assert.equal((await logInUser(world, alice)).outcome, "refused");
  world.time.advance(60_000);
  ok(await logInUser(world, alice));
  await set({ state: "unsubscribed", barredUntil: undefined });
  ok(await logInUser(world, alice));
  await world.subscribers.remove(alice);
  assert.equal(access.principalOf(token), null);
  assert.equal((await logInUser(world, alice)).outcome, "refused");
});

Deno.test("other writings of an address are no further tries", async () => {
  const world = await withEverybody();
  const writings = [
    "alice@example.test",
    "sip:alice@Example.test",
    "sips:alice@example.test",
    "sip:%61lice@example.test",
  ];
  for (let i = 0; i < 5; i++) await logInUser(world, writings[i % writings.length], "wrong");
  assert.equal((await logInUser(world, "sip:alice@example.test")).outcome, "throttled");
  ok(await logInUser(world, "sip:alice@example.test", PASSWORD, "192.0.2.200"));
});

Deno.test("admins and users are two worlds: neither's password opens the other", async () => {
  const world = await fakeWorld(new FakeTime());
  await addAdmin(world, "owner", "alice");
  await world.addUser("alice", "a sip password");
  assert.equal((await logInUser(world, "alice@example.test", PASSWORD)).outcome, "refused");
  assert.equal((await logIn(world, { name: "alice", password: "a sip password" })).outcome, "refused");
  assert.equal((await logIn(world, { name: "sip:alice@example.test" })).outcome, "refused");
});
