import assert from "node:assert/strict";
import { toLatin1 } from "../../../foundation/mod.ts";
import { NO_RULES } from "./forward_rules.ts";
import { HeldAnswer } from "./held_answer.ts";
import { A_URI, B_URI, Bridged, passivePeer } from "./testing/bridged.ts";
import { HoldingTap } from "./testing/holding_tap.ts";
import type { WirePeer } from "./testing/wire_peer.ts";

function say(peer: WirePeer, to: string, id: string, body: string | Uint8Array, more: string[] = []): string {
  return peer.send({ to, from: A_URI, headers: [`Message-ID: ${id}`, ...more], body });
}

function reportOn(b: WirePeer, bridged: Bridged, id: string, status = 200): void {
  const headers = [`Message-ID: ${id}`, "Byte-Range: 1-5/5", `Status: 000 ${status} x`];
  b.send({ method: "REPORT", to: bridged.uriB, from: B_URI, headers });
}

async function held(tap = new HoldingTap(), keeps = false) {
  const bridged = new Bridged(undefined, passivePeer(B_URI, { keeps }), tap);
  const [a, b] = await bridged.joined();
  return { bridged, tap, a, b };
}

Deno.test("a message goes on at once, its 200 when the tap says so; answers of later messages do not wait for it", async () => {
  const { bridged, tap, a, b } = await held();
  const first = say(a, bridged.uriA, "m1aa", "hello");
  const second = say(a, bridged.uriA, "m2aa", "again");
  await bridged.world.settle();
  assert.deepEqual(b.seen.map(({ body }) => toLatin1(body)), ["hello", "again"]);
  assert.equal(a.response(first), undefined);
  assert.equal(a.response(second), undefined);
  tap.release("m2aa");
  await bridged.world.settle();
  assert.equal(a.response(second)?.status, 200);
  assert.equal(a.response(first), undefined);
  tap.release("m1aa");
  await bridged.world.settle();
  assert.equal(a.response(first)?.status, 200);
  assert.equal(a.responses.filter(({ tid }) => tid === first).length, 1);
});

Deno.test("REPORTs about a message wait with its answer, others do not", async () => {
  const { bridged, tap, a, b } = await held();
  const tid = say(a, bridged.uriA, "m1aa", "hello", ["Success-Report: yes", "Byte-Range: 1-5/5"]);
  await bridged.world.settle();
  reportOn(b, bridged, "m1aa");
  reportOn(b, bridged, "m0aa");
  await bridged.world.settle();
  assert.deepEqual(a.reports().map(({ messageId }) => messageId), ["m0aa"]);
  assert.equal(a.response(tid), undefined);
  tap.release("m1aa");
  await bridged.world.settle();
  assert.equal(a.response(tid)?.status, 200);
  const [report] = a.reports("m1aa");
  assert.deepEqual([report.status, report.start, report.end, report.total], [200, 1, 5, 5]);
  assert.deepEqual([report.toPath, report.fromPath], [A_URI, bridged.uriA]);
});

Deno.test("a refusal by the next hop is reported behind the 200 that was held", async () => {
  const { bridged, tap, a, b } = await held();
  b.answer = 415;
  const tid = say(a, bridged.uriA, "m1aa", "hello");
  await bridged.world.settle();
  assert.equal(a.reports("m1aa").length, 0);
  tap.release("m1aa");
  await bridged.world.settle();
  assert.equal(a.response(tid)?.status, 200);
  assert.equal(a.reports("m1aa")[0].status, 415);
});

Deno.test("REPORTs that wait are bounded: what is more goes on at once", async () => {
  const { bridged, a, b } = await held();
  say(a, bridged.uriA, "m1aa", "hello");
  await bridged.world.settle();
  for (let i = 0; i < 40; i++) reportOn(b, bridged, "m1aa");
  await bridged.world.settle();
  assert.equal(a.reports("m1aa").length, 8);
});

Deno.test("the sender's connection is gone before the tap is done: nothing is said, and the next one works", async () => {
  const { bridged, tap, a, b } = await held();
  say(a, bridged.uriA, "m1aa", "hello", ["Success-Report: yes", "Byte-Range: 1-5/5"]);
  await bridged.world.settle();
  a.duplex.destroy();
  await bridged.world.settle();
  bridged.bridge.a.update(passivePeer(A_URI));
  const again = bridged.connectA();
  await bridged.world.settle();
  const before = again.responses.length;
  reportOn(b, bridged, "m1aa");
  tap.release("m1aa");
  await bridged.world.settle();
  assert.equal(again.responses.length, before, "no answer for a request of another connection");
  assert.equal(again.reports("m1aa").length, 1, "the report comes, wherever its sender is now");
});

Deno.test("a chunk that is given up has its own answer, and none is held", async () => {
  const { bridged, tap, a, b } = await held();
  bridged.bridge.b.update(passivePeer(B_URI, { accepts: { ...NO_RULES, maxSize: 100_000 } }));
  const tid = "tlong1";
  const size = 120_000;
  a.write(
    `MSRP ${tid} SEND\r\nTo-Path: ${bridged.uriA}\r\nFrom-Path: ${A_URI}\r\nMessage-ID: long1\r\nByte-Range: 1-*/*\r\n` +
      `Content-Type: text/plain\r\n\r\n${"x".repeat(size)}\r\n-------${tid}$\r\n`,
  );
  await bridged.world.settle(40);
  assert.equal(a.response(tid)?.status, 413);
  assert.equal(tap.held.size, 0);
  assert.equal(tap.log.at(-1), "a long1 #");
  assert.equal(b.seen.at(-1)?.continuation, "#");
});

Deno.test("of a message in chunks only the answer to the last one is held, also where it comes in pieces", async () => {
  const { bridged, tap, a } = await held();
  const tids = [1, 101, 201].map((start) =>
    a.send({
      to: bridged.uriA,
      from: A_URI,
      headers: ["Message-ID: long1", `Byte-Range: ${start}-${start + 99}/300`],
      body: "x".repeat(100),
      flag: start === 201 ? "$" : "+",
    })
  );
  await bridged.world.settle();
  assert.deepEqual(tids.map((tid) => a.response(tid)?.status), [200, 200, undefined]);
  tap.release("long1");
  const tid = say(a, bridged.uriA, "m2aa", new Uint8Array(100_000));
  await bridged.world.settle(40);
  assert.equal(a.response(tids[2])?.status, 200);
  assert.equal(a.response(tid), undefined);
  tap.release("m2aa");
  await bridged.world.settle();
  assert.equal(a.response(tid)?.status, 200);
});

Deno.test("a tap that is full holds the source, and lets it go on when it has room", async () => {
  const tap = new HoldingTap();
  tap.most = 4;
  const { bridged, a } = await held(tap);
  for (let i = 0; i < 1000; i++) say(a, bridged.uriA, `m${i}aa`, "x".repeat(1000));
  await bridged.world.settle(40);
  const atOnce = tap.held.size;
  assert.ok(atOnce >= 4 && atOnce <= 80, `${atOnce} wait: no more than one read brings`);
  for (let left = 1000; left > 0;) {
    for (const id of [...tap.held.keys()]) {
      tap.release(id);
      left--;
    }
    await bridged.world.settle(10);
    assert.ok(tap.held.size <= 80);
  }
  assert.equal(a.responses.filter(({ status }) => status === 200).length, 1001, "all, and the binding request");
});

Deno.test("so does one that is full at the end of a message in pieces", async () => {
  const tap = new HoldingTap();
  tap.most = 1;
  const { bridged, a } = await held(tap);
  for (let i = 0; i < 20; i++) say(a, bridged.uriA, `m${i}aa`, new Uint8Array(100_000));
  await bridged.world.settle(100);
  assert.ok(tap.held.size >= 1 && tap.held.size <= 2, `${tap.held.size} wait`);
  assert.ok(a.unsent > 1_500_000, "the rest has not been read");
});

Deno.test("the session ends while an answer is held: it stands until that is given, for a while", async () => {
  const { bridged, tap, a } = await held();
  const tid = say(a, bridged.uriA, "m1aa", "hello");
  await bridged.world.settle();
  bridged.bridge.close("over");
  await bridged.world.pass(1500);
  assert.equal(bridged.over, false);
  tap.release("m1aa");
  await bridged.world.pass(1500);
  assert.equal(a.response(tid)?.status, 200);
  assert.equal(bridged.over, true);

  const never = await held();
  say(never.a, never.bridged.uriA, "m1aa", "hello");
  await never.bridged.world.settle();
  never.bridged.bridge.close("over");
  await never.bridged.world.pass(13_000);
  assert.equal(never.bridged.over, true);
  never.tap.release("m1aa");
});

Deno.test("a tap that comes later sees whole chunks only, and none after it was taken off", async () => {
  const bridged = new Bridged();
  const tap = new HoldingTap();
  const [a] = await bridged.joined();
  const head = `MSRP tlong1 SEND\r\nTo-Path: ${bridged.uriA}\r\nFrom-Path: ${A_URI}\r\nMessage-ID: long1\r\n` +
    "Byte-Range: 1-*/20\r\nContent-Type: text/plain\r\n\r\n";
  a.write(`${head}0123456789`);
  await bridged.world.settle();
  bridged.bridge.watch(tap);
  a.write("abcde\r\n-------tlong1+\r\n");
  await bridged.world.settle();
  assert.deepEqual(tap.log, []);
  assert.equal(a.response("tlong1")?.status, 200);
  a.send({ to: bridged.uriA, from: A_URI, headers: ["Message-ID: long1", "Byte-Range: 16-20/20"], body: "fghij" });
  await bridged.world.settle();
  assert.deepEqual(tap.log, ["a long1 from 16", "a long1 fghij", "a long1 $"]);
  tap.release("long1");
  a.write(head.replace("tlong1", "tlong2").replace("long1", "long2") + "0123456789");
  await bridged.world.settle();
  bridged.bridge.watch(null);
  a.write("abcdefghij\r\n-------tlong2$\r\n");
  say(a, bridged.uriA, "m2aa", "hello");
  await bridged.world.settle();
  assert.deepEqual(tap.log.slice(3), ["a long2 from 1", "a long2 0123456789"]);
  assert.equal(a.response("tlong2")?.status, 200);
});

Deno.test("an answer that is released before it waits is given at once", async () => {
  const tap = new HoldingTap();
  tap.onEnd = () => {
    const held = new HeldAnswer();
    held.release();
    return held;
  };
  const { bridged, a } = await held(tap);
  const tid = say(a, bridged.uriA, "m1aa", "hello");
  await bridged.world.settle();
  assert.equal(a.response(tid)?.status, 200);
});

Deno.test("what a lost receiver had not answered is handed over all the same, and reported behind the answer", async () => {
  const { bridged, tap, a, b } = await held(new HoldingTap(), true);
  b.answer = 0;
  const headers = ["Success-Report: yes", "Byte-Range: 1-5/5"];
  const tid = say(a, bridged.uriA, "m1aa", "hello", headers);
  await bridged.world.settle();
  b.duplex.destroy();
  await bridged.world.settle();
  bridged.bridge.close("gone");
  await bridged.world.pass(3000);
  assert.deepEqual(bridged.store.ids, ["m1aa"]);
  assert.equal(a.reports("m1aa").length, 0);
  tap.release("m1aa");
  await bridged.world.settle();
  assert.equal(a.response(tid)?.status, 200);
  assert.equal(a.reports("m1aa")[0].status, 200);
});
