/** Subscriptions to presence over a restart of the box, as their watchers see it. */
import assert from "node:assert/strict";
import { MemoryStates } from "../../../transport/sip/testing/memory_states.ts";
import { parsePresenceXml, readWatcherInfo } from "../../../transport/presence/mod.ts";
import { inShort, person, PresenceWorld, tuple } from "../testing/presence_world.ts";

const ACCEPT = "application/pidf+xml, application/pidf-diff+xml";

/** Alice watches Bob by differences, Carol waits, Bob follows who watches him. */
async function watched(): Promise<PresenceWorld> {
  const world = new PresenceWorld({ states: new MemoryStates() });
  world.publish("bob", tuple("open"));
  world.rule("bob", "carol", "confirm");
  await world.settle();
  world.ask({ callId: "a", accept: ACCEPT });
  world.ask({ callId: "c", watcher: "carol" });
  world.ask({ callId: "w", watcher: "bob", event: "presence.winfo" });
  await world.after(10_000);
  world.publish("bob", tuple("open") + person("busy"));
  assert.deepEqual(inShort(await world.after(6000)), ["a active open busy"]);
  return world;
}

/** The box that comes after it, in which this is so; nothing was told yet. */
async function next(
  before: PresenceWorld,
  keptAll: boolean,
  change: (world: PresenceWorld) => void = () => {},
): Promise<PresenceWorld> {
  if (keptAll) {
    const closed = before.sip.server.close();
    before.stored!.commit();
    await closed;
  }
  const { time, records } = before;
  const world = new PresenceWorld({ time, records, states: before.stored!.restarted(), keptAll });
  world.publish("bob", tuple("open") + person("busy"));
  world.decisions.set("sip:bob@example.test", "sip:carol@example.test", "confirm");
  world.decisions.unread.add("sip:bob@example.test");
  change(world);
  world.sip.server.restore();
  return world;
}

Deno.test("after a stop in order watchers notice nothing, then what changes", async () => {
  const world = await next(await watched(), true);
  const first = await world.after(10_000);
  assert.deepEqual(inShort(first), [
    "w active sip:alice@example.test active subscribe sip:carol@example.test pending subscribe",
  ]);
  const { version, state, lists } = readWatcherInfo(first[0].text);
  assert.ok(state === "full" && version > 10_000);
  assert.deepEqual(lists[0].watchers.map(({ subscribed_s }) => (subscribed_s ?? 0) >= 16), [true, true]);
  assert.equal(world.watches.size, 2);
  world.publish("bob", tuple("closed"));
  const [told] = await world.after(6000);
  assert.deepEqual(inShort([told]), ["a active closed"]);
  assert.match(told.text, /<p:pidf-full [^>]*version="\d{5,}"/);
  world.publish("bob", tuple("closed", "<contact>sip:b@c</contact>"));
  const [diff] = await world.after(6000);
  assert.equal(parsePresenceXml(diff.text).root.name.startsWith("pidf-"), true);
  assert.match(diff.text, /version="\d{5,}"/);
});

Deno.test("what changed meanwhile is told, and what the rules say by now", async () => {
  const world = await next(await watched(), true, (world) => {
    world.publish("bob", tuple("closed"));
    world.decisions.set("sip:bob@example.test", "sip:carol@example.test", "allow");
  });
  assert.deepEqual(inShort(await world.after(10_000)).sort(), [
    "a active closed",
    "c active closed",
    "w active sip:alice@example.test active subscribe sip:carol@example.test active subscribe",
  ]);
});

Deno.test("who may not by now is told so, and sees nothing more", async () => {
  const world = await next(await watched(), true, (world) => {
    world.publish("bob", tuple("closed"));
    world.decisions.set("sip:bob@example.test", "*", "block");
    world.decisions.set("sip:bob@example.test", "sip:carol@example.test", "block");
  });
  assert.deepEqual(inShort(await world.after(10_000)).filter((text) => !text.startsWith("w")).sort(), [
    "a terminated;reason=rejected",
    "c terminated;reason=rejected",
  ]);
  assert.equal(world.watches.size, 0);
});

Deno.test("after a kill all is told anew, with a version greater than any before", async () => {
  const world = await next(await watched(), false);
  const told = (await world.after(10_000)).filter(({ callId }) => callId !== "w");
  assert.deepEqual(inShort(told), ["a active open busy"]);
  assert.match(told[0].text, /<p:pidf-full [^>]*version="\d{5,}"/);
});

Deno.test("a SUBSCRIBE after the restart goes on in its dialog", async () => {
  const before = await watched();
  const { toTag } = before.ask({ callId: "d", watcher: "dave" });
  await before.after();
  const world = await next(before, true);
  await world.after(10_000);
  assert.equal(world.ask({ callId: "d", toTag, watcher: "dave", cseq: 2, expires: 0 }).status, 200);
  assert.deepEqual(inShort(await world.after()).filter((text) => text.startsWith("d")), [
    "d terminated;reason=timeout open busy",
  ]);
  assert.equal(world.watches.size, 2);
});
