import assert from "node:assert/strict";
import type { BodySource } from "../../../transport/msrp/session/mod.ts";
import { StorageError } from "../../../storage/mod.ts";
import { fileOfLines } from "./file_lines.ts";
import { IntakeWorld, type Invited, type InviteFacts, mediaOf, type Sender, textOf } from "./testing/intake_world.ts";

type Joined = { world: IntakeWorld; invited: Invited; alice: Sender };

async function storing(facts: InviteFacts = {}, world = new IntakeWorld(), limits = {}): Promise<Joined> {
  const invited = world.invite(facts);
  const alice = world.join(invited, limits);
  await world.quiet();
  return { world, invited, alice };
}

/** Octets that can be told apart. */
function octets(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * seed) & 255);
}

/** A body that gives what it is told to give. */
class Tap implements BodySource {
  readonly size: number;
  #ready: Uint8Array[] = [];
  #message: { more(): void } | null = null;
  #ended = false;
  constructor(size = -1) {
    this.size = size;
  }
  start(message: { more(): void }): void {
    this.#message = message;
  }
  give(piece: Uint8Array): void {
    this.#ready.push(piece);
    this.#message?.more();
  }
  end(): void {
    this.#ended = true;
    this.#message?.more();
  }
  pull(most: number): Uint8Array | null | "later" {
    const first = this.#ready[0];
    if (first === undefined) return this.#ended ? null : "later";
    if (first.length > most) this.#ready[0] = first.subarray(most);
    else this.#ready.shift();
    return first.subarray(0, most);
  }
}

/** Nothing of anything is left over. */
function assertClean({ intake, contents }: IntakeWorld): void {
  assert.deepEqual([intake.budget.used, intake.writing, intake.reservations.of("sip:bob@example.test")], [0, 0, 0]);
  for (const writer of contents.writers) assert.equal(writer.onRoom, null);
}

const FILE = [
  'a=file-selector:name:"na%25me \xe4.bin" type:application/zip size:100000 hash:sha-1:AA:BB',
  "a=file-transfer-id:t1",
  "a=file-disposition:attachment",
  'a=file-date:modification:"Mon, 15 May 2006 15:01:31 +0300"',
  "a=file-icon:cid:icon@x",
  "a=file-range:1-*",
];

Deno.test("a file is streamed into a content; what was said of it is kept, its icon and range are not", async () => {
  const { world, invited, alice } = await storing({ kind: "file", more: FILE });
  const answered = mediaOf(invited.received.last);
  assert.deepEqual([answered.file!.selector.size, answered.file!.transferId, answered.direction], [
    100_000,
    "t1",
    "recvonly",
  ]);
  alice.say(octets(100_000), { contentType: "application/zip", messageId: "m1xxxx", successReport: true });
  await world.quiet();
  assert.deepEqual(alice.told, ["m1xxxx sent", "m1xxxx delivered"]);
  const [stored] = world.post.messages;
  assert.deepEqual([stored.mode, stored.body.length, stored.content!.octets], ["file", 0, 100_000]);
  assert.deepEqual(world.contents.octetsOf(stored.content!), octets(100_000));
  const { selector, ...rest } = fileOfLines(stored.headers)!;
  assert.equal(selector.name, "na%me \xe4.bin");
  assert.deepEqual([selector.type, selector.size, selector.hashes.length], ["application/zip", 100_000, 1]);
  assert.deepEqual(rest, {
    transferId: "t1",
    disposition: "attachment",
    dates: { modification: "Mon, 15 May 2006 15:01:31 +0300" },
  });
  assertClean(world);
});

Deno.test("a file of another length than was said is none: 400, or 413 as soon as it is longer", async () => {
  const more = ['a=file-selector:name:"a" size:20000'];
  for (const [length, told] of [[19_999, /400 19999 octets came, 20000 were announced/], [20_001, /413/]] as const) {
    const { world, alice } = await storing({ kind: "file", more });
    alice.say(octets(length));
    await world.quiet();
    assert.match(alice.told[0], told);
    assert.deepEqual(world.post.messages, []);
    assert.equal(world.contents.writers.every(({ abandoned }) => abandoned), true);
    assertClean(world);
    alice.say(octets(20_000));
    await world.quiet();
    assert.equal(world.post.messages.length, 1, "it may be sent again, right this time");
  }
});

Deno.test("an empty file is a file; one without a size gets that which it has", async () => {
  const { world, alice } = await storing({ kind: "file", more: ['a=file-selector:name:"a"'] });
  alice.say(new Uint8Array(0), { contentType: "text/plain" });
  await world.quiet();
  assert.equal(fileOfLines(world.post.messages[0].headers)!.selector.size, 0);
});

Deno.test("parts of files are not stored: 480 with the reason", () => {
  for (const range of ["5001-*", "1-5000"]) {
    const world = new IntakeWorld();
    const more = ['a=file-selector:name:"a" size:20000', `a=file-range:${range}`];
    const { last } = world.invite({ kind: "file", more }).received;
    assert.deepEqual([last.status, last.reason], [480, "Only whole files can be stored"]);
  }
  const world = new IntakeWorld();
  const more = ['a=file-selector:name:"a" size:20000', "a=file-range:1-20000"];
  assert.equal(world.invite({ kind: "file", more }).received.last.status, 200);
});

Deno.test("a long message in CPIM gets its DateTime too, and one of unknown length that stays short is no content", async () => {
  const { world, alice } = await storing();
  const text = "From: <sip:a@x.test>\r\n\r\nContent-Type: text/plain\r\n\r\n" + "y".repeat(50_000);
  alice.say(text, { contentType: "message/cpim" });
  const tap = new Tap();
  alice.say(tap);
  tap.give(octets(10));
  tap.end();
  await world.quiet();
  const [short, long] = [...world.post.messages].sort((a, b) => a.body.length - b.body.length).reverse();
  assert.deepEqual([short.content, short.body.length], [null, 10]);
  const stored = textOf(world.contents.octetsOf(long.content!));
  assert.match(stored, /^DateTime: [0-9TZ:.-]+\r\nFrom: /);
  assert.equal(stored.slice(stored.indexOf("From")), text);
});

Deno.test("100 MB into a slow store: its writer is never overrun, the sender is held back, all of it arrives", async () => {
  const size = 100_000_000, block = octets(65_536);
  let at = 0;
  const source: BodySource = {
    size,
    pull(most) {
      const piece = block.subarray(0, Math.min(most, block.length, size - at));
      at += piece.length;
      return piece.length === 0 ? null : piece;
    },
  };
  const { world, alice } = await storing({ kind: "large" });
  world.contents.slow = true;
  world.contents.keeps = false;
  const message = alice.say(source, { messageId: "m1xxxx" });
  let furthest = 0;
  for (let turns = 0; turns < 20_000 && alice.told.length === 0; turns++) {
    await world.quiet(1);
    const [writer] = world.contents.writers;
    furthest = Math.max(furthest, message.sent - (writer?.octets ?? 0));
    if (turns % 2 === 0) world.contents.drain();
  }
  assert.deepEqual(alice.told, ["m1xxxx sent"]);
  assert.equal(world.post.messages[0].content!.octets, size);
  const [{ most }] = world.contents.writers;
  assert.ok(most <= world.contents.room + 65_536, `${most} octets waited at the store`);
  assert.ok(furthest <= 524_288, `${furthest} octets were on their way`);
  assertClean(world);
});

Deno.test("the connection breaks in the middle: nothing is left, and the call ends", async () => {
  const { world, alice } = await storing({ kind: "file", more: ['a=file-selector:name:"a" size:50000'] });
  const tap = new Tap(50_000);
  alice.say(tap, { messageId: "m1xxxx" });
  tap.give(octets(30_000));
  await world.quiet();
  assert.equal(world.contents.writers.length, 1);
  world.cuts[0]();
  await world.quiet();
  assert.deepEqual(world.byes, ['SIP;cause=503;text="MSRP connection lost"']);
  assert.equal(world.metrics.value("parley_intake_refused_total", "broken"), 1);
  assert.deepEqual([world.contents.writers[0].abandoned, world.post.messages.length, world.intake.size], [true, 0, 0]);
  assertClean(world);
});

Deno.test("BYE in the middle, # in the middle: nothing is left", async () => {
  const left = await storing();
  const tap = new Tap(50_000);
  left.alice.say(tap);
  tap.give(octets(30_000));
  await left.world.quiet();
  left.world.within(left.invited.received, "BYE");
  left.world.time.advance(2_100);
  await left.world.quiet();
  assertClean(left.world);
  assert.equal(left.world.intake.size, 0);

  const gaveUp = await storing({ kind: "large" });
  const other = new Tap(50_000);
  const message = gaveUp.alice.say(other);
  other.give(octets(30_000));
  await gaveUp.world.quiet();
  message.abort();
  gaveUp.alice.say("instead");
  await gaveUp.world.quiet();
  assertClean(gaveUp.world);
  assert.deepEqual(gaveUp.world.post.messages.map(({ body }) => textOf(body)), ["instead"]);
});

Deno.test("the second of two streams fills the quota: 413 at its first octet, the first one is stored", async () => {
  const world = new IntakeWorld();
  world.post.quota = 150_000;
  const { alice } = await storing({}, world);
  const tap = new Tap(100_000);
  alice.say(tap, { messageId: "m1xxxx" });
  tap.give(octets(50_000));
  await world.quiet();
  alice.say(octets(60_000), { messageId: "m2xxxx" });
  await world.quiet();
  assert.deepEqual(alice.told, ["m2xxxx 413 Message store of recipient full (150000 bytes)"]);
  assert.deepEqual(world.quotaTold, ["sip:bob@example.test bytes"]);
  tap.give(octets(50_000));
  await world.quiet();
  assert.equal(alice.told[1], "m1xxxx sent");
  assertClean(world);
});

Deno.test("of unknown length: refused as soon as it no longer fits; what fits as it is stored is counted by the store alone", async () => {
  const world = new IntakeWorld();
  world.post.quota = 40_000;
  const { alice } = await storing({}, world);
  const tap = new Tap();
  alice.say(tap, { messageId: "m1xxxx" });
  tap.give(octets(41_000));
  await world.quiet();
  assert.match(alice.told[0], /^m1xxxx 413 Message store of recipient full/);
  assertClean(world);
  world.post.manual = true;
  alice.say(octets(30_000), { messageId: "m2xxxx" });
  await world.quiet();
  alice.say(octets(10_000), { messageId: "m3xxxx" });
  await world.quiet();
  world.post.commit();
  await world.quiet();
  assert.deepEqual(alice.told.slice(1), ["m2xxxx sent", "m3xxxx sent"]);
});

Deno.test("a store that fails, before, while or after it is written: 408 with the reason, nothing kept", async () => {
  const full = new StorageError("full", "no space left on device");
  const cases: [string, (world: IntakeWorld) => void, (world: IntakeWorld) => void, RegExp][] = [
    ["no writer", ({ contents }) => contents.most = 0, () => {}, /408 too many long messages/],
    ["at its end", ({ contents }) => contents.failure = full, () => {}, /408 Message store has no space left/],
    ["at its commit", ({ post }) => post.failure = new StorageError("failed", "?"), () => {}, /408 .* not available/],
    [
      "on the way",
      ({ contents }) => {
        contents.slow = true;
        contents.room = 20_000;
      },
      ({ contents }) => contents.writers[0].fail(full),
      /408 Message store has no space left/,
    ],
  ];
  for (const [name, before, after, told] of cases) {
    const { world, alice } = await storing();
    before(world);
    alice.say(octets(200_000), { messageId: "m1xxxx" });
    await world.quiet();
    after(world);
    await world.quiet();
    assert.match(alice.told[0], told, name);
    assert.deepEqual(world.post.messages, [], name);
    assertClean(world);
  }
});

Deno.test("a Message-ID that comes again is stored once and answered as the first", async () => {
  const { world, alice } = await storing();
  alice.say("one", { messageId: "samexxxx" });
  await world.quiet();
  alice.say("one", { messageId: "samexxxx" });
  await world.quiet();
  assert.deepEqual(alice.told, ["samexxxx sent", "samexxxx sent"]);
  assert.equal(world.post.messages.length, 1);
});

Deno.test("what the store knows already is a duplicate: 200, and no second copy", async () => {
  const { world, alice } = await storing();
  alice.say("one", { messageId: "samexxxx" });
  await world.quiet();
  for (let i = 0; i < 300; i++) alice.say("x");
  await world.quiet(20);
  alice.told.length = 0;
  alice.say("one", { messageId: "samexxxx" });
  await world.quiet();
  assert.deepEqual(alice.told, ["samexxxx sent"]);
  assert.equal(world.post.messages.length, 301);
});

Deno.test("messages are stored in the order in which they were complete, a short one behind a long one that is still written", async () => {
  const { world, alice } = await storing();
  world.contents.slow = true;
  const first = new Tap(40_000);
  alice.say(first, { messageId: "longxxxx" });
  first.give(octets(20_000));
  await world.quiet();
  alice.say("while it is under way", { messageId: "m1xxxx" });
  await world.quiet();
  first.give(octets(20_000));
  await world.quiet();
  alice.say("after it", { messageId: "m2xxxx" });
  await world.quiet();
  assert.deepEqual(world.post.messages.map(({ messageId }) => messageId), ["m1xxxx"]);
  world.contents.drain();
  await world.quiet();
  assert.deepEqual(world.post.messages.map(({ messageId }) => messageId), ["m1xxxx", "longxxxx", "m2xxxx"]);
});

Deno.test("several long messages interleaved arrive as they were sent; one too many is refused", async () => {
  const { world, alice } = await storing({}, new IntakeWorld({ streams: 3 }), { chunk: 3000 });
  for (let i = 0; i < 4; i++) alice.say(octets(100_000 + i, i), { messageId: `m${i}xxxx` });
  await world.quiet(20);
  const stored = new Map(world.post.messages.map(({ messageId, content }) => [messageId!, content!]));
  assert.equal(stored.size, 3);
  for (const [id, content] of stored) {
    const i = Number(id[1]);
    assert.deepEqual(world.contents.octetsOf(content), octets(100_000 + i, i));
  }
  assert.equal(alice.told.filter((line) => line.includes("408 too many long messages")).length, 1);
  assertClean(world);
});

Deno.test("octets that are missing before others: 413, since what is sealed cannot be filled in", async () => {
  const { world, alice } = await storing();
  alice.say(octets(30_000), { messageId: "m1xxxx", from: 5_000 });
  await world.quiet();
  assert.match(alice.told[0], /^m1xxxx 413 octets from 1 on are missing/);
  assertClean(world);
});

Deno.test("a message that stops is given up after half a minute, one that trickles after a minute or two", async () => {
  const stopped = await storing();
  const tap = new Tap(50_000);
  stopped.alice.say(tap, { messageId: "m1xxxx" });
  tap.give(octets(30_000));
  await stopped.world.quiet();
  stopped.world.time.advance(36_000);
  await stopped.world.quiet();
  assert.deepEqual(stopped.world.byes, ['SIP;cause=408;text="The message did not go on"']);
  assert.match(stopped.alice.told[0], /^m1xxxx /);
  assertClean(stopped.world);

  const trickling = await storing();
  const drops = new Tap(50_000);
  trickling.alice.say(drops, { messageId: "m1xxxx" });
  for (let i = 0; i < 14 && trickling.world.byes.length === 0; i++) {
    drops.give(octets(100));
    await trickling.world.quiet();
    trickling.world.time.advance(10_000);
  }
  assert.equal(trickling.world.byes.length, 1);
  assertClean(trickling.world);
});

Deno.test("a sender that floods short messages is read no faster than they are committed, and memory in all is bounded", async () => {
  const { world, alice } = await storing({}, new IntakeWorld({ memory: 1_000_000 }));
  world.post.manual = true;
  for (let i = 0; i < 2_000; i++) alice.say(octets(2_000));
  await world.quiet(20);
  assert.ok(world.post.tried.length < 128, `${world.post.tried.length} messages were posted at once`);
  assert.ok(world.intake.budget.used <= 1_000_000);
  for (let i = 0; i < 200 && world.post.messages.length < 2_000; i++) {
    world.post.commit();
    await world.quiet();
  }
  assert.equal(world.post.messages.length, 2_000);
  assertClean(world);
});

Deno.test("no memory for what is being put together: 408, and others go on", async () => {
  const { world, alice } = await storing({}, new IntakeWorld({ memory: 9_000 }));
  const taps = [1, 2, 3].map(() => new Tap());
  taps.forEach((tap, i) => {
    alice.say(tap, { messageId: `m${i}xxxx` });
    tap.give(octets(3_000));
  });
  await world.quiet();
  assert.deepEqual(alice.told, ["m2xxxx 408 no memory for so much at present"]);
  taps[0].end();
  taps[1].end();
  await world.quiet();
  assert.equal(world.post.messages.length, 2);
  assertClean(world);
});
