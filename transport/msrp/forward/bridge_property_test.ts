import fc from "fast-check";
import assert from "node:assert/strict";
import { concatBytes } from "../../../foundation/mod.ts";
import { A_URI, B_URI, Bridged } from "./testing/bridged.ts";
import type { WirePeer } from "./testing/wire_peer.ts";

const MIB = 1_048_576;

/** Octets that tell where they stand, with things in them that look like ends and heads. */
function pattern(length: number, seed: number): Uint8Array {
  const octets = new Uint8Array(length);
  for (let i = 0, x = seed + 1; i < length; i++) {
    x = (x * 1_103_515_245 + 12_345) & 0x7fffffff;
    octets[i] = (x >> 16) % 7 === 0 ? 45 : (x >> 16) & 255;
  }
  return octets;
}

interface Message {
  readonly id: string;
  readonly octets: Uint8Array;
  at: number;
}

/** Writes the next chunk of a message. */
function sendChunk(peer: WirePeer, to: string, from: string, message: Message, size: number, total: boolean): void {
  const { id, octets, at } = message;
  const end = Math.min(octets.length, at + size);
  const range = `Byte-Range: ${at + 1}-*/${total ? octets.length : "*"}`;
  const flag = end === octets.length ? "$" : "+";
  peer.send({ to, from, headers: [`Message-ID: ${id}`, range], body: octets.subarray(at, end), flag });
  message.at = end;
}

/** What came of a message, put together by its ranges; every octet must come once. */
function assembled(peer: WirePeer, id: string): Uint8Array {
  const parts = peer.seen.filter(({ request }) => request.messageId === id);
  let next = 1;
  for (const { request, body } of parts) {
    assert.equal(request.start, next, "chunks meet");
    next += body.length;
  }
  assert.equal(parts.at(-1)?.continuation, "$");
  return concatBytes(parts.map(({ body }) => body));
}

Deno.test("1 MiB in any chunks, any messages at once, both ways, any split of octets: all arrive whole", async () => {
  const runs = fc.record({
    chunks: fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 12 }),
    order: fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
    piece: fc.integer({ min: 100, max: 32_768 }),
    total: fc.boolean(),
    seed: fc.nat(1000),
  });
  await fc.assert(
    fc.asyncProperty(runs, async ({ chunks, order, piece, total, seed }) => {
      const bridged = new Bridged();
      const [a, b] = await bridged.joined({ piece });
      const messages = [0, 1, 2, 3].map((i): Message => ({
        id: `msg${i}`,
        octets: pattern(i === 0 ? MIB : 20_000 * i, seed + i),
        at: 0,
      }));
      // The first two from A, the others from B.
      for (let turn = 0; messages.some(({ at, octets }) => at < octets.length); turn++) {
        const open = messages.filter(({ at, octets }) => at < octets.length);
        const message = open[order[turn % order.length] % open.length];
        const size = chunks[turn % chunks.length] + 20_000;
        const fromA = message.id < "msg2";
        if (fromA) sendChunk(a, bridged.uriA, A_URI, message, size, total);
        else sendChunk(b, bridged.uriB, B_URI, message, size, total);
      }
      for (let i = 0; i < 400 && (a.unsent > 0 || b.unsent > 0); i++) await bridged.world.settle(1);
      await bridged.world.settle(20);
      for (const { id, octets } of messages) {
        assert.deepEqual(assembled(id < "msg2" ? b : a, id), octets, id);
      }
      assert.ok([...a.responses, ...b.responses].every(({ status }) => status === 200));
      assert.equal(a.reports().length + b.reports().length, 0);
      bridged.bridge.close("done");
    }),
    { numRuns: 12 },
  );
});

Deno.test("a reader that stops holds its sender: at most 64 KiB are in the box, and nothing is lost", async () => {
  const bridged = new Bridged();
  const [a, b] = await bridged.joined();
  const message: Message = { id: "slow1", octets: pattern(MIB, 7), at: 0 };
  b.duplex.pause();
  const before = b.octetsRead;
  sendChunk(a, bridged.uriA, A_URI, message, MIB, true);
  await bridged.world.settle(30);
  assert.equal(b.octetsRead, before);
  const leg = bridged.bridge.b.connection!;
  assert.ok(leg.full, "there is more than goes out");
  assert.ok(leg.queued <= 65_536 + 1024, `${leg.queued} octets are queued`);
  assert.ok(a.unsent > 0);
  b.duplex.resume();
  await bridged.world.settle(80);
  assert.deepEqual(assembled(b, "slow1"), message.octets);
});

Deno.test("a slow reader of many whole messages holds the sender as well", async () => {
  const bridged = new Bridged();
  const [a, b] = await bridged.joined();
  b.duplex.pause();
  for (let i = 0; i < 200; i++) {
    const message = { id: `many${i}`, octets: pattern(2000, i), at: 0 };
    sendChunk(a, bridged.uriA, A_URI, message, 2000, true);
  }
  await bridged.world.settle(30);
  assert.ok(bridged.bridge.b.connection!.queued <= 65_536 + 8192);
  assert.ok(a.unsent > 100_000);
  b.duplex.resume();
  await bridged.world.settle(80);
  assert.equal(b.seen.filter(({ request }) => request.messageId.startsWith("many")).length, 200);
});

Deno.test("the receiver is cut at any octet: every message was delivered or is reported, none vanishes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 1, max: 4000 }), async (cut, size) => {
      const bridged = new Bridged();
      const [a, b] = await bridged.joined({ piece: 512 });
      const read = b.onOctets.bind(b);
      let left = cut;
      b.onOctets = (octets) => {
        read(octets.subarray(0, Math.min(left, octets.length)));
        left -= octets.length;
        if (left <= 0) b.duplex.destroy();
      };
      const sent = new Map<string, string>();
      for (let i = 0; i < 20; i++) {
        const tid = a.send({
          to: bridged.uriA,
          from: A_URI,
          headers: [`Message-ID: cut${i}`, `Byte-Range: 1-*/${size}`],
          body: pattern(size, i),
        });
        sent.set(`cut${i}`, tid);
        if (i % 5 === 0) await bridged.world.settle(1);
      }
      await bridged.world.settle(20);
      for (const [id, tid] of sent) {
        const status = a.response(tid)?.status;
        const delivered = b.seen.some(({ request }) => request.messageId === id);
        const reported = a.reports(id).length;
        assert.notEqual(status, undefined, `${id} is answered`);
        assert.ok(status !== 200 || delivered || reported > 0, `${id} vanished`);
        assert.ok(reported <= 1, `${id} is reported once`);
      }
    }),
    { numRuns: 40 },
  );
});
