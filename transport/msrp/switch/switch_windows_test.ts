import assert from "node:assert/strict";
import { fromLatin1 } from "../../../foundation/mod.ts";
import { SwitchWorld } from "./testing/switch_world.ts";

Deno.test("no more than the window is out; what is answered makes room, and the place moves in order", async () => {
  const world = new SwitchWorld();
  world.limits.window = 3;
  const leg = await world.join(1);
  leg.peer.answer = 0;
  for (const text of ["a", "b", "c", "d", "e"]) world.say(text);
  await world.settle();
  assert.deepEqual(leg.got, ["a", "b", "c"]);
  leg.answerTo("b");
  await world.settle();
  assert.deepEqual([leg.got.length, leg.leg.passed], [4, 0]);
  leg.answerTo("c");
  await world.settle();
  assert.deepEqual([leg.got.length, leg.leg.passed], [5, 0]);
  leg.answerTo("a");
  await world.settle();
  assert.deepEqual([leg.leg.passed, leg.passed], [3, [3]]);
  leg.answerTo("e");
  leg.answerTo("d");
  await world.settle();
  assert.equal(leg.leg.passed, 5);
  assert.deepEqual(world.room.kept(), []);
});

Deno.test("octets count, too; one message always goes, and limits are those of now", async () => {
  const world = new SwitchWorld();
  world.limits.windowOctets = 10;
  const leg = await world.join(1);
  leg.peer.answer = 0;
  const texts = ["longer than all", "four", "five5", "six666"];
  for (const text of texts) world.say(text);
  await world.settle();
  assert.deepEqual(leg.got, texts.slice(0, 1));
  leg.answerTo(texts[0]);
  await world.settle();
  assert.deepEqual(leg.got, texts.slice(0, 3));
  world.limits.windowOctets = 11;
  leg.answerTo(texts[1]);
  await world.settle();
  assert.deepEqual(leg.got, texts);
});

Deno.test("a message that is refused is passed over: 413, 415, 403, 400, 501", async () => {
  const world = new SwitchWorld();
  world.limits.window = 1;
  const leg = await world.join(1);
  leg.peer.answer = 0;
  const refusals = [413, 415, 403, 400, 501];
  for (const status of refusals) world.say(`${status}`);
  for (const status of refusals) {
    await world.settle();
    leg.answerTo(`${status}`, status);
  }
  await world.settle();
  assert.deepEqual([leg.leg.passed, leg.closed, leg.got.length], [5, null, 5]);
});

Deno.test("one that falls too far behind is given up; the others get everything, and what it held leaves", async () => {
  const world = new SwitchWorld();
  world.limits.window = 5;
  world.limits.behind = 50;
  const [slow, quick] = [await world.join(1), await world.join(2)];
  slow.peer.answer = 0;
  let most = 0;
  for (let i = 1; i <= 200; i++) {
    world.say(`${i}`);
    if (i % 5 === 0) await world.settle();
    most = Math.max(most, world.room.kept().length);
  }
  await world.settle();
  assert.equal(slow.got.length, 5);
  assert.deepEqual(slow.closed, { why: "slow", reason: "it is too far behind the room" });
  assert.ok(most <= 51, `${most} at most`);
  assert.equal(quick.got.length, 200);
  assert.deepEqual([world.room.size, world.room.kept().length], [1, 0]);
  assert.equal(world.box.size, 1);
});

Deno.test("octets make it too far behind as well, but never one message alone", async () => {
  const world = new SwitchWorld();
  world.limits.behindOctets = 10_000;
  const leg = await world.join(1);
  leg.peer.answer = 0;
  const large = () => world.append({ body: [new Uint8Array(12_000)] });
  large();
  await world.settle();
  assert.equal(leg.why, null);
  large();
  await world.settle();
  assert.equal(leg.why, "slow");
});

Deno.test("what came before it does not count: whoever comes again with much to get has the time it takes", async () => {
  const world = new SwitchWorld();
  world.limits.window = 2;
  world.limits.behind = 5;
  const old = Array.from({ length: 30 }, (_, i) => world.message({ seq: i + 1, body: [fromLatin1(`${i + 1}`)] }));
  world.room.restore(old);
  const leg = world.prepare(1, { after: 0, missed: old });
  leg.peer.answer = 0;
  leg.leg.start("passive", { path: [leg.path] });
  leg.bind();
  await world.settle();
  for (let i = 31; i <= 35; i++) world.say(`${i}`);
  await world.settle();
  assert.deepEqual([leg.got, leg.why], [["1", "2"], null]);
  leg.peer.answer = 200;
  leg.answerTo("1");
  leg.answerTo("2");
  for (let i = 0; i < 10; i++) await world.settle();
  assert.deepEqual([leg.got.length, leg.leg.passed], [35, 35]);
  leg.peer.answer = 0;
  for (let i = 0; i < 6; i++) world.say("more");
  await world.settle();
  assert.equal(leg.why, "slow");
});

Deno.test("a leg that never opens is given up by the same rule", async () => {
  const world = new SwitchWorld();
  world.limits.behind = 5;
  const leg = world.prepare(1);
  for (let i = 0; i < 6; i++) world.say("x");
  await world.settle();
  assert.equal(leg.why, "slow");
  assert.deepEqual(world.room.kept(), []);
});

Deno.test("one that leaves everything unanswered for long enough is given up; each answer is a sign of life", async () => {
  const world = new SwitchWorld();
  const [dead, alive, idle] = [await world.join(1), await world.join(2), await world.join(3, { peerTypes: [] })];
  dead.peer.answer = alive.peer.answer = 0;
  for (const text of ["a", "b", "c"]) world.say(text);
  await world.pass(15_000);
  alive.answerTo("b");
  await world.pass(4_000);
  assert.equal(dead.why, null);
  await world.pass(3_000);
  assert.deepEqual(dead.closed, { why: "slow", reason: "it does not answer" });
  assert.equal(alive.why, null);
  alive.answerTo("a");
  await world.settle();
  alive.answerTo("c");
  await world.pass(60_000);
  assert.deepEqual([alive.closed, alive.leg.passed, idle.closed], [null, 3, null]);
});

Deno.test("without an answer within 30 s the session is lost, whatever the rules of the room say", async () => {
  const world = new SwitchWorld();
  world.limits.silence_ms = 1e9;
  const leg = await world.join(1);
  leg.peer.answer = 0;
  world.say("a");
  await world.pass(32_000);
  assert.equal(leg.why, "lost");
  assert.equal(leg.leg.passed, 0);
});

Deno.test("a device that takes nothing holds nobody up, and what waits for it is bounded", async () => {
  const world = new SwitchWorld();
  world.limits.windowOctets = 200_000;
  world.limits.behindOctets = 300_000;
  const [stuck, others] = [await world.join(1), [await world.join(2), await world.join(3)]];
  stuck.peer.duplex.pause();
  const octets = new Uint8Array(1000).fill(0x61);
  for (let i = 0; i < 1000; i++) {
    world.append({ body: [octets] });
    if (i % 20 === 0) await world.settle();
  }
  await world.settle();
  for (const { got } of others) assert.equal(got.length, 1000);
  assert.equal(stuck.why, "slow");
  assert.deepEqual(world.room.kept(), []);
});

Deno.test("a leg with nothing out goes on when a connection that others have filled has room again, each time", async () => {
  const world = new SwitchWorld();
  const first = await world.join(1);
  const second = await world.join(2, {}, first.peer);
  first.peer.answer = 0;
  for (const text of ["a", "b", "c"]) {
    first.peer.duplex.pause();
    for (let i = 0; i < 6; i++) world.append({ to: [1], body: [new Uint8Array(10_000)] });
    world.say(text, { to: [2] });
    await world.settle();
    assert.ok(!first.got.includes(text));
    first.peer.duplex.resume();
    await world.settle();
    assert.equal(first.got.filter((body) => body === text).length, 1);
    second.answerTo(text);
    await world.settle();
    assert.equal(second.leg.passed, world.room.last);
  }
});
