/**
 * `deno task bench:deferred`: what it costs to store messages for users who are not there, and to bring them when all of them come
 * online within ten seconds; by MESSAGE and in MSRP sessions. Order is checked, and how long messages between users who are there
 * take before and during.
 *
 *   deno run -A tests/bench/deferred_bench.ts [--users 1000] [--each 100] [--rounds 3] [--only pager|session] [--size 200]
 *
 * CPU is that of the whole box; the clients run on the same machine.
 */
import { Metrics, silentLog, systemClock } from "../../foundation/mod.ts";
import { type Connection, type Continuation, type IncomingRequest, Switchboard } from "../../transport/msrp/mod.ts";
import { MsrpWires } from "../../transport/msrp/flows/mod.ts";
import { parseCpim } from "../../transport/payload/mod.ts";
import { attribute, type CallSide, MsrpCallers, msrpSdp, TRUSTING } from "../support/msrp_callers.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { within } from "../support/within.ts";
import { messageLatency, PROBE_USERS } from "./message_latency.ts";
import { Party } from "./msrp_load.ts";

const option = (name: string, fallback: string): string => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const USERS = Number(option("users", "1000"));
const EACH = Number(option("each", "100"));
const ROUNDS = Number(option("rounds", "3"));
const ONLY = option("only", "");
const SIZE = Number(option("size", "200"));
/** Users of one TCP connection. */
const BESIDE = 20;
/** Within which all come online. */
const WAVE_S = 10;
/** How long everything may take. */
const PATIENCE_MS = 180_000;
const SENDERS = 20;
const WINDOW = 8;

type Kind = "pager" | "session";
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** `12 of sender for r7 …`, of `SIZE` octets. */
function textOf(number: number, recipient: string): string {
  return `${number} ${recipient} `.padEnd(SIZE, "x");
}

/** What one recipient has got; order is the order of the numbers. */
class Mailbox {
  next = 0;
  wrong = "";
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  came(text: string): void {
    const [number, recipient] = text.split(" ", 2);
    if (Number(number) !== this.next || recipient !== this.name) this.wrong ||= `${text.slice(0, 30)} for ${this.next}`;
    this.next++;
  }
}

/** The end of a session that brings stored messages. */
class Receiver extends Party {
  readonly #mailbox: Mailbox;
  readonly #came: () => void;
  constructor(node: Switchboard, mailbox: Mailbox, came: () => void) {
    super(node);
    this.#mailbox = mailbox;
    this.#came = came;
  }
  override onWhole(
    connection: Connection,
    request: IncomingRequest,
    body: Uint8Array,
    continuation: Continuation,
  ): void {
    if (body.length > 0) {
      this.#mailbox.came(decoder.decode(parseCpim(body).body));
      this.#came();
    }
    super.onWhole(connection, request, body, continuation);
  }
  /** In pieces: only what is larger than one read; collected. */
  #parts: Uint8Array[] = [];
  override onPiece(connection: Connection, request: IncomingRequest, octets: Uint8Array): void {
    this.#parts.push(octets.slice());
    super.onPiece(connection, request, octets);
  }
  override onFinish(connection: Connection, request: IncomingRequest, continuation: Continuation): void {
    const parts = this.#parts;
    this.#parts = [];
    if (continuation === "$" && parts.length > 0) {
      const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
      }
      this.#mailbox.came(decoder.decode(parseCpim(whole).body));
      this.#came();
    }
    super.onFinish(connection, request, continuation);
  }
}

const names = Array.from({ length: USERS }, (_, i) => `r${i}`);
const senders = Array.from({ length: SENDERS }, (_, i) => `s${i}`);
const parley = await ParleyProcess.start({
  users: users(...names, ...senders, ...PROBE_USERS),
  config: `${TRUSTING}[deferred]\ntotal_messages = 1000000\n`,
});
const sending = await MsrpCallers.open(parley, senders);
const { timers, resolver } = sending;
const shared = { log: silentLog, metrics: new Metrics(), clock: systemClock, timers };
const msrp = new MsrpWires({ ...shared, resolver });
const node = new Switchboard({ ...shared, dialer: msrp });

interface Sample {
  readonly cpu_us: number;
  readonly perSecond: number;
}
const samples = new Map<string, Sample[]>();
function note(name: string, cpu_us: number, perSecond: number, keep: boolean): void {
  console.error(`${name} | ${cpu_us.toFixed(1)} µs | ${perSecond.toFixed(0)} /s`);
  if (!keep) return;
  const list = samples.get(name) ?? [];
  list.push({ cpu_us, perSecond });
  samples.set(name, list);
}

async function measured(name: string, count: number, keep: boolean, work: () => Promise<void>): Promise<void> {
  const before = parley.cpu_us(), began = performance.now();
  await work();
  note(name, (parley.cpu_us() - before) / count, count / ((performance.now() - began) / 1000), keep);
}

/** Everybody gets `EACH` messages, in order, from one sender. */
async function store(kind: Kind): Promise<void> {
  let next = 0;
  const worker = async (sender: string): Promise<void> => {
    while (next < USERS) {
      const recipient = names[next++];
      if (kind === "pager") await storeByMessage(sender, recipient);
      else await storeInSession(sender, recipient);
    }
  };
  await Promise.all(senders.flatMap((sender) => Array.from({ length: 2 }, () => worker(sender))));
}

async function storeByMessage(sender: string, recipient: string): Promise<void> {
  for (let i = 0; i < EACH; i++) {
    const status = await sending.message(sender, recipient, textOf(i, recipient));
    if (status !== 202) throw new Error(`MESSAGE to ${recipient}: ${status}`);
  }
}

async function storeInSession(sender: string, recipient: string): Promise<void> {
  const party = new Party(node);
  const call = await sending.invite(sender, recipient, msrpSdp({ path: party.uri }));
  await party.connect(call.path);
  const { promise, resolve } = Promise.withResolvers<void>();
  let sent = 0;
  const base = party.answered;
  const fill = (): void => {
    if (party.failed > 0) throw new Error(`${party.failed} messages to ${recipient} were refused`);
    const answered = party.answered - base;
    if (answered === EACH) resolve();
    while (sent < EACH && sent - answered < WINDOW) {
      const body = encoder.encode(textOf(sent++, recipient));
      party.send(body, 1, body.length);
    }
  };
  party.onTraffic = fill;
  fill();
  await within(promise, `the messages to ${recipient} to be stored`, PATIENCE_MS);
  call.hangUp();
  await call.ended;
  party.close();
}

/** All come online within `WAVE_S`, and get what waits for them. */
async function wave(): Promise<void> {
  const boxes = new Map(names.map((name) => [name, new Mailbox(name)]));
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = USERS * EACH;
  const came = (): void => {
    if (--left === 0) resolve();
  };
  const ends: Promise<unknown>[] = [];
  const standing = {
    message: (to: string, body: Uint8Array): number => {
      boxes.get(to)!.came(decoder.decode(body));
      came();
      return 200;
    },
    invite: (to: string, offer: string) => {
      const party = new Receiver(node, boxes.get(to)!, came);
      return {
        answer: () => msrpSdp({ path: party.uri }),
        came: (side: CallSide) => {
          ends.push(side.ended.then(() => party.close()));
          void party.connect(attribute(offer, "path"));
        },
      };
    },
  };
  const online: MsrpCallers[] = [];
  const began = performance.now();
  for (let at = 0; at < USERS; at += BESIDE) {
    const due = began + WAVE_S * 1000 * at / USERS;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    const callers = await MsrpCallers.open(parley, []);
    callers.standing = standing;
    online.push(callers);
    await Promise.all(names.slice(at, at + BESIDE).map((name) => callers.register(name)));
  }
  try {
    await within(promise, `${left} messages`, PATIENCE_MS);
  } catch (error) {
    throw new Error(`${left} of ${USERS * EACH} messages have not come`, { cause: error });
  }
  await within(Promise.all(ends), "the sessions to end", PATIENCE_MS);
  for (const { name, wrong } of boxes.values()) if (wrong !== "") throw new Error(`${name}: out of order: ${wrong}`);
  for (let at = 0; at < USERS; at += BESIDE) {
    const callers = online[at / BESIDE];
    await Promise.all(names.slice(at, at + BESIDE).map((name) => callers.register(name, 0)));
    await callers.close();
  }
}

try {
  for (let round = 0; round <= ROUNDS; round++) {
    const keep = round > 0;
    for (const kind of ["pager", "session"] as const) {
      if (ONLY !== "" && ONLY !== kind) continue;
      const how = kind === "pager" ? "by MESSAGE" : "in MSRP sessions";
      const count = USERS * EACH;
      await measured(`${SIZE} octets stored, sent ${how}`, count, keep, () => store(kind));
      const before = await messageLatency(parley.port, 5, () => Promise.resolve());
      const during = await messageLatency(
        parley.port,
        WAVE_S,
        () =>
          measured(`delivered ${how}, ${USERS} users with ${EACH} each online within ${WAVE_S} s`, count, keep, wave),
      );
      console.error(
        `  others' MESSAGE and its 200, 100 a second (ms): before p50 ${before.p50}, p99 ${before.p99}; ` +
          `during p50 ${during.p50}, p99 ${during.p99}, worst ${during.worst}`,
      );
      note(`MESSAGE of others before, p99`, before.p99 * 1000, 0, keep);
      note(`MESSAGE of others while ${USERS} come online, p99 | ${kind}`, during.p99 * 1000, 0, keep);
    }
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  for (const [name, list] of samples) {
    const [cpu, rate] = [median(list.map((s) => s.cpu_us)), median(list.map((s) => s.perSecond))];
    console.log(`${name} | ${cpu.toFixed(1)} | ${rate.toFixed(0)}`);
  }
} finally {
  node.close("done");
  await msrp.close();
  await sending.close();
  await parley[Symbol.asyncDispose]();
}
Deno.exit(0);
