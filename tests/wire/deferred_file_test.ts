/**
 * A file for somebody who is not there, and a box that is killed: while it takes the file, and again while it delivers it. What was
 * acknowledged arrives whole; else its sender was told. Small in a usual run; `PARLEY_FULL=1`: 100 MB, 50 rounds.
 */
import { equal, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import type { BlockReader } from "../../transport/msrp/mod.ts";
import type { FileSource } from "../../client/mod.ts";
import { Random } from "../fuzz/mutations.ts";
import { HashSink } from "../support/hash_sink.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, users } from "../support/parley.ts";

const FULL = Deno.env.get("PARLEY_FULL") === "1";
const SIZE = FULL ? 100_000_000 : 6_000_000;
const ROUNDS = FULL ? 50 : 3;
const PATIENCE_MS = FULL ? 120_000 : 30_000;
/** What resident memory may be above what it was at rest. */
const GROWTH = 32 * 1_048_576;
const SEED = Number(Deno.env.get("PARLEY_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const BLOCK = 65_536;

/** A file that is never in memory: a block of random octets over and over, each with its number. */
class LongFile implements FileSource {
  readonly type = "application/octet-stream";
  readonly name: string;
  readonly size: number;
  readonly sha1: Uint8Array;
  readonly #block: Uint8Array;

  constructor(name: string, size: number, random: Random) {
    this.name = name;
    this.size = size;
    this.#block = Uint8Array.from({ length: BLOCK }, () => random.below(256));
    const hash = createHash("sha1");
    for (let at = 0; at < size; at += BLOCK) hash.update(this.#at(at));
    this.sha1 = new Uint8Array(hash.digest());
  }

  open(from: number): BlockReader {
    let at = from;
    return {
      read: () => {
        if (at >= this.size) return Promise.resolve(null);
        const start = at - at % BLOCK;
        const piece = this.#at(start).slice(at - start);
        at = start + BLOCK;
        return Promise.resolve(piece);
      },
    };
  }

  #at(start: number): Uint8Array {
    new DataView(this.#block.buffer).setUint32(0, start);
    return this.#block.subarray(0, Math.min(BLOCK, this.size - start));
  }
}

/** Watches the resident memory of one life of the box. */
class MemoryWatch {
  most = 0;
  readonly #parley: ParleyProcess;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(parley: ParleyProcess) {
    this.#parley = parley;
    this.#timer = setInterval(() => this.#look(), 20);
  }
  #look(): void {
    try {
      this.most = Math.max(this.most, this.#parley.rss());
    } catch (error) {
      // It has just been killed.
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
    }
  }
  stop(): number {
    clearInterval(this.#timer);
    return this.most;
  }
}

const CONFIG = "[session]\nmax_content = 1000000000\n[deferred]\nquota_bytes = 1000000000\n";

/** Octets at rest, once a small file has gone through what a large one goes through. */
async function restingMemory(parley: ParleyProcess, random: Random): Promise<number> {
  const small = new LongFile("small.bin", 1_000_000, random);
  await upload(parley, small);
  await delivery(parley, small);
  return parley.rss();
}

/** Alice sends it while bob is not there; milliseconds until she was told that it is safe. */
async function upload(parley: ParleyProcess, file: LongFile): Promise<number> {
  const alice = await ImDevice.open(parley, "alice");
  const start = performance.now();
  const transfer = alice.client.sendFile(`sip:bob@${parley.domain}`, file);
  ok(transfer !== null);
  await alice.until(() => transfer.state === "done" || transfer.state === "failed", file.name, PATIENCE_MS);
  equal(transfer.state, "done", `${file.name}: ${alice.notes.ended.at(-1)?.reason?.text}`);
  const took = performance.now() - start;
  await alice.close();
  return took;
}

/** The same, and the box is killed after so long. True: it was acknowledged before. */
async function killedUpload(parley: ParleyProcess, file: LongFile, after_ms: number): Promise<boolean> {
  const alice = await ImDevice.open(parley, "alice");
  const transfer = alice.client.sendFile(`sip:bob@${parley.domain}`, file);
  ok(transfer !== null);
  await new Promise((resolve) => setTimeout(resolve, after_ms));
  const acknowledged = transfer.state === "done";
  await parley.kill();
  // Whoever is cut off is told so; that it is not done is what counts, for it may have been done in the same moment.
  if (!acknowledged) {
    const settled = () => transfer.state !== "moving" && transfer.state !== "offered";
    await alice.until(settled, `the sender of ${file.name} to notice`, PATIENCE_MS);
  }
  await alice.vanish();
  return transfer.state === "done";
}

/** Bob, who takes every file; `sinks` are those he has been offered. */
async function openBob(parley: ParleyProcess): Promise<{ bob: ImDevice; sinks: HashSink[] }> {
  const sinks: HashSink[] = [];
  const bob = await ImDevice.open(parley, "bob", { register: false });
  bob.notes.offered = (offered) => {
    const sink = new HashSink();
    sinks.push(sink);
    offered.accept(sink);
  };
  bob.client.start();
  return { bob, sinks };
}

/** Bob comes and takes the file; milliseconds until he has it, its hash compared by his client with that in the offer. */
async function delivery(parley: ParleyProcess, file: LongFile): Promise<number> {
  const start = performance.now();
  const { bob, sinks } = await openBob(parley);
  const has = () => sinks.some((sink) => sink.kept && sink.received === file.size);
  await bob.until(has, `the whole of ${file.name}`, PATIENCE_MS);
  const took = performance.now() - start;
  await bob.until(() => bob.notes.ended.length >= sinks.length, "the end of the transfers", PATIENCE_MS);
  equal(bob.notes.ended.find(({ reason }) => reason !== null)?.reason?.text, undefined);
  equal(bob.notes.offers.at(-1)!.file.selector.name, file.name);
  await bob.until(() => bob.client.sessions === 0, "the end of the session", PATIENCE_MS);
  await bob.close();
  return took;
}

/** Bob comes, and the box is killed after so long. True: he had it before. */
async function killedDelivery(parley: ParleyProcess, file: LongFile, after_ms: number): Promise<boolean> {
  const { bob, sinks } = await openBob(parley);
  await new Promise((resolve) => setTimeout(resolve, after_ms));
  await parley.kill();
  await bob.vanish();
  return sinks.some((sink) => sink.kept && sink.received === file.size);
}

Deno.test({
  name: "a file for somebody absent arrives whole though the box is killed twice, or its sender is told [SND-3]",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    console.log(`seed ${SEED}`);
    const random = new Random(SEED);
    const parley = await ParleyProcess.start({ users: users("alice", "bob"), config: CONFIG });
    let [told, cut, early] = [0, 0, 0];
    let worst = 0;
    const watched = async <T>(idle: number, work: Promise<T>): Promise<T> => {
      const watch = new MemoryWatch(parley);
      try {
        return await work;
      } finally {
        worst = Math.max(worst, watch.stop() - idle);
      }
    };
    try {
      let idle = await restingMemory(parley, random);
      // How long it takes undisturbed, so that the kills fall within.
      const first = new LongFile("first.bin", SIZE, random);
      const upload_ms = await watched(idle, upload(parley, first));
      const delivery_ms = await watched(idle, delivery(parley, first));
      for (let round = 0; round < ROUNDS; round++) {
        const file = new LongFile(`round ${round}.bin`, SIZE, random);
        const acknowledged = await watched(idle, killedUpload(parley, file, random.below(upload_ms * 1.2)));
        await parley.run();
        if (!acknowledged) {
          told++;
          idle = await restingMemory(parley, random);
          await watched(idle, upload(parley, file));
        }
        const had = await watched(idle, killedDelivery(parley, file, random.below(delivery_ms * 1.2)));
        await parley.run();
        if (had) early++;
        else {
          cut++;
          const waiting = parley.rss();
          await watched(Math.max(idle, waiting), delivery(parley, file));
        }
        idle = await restingMemory(parley, random);
      }
    } finally {
      await parley[Symbol.asyncDispose]();
    }
    console.log(
      `${ROUNDS} rounds of ${SIZE / 1_000_000} MB: ${told} senders cut off and told, ${
        ROUNDS - told
      } acknowledged before the kill; ` +
        `${cut} deliveries cut off and made again, ${early} over before the kill; every acknowledged file came with its hash; ` +
        `resident memory ${(worst / 1_048_576).toFixed(1)} MB above rest at most`,
    );
    ok(worst < GROWTH, `resident memory was ${worst} octets above rest`);
  },
});
