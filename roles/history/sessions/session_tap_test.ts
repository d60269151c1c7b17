import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { toLatin1 } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { StorageError } from "../../../storage/mod.ts";
import { octetsOf } from "../../../storage/testing_contents.ts";
import { A_URI, B_URI, Bridged } from "../../../transport/msrp/forward/testing/bridged.ts";
import type { WirePeer } from "../../../transport/msrp/forward/testing/wire_peer.ts";
import { FakeContents } from "../../deferred/intake/testing/fake_store.ts";
import { ContentSlots } from "./content_slots.ts";
import { SessionTap } from "./session_tap.ts";
import { FakeDesk } from "./testing/fake_desk.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";

async function recorded({ file = "", piece = 0 } = {}) {
  const time = new FakeTime();
  const desk = new FakeDesk();
  desk.wishes.add(BOB);
  const contents = new FakeContents();
  const slots = new ContentSlots(contents, time);
  const conversation = desk.open({ kind: "session", names: [], group: { uri: "", name: "" }, subject: "" });
  conversation.join({ aor: BOB, with: ALICE, parties: [] });
  const tap = new SessionTap({
    conversation,
    contents,
    slots,
    clock: time,
    parties: { a: { uri: ALICE, name: "Alice" }, b: { uri: BOB, name: "" } },
    users: [ALICE, BOB],
    file,
    takesEmpty: file !== "",
  });
  const bridged = new Bridged(undefined, undefined, tap);
  const [a, b] = await bridged.joined(piece === 0 ? {} : { piece });
  const settle = (rounds = 20) => bridged.world.settle(rounds);
  return { time, desk, contents, slots, conversation, tap, bridged, a, b, settle };
}

function chunk(
  { bridged }: { readonly bridged: Bridged },
  from: WirePeer,
  id: string,
  body: string | Uint8Array,
  { range = "", flag = "$" as "$" | "+" | "#", type = "text/plain", lines = [] as string[] } = {},
): string {
  const headers = [`Message-ID: ${id}`, ...(range === "" ? [] : [`Byte-Range: ${range}`]), ...lines];
  return from.send({ to: bridged.uriA, from: A_URI, headers, body, type, flag });
}

Deno.test("what is said is kept before it is acknowledged, with who said it, its headers and its octets", async () => {
  const world = await recorded();
  const { desk, conversation, a, b, bridged, settle } = world;
  desk.manual = true;
  const lines = ["Content-Disposition: render", "X-Other: 1"];
  const cpim =
    "From: <sip:alice@example.test>\r\nTo: <sip:bob@example.test>\r\n\r\nContent-Type: text/plain\r\n\r\nh\xe9";
  const tid = chunk(world, a, "m1aa", cpim, { type: "message/cpim", lines });
  await settle();
  assert.equal(b.seen.length, 1, "it is with its reader");
  assert.equal(a.response(tid), undefined);
  desk.commit();
  await settle();
  assert.equal(a.response(tid)?.status, 200);
  const [{ message, owners }] = conversation.kept;
  assert.deepEqual(owners, [BOB]);
  assert.deepEqual(message.from, { uri: ALICE, name: "Alice" });
  assert.deepEqual([message.to, message.messageId, message.contentType], [BOB, "m1aa", "message/cpim"]);
  assert.equal(message.headers, "Content-Disposition: render\r\n");
  assert.equal(toLatin1(message.body), cpim);
  b.send({ to: bridged.uriB, from: B_URI, headers: ["Message-ID: m2aa"], body: "back" });
  await settle();
  desk.commit();
  assert.deepEqual([conversation.kept[1].message.from.uri, conversation.kept[1].message.to], [BOB, ALICE]);
});

for (const piece of [1, 7, 1000]) {
  Deno.test(`pieces of ${piece}: every message is recorded octet for octet, short and long, whole and in chunks`, async () => {
    const world = await recorded({ piece });
    const { conversation, contents, a, settle } = world;
    const long = octetsOf(20_000);
    const short = octetsOf(300, 2);
    chunk(world, a, "short", short);
    chunk(world, a, "long1", long.subarray(0, 17_000), { range: "1-17000/20000", flag: "+" });
    chunk(world, a, "other", "in between");
    chunk(world, a, "long1", long.subarray(17_000), { range: "17001-20000/20000" });
    chunk(world, a, "last1", "after it");
    await settle(500);
    for (let i = 0; i < 200 && conversation.kept.length < 4; i++) await settle(50);
    assert.deepEqual(conversation.kept.map(({ message }) => message.messageId), ["short", "other", "long1", "last1"]);
    assert.deepEqual(conversation.kept[0].message.body, short);
    const { content, body } = conversation.kept[2].message;
    assert.equal(body.length, 0);
    assert.deepEqual(contents.octetsOf(content!), long);
    assert.equal(contents.claims.get(content!.id), 0, "claimed while it was given over, and let go");
    assert.equal(a.responses.filter(({ status }) => status === 200).length, 6);
  });
}

Deno.test("a file of 5 MB has its name, its hash is that of what was sent, and a slow store slows its sender", async () => {
  const world = await recorded({ file: "Zeugnis für alle.pdf" });
  const { conversation, contents, a, settle, slots } = world;
  contents.slow = true;
  const file = octetsOf(5_000_000, 3);
  const tid = chunk(world, a, "file1", file, { type: "application/pdf" });
  await settle(200);
  const [writer] = contents.writers;
  assert.ok(writer.most < contents.room + 100_000, `${writer.most} octets waited at most`);
  assert.ok(a.unsent > 0, "the sender is held");
  for (let i = 0; i < 1000 && writer.octets < file.length; i++) {
    contents.drain();
    await settle(5);
  }
  await settle();
  assert.equal(a.response(tid), undefined);
  assert.equal(slots.size, 1);
  contents.drain();
  await settle();
  assert.equal(a.response(tid)?.status, 200);
  assert.equal(slots.size, 0);
  const [{ message }] = conversation.kept;
  assert.equal(message.file, "Zeugnis für alle.pdf");
  const hash = (octets: Uint8Array) => createHash("sha256").update(octets).digest("hex");
  assert.equal(hash(contents.octetsOf(message.content!)), hash(file));
});

Deno.test("the name of a file also comes from Content-Disposition", async () => {
  const world = await recorded();
  const name = toLatin1(new TextEncoder().encode("Bär.txt"));
  chunk(world, world.a, "m1aa", "x", { lines: [`Content-Disposition: attachment; filename="${name}"`] });
  await world.settle();
  assert.equal(world.conversation.kept[0].message.file, "Bär.txt");
});

Deno.test("what is not whole is not recorded: gaps, what is given up, what is shorter than it said, what begins midway", async () => {
  const world = await recorded();
  const { conversation, a, settle } = world;
  chunk(world, a, "gap1a", "x".repeat(100), { range: "1-100/300", flag: "+" });
  chunk(world, a, "gap1a", "x".repeat(100), { range: "201-300/300" });
  chunk(world, a, "abort", "x".repeat(100), { range: "1-100/300", flag: "+" });
  chunk(world, a, "abort", "x", { range: "101-101/300", flag: "#" });
  chunk(world, a, "short", "x".repeat(100), { range: "1-100/300" });
  chunk(world, a, "midway", "x".repeat(100), { range: "201-300/300" });
  chunk(world, a, "whole", "good");
  await settle();
  assert.deepEqual(conversation.texts, ["good"]);
  assert.equal(a.responses.filter(({ status }) => status === 200).length, 8, "all are acknowledged at once");
});

Deno.test("a message that is said again under its Message-ID is recorded once; one that was broken off, when it is whole", async () => {
  const world = await recorded();
  const { conversation, a, settle } = world;
  chunk(world, a, "m1aa", "hello");
  chunk(world, a, "m1aa", "hello");
  chunk(world, a, "m2aa", "wor", { range: "1-3/5", flag: "+" });
  chunk(world, a, "m2aa", "world", { range: "1-5/5" });
  await settle();
  assert.deepEqual(conversation.texts, ["hello", "world"]);
});

Deno.test("a message that is sent again before it is kept is acknowledged when it is, each time", async () => {
  const world = await recorded();
  const { conversation, desk, a, settle } = world;
  desk.manual = true;
  const sent = [chunk(world, a, "m1aa", "hello"), chunk(world, a, "m1aa", "hello"), chunk(world, a, "m1aa", "hello")];
  await settle();
  assert.deepEqual(sent.map((tid) => a.response(tid)?.status), [undefined, undefined, undefined]);
  desk.commit();
  await settle();
  assert.deepEqual(sent.map((tid) => a.response(tid)?.status), [200, 200, 200]);
  const late = chunk(world, a, "m1aa", "hello");
  await settle();
  assert.equal(a.response(late)?.status, 200);
  assert.deepEqual(conversation.texts, ["hello"]);
});

Deno.test("nobody can keep a message out of the record by a Message-ID that was used before", async () => {
  const world = await recorded();
  const { conversation, contents, a, settle } = world;
  const long = octetsOf(20_000);
  const other = long.slice();
  other[1]++;
  for (const body of ["hello", "a threat", "hello", long, other, long]) chunk(world, a, "m1aa", body);
  for (let i = 0; i < 200 && conversation.kept.length < 6; i++) await settle(50);
  assert.deepEqual(conversation.texts.slice(0, 3), ["hello", "a threat", "hello"]);
  const [, , , ...kept] = conversation.kept;
  assert.deepEqual(kept.map(({ message }) => contents.octetsOf(message.content!)), [long, other, long]);
});

Deno.test("octets that come twice count once", async () => {
  const world = await recorded();
  chunk(world, world.a, "m1aa", "hel", { range: "1-3/5", flag: "+" });
  chunk(world, world.a, "m1aa", "llo", { range: "3-5/5" });
  await world.settle();
  assert.deepEqual(world.conversation.texts, ["hello"]);
});

Deno.test("composing notices and notifications are no conversation, in a wrapper neither", async () => {
  const world = await recorded();
  const { conversation, a, settle } = world;
  const wrapped = (type: string) => `From: <${ALICE}>\r\nTo: <${BOB}>\r\n\r\nContent-Type: ${type}\r\n\r\n<x/>`;
  chunk(world, a, "m1aa", "<isComposing/>", { type: "application/im-iscomposing+xml" });
  chunk(world, a, "m2aa", wrapped("application/im-iscomposing+xml"), { type: "message/cpim" });
  chunk(world, a, "m3aa", wrapped("message/imdn+xml"), { type: "message/cpim" });
  chunk(world, a, "m4aa", "<imdn/>", { type: "message/imdn+xml" });
  chunk(world, a, "m5aa", "", { type: "text/plain" });
  await settle();
  assert.equal(conversation.kept.length, 0);
  assert.equal(a.responses.filter(({ status }) => status === 200).length, 6);
});

Deno.test("under way are 64 messages of a session at most, and little memory; whoever records is told what is lost", async () => {
  const world = await recorded();
  const { conversation, a, settle } = world;
  for (let i = 0; i < 100; i++) chunk(world, a, `m${100 + i}a`, "x", { range: "1-1/2", flag: "+" });
  await settle();
  for (let i = 0; i < 100; i++) chunk(world, a, `m${100 + i}a`, "y", { range: "2-2/2" });
  await settle();
  assert.equal(conversation.kept.length, 64);
  assert.equal(conversation.kept[0].message.messageId, "m136a", "those that began first gave way");
  assert.equal(conversation.lostFor.length, 36);
  const big = await recorded();
  for (let i = 0; i < 40; i++) {
    chunk(big, big.a, `m${100 + i}a`, "x".repeat(16_000), { range: "1-16000/16001", flag: "+" });
  }
  await big.settle(60);
  for (let i = 0; i < 40; i++) chunk(big, big.a, `m${100 + i}a`, "y", { range: "16001-16001/16001" });
  await big.settle(60);
  assert.equal(big.conversation.kept.length, 16);
});

Deno.test("a slow history holds the senders: what waits is bounded, and nothing is lost", async () => {
  const world = await recorded();
  const { desk, conversation, a, b, settle } = world;
  desk.manual = true;
  for (let i = 0; i < 2000; i++) chunk(world, a, `m${1000 + i}a`, "x".repeat(500));
  await settle(100);
  assert.ok(desk.waiting.length >= 64 && desk.waiting.length < 200, `${desk.waiting.length} wait`);
  assert.equal(b.seen.length, desk.waiting.length, "each is passed on when it comes");
  for (let i = 0; i < 200 && conversation.kept.length < 2000; i++) {
    desk.commit();
    await settle(10);
  }
  desk.commit();
  await settle();
  assert.equal(conversation.kept.length, 2000);
  assert.equal(a.responses.filter(({ status }) => status === 200).length, 2001);
});

Deno.test("a content that cannot be written: the message goes on and is acknowledged, and whoever records is told", async () => {
  const world = await recorded();
  const { conversation, contents, a, b, settle } = world;
  contents.failure = new StorageError("failed", "disk");
  const long = octetsOf(30_000);
  const tids = [chunk(world, a, "m1aa", long)];
  await settle(40);
  contents.failure = null;
  contents.most = 1;
  tids.push(chunk(world, a, "m2aa", long));
  await settle(40);
  contents.most = 64;
  tids.push(chunk(world, a, "m3aa", "short"));
  await settle();
  assert.deepEqual(tids.map((tid) => a.response(tid)?.status), [200, 200, 200]);
  assert.deepEqual(b.message("m2aa"), long);
  assert.deepEqual(conversation.lostFor, [BOB, BOB]);
  assert.deepEqual(conversation.texts, ["short"]);
});

Deno.test("a long message that stalls gives its place to others, but only then", () => {
  const time = new FakeTime();
  const contents = new FakeContents();
  const slots = new ContentSlots(contents, time);
  const lost: number[] = [];
  const user = (n: number) => ({ movedAt: time.monotonic(), displaced: () => void lost.push(n) });
  for (let n = 0; n < 24; n++) slots.take(user(n));
  assert.throws(() => slots.take(user(24)), StorageError);
  time.advance(31_000);
  slots.take(user(25));
  assert.deepEqual(lost, [0]);
  assert.equal(slots.size, 24);
});

Deno.test("the session ends: what is complete is still kept, then the conversation is closed; what is not goes", async () => {
  const world = await recorded();
  const { conversation, contents, tap, slots, a, settle } = world;
  contents.slow = true;
  chunk(world, a, "half1", octetsOf(20_000), { range: "1-20000/40000", flag: "+" });
  const tid = chunk(world, a, "whole", octetsOf(20_000));
  await settle(40);
  tap.close();
  assert.equal(conversation.closed, false);
  assert.deepEqual(contents.writers.map(({ abandoned }) => abandoned), [true, false]);
  contents.drain();
  await settle();
  assert.deepEqual(conversation.kept.map(({ message }) => message.messageId), ["whole"]);
  assert.equal(conversation.closed, true);
  assert.equal(a.response(tid)?.status, 200);
  assert.equal(slots.size, 0);
});

Deno.test("a tap that comes in the middle of a message does not take its rest for a message", async () => {
  const world = await recorded();
  const { conversation, tap, bridged, a, settle } = world;
  bridged.bridge.watch(null);
  chunk(world, a, "m1aa", "hel", { range: "1-3/5", flag: "+" });
  await settle();
  bridged.bridge.watch(tap);
  chunk(world, a, "m1aa", "lo", { range: "4-5/5" });
  chunk(world, a, "m2aa", "next");
  await settle();
  assert.deepEqual(conversation.texts, ["next"]);
});
