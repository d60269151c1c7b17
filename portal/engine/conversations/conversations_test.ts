import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { FakeTime } from "../../../foundation/testing.ts";
import { FakeBrowser, FakePage } from "./testing/fake_page.ts";
import { FakeService } from "./testing/fake_service.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";

class World {
  readonly time = new FakeTime();
  readonly service = new FakeService(this.time);

  page(uri: string, browser?: FakeBrowser, recording?: "on" | "off"): FakePage {
    const page = new FakePage(this.service, uri, browser, recording);
    page.connect();
    return page;
  }
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      await setImmediate();
      this.time.advance(Math.min(500, left));
    }
    await setImmediate();
  }
}

Deno.test("what is written appears at once and goes; states follow what the recipient tells", async () => {
  const world = new World();
  const alice = world.page(ALICE), bob = world.page(BOB);
  const chat = alice.with(BOB);
  assert.equal(chat.send("hello"), null);
  assert.deepEqual(alice.texts(BOB), [">hello"]);
  await world.pass(1_000);
  const [message] = chat.messages.peek();
  assert.equal(message.state.peek(), "sent");
  assert.deepEqual(bob.texts(ALICE), ["hello"]);
  assert.equal(bob.with(ALICE).unread.peek(), 1);
  bob.with(ALICE).seen();
  assert.equal(bob.with(ALICE).unread.peek(), 0);
  assert.equal(message.state.peek(), "displayed");
  assert.deepEqual(bob.alerts.map(({ text, conversation }) => [text, conversation]), [["hello", ALICE]]);
  await world.pass(3_000);
  const again = world.page(ALICE, alice.close());
  await world.pass(2_000);
  assert.equal(again.with(BOB).messages.peek()[0].state.peek(), "displayed", "after a reload, too");
});

Deno.test("whoever looks at a conversation is told of what comes there, too: it is for the page to say how", async () => {
  const world = new World();
  const alice = world.page(ALICE), bob = world.page(BOB);
  // As the page does while it shows the end of it.
  bob.with(ALICE).messages.subscribe(() => bob.with(ALICE).seen());
  assert.equal(alice.with(BOB).send("before your eyes"), null);
  await world.pass(1_000);
  assert.equal(bob.with(ALICE).unread.peek(), 0);
  assert.deepEqual(bob.alerts.map(({ text }) => text), ["before your eyes"]);
});

Deno.test("what the service says of a request to be a contact is told of by that request alone, all else that it says as ever", async () => {
  const world = new World();
  const alice = world.page(ALICE), service = world.page("sip:system@example.test");
  alice.asking = [BOB];
  const said = [`Bob (${BOB}) asks to have you as a contact.`, "There is cake."];
  for (const text of said) assert.equal(service.with(ALICE).send(text), null);
  await world.pass(2_000);
  assert.deepEqual(alice.texts("sip:system@example.test"), said, "both are there to be read");
  assert.deepEqual(alice.alerts.map(({ kind, text }) => [kind, text]), [["service", "There is cake."]]);
});

Deno.test("what is wrong with a message is said before it is tried", () => {
  const alice = new World().page(ALICE);
  const chat = alice.with(BOB);
  assert.deepEqual(chat.send("  \n"), { code: "empty" });
  assert.deepEqual(chat.send("ü".repeat(6_000)), { code: "too-large", size: 12_000, limit: 10_000 });
  assert.equal(alice.conversations.open("no address at all"), null);
});

Deno.test("without a way messages wait, bounded, and go after a reload in their order", async () => {
  const world = new World();
  const bob = world.page(BOB);
  const before = new FakePage(world.service, ALICE);
  for (let i = 0; i < 200; i++) assert.equal(before.with(BOB).send(`m${i}`), null);
  assert.deepEqual(before.with(BOB).send("one more"), { code: "full" });
  assert.equal(before.conversations.queued.peek(), 200);
  const after = world.page(ALICE, before.close());
  assert.deepEqual(after.texts(BOB).length, 200, "they are there at once");
  await world.pass(20_000);
  assert.deepEqual(bob.texts(ALICE), Array.from({ length: 200 }, (_, i) => `m${i}`));
  assert.equal(after.conversations.queued.peek(), 0);
  assert.ok(after.with(BOB).messages.peek().every(({ state }) => state.peek() === "sent"));
});

Deno.test("an answer that is lost: the same request goes again, and nobody sees it twice", async () => {
  const world = new World();
  const alice = world.page(ALICE);
  world.service.records = false;
  alice.client.fates.push("answer lost", "lost", "answer lost");
  alice.with(BOB).send("one");
  alice.with(BOB).send("two");
  await world.pass(60_000);
  assert.deepEqual(world.service.taken.map(({ text }) => text), ["one", "two"]);
  assert.ok(alice.with(BOB).messages.peek().every(({ state }) => state.peek() === "sent"));
});

Deno.test("a service that was started anew knows no requests: what is recorded is not sent again", async () => {
  const world = new World();
  const alice = world.page(ALICE);
  alice.client.fates.push("answer lost");
  alice.with(BOB).send("one");
  await world.pass(100);
  world.service.restart();
  await world.pass(30_000);
  assert.deepEqual(world.service.taken.map(({ text }) => text), ["one"]);
  assert.equal(alice.with(BOB).messages.peek()[0].state.peek(), "sent");
});

Deno.test("one that the service refuses has failed in its words; it is tried again under the same id, or taken off", async () => {
  const world = new World();
  const alice = world.page(ALICE);
  const { sendMessage } = alice.client;
  alice.client.sendMessage = function (to, type, body, identity) {
    const message = {
      id: identity.id,
      to,
      mode: "pager" as const,
      state: "failed" as const,
      deferred: false,
      chat: null,
    };
    queueMicrotask(() => this.user.onMessageState?.(message, { status: 403, text: "not allowed", retryAfter: 0 }));
    return { ...message, state: "waiting" as const, ...(body && type && {}) };
  };
  const chat = alice.with(BOB);
  chat.send("no");
  await world.pass(1_000);
  const [message] = chat.messages.peek();
  assert.deepEqual([message.state.peek(), message.problem.peek()?.text], ["failed", "not allowed"]);
  const again = world.page(ALICE, alice.close());
  assert.deepEqual(again.with(BOB).messages.peek().map(({ state }) => state.peek()), ["failed"], "after a reload, too");
  again.client.sendMessage = sendMessage;
  assert.equal(again.with(BOB).retry("nothing"), false);
  assert.equal(again.with(BOB).retry(message.id), true);
  await world.pass(1_000);
  assert.deepEqual(world.service.taken.map(({ id }) => id), [message.id]);
  assert.equal(again.with(BOB).messages.peek()[0].state.peek(), "sent");
});

Deno.test("at the start: what was said last, and what is unread by the service's mark; older pages on demand, across recordings", async () => {
  const world = new World();
  const bob = world.page(BOB);
  for (let i = 0; i < 130; i++) {
    bob.with(ALICE).send(`m${i}`);
    await world.pass(1_000);
    if (i === 99) {
      const early = world.page(ALICE);
      await world.pass(1_000);
      early.with(BOB).seen();
      await world.pass(5_000);
      early.close();
    }
  }
  const alice = world.page(ALICE);
  await world.pass(3_000);
  assert.deepEqual(alice.conversations.list.peek().map(({ key }) => key), [BOB]);
  const chat = alice.with(BOB);
  assert.equal(alice.conversations.state.peek(), "ready");
  assert.equal(chat.unread.peek(), 30);
  assert.equal((chat.last.peek()?.part as { text: string }).text, "m129");
  assert.equal(chat.older.peek(), "some");
  assert.ok(chat.messages.peek().length < 130);
  for (let i = 0; i < 10 && chat.older.peek() === "some"; i++) await chat.loadOlder();
  assert.deepEqual(alice.texts(BOB), Array.from({ length: 130 }, (_, i) => `m${i}`));
  assert.equal(chat.older.peek(), "none");
  assert.equal(chat.unread.peek(), 30);
  chat.seen();
  await world.pass(3_000);
  assert.equal(world.service.mark(ALICE, BOB).unread, 0);
});

Deno.test("a message that a search found is shown, however far back", async () => {
  const world = new World();
  const bob = world.page(BOB);
  for (let i = 0; i < 120; i++) {
    bob.with(ALICE).send(`m${i}`);
    await world.pass(500);
  }
  const { id, at } = bob.with(ALICE).messages.peek()[3];
  const alice = world.page(ALICE);
  await world.pass(1_000);
  assert.equal(await alice.with(BOB).show(id, at), true);
  assert.ok(alice.texts(BOB).includes("m3"));
  assert.equal(await alice.with(BOB).show("nothing", 5), false);
});

Deno.test("what was said elsewhere while there was no way is filled in; until then the gap is shown", async () => {
  const world = new World();
  const alice = world.page(ALICE), bob = world.page(BOB), phone = world.page(ALICE);
  alice.with(BOB).send("one");
  await world.pass(8_000);
  alice.cut();
  phone.with(BOB).send("two");
  bob.with(ALICE).send("three");
  await world.pass(8_000);
  alice.restFails = true;
  alice.connect();
  await world.pass(2_000);
  alice.with(BOB);
  bob.with(ALICE).send("four");
  await world.pass(1_000);
  assert.deepEqual(alice.texts(BOB).filter((text) => text !== "(gap)"), [">one", "four"]);
  alice.restFails = false;
  await world.pass(20_000);
  assert.deepEqual(alice.texts(BOB), [">one", ">two", "three", "four"]);
});

Deno.test("read on one device is read on the other", async () => {
  const world = new World();
  const alice = world.page(ALICE), phone = world.page(ALICE), bob = world.page(BOB);
  for (const text of ["a", "b", "c"]) bob.with(ALICE).send(text);
  await world.pass(1_000);
  assert.deepEqual([alice, phone].map((page) => page.with(BOB).unread.peek()), [3, 3]);
  alice.with(BOB).seen();
  await world.pass(70_000);
  assert.equal(phone.with(BOB).unread.peek(), 0);
  bob.with(ALICE).send("d");
  await world.pass(70_000);
  assert.deepEqual([alice, phone].map((page) => page.with(BOB).unread.peek()), [1, 1]);
});

Deno.test("two tabs: one alert, read in both at once, each message once; without recording the second has what the first has", async () => {
  const world = new World();
  world.service.records = false;
  const browser = new FakeBrowser();
  const one = world.page(ALICE, browser, "off"), bob = world.page(BOB);
  bob.with(ALICE).send("a");
  await world.pass(500);
  one.with(BOB).send("b");
  await world.pass(1_000);
  const two = world.page(ALICE, browser, "off");
  await world.pass(2_000);
  assert.deepEqual(two.texts(BOB), ["a", ">b"]);
  await world.pass(500);
  assert.equal(two.with(BOB).older.peek(), "unrecorded");
  bob.with(ALICE).send("c");
  await world.pass(500);
  two.with(BOB).send("d");
  await world.pass(2_000);
  for (const page of [one, two]) assert.deepEqual(page.texts(BOB), ["a", ">b", "c", ">d"]);
  assert.equal(one.with(BOB).messages.peek()[3].state.peek(), "sent");
  assert.equal(one.alerts.length + two.alerts.length, 2, "each message is told of in one tab");
  two.with(BOB).seen();
  await world.pass(100);
  assert.deepEqual([one, two].map((page) => page.with(BOB).unread.peek()), [0, 0]);
});

Deno.test("what a closed tab has left another one sends, once", async () => {
  const world = new World();
  const browser = new FakeBrowser();
  const one = world.page(ALICE, browser), two = world.page(ALICE, browser);
  world.page(BOB);
  one.cut();
  one.with(BOB).send("left behind");
  await world.pass(1_000);
  one.close();
  two.cut();
  two.connect();
  await world.pass(3_000);
  assert.deepEqual(world.service.taken.map(({ text }) => text), ["left behind"]);
  assert.equal(two.with(BOB).messages.peek()[0].state.peek(), "sent");
});

Deno.test("muted, closed, drafts: kept over a reload; a closed one comes back when somebody says something", async () => {
  const world = new World();
  const alice = world.page(ALICE), bob = world.page(BOB);
  alice.with(BOB).draft.value = "not yet";
  alice.with(BOB).mute(true);
  bob.with(ALICE).send("psst");
  await world.pass(2_000);
  assert.equal(alice.alerts.length, 0);
  assert.equal(alice.conversations.unread.peek(), 0, "muted ones do not count");
  alice.conversations.find(BOB)!.close();
  await world.pass(1_000);
  assert.equal(alice.conversations.list.peek().length, 0);
  const later = world.page(ALICE, alice.close());
  await world.pass(3_000);
  assert.equal(later.conversations.list.peek().length, 0);
  bob.with(ALICE).send("hello?");
  await world.pass(2_000);
  assert.deepEqual(later.conversations.list.peek().map(({ key }) => key), [BOB]);
  assert.equal(later.with(BOB).draft.peek(), "not yet");
  assert.ok(later.with(BOB).muted.peek());
});

Deno.test("one message to many: each has it alone, and it stands in each conversation", async () => {
  const world = new World();
  const alice = world.page(ALICE), bob = world.page(BOB), carol = world.page("sip:carol@example.test");
  assert.equal(alice.conversations.sendToMany([BOB, "carol", "sip:Bob@EXAMPLE.test"], "all"), null);
  await world.pass(1_000);
  assert.deepEqual([bob.texts(ALICE), carol.texts(ALICE)], [["all"], ["all"]]);
  assert.deepEqual([alice.texts(BOB), alice.texts("carol")], [[">all"], [">all"]]);
  assert.equal(alice.with(BOB).messages.peek()[0].state.peek(), "sent");
});

Deno.test("memory is bounded: the oldest messages go, and come again when they are asked for", async () => {
  const world = new World();
  world.service.recordingLength = 500;
  const alice = world.page(ALICE), bob = world.page(BOB);
  alice.with(BOB);
  for (let i = 0; i < 1_200; i++) {
    bob.with(ALICE).send(`m${i}`);
    if (i % 20 === 19) await world.pass(500);
  }
  await world.pass(20_000);
  const chat = alice.with(BOB);
  assert.equal(chat.messages.peek().length, 1_000);
  for (let i = 0; i < 20 && chat.older.peek() === "some"; i++) await chat.loadOlder();
  assert.deepEqual(alice.texts(BOB), Array.from({ length: 1_200 }, (_, i) => `m${i}`));
});
