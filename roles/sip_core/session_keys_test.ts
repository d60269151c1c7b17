import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { FakeTime } from "../../foundation/testing.ts";
import { SessionKeys } from "./session_keys.ts";
import { AuthenticateWorld, type Login } from "./testing/authenticate_world.ts";

const ALICE = "sip:alice@example.test", SESSION = "0123456789abcdef0123456789abcdef", HOUR = 3_600_000;

/** A box where alice is signed in in a browser, and the key of her page. */
function signedIn(attempts = 3): { world: AuthenticateWorld; login: Login } {
  const world = new AuthenticateWorld({ lock_out: { attempts } });
  world.sessions.set(SESSION, ALICE);
  return { world, login: world.keys.issue(ALICE, SESSION, HOUR) };
}

for (const algorithm of ["SHA-256", "MD5"] as const) {
  Deno.test(`a key of a browser session lets its user in with ${algorithm}, to register and to all else`, () => {
    const { world, login } = signedIn();
    for (const method of ["REGISTER", "MESSAGE"]) {
      const { answer, exchange } = world.login({ method }, { ...login, algorithm });
      equal(answer, null, answer?.head);
      equal(exchange.identity!.aor, ALICE);
    }
  });
}

Deno.test("a key outlasts a restart: it is all in its name and the box's secret", () => {
  const make = (secret: number, time = new FakeTime()) =>
    new SessionKeys({
      secret: new Uint8Array(32).fill(secret),
      clock: time,
      stands: () => true,
      endRegistrations: () => {},
    });
  const { username, password } = make(1).issue(ALICE, SESSION, HOUR);
  const key = make(1).read(username)!;
  const ha1 = createHash("sha256").update(`${username}:example.test:${password}`).digest("hex");
  equal(make(1).ha1(key, ALICE, "SHA-256"), ha1);
  ok(make(1).isAlive(key, ALICE));
  notEqual(make(2).ha1(key, ALICE, "SHA-256"), ha1, "another box");
  notEqual(make(1).ha1(key, "sip:alice@other.test", "SHA-256"), ha1, "a user of the same name elsewhere");
});

Deno.test("a key that is over its time is refused in words of its own, and never counts as a wrong password", () => {
  const { world, login } = signedIn();
  world.time.advance(HOUR + 1);
  for (let i = 0; i < 10; i++) {
    const { answer } = world.login({}, login);
    equal(answer!.status, 403);
    equal(answer!.reason, "Browser session is over");
  }
  equal(world.login({}, { username: "alice", password: "wonderland" }).answer, null, "nobody is locked out");
  deepEqual(world.audit.entries.filter(({ facts }) => facts.outcome !== "ok"), []);
});

Deno.test("a key dies with its session at once, and what registered by it ends", () => {
  const { world, login } = signedIn();
  const { exchange } = world.login({}, login);
  world.sessions.delete(SESSION);
  world.keys.ended(SESSION);
  deepEqual(world.endedCalls, [`${ALICE} ${exchange.request.callId}`]);
  world.keys.ended(SESSION);
  equal(world.endedCalls.length, 1);
  equal(world.login({ method: "MESSAGE" }, login).answer!.reason, "Browser session is over");
});

Deno.test("a session of somebody else's, or another end than was given, is a wrong password", () => {
  const { world, login } = signedIn(100);
  const later = login.username.replace(/u=\w+/, `u=${Number.MAX_SAFE_INTEGER.toString(36).slice(0, 9)}`);
  const other = login.username.replace(SESSION, "f".repeat(32));
  for (const username of [later, other]) {
    const { answer } = world.login({}, { ...login, username });
    equal(answer!.status, 403);
    equal(answer!.reason, "User name or password is wrong");
  }
  const carol = world.login({ from: "sip:carol@other.test" }, {
    ...login,
    username: login.username.replace("alice", "carol"),
  });
  equal(carol.answer!.reason, "User name or password is wrong");
  ok(world.logins.every(({ outcome }) => outcome === "wrong-password"));
});

Deno.test("forged keys lock out like wrong passwords", () => {
  const { world, login } = signedIn(3);
  const reasons = Array.from({ length: 4 }, () => world.login({}, { ...login, password: "x" }).answer!);
  match(reasons.at(-1)!.get("Retry-After") ?? "", /^\d+$/);
});

Deno.test("what is no name of a key is read as none", () => {
  const { world: { keys } } = signedIn();
  for (
    const name of [
      "alice",
      "alice;u=zz",
      "alice;u=zz;s=xyz",
      ";u=1;s=" + SESSION,
      "a@b;u=1;s=" + SESSION,
      "alice;u=1;s=" + SESSION + ";",
    ]
  ) {
    equal(keys.read(name), null, name);
  }
  equal(keys.read(`a;b=c;u=1;s=${SESSION}`)!.user, "a;b=c");
});

Deno.test("what is remembered of registrations is bounded, and none outlasts its session by being forgotten", () => {
  const { world: { keys, endedCalls } } = signedIn();
  const key = keys.read(`alice;u=1;s=${SESSION}`)!;
  const calls = Array.from({ length: 100 }, (_, i) => `call-${i}`);
  const ended = () => endedCalls.splice(0).flatMap((text) => text.split(/[ ,]/).slice(1));
  for (const call of calls) keys.registered(key, ALICE, call);
  deepEqual(ended(), calls.slice(0, 36), "the oldest of too many");
  for (const call of calls.slice(36)) keys.registered(key, ALICE, call);
  deepEqual(ended(), [], "refreshed");
  keys.ended(SESSION);
  deepEqual(ended(), calls.slice(36));
  keys.registered(key, ALICE, "again");
  for (let i = 0; i < 20_000; i++) keys.registered({ ...key, session: i.toString(16).padStart(32, "0") }, ALICE, "one");
  deepEqual(ended(), ["again"], "the oldest of too many sessions");
});
