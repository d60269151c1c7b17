/** Rules that were acknowledged hold at once: for what waits for its time, for what is asked for late, and while they are read. */
import assert from "node:assert/strict";
import { inShort, PresenceWorld, tuple } from "../testing/presence_world.ts";
import type { Watch, WatchListener } from "../watch.ts";

const ALICE = "sip:alice@example.test";
const BOB = "sip:bob@example.test";

class Listener implements WatchListener {
  #heard: string[] = [];
  presenceChanged({ state }: Watch): void {
    this.#heard.push(`changed ${state}`);
  }
  decided({ state }: Watch): void {
    this.#heard.push(`decided ${state}`);
  }
  take(): string[] {
    return this.#heard.splice(0);
  }
}

/** Bob is open; Alice has a watch. */
function setUp() {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open"));
  const listener = new Listener();
  const open = () => {
    const watch = world.watches.open(BOB, ALICE, { key: "k", displayName: "", terms: "", expires_s: 600 }, listener);
    assert.ok(watch !== null && watch !== "full");
    return watch;
  };
  return { world, listener, watch: open(), open };
}

/** Bob's documents are others, and not read until the function that this gives is called. */
function unread(world: PresenceWorld): () => void {
  const release = world.decisions.hold();
  world.decisions.unread.add(BOB);
  return release;
}

Deno.test("a NOTIFY that waits for its time waits for rules that are being read, and obeys them", async () => {
  for (
    const [handling, last] of [["block", "terminated;reason=rejected"], ["polite-block", "active closed"]] as const
  ) {
    const world = new PresenceWorld();
    world.publish("bob", tuple("closed"));
    world.ask();
    assert.deepEqual(inShort(await world.after(1000)), ["d1 active closed"]);
    world.publish("bob", tuple("open", "<note>secret</note>"));
    assert.deepEqual(await world.after(1000), [], "too early");
    const release = unread(world);
    world.rule("bob", "alice", handling);
    assert.deepEqual(await world.after(10_000), [], "not before the rules are known");
    release();
    const told = await world.after(10_000);
    assert.doesNotMatch(told.map(({ text }) => text).join(), /open|secret/);
    assert.equal(inShort(told).at(-1), `d1 ${last}`);
  }
});

Deno.test("rules that still allow it let the NOTIFY go that waited for them", async () => {
  const world = new PresenceWorld();
  world.ask();
  await world.after(6000);
  const release = unread(world);
  world.rule("bob", "carol", "block");
  world.publish("bob", tuple("open"));
  assert.deepEqual(await world.after(6000), []);
  release();
  assert.deepEqual(inShort(await world.after(6000)), ["d1 active open"]);
});

Deno.test("the last NOTIFY of a subscription is by the rules of when it goes", async () => {
  for (const isRead of [true, false]) {
    const world = new PresenceWorld();
    world.publish("bob", tuple("closed"));
    world.ask({ expires: 60 });
    await world.after(55_000);
    world.publish("bob", tuple("open"));
    await world.settle();
    // Its answer takes long: the time of the subscription is over before it comes.
    world.time.advance(6000);
    await world.settle();
    const release = isRead ? () => {} : unread(world);
    world.rule("bob", "alice", "polite-block");
    world.publish("bob", tuple("open", "<note>secret</note>"));
    await world.settle();
    const [late] = await world.after();
    assert.match(late.text, /open/, "went out before");
    const early = isRead ? [] : await world.after(1000);
    assert.equal(early.length, 0);
    release();
    // What was told when the answer came, and what waited for documents.
    const sent = world.sip.sent("NOTIFY").map(({ message }) => new TextDecoder().decode(message.body));
    await world.after();
    const all = [...sent, ...world.sip.sent("NOTIFY").map(({ message }) => new TextDecoder().decode(message.body))];
    assert.equal(new Set(world.sip.sent("NOTIFY").map(({ message }) => message.get("CSeq"))).size, 3);
    assert.doesNotMatch(all.join(), /secret/);
  }
});

Deno.test("who asks whether a watch is settled sees it by rules of which nobody was told yet", async () => {
  for (const [handling, state] of [["polite-block", "active"], ["confirm", "pending"], ["block", "refused"]] as const) {
    const { world, listener, watch } = setUp();
    assert.ok(world.watches.isSettled(watch));
    assert.match(watch.view.text, /open/);
    world.decisions.set(BOB, ALICE, handling);
    assert.ok(world.watches.isSettled(watch));
    assert.equal(watch.state, state);
    assert.doesNotMatch(watch.view.text, /open/);
    assert.deepEqual(listener.take(), [], "not within the question");
    world.rule("bob", "alice", handling);
    await world.settle();
    assert.deepEqual(listener.take(), [`decided ${state}`], "once");
  }
});

Deno.test("rules that had to make room are read for who asks, and who was told to wait is told", async () => {
  const { world, listener, watch } = setUp();
  const release = unread(world);
  assert.ok(!world.watches.isSettled(watch));
  assert.ok(!world.watches.isSettled(watch));
  await world.settle();
  assert.deepEqual(listener.take(), []);
  release();
  await world.settle();
  assert.ok(world.watches.isSettled(watch));
  assert.deepEqual(listener.take(), ["changed active"]);
});

Deno.test("what changes while rules are being read is told when they are, also where that fails at first", async () => {
  const { world, listener, watch } = setUp();
  const release = unread(world);
  world.rule("bob", "carol", "block");
  world.publish("bob", tuple("open", "<note>new</note>"));
  // What is being read, and what is read once more because of what came meanwhile.
  world.decisions.failures = 2;
  await world.settle();
  assert.deepEqual(listener.take(), []);
  release();
  await world.after(9000);
  assert.ok(!world.watches.isSettled(watch));
  assert.deepEqual(listener.take(), []);
  await world.after(12_000);
  assert.ok(listener.take().includes("changed active"));
  assert.match(watch.view.text, /new/);
});

Deno.test("a watch of which nothing was decided is not settled, although its rules are at hand", async () => {
  const { world, listener, open } = setUp();
  const release = unread(world);
  const watch = open();
  world.decisions.unread.delete(BOB);
  assert.ok(!world.watches.isSettled(watch), "its state is not there yet");
  assert.equal(watch.state, "pending");
  release();
  await world.settle();
  assert.ok(world.watches.isSettled(watch));
  assert.ok(listener.take().includes("decided active"));
});

Deno.test("a watch that was closed, or refused, asks for nothing to be read", async () => {
  const { world, watch, open } = setUp();
  world.decisions.set(BOB, ALICE, "block");
  const refused = open();
  world.watches.close(watch, "timeout");
  world.decisions.unread.add(BOB);
  assert.deepEqual([world.watches.isSettled(watch), world.watches.isSettled(refused)], [false, true]);
  await world.settle();
  assert.deepEqual(world.decisions.prepared, []);
});
