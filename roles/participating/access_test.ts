import assert from "node:assert/strict";
import { BLOCK, DROP, FakeRules, HIDDEN } from "./testing/fake_rules.ts";
import { PagerWorld, settle, textOf } from "./testing/pager_world.ts";

const PAIR = "sip:alice@example.test > sip:bob@example.test";
const BOB = "sip:bob@example.test";
const PHONE = { instance: "<urn:uuid:phone>" };

function worldWith(
  rules: FakeRules,
  deferral: "offline" | "always" | "never" = "offline",
  registered = true,
): PagerWorld {
  const world = new PagerWorld({}, undefined, undefined, rules);
  world.user("bob", { deferral });
  if (registered) world.device("bob", "sip:bob@203.0.113.1", PHONE);
  return world;
}

Deno.test("what rules refuse is told in their words, and goes nowhere", async (t) => {
  const cases: [name: string, side: "in" | "out", warning: RegExp, by: string][] = [
    [
      "the recipient's",
      "in",
      /^399 example.test "100 Function not allowed due to rules of the recipient"$/,
      "recipient",
    ],
    ["the sender's", "out", /^399 example.test "100 Function not allowed due to a \?\?\?odd\?"$/, "sender"],
    ["against hiding", "in", /^399 example.test "102 Anonymity not allowed"$/, "recipient"],
  ];
  for (const [name, side, warning, by] of cases) {
    await t.step(name, async () => {
      const rules = new FakeRules();
      const decision = by === "sender" ? { verdict: "refuse", reason: 'a "\r\nodd"' } as const : BLOCK;
      rules[side].set(PAIR, name === "against hiding" ? HIDDEN : decision);
      const world = worldWith(rules);
      const told: string[] = [];
      world.pagerEvents.on("messageRefused", (facts) => told.push(`${facts.status} ${facts.by} ${facts.recipient}`));
      const { last } = world.message("hi");
      assert.equal(last.status, 403);
      assert.match(last.get("Warning")!, warning);
      assert.deepEqual(told, [`403 ${by} rules ${BOB}`]);
      assert.equal(world.sent.length + world.store.count, 0);
      const back = world.message("back", { uri: "sip:alice@example.test", from: BOB });
      await settle();
      assert.deepEqual(back.statuses, [202], "the other way is another matter");
    });
  }
});

Deno.test("what is dropped politely has the answer of what arrives, and leaves no trace", async (t) => {
  const cases: ["offline" | "always" | "never", registered: boolean, headers: string, status: number][] = [
    ["offline", true, "", 200],
    ["offline", false, "", 202],
    ["always", true, "", 202],
    ["never", true, "", 200],
    ["never", false, "", 480],
    ["offline", false, "Expires: 0\r\n", 480],
  ];
  for (const [deferral, registered, headers, status] of cases) {
    await t.step(`${deferral}, ${registered ? "there" : "away"}, ${headers}`, async () => {
      const rules = new FakeRules();
      const world = worldWith(rules, deferral, registered);
      const usual = world.message("hi", { headers });
      if (registered && deferral !== "always") world.sent[0].answer(200);
      await settle();
      rules.in.set(PAIR, DROP);
      const dropped: number[] = [];
      world.pagerEvents.on("messageDropped", (facts) => dropped.push(facts.status));
      const [sent, stored] = [world.sent.length, world.store.count];
      const received = world.message("hi", { headers });
      await settle();
      assert.deepEqual(received.statuses, [status]);
      assert.deepEqual(usual.statuses, [status], "as it was before");
      assert.equal(received.last.reason, usual.last.reason);
      assert.deepEqual(dropped, [status]);
      assert.deepEqual([world.sent.length, world.store.count], [sent, stored]);
    });
  }
});

Deno.test("both sides are asked, each about its own users, by the name that is meant", () => {
  const rules = new FakeRules();
  const world = worldWith(rules);
  world.user("dora", { e164: "+15550100" });
  world.names.set("far.test", [{ transport: "udp", host: "198.51.100.7", port: 5060, tlsName: "" }]);
  world.message("hi");
  world.message("hi", { uri: "sip:bob@192.0.2.1;transport=udp", headers: "Privacy: id\r\n" });
  world.message("hi", { uri: "tel:+1-555-0100" });
  world.message("hi", { uri: "sip:Eve@FAR.test:5060;x=y" });
  world.message("hi", { from: "sip:x@far.test" });
  world.message("hi", { from: "sip:x@far.test", headers: "Privacy: none\r\n" });
  assert.deepEqual(rules.asked, [
    `out pager ${PAIR}`,
    `in pager ${PAIR}`,
    `out pager ${PAIR} (hidden)`,
    `in pager ${PAIR} (hidden)`,
    "out pager sip:alice@example.test > sip:dora@example.test",
    "in pager sip:alice@example.test > sip:dora@example.test",
    "out pager sip:alice@example.test > sip:Eve@far.test",
    `in pager  > ${BOB}`,
    `in pager  > ${BOB}`,
  ]);
});

Deno.test("a recipient who may receive nothing at present says so whatever the rules say", () => {
  const rules = new FakeRules();
  rules.in.set(PAIR, BLOCK);
  const world = worldWith(rules);
  world.user("bob", { state: "suspended" });
  assert.equal(world.message("hi").last.status, 480);
});

Deno.test("reports and indications of composing are messages like any other", () => {
  const rules = new FakeRules();
  rules.in.set(PAIR, BLOCK);
  const world = worldWith(rules);
  for (const type of ["message/imdn+xml", "application/im-iscomposing+xml", "message/cpim"]) {
    assert.equal(world.message("<x/>", { headers: `Content-Type: ${type}\r\n` }).last.status, 403, type);
  }
});

Deno.test("rules that have to be read first: the same message goes on when they are there, those behind it after it", async () => {
  const rules = new FakeRules();
  rules.unread.add(BOB);
  const gate = Promise.withResolvers<void>();
  rules.gate = gate.promise;
  const world = worldWith(rules);
  const first = world.message("one"), second = world.message("two");
  await settle();
  assert.equal(world.sent.length, 0);
  assert.deepEqual(first.statuses, []);
  gate.resolve();
  await settle();
  assert.deepEqual(world.texts(), ["one", "two"]);
  world.sent[1].answer(200);
  world.sent[0].answer(200);
  assert.deepEqual([first.statuses, second.statuses], [[200], [200]]);
  world.message("three");
  assert.deepEqual(world.texts(2), ["three"], "at once");
});

Deno.test("rules that cannot be read let nothing pass", async (t) => {
  await t.step("the store fails", async () => {
    const rules = new FakeRules();
    rules.unread.add("sip:alice@example.test");
    rules.failure = new Error("the store does not answer");
    const world = worldWith(rules);
    const received = world.message("hi");
    await settle();
    assert.deepEqual(received.statuses, [503]);
    assert.equal(received.last.get("Retry-After"), "10");
    assert.equal(world.sent.length + world.store.count, 0);
    rules.failure = null;
    world.message("again");
    await settle();
    assert.deepEqual(world.texts(), ["again"]);
  });
  await t.step("they change for ever", async () => {
    const rules = new FakeRules();
    rules.unread.add(BOB);
    rules.restless = true;
    const world = worldWith(rules);
    const received = world.message("hi");
    for (let i = 0; i < 5; i++) await settle();
    assert.deepEqual(received.statuses, [503]);
    assert.ok(rules.prepared < 10);
  });
});

Deno.test("what the recipient does not want stored is not", async () => {
  const rules = new FakeRules();
  rules.in.set(PAIR, { verdict: "allow", overrides: false, stores: false });
  const world = worldWith(rules, "offline", false);
  const received = world.message("hi");
  await settle();
  assert.deepEqual(received.statuses, [480]);
  world.device("bob", "sip:bob@203.0.113.1");
  world.message("now");
  assert.deepEqual(world.texts(), ["now"]);
});

Deno.test("what waits from somebody who is blocked meanwhile waits on, holds up nobody, and comes when the block is gone", async () => {
  const rules = new FakeRules();
  const world = worldWith(rules, "offline", false);
  world.user("carol");
  world.message("from alice");
  world.message("from carol", { from: "sip:carol@example.test" });
  await settle();
  assert.equal(world.store.count, 2);
  rules.in.set(PAIR, DROP);
  world.register("bob", "sip:bob@203.0.113.1", PHONE);
  await world.pass(200);
  assert.deepEqual(world.texts(), ["from carol"]);
  world.sent[0].answer(200);
  await settle();
  assert.equal(world.store.count, 1);
  const direct = world.message("more", { from: "sip:carol@example.test" });
  assert.equal(textOf(world.sent[1]), "more", "straight on");
  world.sent[1].answer(200);
  assert.deepEqual(direct.statuses, [200]);
  world.deferred.kick(BOB);
  await settle();
  assert.equal(world.sent.length, 2);
  rules.in.delete(PAIR);
  rules.unread.add(BOB);
  world.deferred.reconsider(BOB);
  await world.pass(200);
  assert.deepEqual(world.texts(2), ["from alice"]);
  world.sent[2].answer(200);
  await settle();
  assert.equal(world.store.count, 0);
});

Deno.test("what waits and whose rules cannot be read is tried again later", async () => {
  const rules = new FakeRules();
  const world = worldWith(rules, "offline", false);
  world.message("hi");
  await settle();
  rules.unread.add(BOB);
  rules.failure = new Error("the store does not answer");
  world.register("bob", "sip:bob@203.0.113.1", PHONE);
  await world.pass(1000);
  assert.equal(world.sent.length, 0);
  rules.failure = null;
  await world.pass(31_000);
  assert.deepEqual(world.texts(), ["hi"]);
});
