/** Those who send mutated MSRP to a running box: strangers, and users with a session, in all the ways a stream can be bad. */
import type { MsrpCallers } from "../support/msrp_callers.ts";
import { type MsrpPair, openPair } from "../support/msrp_pair.ts";
import { MsrpPeer, msrpRequest } from "../support/msrp_peer.ts";
import { exampleFrames, goodFrames, MSRP_PIECES, someOf } from "./msrp_corpus.ts";
import { mutate, type Random } from "./mutations.ts";

/** Half-open connections held at once; the oldest is closed when one more comes. */
const HELD = 60;
/** Frames sent over one connection before it is left, where the box has not closed it. */
const FRAMES = 40;
const LOOPS = 8;
const NOBODY = "msrp://127.0.0.1:2855/nobody00000000000000;tcp";

/** True when it is time for one more frame; false when all were sent. */
export type Turn = () => Promise<boolean>;

/** Where the box is. */
export interface Doors {
  readonly tcp: number;
  readonly ws: number;
}

/** What was tried. */
export interface MsrpAttacks {
  connections: number;
  sessions: number;
  halfOpen: number;
  endless: number;
  slow: number;
  /** What the box answered and sent, by status or method. */
  readonly got: Map<string, number>;
}

export function noAttacks(): MsrpAttacks {
  return { connections: 0, sessions: 0, halfOpen: 0, endless: 0, slow: 0, got: new Map() };
}

/** Where an attacker writes: one connection, and what frames to it look like when they are good. */
interface Line {
  readonly peer: MsrpPeer;
  readonly good: readonly Uint8Array[];
  close(): void;
}

/** Attacks until `turn` says that it is over. Rejects when the box sends what is no MSRP. */
export class MsrpAttacker {
  readonly #attacks: MsrpAttacks;
  readonly #random: Random;
  readonly #all: readonly Uint8Array[];
  readonly #held: Line[] = [];
  readonly #trickles = new Set<Promise<void>>();
  readonly #faults: Error[] = [];

  constructor(attacks: MsrpAttacks, random: Random) {
    this.#attacks = attacks;
    this.#random = random;
    this.#all = [...exampleFrames(), ...goodFrames(NOBODY, NOBODY)];
  }

  /** As somebody without a session. */
  async stranger(transport: "tcp" | "ws", doors: Doors, turn: Turn): Promise<void> {
    await this.#attack(turn, async () => {
      const peer = await MsrpPeer.open({ transport, port: doors[transport] });
      return [this.#line(peer, this.#all, () => peer.close())];
    });
  }

  /** As two users with a session: both write, and both answer what comes, rightly or not. */
  async users(
    transport: "tcp" | "ws",
    doors: Doors,
    callers: MsrpCallers,
    names: readonly [string, string],
    turn: Turn,
  ): Promise<void> {
    await this.#attack(turn, async () => {
      const pair = await openPair(callers, doors, names, { a: { transport }, b: {} });
      this.#attacks.sessions++;
      pair.b.answer = pair.a.answer = () => this.#random.pick([200, 200, 200, 400, 413, 481, 600, null]);
      const end = once(() => pair.close());
      return [
        this.#line(pair.a, this.#goodOf(pair.toB, pair.a), end),
        this.#line(pair.b, this.#goodOf(pair.toA, pair.b), end),
      ];
    });
  }

  #goodOf(to: string, peer: MsrpPeer): Uint8Array[] {
    return [...goodFrames(to, peer.uri), ...goodFrames(to, peer.uri), ...this.#all];
  }

  #line(peer: MsrpPeer, good: readonly Uint8Array[], close: () => void): Line {
    this.#attacks.connections++;
    peer.keep = false;
    void peer.closed.then((fault) => {
      if (fault !== null) this.#faults.push(fault);
      for (const [what, count] of peer.counts) {
        this.#attacks.got.set(what, (this.#attacks.got.get(what) ?? 0) + count);
      }
    });
    return { peer, good, close };
  }

  async #attack(turn: Turn, open: () => Promise<readonly Line[]>): Promise<void> {
    let lines: readonly Line[] = [];
    let left = 0;
    const leave = () => {
      for (const line of lines) line.close();
      lines = [];
    };
    while (await turn()) {
      if (this.#faults.length > 0) throw this.#faults[0];
      if (lines.length === 0 || lines.some(({ peer }) => peer.ended) || left-- <= 0) {
        leave();
        lines = await open();
        left = this.#random.below(FRAMES);
      }
      if (await this.#send(this.#random.pick(lines))) lines = [];
    }
    leave();
    await Promise.all(this.#trickles);
    for (const line of this.#held) line.close();
    if (this.#faults.length > 0) throw this.#faults[0];
  }

  /** One mutated frame, or a way to be bad; true when the lines are somebody else's from now on. */
  async #send(line: Line): Promise<boolean> {
    const { peer, good } = line;
    const random = this.#random;
    const octets = mutate(someOf(good, random), this.#all, random, MSRP_PIECES);
    const way = random.below(100);
    if (way < 2) {
      this.#attacks.halfOpen++;
      peer.raw(octets.subarray(0, random.below(octets.length + 1)));
      this.#held.push(line);
      if (this.#held.length > HELD) this.#held.shift()!.close();
      return true;
    }
    if (way < 3) {
      this.#attacks.endless++;
      await writeEndless(peer, octets, random);
    } else if (way < 4 && this.#trickles.size < 10) {
      this.#attacks.slow++;
      const trickle: Promise<void> = writeSlowly(line, octets).finally(() => this.#trickles.delete(trickle));
      this.#trickles.add(trickle);
      return true;
    } else await writeSplit(peer, octets, random);
    return false;
  }
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}

/** In up to five writes, cut anywhere; now and then with a turn between them, so that they come apart. */
async function writeSplit(peer: MsrpPeer, octets: Uint8Array, random: Random): Promise<void> {
  const cuts = Array.from({ length: random.below(5) }, () => random.below(octets.length + 1)).sort((a, b) => a - b);
  let from = 0;
  for (const to of [...cuts, octets.length]) {
    peer.raw(octets.subarray(from, to));
    if (random.below(4) === 0) await pause(1);
    from = to;
  }
  await peer.drained();
}

/** A head that goes on, or a body: until the box has had enough, or 1 MB is there. */
async function writeEndless(peer: MsrpPeer, octets: Uint8Array, random: Random): Promise<void> {
  peer.raw(octets.subarray(0, Math.min(octets.length, 60 + random.below(300))));
  const line = new TextEncoder().encode(`${random.below(2) === 0 ? "\r\nX-More: " : "x"}${"y".repeat(4_000)}`);
  for (let sent = 0; sent < 1_000_000 && !peer.ended; sent += line.length) {
    peer.raw(line);
    await peer.drained();
  }
}

/** An octet at a time, 20 of them, then nothing more. */
async function writeSlowly({ peer, close }: Line, octets: Uint8Array): Promise<void> {
  for (let i = 0; i < Math.min(20, octets.length) && !peer.ended; i++) {
    peer.raw(octets.subarray(i, i + 1));
    await pause(50);
  }
  close();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One who connects, asks, and connects again at once, all the while. */
export class Looper {
  answered = 0;
  over = false;
  readonly #port: number;
  readonly #from: string;

  /** `from`: an address of its own, which the box has no reason to trust. */
  constructor(port: number, from: string) {
    this.#port = port;
    this.#from = from;
  }

  /** Several at a time: one would need seconds to be noticed. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: LOOPS }, () => this.#loop()));
  }

  async #loop(): Promise<void> {
    while (!this.over) {
      const peer = await MsrpPeer.open({ port: this.#port, localAddress: this.#from });
      const answer = Promise.withResolvers<void>();
      peer.onFrame = () => answer.resolve();
      peer.raw(msrpRequest({ to: NOBODY, from: peer.uri, range: "1-0/0" }));
      const waiting = setInterval(() => this.over && answer.resolve(), 100);
      await Promise.race([answer.promise, peer.closed]);
      clearInterval(waiting);
      if (peer.counts.has("481")) this.answered++;
      peer.close();
    }
  }
}

/** Two users who chat: one message after the other, each of which must arrive and be answered. */
export class GoodPair {
  readonly latencies: number[] = [];
  over = false;
  readonly #pair: MsrpPair;

  constructor(pair: MsrpPair) {
    this.#pair = pair;
    pair.a.keep = pair.b.keep = false;
  }

  async run(): Promise<void> {
    const { a, b, toB } = this.#pair;
    for (let n = 0; !this.over; n++) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const late = setTimeout(() => reject(new Error(`good message ${n}: not there after 10 s`)), 10_000);
      const lost = () => reject(new Error(`good message ${n}: a connection of the good users is gone`));
      void a.closed.then(lost);
      void b.closed.then(lost);
      const start = performance.now();
      const text = `good ${n} `.padEnd(200, "x");
      const tid = a.send({ to: toB, body: text });
      let answered = false, arrived = false;
      a.onFrame = (frame) => {
        if (frame.method === "REPORT") reject(new Error(`good message ${n}: ${frame.headers.get("status")}`));
        if (frame.tid !== tid) return;
        if (frame.status !== 200) reject(new Error(`good message ${n}: ${frame.status} ${frame.comment}`));
        answered = true;
        if (arrived) resolve();
      };
      b.onFrame = ({ method, body }) => {
        if (method !== "SEND") return;
        if (new TextDecoder().decode(body) !== text) reject(new Error(`good message ${n} came as another one`));
        arrived = true;
        this.latencies.push(performance.now() - start);
        if (answered) resolve();
      };
      try {
        await promise;
      } finally {
        clearTimeout(late);
      }
      await pause(20);
    }
  }

  close(): void {
    this.#pair.close();
  }
}
