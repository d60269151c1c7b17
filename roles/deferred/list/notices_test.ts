import assert from "node:assert/strict";
import { bodyOf, ListWorld, settle } from "./testing/list_world.ts";

const BOB = "sip:bob@example.test";
const PHONE = "sip:bob@203.0.113.1";
const DAY = 86_400_000, HOUR = 3_600_000;

function wanting(): ListWorld {
  const world = new ListWorld();
  world.notified.add(BOB);
  return world;
}

Deno.test("who wants lists is sent one when a device registers, from the service, to that device", async () => {
  const world = wanting();
  world.arrive("one");
  world.device("bob", "sip:bob@203.0.113.9");
  world.register("bob", PHONE);
  assert.equal(world.sent.length, 0, "the 200 of the REGISTER goes first");
  await world.pass(1500);
  const [notice, ...others] = world.sentOf("MESSAGE");
  assert.equal(others.length, 0);
  assert.equal(notice.request.uri, PHONE);
  assert.equal(notice.request.from.uriText, "sip:deferred@example.test");
  assert.equal(notice.request.get("P-Asserted-Identity"), "<sip:deferred@example.test>");
  assert.equal(notice.request.get("Content-Type"), "application/vnd.oma.im.deferred-list+xml");
  assert.match(bodyOf(notice.request), /p:status="new"/);
  assert.ok(!bodyOf(notice.request).includes("one"));
  notice.answer(200);
  await settle();
  assert.equal(world.marks.get(BOB)?.upTo, 1);
  world.register("bob", PHONE);
  await world.pass(1500);
  assert.equal(world.sentOf("MESSAGE").length, 1, "nothing is new");
  world.arrive("two");
  world.register("bob", "sip:bob@203.0.113.2");
  await world.pass(1500);
  const text = bodyOf(world.sentOf("MESSAGE")[1].request);
  assert.match(text, /p:status="notified".*\n.*p:status="new"/);
});

Deno.test("a device that does not take the list: it is news for the next one", async () => {
  const world = wanting();
  world.arrive("one");
  world.register("bob", PHONE);
  await world.pass(1500);
  world.sentOf("MESSAGE")[0].answer(415);
  await settle();
  world.register("bob", "sip:bob@203.0.113.2");
  await world.pass(1500);
  assert.equal(world.sentOf("MESSAGE").length, 2);
});

Deno.test("no notice to who has subscribed, to who wants pushes, and where nothing waits", async () => {
  const pushed = new ListWorld();
  pushed.arrive("one");
  pushed.register("bob", PHONE);
  const empty = wanting();
  empty.register("bob", PHONE);
  const subscribed = wanting();
  subscribed.arrive("one");
  subscribed.register("bob", PHONE);
  subscribed.subscribe("sip-profile");
  for (const world of [pushed, empty, subscribed]) {
    await world.pass(1500);
    assert.equal(world.sentOf("MESSAGE").length, 0);
  }
});

Deno.test("the wish may come behind the registration", async () => {
  const world = new ListWorld();
  world.arrive("one");
  world.register("bob", PHONE);
  await world.pass(500);
  world.notified.add(BOB);
  await world.pass(1000);
  assert.equal(world.sentOf("MESSAGE").length, 1);
});

Deno.test("what does not fit into a MESSAGE is told by the oldest that do, and by counts", async () => {
  const world = wanting();
  for (let i = 0; i < 40; i++) world.arrive(`message ${i}`);
  world.register("bob", PHONE);
  await world.pass(1500);
  const { request } = world.sentOf("MESSAGE")[0];
  assert.ok(request.body.length <= 1300);
  assert.match(bodyOf(request), /p:messages="40" p:octets="390"/);
  assert.ok(bodyOf(request).endsWith("</deferred-list>\n"));
});

Deno.test("a day before the end: pending-delete in lists, and one reminder a day to who is there and fetches", async () => {
  const world = wanting();
  world.lists.start();
  world.register("bob", PHONE);
  world.arrive("one", { expiresAt: world.time.now() + DAY + HOUR });
  world.arrive("two", { expiresAt: world.time.now() + 3 * DAY });
  world.subscribe("sip-profile");
  await settle();
  world.sentOf("NOTIFY")[0].answer(200);
  await world.pass(1_000);
  assert.deepEqual(world.said, []);
  world.time.jump(HOUR + 1000);
  world.remade.length = 0;
  await longWhile(world);
  assert.equal(world.remade.length, 1);
  assert.match(bodyOf(world.sentOf("NOTIFY")[1].request), /p:status="pending-delete".*\n.*p:status="notified"/);
  assert.equal(world.said.length, 1);
  assert.match(
    world.said[0],
    /^sip:bob@example.test: One message that waits for you will be deleted within 24 hours\./,
  );
  await longWhile(world);
  assert.equal(world.said.length, 1, "once a day");
  assert.equal(world.remade.length, 1);
  world.time.jump(2 * DAY);
  await longWhile(world);
  assert.equal(world.said.length, 2);
  world.lists.stop();
});

Deno.test("no reminder to who is not there, who gets pushes, and where the operator wants none", async () => {
  for (const change of ["away", "pushed", "never"]) {
    const world = wanting();
    if (change === "pushed") world.notified.clear();
    if (change === "never") world.settings.reminder_ms = 0;
    if (change !== "away") world.register("bob", PHONE);
    world.arrive("one", { expiresAt: world.time.now() + HOUR });
    world.lists.start();
    await longWhile(world);
    assert.deepEqual(world.said, [], change);
    world.lists.stop();
  }
});

/** Ten minutes, and what comes of them. */
async function longWhile(world: ListWorld): Promise<void> {
  world.time.advance(601_000);
  await settle();
  await world.pass(6_000);
}
