/**
 * Receivers whose connections break at some octet of a chat, through a box as it is shipped: what did not reach them in the session
 * is stored, and comes later, once. Small in a usual run; `PARLEY_FULL=1`: 200 rounds.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { systemClock } from "../../foundation/mod.ts";
import { type IncomingMessage, MessageTracker, type SessionUser } from "../../transport/msrp/mod.ts";
import { Random } from "../fuzz/mutations.ts";
import { LaterInbox } from "../support/later_inbox.ts";
import { Outbox } from "../support/message_fates.ts";
import { MsrpCallers, TRUSTING } from "../support/msrp_callers.ts";
import { MsrpEnds } from "../support/msrp_ends.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { eventually } from "../support/rest.ts";
import { within } from "../support/within.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const FULL = Deno.env.get("PARLEY_FULL") === "1";
const ROUNDS = FULL ? 200 : 20;
/** Rounds at a time, each with users of its own. */
const LANES = FULL ? 10 : 5;
/** Where nobody comes back the box waits 15 s; what is stored is delivered at once, since the receiver is registered. */
const PATIENCE_MS = 60_000;
const SEED = Number(Deno.env.get("PARLEY_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]);

let parley: ParleyProcess;
let callers: MsrpCallers;
let ends: MsrpEnds;
let later: LaterInbox;
/** Messages that their senders take for lost. */
const failed = new Set<string>();

Deno.test.beforeAll(async () => {
  const names = Array.from({ length: LANES }, (_, i) => [`a${i}`, `b${i}`]).flat();
  parley = await ParleyProcess.start({ users: users(...names), config: TRUSTING });
  callers = await MsrpCallers.open(parley, names);
  ends = new MsrpEnds(callers);
  later = new LaterInbox(callers, ends);
});
Deno.test.afterAll(async () => {
  const text = await parley.metrics();
  await ends.close();
  await callers.close();
  await parley[Symbol.asyncDispose]();
  equal(/^msrp_garbage_total\{why="fault"\} (\d+)/m.exec(text)?.[1], "0");
  equal(/^\S+ error .*$/m.exec(parley.output)?.[0], undefined);
});

/** What has come in one session, over all its connections. */
class Inbox implements SessionUser {
  readonly texts = new Map<string, string>();
  readonly closed = Promise.withResolvers<void>();
  readonly #came: () => void;

  constructor(came: () => void) {
    this.#came = came;
  }
  onMessage({ messageId, body }: IncomingMessage): number {
    // A Message-ID that is known says that the message is (RFC 4975 §5.4).
    this.texts.set(messageId, new TextDecoder().decode(body));
    this.#came();
    return 200;
  }
  onClosed(): void {
    this.closed.resolve();
  }
}

type After = "hangs up" | "comes back" | "is silent";

/** How many messages came in the session, later, or not at all. */
interface Sums {
  delivered: number;
  later: number;
  failed: number;
  /** Of those that came later: how many had come in the session as well, and only the word of it was lost. */
  both: number;
}

async function round(random: Random, lane: number, after: After): Promise<Sums> {
  const [from, to] = [`a${lane}`, `b${lane}`];
  const tag = random.below(1e9).toString(36);
  const count = 5 + random.below(30);
  const bodies = Array.from({ length: count }, (_, i) => `${tag} ${i} `.padEnd(10 + random.below(3_000), "x"));
  const cutAt = 1 + random.below(bodies.reduce((sum, body) => sum + body.length + 150, 0));
  const { promise: settled, resolve } = Promise.withResolvers<void>();
  const texts = new Map<string, string>();
  let sentAll = false;
  const came = (id: string) => inbox.texts.has(id) || later.texts(to).includes(texts.get(id)!);
  const open = () => [...outbox.fates].filter(([id, fate]) => fate !== "failed" && !came(id)).map(([id]) => id);
  const check = (): void => {
    if (sentAll && open().length === 0) resolve();
  };
  const outbox = new Outbox(check);
  const inbox = new Inbox(check);
  const tracker = new MessageTracker(systemClock);
  later.listeners.add(check);

  const alice: SessionUser = { onMessage: () => 200, onClosed() {} };
  const joined = await ends.join(from, to, { user: alice }, { user: inbox, tracker, cutAt });
  const { a, call } = joined;
  const asked = new Set<string>();
  for (const body of bodies) {
    const successReport = random.below(2) === 0;
    const octets = new TextEncoder().encode(body);
    const message = a.send({ contentType: "text/plain", body: octets, successReport, user: outbox });
    // The call may be over already.
    if (message === null) break;
    outbox.add(message);
    texts.set(message.messageId, body);
    if (successReport) asked.add(message.messageId);
    if (random.below(3) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  sentAll = true;
  check();
  await within(inbox.closed.promise, `the cut at ${cutAt} to be noticed`, PATIENCE_MS);
  if (after === "hangs up") call.invitee.hangUp();
  else if (after === "comes back") await ends.comeBack(joined, { user: inbox, tracker });
  try {
    await within(settled, `each of ${texts.size} messages to be somewhere; cut at ${cutAt}, ${after}`, PATIENCE_MS);
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${open().length} vanished`, { cause: error });
  }
  if (after === "comes back") call.inviter.hangUp();
  await within(call.inviter.ended, "the end of the call", PATIENCE_MS);
  later.listeners.delete(check);

  const sums = { delivered: 0, later: 0, failed: 0, both: 0 };
  for (const [id, fate] of outbox.fates) {
    const text = texts.get(id)!;
    const times = later.texts(to).filter((other) => other === text).length;
    ok(times <= 1, `${id} came later ${times} times`);
    if (fate === "failed") {
      sums.failed++;
      failed.add(text);
    } else if (times > 0) {
      sums.later++;
      if (inbox.texts.has(id)) sums.both++;
    } else sums.delivered++;
    if (fate === "delivered") ok(asked.has(id) && came(id), `${id} was reported and has not come`);
  }
  for (const [id, text] of inbox.texts) equal(text, texts.get(id), "a message came as it was sent");
  return sums;
}

/** Messages that are stored. */
async function waiting(): Promise<number> {
  return Number(/^parley_deferred_waiting (\d+)/m.exec(await parley.metrics())![1]);
}

Deno.test(
  `${ROUNDS} times a chat's receiver is cut at some octet: each message comes in it, later and once, or fails [S-5.3.2.1.3]`,
  options,
  async () => {
    console.log(`seed ${SEED}`);
    const sums: Sums = { delivered: 0, later: 0, failed: 0, both: 0 };
    const kinds: readonly After[] = ["hangs up", "comes back", "hangs up", "is silent"];
    const lane = async (number: number): Promise<void> => {
      for (let n = number; n < ROUNDS; n += LANES) {
        const after = kinds[Math.floor(n / LANES) % kinds.length];
        try {
          const came = await round(new Random(SEED + n), number, after);
          for (const what of ["delivered", "later", "failed", "both"] as const) sums[what] += came[what];
        } catch (error) {
          throw new Error(`seed ${SEED}, round ${n}: ${(error as Error).message}`, { cause: error });
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, (_, i) => lane(i)));
    console.log(`${ROUNDS} rounds: ${JSON.stringify(sums)}`);
    // Cuts that all come too late would test little.
    deepEqual([sums.delivered > 0, sums.later > 0], [true, true]);
    // Those that came in their session as well are still on their way.
    await eventually(async () => await waiting() === 0, "nothing waits any more", PATIENCE_MS);
    const all = Array.from({ length: LANES }, (_, i) => later.texts(`b${i}`)).flat();
    equal(new Set(all).size, all.length, "nothing came later twice");
    equal(all.filter((text) => failed.has(text)).length, 0, "nothing was reported as failed and came later");
  },
);
