import assert from "node:assert/strict";
import { AuthenticateWorld, type Login, type Sent } from "./testing/authenticate_world.ts";
import { FakeFlow } from "./testing/fake_exchange.ts";

const ALICE: Login = { username: "alice", password: "wonderland" };
const MESSAGE: Sent = { method: "MESSAGE" };

Deno.test("REGISTER is challenged with 401, everything else with 407, SHA-256 first", () => {
  const world = new AuthenticateWorld();
  const register = world.send({}).answer!;
  assert.equal(register.status, 401);
  const offers = register.getAll("WWW-Authenticate");
  assert.match(offers[0], /^Digest realm="example.test".*algorithm=SHA-256/);
  assert.match(offers[1], /algorithm=MD5/);
  for (const method of ["MESSAGE", "INVITE", "SUBSCRIBE", "BYE", "OPTIONS", "PUBLISH"]) {
    const { answer } = world.send({ method });
    assert.equal(answer!.status, 407, method);
    assert.ok(answer!.has("Proxy-Authenticate"));
  }
  assert.deepEqual(world.logins, []);
});

Deno.test("the realm is the domain of the user", () => {
  const { answer } = new AuthenticateWorld().send({ from: "sip:carol@other.test" });
  assert.match(answer!.get("WWW-Authenticate")!, /realm="other.test"/);
});

const NAMES: readonly (readonly [name: string, login: Login, sent?: Sent])[] = [
  ["user, SHA-256", ALICE],
  ["user, MD5", { ...ALICE, algorithm: "MD5" }],
  ["user@domain, SHA-256", { ...ALICE, username: "alice@example.test" }],
  ["user@domain, MD5", { ...ALICE, username: "alice@example.test", algorithm: "MD5" }],
  ["the number", { ...ALICE, username: "+15550001" }],
  ["the number, MD5", { ...ALICE, username: "+15550001", algorithm: "MD5" }],
  ["user, for the number", ALICE, { from: "sip:+15550001@example.test" }],
  ["the number, for a tel URI", { ...ALICE, username: "+15550001" }, { from: "tel:+1-555-0001" }],
];
for (const [name, login, sent] of NAMES) {
  Deno.test(`a user logs in as ${name}`, () => {
    const world = new AuthenticateWorld();
    const { answer, exchange } = world.login(sent ?? {}, login);
    assert.equal(answer, null, answer?.head);
    assert.equal(exchange.identity!.aor, "sip:alice@example.test");
    assert.equal(exchange.identity!.number, "+15550001");
    assert.equal(exchange.identity!.displayName, "Alice \xc3\x84");
    assert.equal(exchange.subscriber, world.subscribers.get("sip:alice@example.test"));
    assert.equal(exchange.trusted, false);
    assert.deepEqual(world.logins.map(({ outcome }) => outcome), ["ok"]);
  });
}

Deno.test("other methods take either header; success there is no login", () => {
  const world = new AuthenticateWorld();
  assert.equal(world.login(MESSAGE, ALICE).answer, null);
  assert.equal(world.login(MESSAGE, { ...ALICE, header: "Authorization" }).answer, null);
  assert.deepEqual(world.logins, []);
});

Deno.test("a nonce serves many requests, each count once, and not for ever; stale is no failure", () => {
  const world = new AuthenticateWorld({ nonces: { lifetime: 300_000 }, lock_out: { attempts: 2 } });
  const nonce = world.challenged(MESSAGE);
  assert.equal(world.login(MESSAGE, { ...ALICE, nonce, nc: "00000001" }).answer, null);
  assert.equal(world.login(MESSAGE, { ...ALICE, nonce, nc: "00000002" }).answer, null);
  for (let i = 0; i < 5; i++) {
    const { answer } = world.login(MESSAGE, { ...ALICE, nonce, nc: "00000002" });
    assert.equal(answer!.status, 407);
    assert.match(answer!.get("Proxy-Authenticate")!, /stale=true/);
  }
  world.time.advance(301_000);
  const { answer } = world.login(MESSAGE, { ...ALICE, nonce, nc: "00000003" });
  assert.match(answer!.get("Proxy-Authenticate")!, /stale=true/);
  assert.equal(world.login(MESSAGE, ALICE).answer, null);
  assert.ok(world.logins.every(({ outcome }) => outcome === "stale"));
  assert.deepEqual(world.audit.entries, []);
});

Deno.test("a wrong password and a user that is not there get the same answer", () => {
  const world = new AuthenticateWorld();
  const wrong = world.login({}, { ...ALICE, password: "x" }).answer!;
  const unknown = world.login({ from: "sip:nobody@example.test" }, { username: "nobody", password: "x" }).answer!;
  assert.equal(wrong.status, 403);
  assert.equal(unknown.status, 403);
  assert.equal(wrong.reason, unknown.reason);
  assert.equal(unknown.has("Retry-After"), wrong.has("Retry-After"));
  assert.deepEqual(world.logins.map(({ outcome, aor }) => `${outcome} ${aor}`), [
    "wrong-password sip:alice@example.test",
    "unknown-user sip:nobody@example.test",
  ]);
});

Deno.test("five wrong passwords lock the user for that source, longer each time; others are not locked", () => {
  for (const from of ["sip:alice@example.test", "sip:nobody@example.test"]) {
    const world = new AuthenticateWorld();
    const flow = new FakeFlow("udp", "198.51.100.1");
    const name = from.slice(4).split("@")[0];
    const attempt = (password: string) => world.login({ from, flow }, { username: name, password }).answer;
    const statuses = Array.from({ length: 5 }, () => attempt("x")!);
    assert.deepEqual(statuses.map((answer) => answer.get("Retry-After")), [
      undefined,
      undefined,
      undefined,
      undefined,
      "60",
    ]);
    assert.equal(attempt("wonderland")!.get("Retry-After"), "60");
    assert.equal(world.logins.at(-1)!.outcome, "locked");
    world.time.advance(60_000);
    assert.equal(attempt("x")!.get("Retry-After"), "120");
    world.time.advance(120_000);
    assert.equal(attempt("x")!.get("Retry-After"), "240");
    if (name !== "alice") continue;
    assert.equal(world.login({ from }, ALICE).answer, null, "another source");
    assert.equal(
      world.login({ from: "sip:bob@example.test", flow }, { username: "bob", password: "builder" }).answer,
      null,
    );
    world.time.advance(240_000);
    assert.equal(attempt("wonderland"), null);
    assert.equal(attempt("x")!.has("Retry-After"), false, "forgiven");
  }
});

Deno.test("every spelling of a user counts to the same lock", () => {
  const world = new AuthenticateWorld({ lock_out: { attempts: 3 } });
  for (const username of ["alice", "alice@example.test", "+15550001"]) world.login({}, { username, password: "x" });
  assert.equal(world.login({}, ALICE).answer!.status, 403);
  assert.equal(world.logins.at(-1)!.outcome, "locked");
});

Deno.test("From, and To of a REGISTER, must be the digest user's", () => {
  const world = new AuthenticateWorld();
  const bob: Login = { username: "bob", password: "builder" };
  for (
    const sent of [
      { from: "sip:alice@example.test" },
      { from: "sip:bob@example.test", to: "sip:alice@example.test" },
      { from: "sip:alice@example.test", to: "sip:bob@example.test" },
      { from: "sip:nobody@example.test", to: "sip:bob@example.test" },
      { from: "sip:alice@example.test", method: "MESSAGE" },
      { from: "tel:+15550001", method: "MESSAGE" },
    ] as Sent[]
  ) {
    const { answer } = world.login(sent, bob);
    assert.equal(answer!.status, 403, JSON.stringify(sent));
    assert.equal(world.logins.at(-1)!.outcome, "forbidden");
  }
  assert.equal(world.login({ from: "sip:bob@example.test", method: "MESSAGE" }, bob).answer, null);
});

Deno.test("a user of one domain is none of another", () => {
  const world = new AuthenticateWorld();
  const { answer } = world.login({ from: "sip:alice@other.test" }, ALICE);
  assert.equal(answer!.status, 403);
});

Deno.test("an anonymous From hides a user that is authenticated all the same", () => {
  const world = new AuthenticateWorld();
  const from = "sip:anonymous@anonymous.invalid";
  const { answer, exchange } = world.login({ method: "MESSAGE", from, lines: "Privacy: id" }, ALICE);
  assert.equal(answer, null, answer?.head);
  assert.equal(exchange.identity!.aor, "sip:alice@example.test");
  const preferred = "P-Preferred-Identity: <sip:carol@other.test>";
  assert.match(
    world.send({ method: "MESSAGE", from, lines: preferred }).answer!.get("Proxy-Authenticate")!,
    /"other.test"/,
  );
});

Deno.test("who is neither ours nor from a peer gets nothing", () => {
  const world = new AuthenticateWorld();
  for (const method of ["MESSAGE", "INVITE", "REGISTER", "OPTIONS", "BYE"]) {
    const { answer } = world.send({
      method,
      from: "sip:eve@far.test",
      to: "sip:alice@example.test",
      uri: "sip:alice@example.test",
    });
    assert.ok(answer!.status === 403 || (method === "REGISTER" && answer!.status === 401), method);
  }
  assert.equal(world.send({ method: "REGISTER", from: "sip:eve@far.test" }).answer!.status, 403);
});

Deno.test("a peer's user comes in by From; what it asserts is not believed", () => {
  const world = new AuthenticateWorld();
  world.admits = true;
  const { answer, exchange } = world.send({
    method: "MESSAGE",
    from: "sip:eve@FAR.test:5070;x=1",
    lines: "P-Asserted-Identity: <sip:alice@example.test>",
  });
  assert.equal(answer, null);
  assert.equal(exchange.trusted, false);
  assert.equal(exchange.subscriber, null);
  assert.equal(exchange.identity!.aor, "sip:eve@far.test");
  assert.equal(world.send({ method: "MESSAGE" }).answer!.status, 407, "our own users log in there too");
});

Deno.test("ACK and CANCEL are never challenged", () => {
  const world = new AuthenticateWorld();
  for (const method of ["ACK", "CANCEL"]) assert.equal(world.send({ method }).answer, null);
});

Deno.test("a trusted hop is not challenged: its assertion holds, then its From", () => {
  const world = new AuthenticateWorld({}, ["192.0.2.0/24"]);
  const asserted = world.send({
    method: "MESSAGE",
    from: "sip:anonymous@anonymous.invalid",
    lines: 'P-Asserted-Identity: <tel:+15559999>, "Bob" <sip:bob@example.test>',
  });
  assert.equal(asserted.exchange.trusted, true);
  assert.equal(asserted.exchange.identity!.aor, "sip:bob@example.test");
  assert.equal(asserted.exchange.subscriber!.aor, "sip:bob@example.test");
  const number = world.send({ method: "MESSAGE", lines: "P-Asserted-Identity: <tel:+1-555-0001>" });
  assert.equal(number.exchange.identity!.aor, "sip:alice@example.test");
  const from = world.send({ method: "MESSAGE", from: "sip:eve@far.test" });
  assert.deepEqual([from.exchange.identity!.aor, from.exchange.subscriber], ["sip:eve@far.test", null]);
  assert.equal(world.send({ method: "MESSAGE", from: "sip:anonymous@anonymous.invalid" }).answer!.status, 403);
  const register = world.send({ method: "REGISTER" });
  assert.equal(register.answer, null);
  assert.deepEqual(world.logins.map(({ outcome }) => outcome), ["ok"]);
});

Deno.test("a hop is trusted by where it is, not by what it says", () => {
  const world = new AuthenticateWorld({}, ["192.0.2.0/24", "core.test"]);
  const outside = new FakeFlow("udp", "198.51.100.1");
  const lines = "P-Asserted-Identity: <sip:alice@example.test>\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx";
  assert.equal(world.send({ method: "MESSAGE", flow: outside, lines }).answer!.status, 407);
  const tls = new FakeFlow("tls", "198.51.100.1", 5061, ["core.test"]);
  assert.equal(world.send({ method: "MESSAGE", flow: tls, lines }).answer, null);
});

Deno.test("credentials that cannot be read, or are for another URI, get 400", () => {
  const world = new AuthenticateWorld();
  const lines = 'Authorization: Digest username="alice", realm="example.test"';
  assert.equal(world.send({ lines }).answer!.status, 400);
  assert.equal(world.login({}, { ...ALICE, digestUri: "sip:far.test" }).answer!.status, 400);
  assert.deepEqual(world.logins, []);
});

Deno.test("credentials for another realm are not ours to check", () => {
  const world = new AuthenticateWorld();
  const lines =
    'Authorization: Digest username="alice", realm="far.test", nonce="n", uri="sip:example.test", response="0"';
  assert.equal(world.send({ lines }).answer!.status, 401);
});

Deno.test("a connection is trusted after a REGISTER only where that is wanted, and only its own user", () => {
  const flow = new FakeFlow("tcp");
  const usual = new AuthenticateWorld();
  usual.registeredFlow = flow.id;
  assert.equal(usual.send({ ...MESSAGE, flow }).answer!.status, 407);
  const world = new AuthenticateWorld({ trust_registered_flow: true });
  world.registeredFlow = flow.id;
  const { answer, exchange } = world.send({ ...MESSAGE, flow });
  assert.equal(answer, null);
  assert.equal(exchange.identity!.aor, "sip:alice@example.test");
  assert.equal(world.send({ ...MESSAGE, flow: new FakeFlow("tcp") }).answer!.status, 407);
  assert.equal(world.send({ flow }).answer!.status, 401, "REGISTER is challenged always");
});

Deno.test("logins are written to the audit log: failures and new logins, not refreshes, floods once a minute", () => {
  const world = new AuthenticateWorld({ lock_out: { attempts: 2 } });
  world.login({ lines: "User-Agent: Phone/1.0" }, ALICE);
  world.refreshes = true;
  world.login({}, ALICE);
  for (let i = 0; i < 10; i++) world.login({}, { ...ALICE, password: "x" });
  world.time.advance(61_000);
  world.login({}, { ...ALICE, password: "x" });
  world.login({}, { ...ALICE, password: "x" });
  const lines = world.audit.entries.map(({ actor, event, facts }) => {
    assert.equal(event, "login");
    assert.equal(actor, "sip:alice@example.test");
    return `${facts.outcome}${facts.attempts === undefined ? "" : ` ${facts.attempts}`}`;
  });
  assert.deepEqual(lines, ["ok", "wrong-password", "wrong-password", "locked", "wrong-password", "locked 8"]);
  assert.deepEqual(world.audit.entries[0].facts, {
    outcome: "ok",
    method: "REGISTER",
    source: "192.0.2.10",
    userAgent: "Phone/1.0",
  });
  assert.ok(!JSON.stringify(world.audit.entries).includes("wonderland"));
});
