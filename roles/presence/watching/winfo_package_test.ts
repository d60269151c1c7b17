/** What a user learns of those who watch him (RFC 3857, 3858), through SUBSCRIBE and NOTIFY. */
import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { readWatcherInfo, WATCHER_LIMITS, WatcherTable } from "../../../transport/presence/mod.ts";
import { FakeRecords } from "../../provisioning/testing/fake_records.ts";
import { inShort, type Notified, PresenceWorld, tuple } from "../testing/presence_world.ts";
import type { WaitingRecord } from "./waiting_watchers.ts";

const BOB = "sip:bob@example.test";
const ALICE = "sip:alice@example.test";

/** Bob follows who watches him, in dialog `w`. */
async function following(options: ConstructorParameters<typeof PresenceWorld>[0] = {}) {
  const world = new PresenceWorld(options);
  world.publish("bob", tuple("open"));
  const { status, toTag } = world.ask({ watcher: "bob", event: "presence.winfo", callId: "w" });
  assert.equal(status, 200);
  const [first] = await world.after();
  return { world, toTag, first };
}

/** What Bob was told, as `version state: watchers`. */
function told(notified: readonly Notified[]): string[] {
  return notified.filter(({ callId, text }) => callId === "w" && text !== "").map((one) => {
    const { version, state } = readWatcherInfo(one.text);
    return `${version} ${state}: ${inShort([one])[0].replace(/^w \S+ ?/, "")}`;
  });
}

Deno.test("a user alone learns who watches him, and nobody learns who learns it", async () => {
  const world = new PresenceWorld({ users: ["bob", "alice"] });
  const asked = [["bob", "bob", 200], ["alice", "bob", 403], ["", "bob", 403], ["alice", "nobody", 404]] as const;
  for (const [watcher, to, status] of asked) {
    assert.equal(world.ask({ watcher, to, event: "presence.winfo" }).status, status, `${watcher} of ${to}`);
  }
  assert.equal(world.ask({ watcher: "bob", event: "presence.winfo.winfo" }).status, 489);
  const body = ["application/simple-filter+xml", "<filter-set/>"] as const;
  assert.equal(world.ask({ watcher: "bob", event: "presence.winfo", body }).status, 415);
  assert.equal(world.ask({ watcher: "bob", event: "presence.winfo", accept: "application/pidf+xml" }).status, 406);
  const [{ type, text }] = await world.after();
  assert.equal(type, "application/watcherinfo+xml");
  assert.deepEqual(readWatcherInfo(text), {
    version: 0,
    state: "full",
    lists: [{ resource: BOB, eventPackage: "presence", watchers: [] }],
  });
});

Deno.test("RFC 3857 §5: somebody asks, is pending, is approved; the user is told all, then what changed", async () => {
  const { world } = await following();
  world.rule("bob", "*", "confirm");
  world.ask({ callId: "a" });
  assert.deepEqual(told(await world.after()), [`1 partial: ${ALICE} pending subscribe`]);
  world.rule("bob", "alice", "allow");
  assert.deepEqual(told(await world.after(6000)), [`2 partial: ${ALICE} active approved`]);
  world.rule("bob", "alice", "block");
  assert.deepEqual(told(await world.after(6000)), [`3 partial: ${ALICE} terminated rejected`]);
  world.publish("bob", tuple("closed"));
  assert.deepEqual(told(await world.after(6000)), []);
});

Deno.test("all that is known of a watcher; a refresh is no change", async () => {
  const { world } = await following();
  const { toTag } = world.ask({ callId: "a" });
  const [{ text }] = (await world.after()).filter(({ callId }) => callId === "w");
  const [watcher] = readWatcherInfo(text).lists[0].watchers;
  assert.match(watcher.id, /^[\w-]{22}$/);
  assert.deepEqual([watcher.expiration_s, watcher.subscribed_s], [600, 0]);
  await world.after(100_000);
  world.ask({ callId: "a", toTag, cseq: 2, expires: 1200 });
  assert.deepEqual(told(await world.after(6000)), []);
  world.ask({ watcher: "bob", event: "presence.winfo", expires: 0, callId: "poll" });
  const [polled] = await world.after();
  const [again] = readWatcherInfo(polled.text).lists[0].watchers;
  assert.equal(again.id, watcher.id);
  assert.deepEqual([again.expiration_s, again.subscribed_s], [1194, 106]);
});

Deno.test("how subscriptions end is what the user is told of them", async () => {
  const { world } = await following();
  const { toTag } = world.ask({ callId: "a" });
  await world.after(6000);
  world.ask({ callId: "a", toTag, cseq: 2, expires: 0 });
  assert.deepEqual(told(await world.after(6000)), [`2 partial: ${ALICE} terminated timeout`]);
  world.ask({ callId: "b" });
  await world.after(6000);
  world.sip.server.terminate("presence", BOB, "deactivated");
  assert.deepEqual(told(await world.after(6000)), [`4 partial: ${ALICE} terminated deactivated`]);
  world.ask({ callId: "c", expires: 60 });
  await world.after(6000);
  assert.deepEqual(told(await world.after(60_000)), [`6 partial: ${ALICE} terminated timeout`]);
});

Deno.test("polls of those who may are told to nobody; of those undecided, that they wait", async () => {
  const { world } = await following();
  world.ask({ callId: "a", expires: 0 });
  assert.deepEqual(told(await world.after(6000)), []);
  world.rule("bob", "*", "confirm");
  world.ask({ callId: "b", expires: 0 });
  assert.deepEqual(inShort(await world.after()).sort(), [
    "b terminated;reason=timeout",
    `w active ${ALICE} waiting timeout`,
  ]);
  world.ask({ callId: "c", expires: 0 });
  const [text] = told(await world.after(6000));
  assert.equal(text, `2 partial: ${ALICE} terminated giveup ${ALICE} waiting timeout`);
});

Deno.test("decisions about those who wait end their waiting", async () => {
  const { world } = await following();
  world.rule("bob", "*", "confirm");
  for (const watcher of ["alice", "carol", "dave"]) world.ask({ watcher, expires: 0 });
  await world.after(6000);
  world.rule("bob", "alice", "allow");
  world.rule("bob", "carol", "block");
  world.rule("bob", "dave", "polite-block");
  assert.deepEqual(told(await world.after(6000)), [
    `2 partial: ${ALICE} terminated approved sip:carol@example.test terminated rejected sip:dave@example.test terminated rejected`,
  ]);
  await world.watches.flush();
  assert.equal(world.records.size, 0);
});

Deno.test("the politely blocked look to the owner as the active that they seem", async () => {
  const { world } = await following();
  world.rule("bob", "alice", "polite-block");
  world.ask({ callId: "a" });
  assert.deepEqual(told(await world.after(6000)), [`1 partial: ${ALICE} active subscribe`]);
});

Deno.test("the blocked are told of to nobody; who did not say who he is has no name", async () => {
  const { world } = await following();
  world.rule("bob", "mallory", "block");
  assert.equal(world.ask({ watcher: "mallory" }).status, 403);
  world.ask({ watcher: "" });
  assert.deepEqual(told(await world.after(6000)), [
    "1 partial: sip:anonymous@anonymous.invalid active subscribe",
  ]);
});

Deno.test("a user's own devices are watchers as all others", async () => {
  const { world } = await following();
  world.ask({ watcher: "bob", callId: "own" });
  assert.deepEqual(told(await world.after(6000)), [`1 partial: ${BOB} active subscribe`]);
});

Deno.test("who waits is there after a restart, with the same id, until he comes again", async () => {
  const time = new FakeTime();
  const records = new FakeRecords<WaitingRecord>(100);
  const first = new PresenceWorld({ time, records });
  first.rule("bob", "*", "confirm");
  first.ask({ expires: 60 });
  first.ask({ watcher: "carol", expires: 0 });
  await first.after(70_000);
  await first.watches.flush();
  assert.equal(records.size, 2);
  const { world, first: document } = await following({ time, records });
  const { watchers } = readWatcherInfo(document.text).lists[0];
  assert.deepEqual(watchers.map(({ uri, status, event }) => `${uri} ${status} ${event}`).sort(), [
    `${ALICE} waiting timeout`,
    "sip:carol@example.test waiting timeout",
  ]);
  const ids = watchers.map(({ id }) => id).sort();
  assert.deepEqual(ids, [...records.entries()].map(([id]) => id));
  world.rule("bob", "*", "confirm");
  world.ask();
  await world.after(6000);
  await world.watches.flush();
  assert.deepEqual([...records.entries()].map(([, { uri }]) => uri), ["sip:carol@example.test"]);
});

Deno.test("who waits for a user who is none any more is forgotten at the start", async () => {
  const records = new FakeRecords<WaitingRecord>(100);
  const waiting = { id: "x", uri: ALICE, displayName: "", terms: "", subscribedAt: 0, expiresAt: 0 };
  await records.put("x", { presentity: "sip:gone@example.test", ...waiting });
  const world = new PresenceWorld({ records });
  await world.watches.flush();
  assert.equal(records.size, 0);
  assert.match(world.metrics.render(), /^parley_presence_waiting_watchers 0$/m);
});

Deno.test("nobody waits for ever: who is pending is told that it was given up", async () => {
  const { world } = await following({ limits: { list: { ...WATCHER_LIMITS, giveUp_s: 100 } } });
  world.rule("bob", "*", "confirm");
  world.ask({ callId: "a", expires: 0 });
  await world.after(50_000);
  world.ask({ watcher: "carol", callId: "c" });
  await world.after(20_000);
  const later = await world.after(50_000);
  assert.deepEqual(told(later), [`3 partial: ${ALICE} terminated giveup`]);
  assert.deepEqual(inShort(await world.after(60_000)).sort(), [
    "c terminated;reason=giveup",
    "w active sip:carol@example.test terminated giveup",
  ]);
  assert.equal(world.watches.size, 0);
});

Deno.test("limits are answers: too many watchers, too many of one that wait, too many that wait at all", async () => {
  const list = { ...WATCHER_LIMITS, watchers: 3, undecidedOfOne: 2 };
  const world = new PresenceWorld({ users: ["bob", "carol"], limits: { list, waiting: 1, watches: 5 } });
  world.rule("bob", "*", "confirm");
  await world.after();
  const statuses = [1, 2, 3].map(() => world.ask().status);
  assert.deepEqual(statuses, [200, 200, 403]);
  assert.equal(world.ask({ watcher: "dave" }).status, 200);
  const full = world.ask({ watcher: "eve" });
  assert.equal(full.status, 503);
  assert.equal(full.header("Retry-After"), "300");
  assert.equal(world.ask({ to: "carol" }).status, 200);
  assert.equal(world.ask({ to: "carol" }).status, 200);
  assert.equal(world.ask({ to: "carol" }).status, 503, "of all presentities");
  await world.after(700_000);
  await world.watches.flush();
  assert.equal(world.records.size, 1, "one waits, the others are given up");
  assert.equal(world.watches.size, 0);
});

Deno.test("a store that fails keeps nobody from waiting; what it missed is written later", async () => {
  const records = new FakeRecords<WaitingRecord>(0);
  const world = new PresenceWorld({ records });
  world.rule("bob", "*", "confirm");
  await world.after();
  world.ask({ expires: 0 });
  await world.after(100);
  await world.watches.flush();
  assert.equal(records.size, 0);
  const stored: string[] = [];
  records.putAll = (values) => {
    for (const [, { uri }] of values) stored.push(uri);
    return Promise.resolve();
  };
  await world.after(11_000);
  assert.deepEqual(stored, [ALICE]);
});

Deno.test("a table of 5,000 watchers is told whole, and kept by what is told of them", async () => {
  const { world, toTag } = await following();
  const listener = { presenceChanged() {}, decided() {} };
  const watches = Array.from({ length: 5000 }, (_, i) => {
    const terms = { key: `k${i}`, displayName: `Nr. ${i}`, terms: "", expires_s: 600 };
    return world.watches.open(BOB, `sip:w${i}@example.test`, terms, listener);
  });
  const terms = { key: "k", displayName: "", terms: "", expires_s: 600 };
  assert.equal(world.watches.open(BOB, ALICE, terms, listener), "full");
  const table = new WatcherTable();
  const take = (notified: readonly Notified[]) => {
    for (const { text } of notified) table.receive(readWatcherInfo(text));
  };
  take(await world.after(6000));
  assert.equal(table.watchers(BOB, "presence").size, 5000);
  for (const watch of watches.slice(0, 100)) {
    assert.ok(watch !== null && watch !== "full");
    world.watches.close(watch, "timeout");
  }
  const partial = await world.after(6000);
  assert.ok(partial[0].text.length < 40_000);
  take(partial);
  assert.equal(table.watchers(BOB, "presence").size, 4900);
  world.ask({ watcher: "bob", event: "presence.winfo", callId: "w", toTag, cseq: 2, expires: 0 });
  const before = performance.now();
  take(await world.after());
  assert.ok(performance.now() - before < 2000);
  assert.equal(table.watchers(BOB, "presence").size, 4900);
});
