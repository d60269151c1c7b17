/** Partial notification (RFC 5263), conditional subscriptions (RFC 5839) and rates (RFC 6446) of presence. */
import assert from "node:assert/strict";
import { parsePresenceXml, WatchedPresence } from "../../../transport/presence/mod.ts";
import { inShort, type Notified, person, PresenceWorld, tuple } from "../testing/presence_world.ts";

const BOTH = "application/pidf+xml;q=0.3, application/pidf-diff+xml;q=1";
const DIFF = "application/pidf-diff+xml";
const SIX = Array.from({ length: 6 }, (_, i) => tuple("open", `<contact>sip:c${i}@b</contact>`, `t${i}`)).join("");

/** The root's name and version. */
function root({ text, type }: Notified): string {
  const { root } = parsePresenceXml(text);
  const version = root.attributes.find(({ name }) => name === "version")?.value ?? "-";
  return `${type === DIFF ? "diff" : "pidf"} ${root.name} ${version}`;
}

async function partial(more: Parameters<PresenceWorld["ask"]>[0] = {}) {
  const world = new PresenceWorld();
  world.publish("bob", SIX + person("busy"));
  const { toTag } = world.ask({ accept: BOTH, ...more });
  const [first] = await world.after();
  const copy = new WatchedPresence();
  const take = (notified: readonly Notified[]) => notified.map(({ text }) => copy.receive(parsePresenceXml(text)));
  /** The activities in the watcher's copy. */
  const known = () =>
    copy.document?.root.children.flatMap(({ children }) => children).flatMap(({ children }) => children)
      .map(({ name }) => name).filter((name) => !["basic"].includes(name)) ?? [];
  return { world, toTag, first, copy, take, known };
}

Deno.test("RFC 5263 §5: the whole document first, then differences; versions count from 1", async () => {
  const { world, first, take, known } = await partial();
  assert.equal(root(first), "diff pidf-full 1");
  assert.deepEqual(take([first]), ["replaced"]);
  world.publish("bob", SIX + person("away"));
  const [second] = await world.after(6000);
  assert.equal(root(second), "diff pidf-diff 2");
  assert.ok(second.text.length < first.text.length / 2);
  assert.deepEqual(take([second]), ["changed"]);
  assert.deepEqual(known(), ["away"]);
  world.publish("bob", SIX);
  world.publish("bob", SIX + person("meal"));
  const third = await world.after(6000);
  assert.deepEqual(third.map(root), ["diff pidf-diff 3"]);
  assert.deepEqual(take(third), ["changed"]);
  assert.deepEqual(known(), ["meal"]);
});

Deno.test("§4.4: a refresh brings the whole document, and the version goes on", async () => {
  const { world, toTag, first, take } = await partial();
  take([first]);
  world.ask({ callId: "d1", toTag, cseq: 2, accept: BOTH });
  const again = await world.after();
  assert.deepEqual(again.map(root), ["diff pidf-full 2"]);
  take(again);
  world.publish("bob", SIX + person("away"));
  const next = await world.after(6000);
  assert.deepEqual(next.map(root), ["diff pidf-diff 3"]);
  assert.deepEqual(take(next), ["changed"]);
  world.ask({ callId: "d1", toTag, cseq: 3, accept: "application/pidf+xml" });
  assert.deepEqual((await world.after()).map(root), ["pidf presence -"]);
  world.ask({ callId: "d1", toTag, cseq: 4, accept: BOTH });
  assert.deepEqual((await world.after()).map(root), ["diff pidf-full 4"]);
});

Deno.test("after a NOTIFY that did not arrive comes the whole document", async () => {
  const { world, first, take, known } = await partial();
  take([first]);
  world.publish("bob", SIX + person("away"));
  const lost = await world.after(5100, 500);
  assert.equal(lost.length, 1);
  world.publish("bob", SIX + person("meal"));
  const again = await world.after(6000);
  assert.deepEqual(again.map(root), ["diff pidf-full 3"]);
  assert.deepEqual(take(again), ["replaced"]);
  assert.deepEqual(known(), ["meal"]);
});

Deno.test("who was pending gets version 1 when he is let in", async () => {
  const world = new PresenceWorld();
  world.publish("bob", SIX);
  world.rule("bob", "alice", "confirm");
  world.ask({ accept: BOTH });
  await world.after(6000);
  world.rule("bob", "alice", "allow");
  assert.deepEqual((await world.after()).map(root), ["diff pidf-full 1"]);
});

Deno.test("whoever says nothing of differences gets none", async () => {
  for (
    const accept of [
      undefined,
      "application/pidf+xml",
      `application/pidf+xml, ${DIFF};q=0`,
      "*/*",
      `application/pidf+xml, ${DIFF};q=0.2`,
    ]
  ) {
    const { world, first } = await partial({ accept });
    assert.equal(root(first), "pidf presence -");
    world.publish("bob", SIX);
    assert.deepEqual((await world.after(6000)).map(root), ["pidf presence -"]);
  }
});

Deno.test("RFC 5839: who has the state is told so, in a new subscription and in one that goes on", async () => {
  const { world, toTag, first } = await partial({ accept: undefined });
  assert.match(first.etag, /^[a-z0-9]{28}$/);
  const answer = world.ask({ callId: "d1", toTag, cseq: 2, more: `Suppress-If-Match: ${first.etag}\r\n` });
  assert.equal(answer.status, 204);
  assert.deepEqual(await world.after(1000), []);
  world.ask({ callId: "d2", more: `Suppress-If-Match: ${first.etag}\r\n` });
  const [empty] = await world.after();
  assert.deepEqual([empty.text, empty.type, empty.etag], ["", "", first.etag]);
  world.publish("bob", SIX + person("away"));
  assert.equal((await world.after(6000)).length, 2);
  assert.equal(world.ask({ callId: "d1", toTag, cseq: 3, more: `Suppress-If-Match: ${first.etag}\r\n` }).status, 200);
  assert.equal((await world.after())[0].text.includes("away"), true);
});

Deno.test("RFC 5839 §5.2.3: nothing is told of the state until the next SUBSCRIBE", async () => {
  const { world, toTag } = await partial({ accept: undefined });
  assert.equal(world.ask({ callId: "d1", toTag, cseq: 2, more: "Suppress-If-Match: *\r\n" }).status, 204);
  world.publish("bob", SIX);
  assert.deepEqual(await world.after(20_000), []);
  world.ask({ callId: "d1", toTag, cseq: 3 });
  assert.equal((await world.after()).length, 1);
});

Deno.test("what was not sent is no version: after it comes the whole document", async () => {
  const { world, toTag, first, take } = await partial();
  take([first]);
  const more = `Suppress-If-Match: ${first.etag}\r\n`;
  assert.equal(world.ask({ callId: "d1", toTag, cseq: 2, accept: BOTH, more }).status, 204);
  world.publish("bob", SIX);
  const next = await world.after(6000);
  assert.deepEqual(next.map(root), ["diff pidf-full 2"]);
  assert.deepEqual(take(next), ["replaced"]);
  world.ask({ callId: "d2", accept: BOTH, more: `Suppress-If-Match: ${next[0].etag}\r\n` });
  await world.after();
  world.publish("bob", SIX + person("away"));
  const other = (await world.after(6000)).filter(({ callId }) => callId === "d2");
  assert.deepEqual(other.map(root), ["diff pidf-full 1"]);
});

Deno.test("the tag is that of what the watcher may see, whoever else sees more", async () => {
  const { world, first } = await partial({ accept: undefined });
  world.rule("bob", "carol", "allow", { persons: [] });
  world.ask({ watcher: "carol", callId: "c" });
  const [seen] = await world.after();
  assert.notEqual(seen.etag, first.etag);
  assert.equal(world.ask({ watcher: "carol", callId: "x", more: `Suppress-If-Match: ${first.etag}\r\n` }).status, 200);
  assert.notEqual((await world.after())[0].text, "");
  world.rule("bob", "carol", "confirm");
  await world.after();
  world.ask({ watcher: "carol", callId: "y", more: `Suppress-If-Match: ${seen.etag}\r\n` });
  const [pending] = await world.after();
  assert.match(pending.state, /^pending/);
  assert.equal(pending.etag, "");
});

Deno.test("RFC 6446: not oftener than asked, nor than allowed; the newest is told", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open"));
  world.ask({ event: "presence;max-rate=0.1", callId: "slow" });
  world.ask({ event: "presence;max-rate=50", callId: "fast" });
  const first = await world.after();
  assert.match(first[0].state, /;max-rate=0\.1$/);
  assert.match(first[1].state, /;max-rate=0\.2$/);
  world.publish("bob", tuple("closed"));
  assert.deepEqual(await world.after(4800), []);
  assert.deepEqual(inShort(await world.after(400)), ["fast active;max-rate=0.2 closed"]);
  world.publish("bob", tuple("open") + person("busy"));
  assert.deepEqual(inShort(await world.after(5200)).sort(), [
    "fast active;max-rate=0.2 open busy",
    "slow active;max-rate=0.1 open busy",
  ]);
});

Deno.test("RFC 6446 §6: told so often as asked although nothing changed, also after a change that is none to see", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open"));
  world.ask({ event: "presence;min-rate=1" });
  const [first] = await world.after();
  assert.match(first.state, /;min-rate=0\.0166666667$/);
  await world.after(30_000);
  world.publish("bob", tuple("open"));
  assert.deepEqual(await world.after(20_000), []);
  assert.equal((await world.after(11_000)).length, 1);
  world.publish("bob", tuple("open"));
  assert.deepEqual(await world.after(50_000), []);
  assert.equal((await world.after(11_000)).length, 1);
});
