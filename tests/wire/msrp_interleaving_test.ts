/** Any messages, chunks, interleaving and splits of octets through a box that runs as it is shipped: the same messages arrive. */
import { equal } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { ParleyProcess, users } from "../support/parley.ts";
import { MsrpCallers, TRUSTING } from "../support/msrp_callers.ts";
import { type MsrpPair, openPair } from "../support/msrp_pair.ts";
import { freshId, type MsrpPeer, msrpRequest } from "../support/msrp_peer.ts";

let parley: ParleyProcess;
let callers: MsrpCallers;
let pair: MsrpPair;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users("alice", "bob"), config: TRUSTING });
  callers = await MsrpCallers.open(parley, ["alice", "bob"]);
  pair = await openPair(callers, { tcp: parley.msrpPort }, ["alice", "bob"]);
});
Deno.test.afterAll(async () => {
  pair.close();
  await callers.close();
  await parley[Symbol.asyncDispose]();
});

/** A message under way from one side. */
interface Message {
  readonly id: string;
  readonly octets: Uint8Array;
  at: number;
}

/** Octets with much in them that looks like an end-line or a head. */
function tricky(length: number, seed: number): Uint8Array {
  const pieces = ["\r\n-------", "-------", "\r\n", "MSRP ", "$\r\n", "\0", "\xff"];
  let text = "";
  for (let i = seed; text.length < length; i = (i * 1_103_515_245 + 12_345) >>> 0) {
    text += pieces[(i >>> 8) % pieces.length] + String.fromCharCode((i >>> 16) & 255);
  }
  return Buffer.from(text.slice(0, length), "latin1");
}

/** All chunks of the messages, taken from them by turns, as one stream of octets. */
function stream(
  peer: MsrpPeer,
  to: string,
  messages: readonly Message[],
  { chunks, order, openEnd }: { chunks: readonly number[]; order: readonly number[]; openEnd: boolean },
): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let turn = 0;; turn++) {
    const open = messages.filter(({ at, octets }) => at < octets.length);
    if (open.length === 0) return Buffer.concat(frames);
    const message = open[order[turn % order.length] % open.length];
    const { id, octets, at } = message;
    const end = Math.min(octets.length, at + chunks[turn % chunks.length]);
    frames.push(msrpRequest({
      to,
      from: peer.uri,
      messageId: id,
      range: `${at + 1}-${openEnd ? "*" : end}/${openEnd && end < octets.length ? "*" : octets.length}`,
      type: "application/octet-stream",
      body: octets.subarray(at, end),
      flag: end === octets.length ? "$" : "+",
    }));
    message.at = end;
  }
}

/** Writes the octets, split as `cuts` say; after each the other side may write. */
async function write(peer: MsrpPeer, octets: Uint8Array, cuts: readonly number[]): Promise<void> {
  for (let at = 0, turn = 0; at < octets.length; turn++) {
    const end = Math.min(octets.length, at + cuts[turn % cuts.length]);
    peer.raw(octets.subarray(at, end));
    await peer.drained();
    // So that what is written apart is read apart.
    if (turn < 60) await new Promise((resolve) => setImmediate(resolve));
    at = end;
  }
}

/** Resolves when the messages are there as a whole; puts together what came of each by its ranges. */
function collected(peer: MsrpPeer, messages: readonly Message[]): Promise<Map<string, Uint8Array>> {
  const left = new Set(messages.map(({ id }) => id));
  const parts = new Map<string, Uint8Array[]>();
  const { promise, resolve, reject } = Promise.withResolvers<Map<string, Uint8Array>>();
  const timer = setTimeout(() => reject(new Error(`not within 20 s: ${[...left]}`)), 20_000);
  const whole = () => {
    clearTimeout(timer);
    resolve(new Map([...parts].map(([id, pieces]) => [id, Buffer.concat(pieces)])));
  };
  peer.onFrame = ({ method, headers, body, flag }) => {
    if (method === "REPORT") reject(new Error(`a report: ${headers.get("status")}`));
    if (method !== "SEND") return;
    const id = headers.get("message-id")!;
    const pieces = parts.get(id) ?? [];
    parts.set(id, pieces);
    const start = Number(/^(\d+)-/.exec(headers.get("byte-range")!)![1]);
    const before = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (start !== before + 1) reject(new Error(`${id}: a chunk begins at ${start}, ${before} octets are there`));
    pieces.push(body);
    if (flag === "$" && left.delete(id) && left.size === 0) whole();
  };
  if (left.size === 0) whole();
  return promise;
}

const messages = fc.array(fc.record({ size: fc.integer({ min: 1, max: 40_000 }), seed: fc.nat() }), { maxLength: 6 });

Deno.test({
  name: "any interleaving and chunking of N messages, both ways at once, at any split, arrives as the N messages",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const runs = fc.record({
      fromA: messages,
      fromB: messages,
      chunks: fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 8 }),
      order: fc.array(fc.nat(5), { minLength: 1, maxLength: 12 }),
      cuts: fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 8 }),
      openEnd: fc.boolean(),
    });
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(runs, async ({ fromA, fromB, chunks: sizes, order, cuts, openEnd }) => {
        const made = (list: typeof fromA) =>
          list.map(({ size, seed }): Message => ({ id: freshId(), octets: tricky(size, seed), at: 0 }));
        const [outA, outB] = [made(fromA), made(fromB)];
        // No thousand chunks of an octet each.
        const most = Math.max(0, ...[...outA, ...outB].map(({ octets }) => octets.length));
        const chunks = sizes.map((size) => Math.max(size, most >> 6));
        const [a, b] = [pair.a, pair.b];
        for (const peer of [a, b]) peer.keep = false;
        const arrived = Promise.all([collected(b, outA), collected(a, outB)]);
        const streamA = stream(a, pair.toB, outA, { chunks, order, openEnd });
        const streamB = stream(b, pair.toA, outB, { chunks, order, openEnd });
        await Promise.all([write(a, streamA, cuts), write(b, streamB, cuts), arrived]);
        const [atB, atA] = await arrived;
        for (const [there, out] of [[atB, outA], [atA, outB]] as const) {
          equal(there.size, out.length);
          for (const { id, octets } of out) equal(Buffer.compare(there.get(id)!, octets), 0, id);
        }
        sent += outA.length + outB.length;
        for (const peer of [a, b]) equal([...peer.counts.keys()].filter((key) => /^[3-6]/.test(key)).join(), "");
      }),
      { numRuns: Deno.env.get("PARLEY_FULL") === "1" ? 400 : 40 },
    );
    console.log(`${sent} messages`);
  },
});
