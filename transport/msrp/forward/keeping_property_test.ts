import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { A_URI, B_URI, Bridged, passivePeer } from "./testing/bridged.ts";
import type { WirePeer } from "./testing/wire_peer.ts";

const MESSAGES = 24;

/** From now on it reads so many octets, and breaks then; answers to what came with the last ones go with it. */
function cutAt(peer: WirePeer, octets: number): void {
  const read = peer.onOctets.bind(peer);
  let left = octets;
  peer.onOctets = (octets) => {
    if (left <= 0) return;
    const before = octets.subarray(0, left);
    left -= octets.length;
    read(before);
    if (left <= 0) peer.duplex.destroy();
  };
}

function pattern(size: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) & 0xff);
}

const runs = fc.record({
  cut: fc.integer({ min: 1, max: 60_000 }),
  /** Where the connection that comes after it breaks; null: none comes. */
  second: fc.option(fc.integer({ min: 200, max: 60_000 })),
  size: fc.integer({ min: 1, max: 4000 }),
  chunk: fc.constantFrom(0, 700),
  piece: fc.constantFrom(300, 4096, 32_768),
  status: fc.constantFrom(200, 200, 413),
  successReport: fc.boolean(),
  pause: fc.integer({ min: 1, max: 8 }),
});

Deno.test("the receiver is cut at any octet: each message is delivered, stored once, or reported as failed", async () => {
  const sums = { delivered: 0, stored: 0, failed: 0, twice: 0 };
  await fc.assert(
    fc.asyncProperty(runs, async ({ cut, second, size, chunk, piece, status, successReport, pause }) => {
      const peer = passivePeer(B_URI, { keeps: true });
      const bridged = new Bridged(passivePeer(A_URI), peer);
      bridged.store.status = status;
      const [a, b] = await bridged.joined({ piece });
      cutAt(b, cut);
      let receivers = [b];
      const tids = new Map<string, string[]>();
      const bodies = new Map<string, Uint8Array>();
      const say = (i: number): void => {
        const id = `cut${i}`;
        const body = pattern(i % 7 === 6 ? 17_000 : size, i);
        bodies.set(id, body);
        const step = chunk === 0 ? body.length : chunk;
        for (let at = 0; at < body.length; at += step) {
          const part = body.subarray(at, at + step);
          const tid = a.send({
            to: bridged.uriA,
            from: A_URI,
            headers: [
              `Message-ID: ${id}`,
              `Byte-Range: ${at + 1}-${at + part.length}/${body.length}`,
              `Success-Report: ${successReport ? "yes" : "no"}`,
            ],
            body: part,
            flag: at + step < body.length ? "+" : "$",
          });
          tids.set(id, [...tids.get(id) ?? [], tid]);
        }
      };
      for (let i = 0; i < MESSAGES; i++) {
        say(i);
        if (i % pause === 0) await bridged.world.settle(1);
        if (i === MESSAGES / 2 && second !== null) {
          await bridged.world.settle(12);
          if (b.closed === null) b.duplex.destroy();
          await bridged.world.settle();
          bridged.bridge.b.update(peer);
          const again = bridged.connectB({ piece });
          cutAt(again, second);
          receivers = [b, again];
        }
      }
      await bridged.world.settle(30);
      bridged.bridge.close("the receiver is gone");
      await bridged.world.pass(4000);
      assert.equal(bridged.over, true);
      assert.equal(bridged.box.size, 0);

      assert.equal(new Set(bridged.store.ids).size, bridged.store.ids.length, "nothing is stored twice");
      for (const [id, body] of bodies) {
        const answers = tids.get(id)!.map((tid) => a.response(tid)?.status);
        // What was not even read has no answer, and goes with the connection.
        assert.ok(a.closed !== null || answers.every((status) => status !== undefined), `${id} is answered`);
        const refused = answers.some((status) => status !== 200);
        const times = receivers.filter((receiver) => Buffer.compare(receiver.message(id), body) === 0).length;
        const kept = bridged.store.messages.find(({ messageId }) => messageId === id);
        if (kept !== undefined) assert.deepEqual(kept.body, body, `${id} is stored as it was sent`);
        const stored = kept !== undefined && status === 200;
        const failures = a.reports(id).filter((report) => report.status !== 200).length;
        const known = a.reports(id).filter((report) => report.status === 200).length;
        assert.ok(failures <= 1, `${id} is reported once`);
        assert.ok(!(stored && failures > 0), `${id} is stored and reported as failed`);
        assert.ok(times > 0 || stored || failures > 0 || refused, `${id} vanished`);
        assert.ok(known === 0 || times > 0 || stored, `${id} is reported as delivered and was not`);
        if (stored) assert.equal(known, successReport ? 1 : 0, `${id} is safe, and its sender is told where it asked`);
        if (times > 0) sums.delivered++;
        if (times > 1 || (times > 0 && stored)) sums.twice++;
        if (stored) sums.stored++;
        if (failures > 0 || refused) sums.failed++;
      }
    }),
    { numRuns: 30 },
  );
  // Each way was taken.
  for (const [what, sum] of Object.entries(sums)) assert.ok(sum > 0, `none ${what}`);
});
