import assert from "node:assert/strict";
import fc from "fast-check";
import { silentLog } from "../foundation/mod.ts";
import type { KvContents } from "./contents.ts";
import type { RoomMessage } from "./repositories.ts";
import { LogRoomMessages, type RoomMessageLimits } from "./room_messages.ts";
import { decodeRoomHead, decodeRoomMessage, encodeRoomMessage } from "./room_messages_codec.ts";
import { commitOver, contentsOver, FaultyKv, memoryWorld, told, type World } from "./testing.ts";
import { octetsOf, removed, sha256, storedChunks } from "./testing_contents.ts";

const LIMITS: RoomMessageLimits = { octets: 2_000_000, roomOctets: 1_000_000, count: 50 };

interface Both {
  readonly contents: KvContents;
  readonly messages: LogRoomMessages;
}

async function open(world: World, limits = LIMITS): Promise<Both> {
  const { kv, sealer, commit } = world;
  const contents = contentsOver(world);
  const messages = await LogRoomMessages.open({ kv, sealer, commit, log: silentLog, contents, limits });
  await contents.begin();
  return { contents, messages };
}
/** As after a restart. */
async function reopen(world: World): Promise<Both> {
  const both = await open({ ...world, commit: commitOver(world.kv, world.time) });
  await removed(both.contents);
  return both;
}
function message(seq: number, octets = 100, more: Partial<RoomMessage> = {}): RoomMessage {
  const all = octetsOf(octets, seq);
  const body = [all.subarray(0, octets >> 1), all.subarray(octets >> 1)];
  return { seq, messageId: `m${seq}`, contentType: "message/cpim", from: 3, to: null, at: 1000 + seq, body, ...more };
}
function append({ messages }: Both, room: string, one: RoomMessage) {
  return told((done) => messages.append(room, one, done));
}
async function found({ messages }: Both, room: string, after = 0) {
  return (await messages.read(room, after)).map(({ seq, body }) => [seq, sha256(body[0])]);
}
function expected(...seqs: [seq: number, octets: number][]) {
  return seqs.map(([seq, octets]) => [seq, sha256(octetsOf(octets, seq))]);
}

Deno.test("what was said is read back in order, from a place on, over restarts; a large body too", async () => {
  const world = await memoryWorld();
  let both = await open(world);
  const all: [number, number][] = [[1, 100], [2, 65_536], [3, 65_537], [5, 300_000], [9, 0]];
  const errors = await Promise.all(all.map(([seq, octets]) => append(both, "conf-a", message(seq, octets))));
  assert.deepEqual(errors, [null, null, null, null, null]);
  assert.equal(await append(both, "conf-b", message(7)), null);
  for (let restart = 0; restart < 2; restart++) {
    assert.deepEqual(await found(both, "conf-a"), expected(...all));
    assert.deepEqual(await found(both, "conf-a", 3), expected(...all.slice(3)));
    assert.deepEqual(await found(both, "conf-b"), expected([7, 100]));
    assert.deepEqual(await found(both, "conf-c"), []);
    assert.deepEqual([...both.messages.rooms()].sort(), ["conf-a", "conf-b"]);
    assert.equal(both.messages.count, 6);
    both = await reopen(world);
  }
  // A second time, from the store itself.
  for (let time = 0; time < 2; time++) assert.deepEqual(await found(both, "conf-a"), expected(...all));
  const [private_] = [message(10, 5, { to: [3, 4_000_000_000], from: 0 })];
  await append(both, "conf-a", private_);
  const [read] = await both.messages.read("conf-a", 9);
  assert.deepEqual({ ...read, body: [] }, { ...private_, body: [] });
  world.kv.close();
});

Deno.test("what is dropped is gone, its record and its content, and stays gone", async () => {
  const world = await memoryWorld();
  let both = await open(world);
  for (let seq = 1; seq <= 6; seq++) await append(both, "conf-a", message(seq, seq % 2 === 0 ? 100_000 : 100));
  await append(both, "conf-b", message(1));
  both.messages.drop("conf-a", 3);
  both.messages.drop("conf-b", Infinity);
  const left = expected([4, 100_000], [5, 100], [6, 100_000]);
  assert.deepEqual(await found(both, "conf-a"), left);
  world.time.advance(1100);
  await world.commit.flush();
  await removed(both.contents);
  assert.equal((await storedChunks(world.kv)).size, 2);
  both = await reopen(world);
  assert.deepEqual(await found(both, "conf-a"), left);
  assert.deepEqual([...both.messages.rooms()], ["conf-a"]);
  both.messages.drop("conf-a", Infinity);
  assert.deepEqual([both.messages.count, both.messages.octets], [0, 0]);
  world.time.advance(1100);
  await world.commit.flush();
  both = await reopen(world);
  assert.deepEqual([both.messages.count, (await storedChunks(world.kv)).size], [0, 0]);
  world.kv.close();
});

Deno.test("dropped while it is written: its writer is told, and nothing of it stays", async () => {
  for (const octets of [100, 100_000]) {
    const world = await memoryWorld();
    let both = await open(world);
    const writing = append(both, "conf-a", message(1, octets));
    both.messages.drop("conf-a", Infinity);
    assert.match(String(await writing), /dropped while it was written/);
    assert.equal(await append(both, "conf-a", message(2)), null);
    world.time.advance(1100);
    await world.commit.flush();
    both = await reopen(world);
    assert.deepEqual(await found(both, "conf-a"), expected([2, 100]));
    assert.equal((await storedChunks(world.kv)).size, 0);
    world.kv.close();
  }
});

Deno.test("bounds: octets of a room, octets and messages of all; what goes makes room; an order that is none is an error", async () => {
  const world = await memoryWorld();
  const both = await open(world);
  for (let seq = 1; seq <= 3; seq++) assert.equal(await append(both, "conf-a", message(seq, 300_000)), null);
  const kindOf = async (room: string, one: RoomMessage) => (await append(both, room, one))?.kind;
  assert.equal(await kindOf("conf-a", message(4, 300_000)), "full");
  assert.equal(await kindOf("conf-a", message(4, 50_000)), undefined);
  assert.throws(() => both.messages.append("conf-a", message(4), () => {}), RangeError);
  for (let seq = 1; seq <= 3; seq++) assert.equal(await kindOf("conf-b", message(seq, 300_000)), undefined);
  assert.equal(await kindOf("conf-c", message(1, 200_000)), "full");
  both.messages.drop("conf-a", 1);
  assert.equal(await kindOf("conf-c", message(1, 200_000)), undefined);
  both.messages.drop("conf-a", Infinity);
  for (let seq = 10; both.messages.count < 50; seq++) assert.equal(await kindOf("conf-d", message(seq, 1)), undefined);
  assert.equal(await kindOf("conf-e", message(1, 1)), "full");
  world.kv.close();
});

Deno.test("a store that fails: the writer is told, nothing is kept, later ones are written when it works again", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  let both = await open(world);
  await append(both, "conf-a", message(1));
  faulty.fault = new TypeError("database or disk is full");
  for (const octets of [100, 100_000]) {
    assert.equal((await append(both, "conf-a", message(2, octets)))?.kind, "full");
  }
  both.messages.drop("conf-a", 1);
  world.time.advance(1100);
  await world.commit.flush();
  assert.deepEqual([both.messages.count, both.messages.octets], [0, 0]);
  faulty.fault = null;
  both.messages.drop("conf-a", 0);
  assert.equal(await append(both, "conf-a", message(3)), null);
  world.time.advance(1100);
  await world.commit.flush();
  both = await reopen(world);
  assert.deepEqual(await found(both, "conf-a"), expected([3, 100]));
  assert.equal((await storedChunks(world.kv)).size, 0);
  world.kv.close();
});

Deno.test("a message that cannot be a record: its writer is told, and its body goes too", async () => {
  const world = await memoryWorld();
  const both = await open(world);
  for (const octets of [100, 100_000]) {
    assert.match(String(await append(both, "conf-a", message(1, octets, { messageId: "\u4f60" }))), /not latin1/);
  }
  world.time.advance(1100);
  await world.commit.flush();
  await removed(both.contents);
  assert.deepEqual([both.messages.count, (await storedChunks(world.kv)).size], [0, 0]);
  world.kv.close();
});

Deno.test("a lost answer: what was told to have failed is not there afterwards", async () => {
  let faulty!: FaultyKv;
  const world = await memoryWorld((kv) => faulty = new FaultyKv(kv));
  let both = await open(world);
  faulty.loseAnswer = true;
  const error = await append(both, "conf-a", message(1));
  await append(both, "conf-a", message(2));
  world.time.advance(1100);
  await world.commit.flush();
  both = await reopen(world);
  assert.deepEqual(await found(both, "conf-a"), error === null ? expected([1, 100], [2, 100]) : expected([2, 100]));
  world.kv.close();
});

Deno.test("messages that come and go do not grow the store", async () => {
  const world = await memoryWorld();
  const both = await open(world);
  for (let seq = 1; seq <= 1500; seq++) {
    await append(both, `conf-${seq % 3}`, message(seq, 2000));
    both.messages.drop(`conf-${seq % 3}`, seq - 3);
  }
  world.time.advance(1100);
  await world.commit.flush();
  let octets = 0;
  for await (const entry of world.kv.list<Uint8Array>({ prefix: ["log"] })) octets += entry.value.length;
  assert.ok(octets < 600_000, `${octets} octets stored after 3 MB were written`);
  world.kv.close();
});

Deno.test("property: a record is read as it was written", () => {
  const latin1 = fc.string({
    maxLength: 40,
    unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
  });
  const party = fc.integer({ min: 0, max: 0xffffffff });
  const one = fc.record({
    seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    messageId: latin1,
    contentType: latin1,
    from: party,
    to: fc.option(fc.array(party, { maxLength: 5 }), { nil: null }),
    at: fc.integer({ min: 0, max: 2 ** 45 }),
    body: fc.array(fc.uint8Array({ maxLength: 30 }), { minLength: 1, maxLength: 3 }),
  }, { noNullPrototype: true });
  const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((octets) => octets.toHex());
  const content = fc.option(fc.record({ id: hex, sha256: hex, octets: fc.nat() }, { noNullPrototype: true }), {
    nil: null,
  });
  fc.assert(fc.property(latin1, one, content, (room, written, named) => {
    const record = encodeRoomMessage(room, written, named).slice();
    const body = new Uint8Array(written.body.flatMap((piece) => [...piece]));
    assert.deepEqual(decodeRoomMessage(record), { ...written, body: named === null ? [body] : [] });
    const octets = named === null ? body.length : named.octets;
    assert.deepEqual(decodeRoomHead(record), { room, seq: written.seq, octets, content: named });
  }));
  assert.throws(() => decodeRoomHead(new Uint8Array([9])), RangeError);
  assert.throws(() => encodeRoomMessage("\u4f60", message(1), null), TypeError);
  assert.throws(() => encodeRoomMessage("x".repeat(70_000), message(1), null), RangeError);
});
