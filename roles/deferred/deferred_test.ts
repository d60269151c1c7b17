import assert from "node:assert/strict";
import { MemoryStore } from "./testing/memory_store.ts";
import { PagerWorld, settle, textOf } from "../participating/testing/pager_world.ts";

const PHONE = { instance: "<urn:uuid:phone>" };
const DESK = { instance: "<urn:uuid:desk>" };
const DAY = 86_400_000;

async function store(world: PagerWorld, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    const received = world.message(text);
    await settle();
    assert.equal(received.last.status, 202);
  }
}

Deno.test("what was stored is delivered on registration, oldest first, each removed after its own 2xx", async () => {
  const world = new PagerWorld();
  await store(world, "one", "two", "three");
  world.register("bob", "sip:bob@203.0.113.1");
  assert.equal(world.sent.length, 0, "the 200 of the REGISTER goes first");
  await world.pass(200);
  for (const [i, text] of ["one", "two", "three"].entries()) {
    assert.equal(world.sent.length, i + 1, "one at a time");
    assert.equal(textOf(world.sent[i]), text);
    assert.equal(world.store.count, 3 - i);
    world.sent[i].answer(200);
    await settle();
  }
  assert.equal(world.store.count, 0);
});

Deno.test("the message that comes out is the one that went in, with a dialog identity of its own", async () => {
  const world = new PagerWorld();
  const headers =
    "Subject: caf\xc3\xa9\r\nX-Odd:  as it was\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\nExpires: 3600\r\n" +
    "Route: <sip:192.0.2.1;lr>\r\nContact: <sip:a@198.51.100.9>\r\nContent-Encoding: deflate\r\n" +
    'Proxy-Authorization: Digest username="alice", realm="example.test"\r\nContent-Type: message/cpim\r\n';
  const received = world.message("\u{1F600} \0 body", { headers, to: '"Bob \xc3\x9f" <sip:bob@example.test>;x=y' });
  await settle();
  world.register("bob", "sip:bob@203.0.113.1");
  await world.pass(200);
  const { request } = world.sent[0];
  assert.equal(request.get("Subject"), "caf\xc3\xa9");
  assert.ok(request.head.includes("X-Odd:  as it was\r\n"));
  assert.equal(request.get("Date"), "Sat, 13 Nov 2010 23:29:00 GMT");
  assert.equal(request.get("Content-Type"), "message/cpim");
  assert.equal(request.get("Content-Encoding"), "deflate");
  assert.equal(request.get("To"), '"Bob \xc3\x9f" <sip:bob@example.test>;x=y');
  assert.equal(request.from.uriText, "sip:alice@example.test");
  assert.deepEqual(request.body, received.request.body);
  assert.notEqual(request.callId, received.request.callId);
  assert.notEqual(request.from.tag, received.request.from.tag);
  assert.equal(request.get("CSeq"), "1 MESSAGE");
  assert.equal(request.getAll("Via").length, 1);
  for (const name of ["Route", "Contact", "Proxy-Authorization", "Max-Breadth"] as const) {
    assert.equal(request.has(name), false, name);
  }
  assert.equal(request.getAll("From").length + request.getAll("Max-Forwards").length, 2);
});

Deno.test("the time of arrival is kept where the sender wrote none", async () => {
  const world = new PagerWorld();
  await store(world, "one");
  world.time.jump(3 * DAY);
  world.register("bob", "sip:bob@203.0.113.1");
  await world.pass(200);
  assert.equal(world.sent[0].request.get("Date"), "Thu, 01 Jan 2026 00:00:00 GMT");
});

Deno.test("no answer keeps everything; it goes on with the next registration, under a new Call-ID", async (t) => {
  for (const answer of [480, 408, 503, 500, "timeout", "transport"] as const) {
    await t.step(String(answer), async () => {
      const world = new PagerWorld();
      await store(world, "one", "two");
      world.register("bob", "sip:bob@203.0.113.1");
      await world.pass(200);
      if (typeof answer === "number") world.sent[0].answer(answer);
      else world.sent[0].fail(answer);
      await world.pass(1_000);
      assert.equal(world.sent.length, 1, "the second does not overtake the first");
      assert.equal(world.store.count, 2);
      world.register("bob", "sip:bob@203.0.113.1");
      await world.pass(200);
      assert.equal(textOf(world.sent[1]), "one");
      assert.notEqual(world.sent[1].request.callId, world.sent[0].request.callId);
    });
  }
});

Deno.test("a silent device is tried again by itself, less and less often", async () => {
  const world = new PagerWorld();
  await store(world, "one");
  world.register("bob", "sip:bob@203.0.113.1");
  const at: number[] = [];
  const begin = world.time.monotonic();
  for (let i = 0; i < 4; i++) {
    while (world.sent.length === i) await world.pass(100);
    at.push(Math.round((world.time.monotonic() - begin) / 1000));
    world.sent[i].answer(480);
    await settle();
  }
  assert.deepEqual(at, [0, 30, 90, 210]);
});

Deno.test("a message that every device refuses holds up nobody and stays until it expires", async () => {
  const world = new PagerWorld();
  await store(world, "odd", "fine");
  world.register("bob", "sip:bob@203.0.113.1");
  await world.pass(200);
  world.sent[0].answer(415);
  await settle();
  assert.equal(textOf(world.sent[1]), "fine");
  world.sent[1].answer(200);
  await settle();
  assert.equal(world.store.count, 1);
  const direct = world.message("new");
  assert.equal(textOf(world.sent[2]), "new", "new messages go straight on");
  world.sent[2].answer(200);
  assert.deepEqual(direct.statuses, [200]);
});

Deno.test("a message that a device always answers with 500 holds up the others three times at most", async () => {
  const world = new PagerWorld();
  await store(world, "odd", "fine");
  world.register("bob", "sip:bob@203.0.113.1");
  let next = 0;
  for (let i = 0; i < 3; i++) {
    while (world.sent.length === next) await world.pass(100);
    world.sent[next++].answer(500);
    await settle();
  }
  assert.equal(textOf(world.sent[next]), "fine");
});

Deno.test("what a device may still take, and its user fetches besides, is not pushed while either of the two goes on", async () => {
  for (const order of [["fork", "fetch"], ["fetch", "fork"]]) {
    const world = new PagerWorld();
    await store(world, "one");
    const [id] = world.store.messages.keys();
    const holders = new Map(order.map((name) => [name, { covers: () => true }]));
    for (const holder of holders.values()) world.deferred.hold(id, holder);
    world.register("bob", "sip:bob@203.0.113.1");
    await world.pass(200);
    world.deferred.release(id, "sip:bob@example.test", holders.get("fork")!, true);
    await world.pass(200);
    assert.deepEqual(world.texts(), [], "it is being fetched");
    world.deferred.release(id, "sip:bob@example.test", holders.get("fetch")!, false);
    await world.pass(200);
    assert.deepEqual(world.texts(), ["one"]);
  }
});

Deno.test("what two devices of a user fetch at once is not pushed before both have done", async () => {
  const world = new PagerWorld();
  await store(world, "one");
  const [id] = world.store.messages.keys(), fetched = { covers: () => true };
  for (let i = 0; i < 2; i++) world.deferred.hold(id, fetched);
  world.register("bob", "sip:bob@203.0.113.1");
  await world.pass(200);
  world.deferred.release(id, "sip:bob@example.test", fetched, false);
  await world.pass(200);
  assert.deepEqual(world.texts(), []);
  world.deferred.release(id, "sip:bob@example.test", fetched, false);
  await world.pass(200);
  assert.deepEqual(world.texts(), ["one"]);
});

Deno.test("expiry: seven days, or what the sender says, thirty days at most", async (t) => {
  const cases: [expires: string, days: number][] = [["", 7], [`Expires: ${2 * 86_400}\r\n`, 2], [
    "Expires: 99999999\r\n",
    30,
  ]];
  for (const [headers, days] of cases) {
    await t.step(headers.trim() || "no Expires", async () => {
      const world = new PagerWorld();
      const expired: number[] = [];
      world.deferredEvents.on("deferredExpired", ({ id }) => expired.push(id));
      world.message("one", { headers });
      await settle();
      world.time.jump(days * DAY - 120_000);
      world.deferred.start();
      await world.pass(61_000);
      assert.equal(world.store.count, 1);
      await world.pass(120_000);
      assert.equal(world.store.count, 0);
      assert.equal(expired.length, 1);
    });
  }
});

Deno.test("one device takes it: the other, silent one gets a copy of its own when it is back", async () => {
  const world = new PagerWorld();
  await store(world, "one", "two");
  world.register("bob", "sip:bob@203.0.113.1", PHONE);
  world.register("bob", "sip:bob@203.0.113.2", DESK);
  await world.pass(200);
  assert.equal(world.sent.length, 2);
  world.sent[0].answer(200);
  await world.pass(4_100);
  // The desk is silent: the next message does not wait for it.
  assert.deepEqual(world.texts(2), ["two"]);
  world.sent[2].answer(200);
  await settle();
  const copies = [...world.store.messages.values()].map((message) => message.device);
  assert.deepEqual(copies, [DESK.instance, DESK.instance]);
  world.register("bob", "sip:bob@203.0.113.2", DESK);
  await world.pass(200);
  world.sent[3].answer(200);
  await settle();
  const desk = "sip:bob@203.0.113.2";
  assert.deepEqual(world.sent.slice(3).map((sent) => [textOf(sent), sent.request.uri]), [["one", desk], ["two", desk]]);
});

Deno.test("what comes in while stored messages wait goes behind them", async () => {
  const world = new PagerWorld();
  await store(world, "one");
  world.register("bob", "sip:bob@203.0.113.1");
  await world.pass(200);
  const second = world.message("two");
  await settle();
  assert.deepEqual(second.statuses, [202]);
  assert.deepEqual(world.texts(), ["one"]);
  world.sent[0].answer(200);
  await settle();
  assert.deepEqual(world.texts(), ["one", "two"]);
  world.sent[1].answer(200);
  await settle();
  world.message("three");
  assert.deepEqual(world.texts(), ["one", "two", "three"]);
});

Deno.test("a message that is still on its first way is not pushed to the same place beside it", async () => {
  const world = new PagerWorld();
  world.device("bob", "sip:bob@203.0.113.1", PHONE);
  world.message("one");
  await world.pass(8_100);
  assert.equal(world.store.count, 1);
  world.register("bob", "sip:bob@203.0.113.1", PHONE);
  await world.pass(1_000);
  assert.equal(world.sent.length, 1);
  world.sent[0].answer(200);
  await settle();
  assert.equal(world.store.count, 0);
  await world.pass(60_000);
  assert.equal(world.sent.length, 1);
});

Deno.test("from another address it is pushed at once, for the first way is a dead end", async () => {
  const world = new PagerWorld();
  world.device("bob", "sip:bob@203.0.113.1", PHONE);
  world.message("one");
  await world.pass(8_100);
  world.unregister("bob", "sip:bob@203.0.113.1");
  world.register("bob", "sip:bob@203.0.113.99", PHONE);
  await world.pass(200);
  assert.equal(world.sent[1].request.uri, "sip:bob@203.0.113.99");
});

Deno.test("after a restart, recipients who are registered get theirs", async () => {
  const before = new PagerWorld();
  await store(before, "one");
  const after = new PagerWorld({}, before.store);
  after.device("bob", "sip:bob@203.0.113.1");
  after.deferred.start();
  await settle();
  assert.deepEqual(after.texts(), ["one"]);
});

Deno.test("no more than two hundred recipients are delivered to at the same time", async () => {
  const memory = new MemoryStore();
  const before = new PagerWorld({}, memory);
  for (let i = 0; i < 250; i++) {
    before.user(`u${i}`);
    before.message("x", { uri: `sip:u${i}@example.test` });
  }
  await settle();
  const after = new PagerWorld({}, memory);
  for (let i = 0; i < 250; i++) after.device(`u${i}`, `sip:u${i}@203.0.113.${i}`);
  after.deferred.start();
  await settle();
  assert.equal(after.sent.length, 200);
  for (const sent of [...after.sent]) sent.answer(200);
  await settle();
  assert.equal(after.sent.length, 250);
});

Deno.test("deliveries are told with the facts that records need, and no text", async () => {
  const world = new PagerWorld();
  const told: object[] = [];
  world.deferredEvents.on("deferredDelivered", (facts) => told.push(facts));
  await store(world, "private words");
  world.register("bob", "sip:bob@203.0.113.1", { ...PHONE, accessNetwork: "3GPP-NR" });
  await world.pass(200);
  world.sent[0].answer(200);
  const [facts] = told as { [name: string]: unknown }[];
  assert.equal(facts.sender, "sip:alice@example.test");
  assert.equal(facts.recipient, "sip:bob@example.test");
  assert.equal(facts.size, 13);
  assert.equal(facts.contentType, "text/plain");
  assert.equal(facts.device, PHONE.instance);
  assert.equal(facts.accessNetwork, "3GPP-NR");
  assert.equal(facts.callId, world.sent[0].request.callId);
  assert.equal(JSON.stringify(facts).includes("private"), false);
});

Deno.test("what waits for a barred user goes on waiting, and comes when the bar has ended", async () => {
  const world = new PagerWorld();
  await store(world, "for later");
  world.user("bob", { state: "barred", barredUntil: world.time.now() + 60_000 });
  world.register("bob", "sip:bob@203.0.113.1", PHONE);
  await world.pass(1_000);
  assert.equal(world.sent.length, 0);
  world.deferred.kick("sip:bob@example.test");
  await world.pass(1_000);
  assert.equal(world.sent.length, 0);
  assert.equal(world.store.count, 1);
  await world.pass(60_000);
  world.deferred.kick("sip:bob@example.test");
  await world.pass(200);
  assert.deepEqual(world.texts(), ["for later"]);
});
