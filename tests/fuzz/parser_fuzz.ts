/**
 * Mutated messages through everything that reads them: parse, check, typed getters, lists, editor, answers, URIs, bodies.
 * Whatever comes, the outcome is a message, an answer or a SyntaxError, in bounded time. Reproducible by its seed:
 *
 *     deno run -A tests/fuzz/parser_fuzz.ts --rounds 1000000 [--seed 7]
 */
import assert from "node:assert/strict";
import { toLatin1 } from "../../foundation/mod.ts";
import { parseMultipart } from "../../transport/payload/mod.ts";
import {
  callerPreferences,
  canAnswer,
  deltaSeconds,
  HeadEditor,
  headerName,
  parseContacts,
  parseEvent,
  parseMessage,
  parseNameAddr,
  parseSipDate,
  parseSubscriptionState,
  parseTimestamp,
  parseUri,
  parseVia,
  preferred,
  responseHead,
  SipRequest,
  SipResponse,
  StartLineError,
  uriEquals,
} from "../../transport/sip/mod.ts";
import { corpus } from "./corpus.ts";
import { mutate, Random } from "./mutations.ts";

/** How many messages passed their check, got an answer, or were none. */
export interface FuzzOutcome {
  accepted: number;
  refused: number;
  dropped: number;
}

/** ms for one message of up to 70,000 octets: quadratic work on such a one takes seconds. */
const SLOW = 60;

/** Runs `rounds` mutated messages; throws, naming seed, round and message, at the first that is not handled as it should. */
export function fuzzParser(rounds: number, seed: number): FuzzOutcome {
  const random = new Random(seed);
  const messages = corpus();
  const outcome: FuzzOutcome = { accepted: 0, refused: 0, dropped: 0 };
  for (let round = 0; round < rounds; round++) {
    const octets = mutate(random.pick(messages), messages, random);
    try {
      const start = performance.now();
      outcome[handle(octets)]++;
      if (performance.now() - start > SLOW) assertQuick(octets);
    } catch (error) {
      const text = JSON.stringify(toLatin1(octets).slice(0, 2000));
      throw new Error(`seed ${seed}, round ${round}: ${text}`, { cause: error });
    }
  }
  return outcome;
}

/** Others use the machine too: slow is what is slow every time. */
function assertQuick(octets: Uint8Array): void {
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    handle(octets);
    least = Math.min(least, performance.now() - start);
  }
  assert.ok(least <= SLOW, `${octets.length} octets took ${least.toFixed(0)} ms`);
}

function handle(octets: Uint8Array): keyof FuzzOutcome {
  const text = toLatin1(octets);
  const empty = text.indexOf("\r\n\r\n");
  const end = empty < 0 ? text.length : empty + 4;
  const head = text.slice(0, end);
  let message: SipRequest | SipResponse;
  try {
    message = parseMessage(head, octets.subarray(end));
  } catch (error) {
    assert.ok(error instanceof StartLineError, String(error));
    return "dropped";
  }
  const problem = message.check();
  if (problem !== null) {
    assert.match(problem.reason, /^[\x20-\x7e]{1,200}$/);
    if (!(message instanceof SipRequest)) return "dropped";
    message.stampVia("192.0.2.99", 5099);
    if (canAnswer(message)) assertAnswer(message, problem.status, problem.reason);
    return "refused";
  }
  assertSafe(message);
  readEverything(message);
  if (message instanceof SipRequest) assertRequest(message);
  assertEdits(message);
  return "accepted";
}

/** What passed its check never throws here. */
function assertSafe(message: SipRequest | SipResponse): void {
  const { via, from, to, cseq, callId } = message;
  assert.ok(via.host !== "" && callId !== "" && cseq.number >= 0 && message.lines <= 128);
  void [via.branch, via.received, via.rport, via.params, from.tag, to.tag, from.params];
  if (message instanceof SipRequest) void [from.uri.host, to.uri.params];
  void message.maxForwards;
}

/** Readers of other headers: a value or a SyntaxError. */
function readEverything(message: SipRequest | SipResponse): void {
  for (let i = 0; i < message.lines; i++) {
    const value = message.valueAt(i);
    assert.ok(!/[\r\n]/.test(value));
    void [message.nameAt(i), headerName(message.ids[i])];
    for (const read of READERS) orSyntaxError(() => read(value));
  }
  orSyntaxError(() => parseContacts(message));
  const type = message.get("Content-Type");
  if (type !== undefined) orSyntaxError(() => parseMultipart(type, message.body));
  for (const value of [...message.list("Route"), ...message.list("P-Asserted-Identity")]) {
    orSyntaxError(() => uriEquals(parseNameAddr(value).uri, message.from.uri));
  }
}

const READERS: ((value: string) => unknown)[] = [
  parseNameAddr,
  parseVia,
  parseUri,
  parseEvent,
  parseSubscriptionState,
  parseSipDate,
  parseTimestamp,
  deltaSeconds,
  (value) => parseNameAddr(value).params,
];

function assertRequest(request: SipRequest): void {
  void request.requestUri.host;
  orSyntaxError(() => {
    const preferences = callerPreferences(request);
    preferred([{ params: new Map([["methods", '"INVITE"'], ["+sip.foo", '"#4"']]), q: 1 }], preferences);
  });
  assert.equal(request.stampVia("2001:db8::77", 5099), true);
  assertAnswer(request, 200, "OK");
}

/** An answer can be read back by the one who asked. */
function assertAnswer(request: SipRequest, status: number, reason: string): void {
  const answer = parseMessage(responseHead(request, status, { reason, toTag: "a1b2", recordRoute: true }));
  assert.ok(answer instanceof SipResponse && answer.status === status);
}

/** What a proxy makes of a good message is a good message, and nothing it left alone has changed. */
function assertEdits(message: SipRequest | SipResponse): void {
  assert.equal(new HeadEditor(message).toString(), message.head);
  const vias = message.list("Via");
  const editor = new HeadEditor(message).prepend("Via", "SIP/2.0/UDP im.example.test;branch=z9hG4bKfuzz").set(
    "Max-Forwards",
    "9",
  );
  const forwarded = parseMessage(editor.pop("Route").remove("Subject").toString(), message.body);
  if (message.lines < 120) assert.equal(forwarded.check()?.reason, undefined);
  assert.equal(forwarded.via.branch, "z9hG4bKfuzz");
  if (message.lines < 120) assert.deepEqual(forwarded.list("Via").slice(1), vias);
  assert.ok(!forwarded.has("Subject"));
  const back = parseMessage(new HeadEditor(forwarded).pop("Via").toString(), message.body);
  if (message.lines < 120) assert.deepEqual(back.list("Via"), vias);
}

function orSyntaxError(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
}

if (import.meta.main) {
  const option = (name: string, otherwise: number) => {
    const at = Deno.args.indexOf(`--${name}`);
    return at < 0 ? otherwise : Number(Deno.args[at + 1]);
  };
  const seed = option("seed", crypto.getRandomValues(new Uint32Array(1))[0]);
  const rounds = option("rounds", 100_000);
  const start = performance.now();
  const outcome = fuzzParser(rounds, seed);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`parser fuzz: ${rounds} rounds, seed ${seed}: ${JSON.stringify(outcome)} in ${seconds} s`);
}
