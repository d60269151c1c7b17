import assert from "node:assert/strict";
import { concatBytes, fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import { OctetBudget } from "../session/mod.ts";
import { CPIM, SwitchWorld, type TestLeg } from "./testing/switch_world.ts";

function pattern(length: number, seed = 1): Uint8Array {
  const octets = new Uint8Array(length);
  for (let i = 0, x = seed; i < length; i++) {
    x = (x * 1_103_515_245 + 12_345) & 0x7fffffff;
    octets[i] = (x >> 16) % 5 === 0 ? 45 : (x >> 16) & 255;
  }
  return octets;
}

/** What came of a message on a leg; its chunks must meet. */
function whole({ peer }: TestLeg, messageId: string): Uint8Array {
  const parts = peer.seen.filter(({ request }) => request.messageId === messageId);
  let next = 1;
  for (const { request, body } of parts) {
    assert.equal(request.start, next, "chunks meet");
    next += body.length;
  }
  assert.equal(parts.at(-1)?.continuation, "$");
  return concatBytes(parts.map(({ body }) => body));
}

Deno.test("a large message comes in chunks on every leg, from the pieces that all share, and in its order [MMD-2]", async () => {
  const world = new SwitchWorld();
  const legs = [await world.join(1), await world.join(2), await world.join(3)];
  const pieces = [pattern(20_000, 1), new Uint8Array(0), pattern(30_000, 2), pattern(1, 3), pattern(15_535, 4)];
  world.say("before");
  world.append({ body: pieces, messageId: "large.1" });
  world.say("after");
  for (let i = 0; i < 6; i++) await world.settle();
  for (const leg of legs) {
    assert.deepEqual(whole(leg, "large.1"), concatBytes(pieces));
    const { seen } = leg.peer;
    assert.equal(toLatin1(seen[0].body), "before");
    assert.equal(toLatin1(seen.at(-1)!.body), "after");
    assert.deepEqual(seen.slice(1, -1).map(({ body }) => body.length), [16_384, 16_384, 16_384, 16_384]);
    assert.deepEqual(seen.slice(1, -1).map(({ continuation }) => continuation), ["+", "+", "+", "$"]);
    assert.equal(leg.leg.passed, 3);
  }
  assert.deepEqual(world.room.kept(), []);
});

Deno.test("chunks keep to the window, and what is behind them waits until all are answered", async () => {
  const world = new SwitchWorld();
  world.limits.windowOctets = 40_000;
  const leg = await world.join(1);
  leg.peer.answer = 0;
  world.append({ body: [pattern(60_000)], messageId: "large.1" });
  world.say("after");
  await world.settle();
  const { seen } = leg.peer;
  assert.equal(seen.length, 2);
  for (let at = 0; at < 4; at++) {
    assert.ok(!leg.got.includes("after"));
    assert.deepEqual([leg.leg.passed, world.room.kept().length], [0, 2]);
    leg.peer.respond(seen[at].request, 200);
    await world.settle();
  }
  assert.equal(leg.got.at(-1), "after");
  assert.equal(leg.leg.passed, 1);
});

Deno.test("a large message that is refused half-way stops there, and the next one comes", async () => {
  const world = new SwitchWorld();
  world.limits.windowOctets = 20_000;
  const leg = await world.join(1);
  leg.peer.answer = 413;
  world.append({ body: [pattern(90_000)], messageId: "large.1" });
  await world.settle();
  leg.peer.answer = 200;
  world.say("after");
  await world.settle();
  assert.equal(leg.peer.seen.length, 2);
  assert.equal(leg.got.at(-1), "after");
  assert.equal(leg.leg.passed, 2);
});

Deno.test("on a connection that several legs share a large message of one holds up none of the others", async () => {
  const world = new SwitchWorld();
  const [first] = [await world.join(1)];
  const second = await world.join(2, {}, first.peer);
  const { peer } = first;
  world.append({ body: [pattern(90_000, 5)], messageId: "large.1", to: [1] });
  for (let i = 0; i < 20; i++) world.say(`${i}`, { to: [2] });
  for (let i = 0; i < 10; i++) await world.settle();
  assert.deepEqual(whole(first, "large.1"), pattern(90_000, 5));
  const last = peer.seen.findLastIndex(({ request }) => request.toPath === second.path);
  const end = peer.seen.findIndex(({ request, continuation }) =>
    request.messageId === "large.1" && continuation === "$"
  );
  assert.ok(last < end, `the last small one is frame ${last}, the end of the large one ${end}`);
  assert.deepEqual([first.leg.passed, second.leg.passed], [21, 21]);
});

Deno.test("to a peer behind a relay a body goes in frames that a relay takes", async () => {
  const world = new SwitchWorld();
  const leg = world.prepare(1);
  const relay = "msrps://relay.test:2855/xyz;tcp";
  leg.leg.start("passive", { path: [relay, leg.path] });
  leg.peer.send({
    to: leg.leg.uri,
    from: `${relay} ${leg.path}`,
    headers: ["Message-ID: bind", "Byte-Range: 1-0/0"],
  });
  await world.settle();
  const bodies = [pattern(10_000, 1), fromLatin1("short"), pattern(40_000, 2), fromLatin1("end")];
  bodies.forEach((body, i) => world.append({ body: [body], messageId: `mess${i}` }));
  for (let i = 0; i < 8; i++) await world.settle();
  for (const { request, body } of leg.peer.seen) {
    assert.equal(request.toPath, `${relay} ${leg.path}`);
    assert.ok(body.length <= 8192, `${body.length} octets`);
  }
  bodies.forEach((body, i) => assert.deepEqual(whole(leg, `mess${i}`), body));
  assert.equal(leg.leg.passed, 4);
});

Deno.test("a message that comes in chunks is put together; one over the limit, or over what all may take, gets 413", async () => {
  const budget = new OctetBudget(50_000);
  const world = new SwitchWorld({}, { budget });
  world.limits.message = 40_000;
  const [alice, bob] = [await world.join(1), await world.join(2)];
  const chunk = (from: TestLeg, id: string, body: Uint8Array, start: number, total: number | string) => {
    const flag = start - 1 + body.length === total ? "$" : "+";
    const headers = [`Message-ID: ${id}`, `Byte-Range: ${start}-*/${total}`];
    return from.peer.send({ to: from.leg.uri, from: from.path, headers, body, type: CPIM, flag });
  };
  const octets = pattern(40_000);
  for (let at = 0; at < 40_000; at += 10_000) chunk(alice, "good.1", octets.subarray(at, at + 10_000), at + 1, 40_000);
  for (let i = 0; i < 4; i++) await world.settle();
  assert.deepEqual(whole(bob, "good.1"), octets);
  assert.equal(budget.used, 0);

  const status = async (from: TestLeg, tid: string) => {
    await world.settle();
    return from.peer.response(tid)?.status;
  };
  assert.equal(await status(alice, chunk(alice, "long.1", pattern(10), 1, 40_001)), 413);
  assert.equal(await status(alice, chunk(alice, "one.1", pattern(40_001), 1, 40_001)), 413);
  assert.equal(await status(alice, chunk(alice, "open.1", pattern(20_000), 1, "*")), 200);
  assert.equal(await status(alice, chunk(alice, "open.1", pattern(20_001), 20_001, "*")), 413);
  // Two at once are more than all may take together.
  assert.equal(await status(alice, chunk(alice, "half.1", pattern(30_000), 1, 40_000)), 200);
  assert.equal(await status(bob, chunk(bob, "half.2", pattern(30_000), 1, 40_000)), 413);
  alice.leg.close("enough");
  assert.equal(budget.used, 0);
  // What is larger than what may be said by now.
  world.limits.message = 5;
  assert.equal(await status(bob, bob.say("long.2", "sixsix")), 413);
  assert.equal(world.messages.length, 1);
});
