/**
 * A large file while others chat, and receivers whose connections break, through a box as it is shipped. Small in a usual run;
 * `PARLEY_FULL=1`: 100 MB, 100 sessions, 200 rounds.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  type BodySource,
  type IncomingMessage,
  type OutgoingMessage,
  type SessionUser,
} from "../../transport/msrp/mod.ts";
import { Random } from "../fuzz/mutations.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { MsrpCallers, TRUSTING } from "../support/msrp_callers.ts";
import { LaterInbox } from "../support/later_inbox.ts";
import { Outbox } from "../support/message_fates.ts";
import { type JoinedEnds, MsrpEnds } from "../support/msrp_ends.ts";
import { within } from "../support/within.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const FULL = Deno.env.get("PARLEY_FULL") === "1";
const MB = 1_000_000;
const FILE = FULL ? 100 * MB : 20 * MB;
const CHATS = FULL ? 100 : 30;
const ROUNDS = FULL ? 200 : 40;
/** Rounds beside these in which the receiver does not hang up. */
const SILENT = FULL ? 20 : 3;
/** How long a sender may have to wait until it knows; where the receiver may yet come back, the box waits 15 s for him. */
const SETTLED_MS = 10_000;
const SILENT_MS = 25_000;
/** A file of 100 MB takes some seconds; one that does not come is told before the whole run is cut off. */
const FILE_MS = FULL ? 300_000 : 90_000;
/** For what takes a round trip or two. */
const SOON_MS = 20_000;
/** What resident memory may grow by while the file passes. */
const GROWTH = 32 * 1024 * 1024;
/** Between two messages of one chat. */
const PAUSE_MS = 250;
const SEED = Number(Deno.env.get("PARLEY_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]);

let parley: ParleyProcess;
let callers: MsrpCallers;
let ends: MsrpEnds;
/** What the box stored where a connection broke: small messages for its receiver. */
let later: LaterInbox;
/** What takes its 15 s, beside all the others. */
let silent: Promise<unknown>;

Deno.test.beforeAll(async () => {
  const names = Array.from({ length: CHATS }, (_, i) => [`a${i}`, `b${i}`]).flat();
  names.push("alice", "bob", ...Array.from({ length: SILENT }, (_, i) => [`c${i}`, `d${i}`]).flat());
  parley = await ParleyProcess.start({
    users: users(...names),
    config: `${TRUSTING}[session]\nmax_content = 1000000000\n`,
  });
  callers = await MsrpCallers.open(parley, names);
  ends = new MsrpEnds(callers);
  later = new LaterInbox(callers, ends);
  const quiet = (i: number) => round(new Random(SEED + ROUNDS + i), `c${i}`, `d${i}`, true);
  silent = Promise.all(Array.from({ length: SILENT }, (_, i) => quiet(i)));
  // Whoever looks at it later sees it fail; until then nobody does.
  silent.catch(() => {});
});
Deno.test.afterAll(async () => {
  const text = await parley.metrics();
  await ends.close();
  await callers.close();
  await parley[Symbol.asyncDispose]();
  equal(/^msrp_garbage_total\{why="fault"\} (\d+)/m.exec(text)?.[1], "0");
  equal(/^\S+ error .*$/m.exec(parley.output)?.[0], undefined);
});

const IDLE: SessionUser = { onMessage: () => 200, onClosed() {} };

/** Octets of a file that nobody has: a block of random ones, over and over, with its number. */
class FileOctets implements BodySource {
  readonly size: number;
  readonly hash = createHash("sha256");
  readonly #block: Uint8Array;
  #at = 0;

  constructor(size: number, random: Random) {
    this.size = size;
    this.#block = Uint8Array.from({ length: 65_536 }, () => random.below(256));
  }

  pull(most: number): Uint8Array | null {
    const length = Math.min(most, this.size - this.#at, this.#block.length);
    if (length === 0) return null;
    new DataView(this.#block.buffer).setUint32(0, this.#at);
    const piece = this.#block.subarray(0, length);
    this.hash.update(piece);
    this.#at += length;
    return piece;
  }
}

/** One session whose inviter says something again and again; how long each message took to arrive. */
class Chat {
  readonly latencies: number[] = [];
  over = false;
  readonly #ends: JoinedEnds;
  readonly #arrivals: (() => void)[];

  constructor(joined: JoinedEnds, arrivals: (() => void)[]) {
    this.#ends = joined;
    this.#arrivals = arrivals;
  }

  static async open(number: number): Promise<Chat> {
    const arrivals: (() => void)[] = [];
    const receiver: SessionUser = {
      onMessage: () => {
        arrivals.shift()!();
        return 200;
      },
      onClosed() {},
    };
    return new Chat(await ends.join(`a${number}`, `b${number}`, { user: IDLE }, { user: receiver }), arrivals);
  }

  async run(random: Random): Promise<void> {
    const body = new Uint8Array(200).fill(0x61);
    await pause(random.below(PAUSE_MS));
    while (!this.over) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#arrivals.push(resolve);
      const start = performance.now();
      ok(this.#ends.a.send({ contentType: "text/plain", body }) !== null);
      await within(promise, "a chat message", SOON_MS);
      this.latencies.push(performance.now() - start);
      await pause(PAUSE_MS);
    }
  }

  end(): void {
    this.#ends.call.inviter.hangUp();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function figures(latencies: readonly number[]): string {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)].toFixed(1);
  return `${sorted.length} messages, median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`;
}

/** Takes a file, block by block. */
class FileReceiver implements SessionUser {
  readonly hash = createHash("sha256");
  readonly done = Promise.withResolvers<number>();

  onMessage(message: IncomingMessage): number {
    this.hash.update(message.body);
    this.done.resolve(message.body.length);
    return 200;
  }
  onStream() {
    let next = 0;
    return {
      write: (octets: Uint8Array, offset: number) => {
        equal(offset, next, "octets in order");
        next += octets.length;
        this.hash.update(octets);
      },
      end: (size: number) => {
        this.done.resolve(size);
        return 200;
      },
      abort: (reason: string) => this.done.reject(new Error(`the file was given up: ${reason}`)),
    };
  }
  onClosed(reason: string): void {
    this.done.reject(new Error(`the session is over: ${reason}`));
  }
}

Deno.test(
  `a file of ${FILE / MB} MB passes while ${CHATS} other sessions chat: whole, in little memory`,
  options,
  async () => {
    console.log(`seed ${SEED}`);
    const random = new Random(SEED);
    const chats: Chat[] = [];
    for (let i = 0; i < CHATS; i++) chats.push(await Chat.open(i));
    const chatting = Promise.all(chats.map((chat) => chat.run(random)));
    const counted = async (least_ms: number, work: () => Promise<unknown>): Promise<number[]> => {
      const before = chats.map(({ latencies }) => latencies.length);
      await Promise.all([Promise.race([work(), chatting]), pause(least_ms)]);
      return chats.flatMap(({ latencies }, i) => latencies.slice(before[i]));
    };
    // What chats need settles; a small file shows the box how large ones go.
    await counted(1_000, () => sendFile(new FileOctets(2 * MB, random)));
    const alone = await counted(FULL ? 5_000 : 2_000, () => Promise.resolve());

    const before = parley.rss();
    let most = before;
    const sampling = setInterval(() => most = Math.max(most, parley.rss()), 20);
    const file = new FileOctets(FILE, random);
    const start = performance.now();
    let seconds = 0;
    let received = "";
    const during = await counted(0, async () => {
      received = await sendFile(file);
      seconds = (performance.now() - start) / 1000;
    });
    clearInterval(sampling);
    equal(received, file.hash.digest("hex"));

    for (const chat of chats) chat.over = true;
    await within(chatting, "the last chat messages", SOON_MS);
    for (const chat of chats) chat.end();
    console.log(`chats before: ${figures(alone)}`);
    console.log(`chats during: ${during.length === 0 ? "none" : figures(during)}`);
    const grown = most - before;
    console.log(
      `file: ${FILE / MB} MB in ${seconds.toFixed(2)} s, ${(FILE / MB / seconds).toFixed(0)} MB/s; resident memory ` +
        `${(before / 1_048_576).toFixed(1)} MB before, up by ${(grown / 1_048_576).toFixed(1)} MB at most`,
    );
    ok(during.length > 0, "nobody chatted while the file passed");
    ok(grown < GROWTH, `resident memory grew by ${grown} octets`);
  },
);

/** Alice sends Bob a file; gives the hash of what he got. */
async function sendFile(file: FileOctets): Promise<string> {
  const receiver = new FileReceiver();
  const { call, a } = await ends.join("alice", "bob", { user: IDLE }, { user: receiver });
  const delivered = Promise.withResolvers<void>();
  const sent = a.send({
    contentType: "application/octet-stream",
    body: file,
    successReport: true,
    user: {
      onDelivered: () => delivered.resolve(),
      onFailed: (_message, status, comment) => delivered.reject(new Error(`the file failed: ${status} ${comment}`)),
    },
  });
  ok(sent !== null);
  const both = Promise.all([receiver.done.promise, delivered.promise]);
  const [size] = await within(both, "the file and the report of it", FILE_MS);
  equal(size, file.size);
  call.inviter.hangUp();
  return receiver.hash.digest("hex");
}

/** What has come in, over all connections of a round. */
class Inbox implements SessionUser {
  readonly messages = new Map<string, string>();
  readonly file: Uint8Array;
  have = 0;
  fileDone = Promise.withResolvers<void>();
  twice = 0;
  readonly closed = Promise.withResolvers<void>();
  readonly #came: () => void;

  constructor(size: number, came: () => void) {
    this.file = new Uint8Array(size);
    this.#came = came;
  }

  onMessage({ messageId, body }: IncomingMessage): number {
    if (this.messages.has(messageId)) this.twice++;
    this.messages.set(messageId, new TextDecoder().decode(body));
    this.#came();
    return 200;
  }
  onStream() {
    return {
      have: this.have === 0 ? [] : [{ from: 0, to: this.have }],
      write: (octets: Uint8Array, offset: number) => {
        this.file.set(octets, offset);
        if (offset <= this.have) this.have = Math.max(this.have, offset + octets.length);
      },
      end: () => {
        this.fileDone.resolve();
        return 200;
      },
      abort: () => {},
    };
  }
  onClosed(): void {
    this.closed.resolve();
  }
}

/** What a round came to. */
interface Outcome {
  readonly delivered: number;
  readonly failed: number;
  readonly resumedAt: number;
  readonly size: number;
}

/** Octets of a SEND beside its body, at least. */
const FRAME_OCTETS = 200;

/**
 * One round: chat messages, half of them with success reports, and a file; the receiver's connection breaks at some octet. He
 * hangs up when he notices, or (`silent`) says nothing, so that the box has to find out that he does not come back.
 */
async function round(random: Random, from: string, to: string, silent: boolean): Promise<Outcome> {
  // Longer than what the box keeps of a broken session (16 KB): what is shorter is stored, and reported then.
  const size = 20_000 + random.below(300_000);
  const tag = random.below(1e9).toString(36);
  const bodies = Array.from(
    { length: 5 + random.below(20) },
    (_, i) => `${tag} ${i} `.padEnd(2 + random.below(4_000), "x"),
  );
  // No more than really comes, or the cut would be waited for in vain: a frame has at least so much beside its body.
  const total = size + bodies.reduce((sum, body) => sum + body.length + FRAME_OCTETS, 0);
  const cutAt = 1 + random.below(total);
  const file = Uint8Array.from({ length: size }, () => random.below(256));
  const { promise: allSettled, resolve, reject } = Promise.withResolvers<void>();
  const withReport = new Set<string>();
  const plain = new Map<string, string>();
  const check = (): void => {
    if (sentAll && open().length === 0) resolve();
  };
  // One that has come is not lost, even if the word of it is; one that was stored comes later.
  const has = (id: string) => inbox.messages.has(id) || later.texts(to).includes(plain.get(id)!);
  const open = () => [...outbox.fates].filter(([id, fate]) => fate !== "failed" && !has(id));
  let sentAll = false;
  const outbox = new Outbox(check);
  const inbox = new Inbox(size, check);
  const senderClosed = Promise.withResolvers<void>();
  const alice: SessionUser = { onMessage: () => 200, onClosed: () => senderClosed.resolve() };
  const first = await ends.join(from, to, { user: alice }, { user: inbox, limits: { whole: 8_192 }, cutAt });

  // Messages go before, through and behind the file.
  const fileAt = random.below(bodies.length);
  let transfer: OutgoingMessage | null = null;
  for (const [i, body] of bodies.entries()) {
    if (i === fileAt) {
      const contentType = "application/octet-stream";
      transfer = first.a.send({ contentType, body: file, successReport: true, messageId: "file0001" });
    }
    const successReport = random.below(2) === 0;
    const message = first.a.send({
      contentType: "text/plain",
      body: new TextEncoder().encode(body),
      successReport,
      user: outbox,
    });
    outbox.add(message);
    if (message === null) break;
    plain.set(message.messageId, body);
    if (successReport) withReport.add(message.messageId);
    // Some go out together, some apart.
    if (random.below(3) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  sentAll = true;
  later.listeners.add(check);
  check();

  // What has not come is told as failed before the sender's client closes: the end of the call alone says nothing of messages.
  const late = setTimeout(() => {
    reject(new Error(`cut at ${cutAt}: ${open().length} of ${bodies.length} messages vanished`));
  }, silent ? SILENT_MS : SETTLED_MS);
  // Failing before somebody waits for it is failing.
  allSettled.catch(() => {});
  const patience = silent ? SILENT_MS : SOON_MS;
  try {
    await within(inbox.closed.promise, `the cut at ${cutAt} to be noticed`, patience);
    if (!silent) first.call.invitee.hangUp();
    await allSettled;
    await within(first.call.inviter.ended, "the end of the call", patience);
    // As any client at the end of the call: what was not reported as delivered by now will not be.
    first.a.close("the call is over");
    await within(senderClosed.promise, "the end of the sender's session", SOON_MS);
  } finally {
    clearTimeout(late);
    later.listeners.delete(check);
  }

  let [delivered, failed] = [0, 0];
  for (const [id, fate] of outbox.fates) {
    if (fate === "failed") failed++;
    else delivered++;
    ok(fate !== "under way" || !withReport.has(id), `${id} has asked for a report, and its sender knows nothing`);
    if (fate === "delivered") ok(has(id), `${id} was reported and has not come`);
  }
  for (const [id, body] of inbox.messages) equal(body, plain.get(id), "a message came as it was sent");
  equal(inbox.twice, 0, "none came twice");

  // The receiver comes back, and says from where on he wants the file (RFC 5547 §8.4).
  const resumedAt = inbox.have;
  ok((transfer?.delivered ?? 0) <= resumedAt, "more is reported than has come");
  if (resumedAt < size) {
    const lines = [`a=file-range:${resumedAt + 1}-*`];
    const { call, a } = await ends.join(from, to, { user: IDLE }, { user: inbox, limits: { whole: 0 } }, lines);
    const done = Promise.withResolvers<void>();
    const resumed = a.send({
      contentType: "application/octet-stream",
      body: file,
      from: resumedAt,
      successReport: true,
      user: {
        onDelivered: () => done.resolve(),
        onFailed: (_message, status, comment) =>
          done.reject(new Error(`resumed at ${resumedAt}: ${status} ${comment}`)),
      },
    });
    ok(resumed !== null);
    await within(Promise.all([inbox.fileDone.promise, done.promise]), "the rest of the file", SOON_MS);
    call.inviter.hangUp();
    await within(call.invitee.ended, "the end of the second call", SOON_MS);
  }
  equal(createHash("sha256").update(inbox.file).digest("hex"), createHash("sha256").update(file).digest("hex"));
  return { delivered, failed, resumedAt, size };
}

Deno.test(
  `${ROUNDS} times the receiver's connection breaks at some octet: each message is delivered or fails, the file resumes`,
  options,
  async () => {
    console.log(`seed ${SEED}`);
    const sums = { delivered: 0, failed: 0, resumed: 0 };
    for (let n = 0; n < ROUNDS; n++) {
      try {
        const { delivered, failed, resumedAt, size } = await round(new Random(SEED + n), "alice", "bob", false);
        sums.delivered += delivered;
        sums.failed += failed;
        if (resumedAt < size) sums.resumed++;
      } catch (error) {
        throw new Error(`seed ${SEED}, round ${n}: ${(error as Error).message}`, { cause: error });
      }
    }
    await silent;
    console.log(`${ROUNDS} rounds: ${JSON.stringify(sums)}`);
    // Cuts that all come too late, or too early, would test little.
    deepEqual(Object.values(sums).filter((sum) => sum === 0), []);
  },
);
