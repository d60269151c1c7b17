/**
 * Mutated MSRP frames through everything that reads them. The parser: whatever comes, at any split, the outcome is frames, a 400
 * or the end, the same however the octets were cut, in bounded time and memory. A node with a session across it: whatever comes,
 * what the box writes to either side is well-formed MSRP. Reproducible by its seed:
 *
 *     deno run -A tests/fuzz/msrp_parser_fuzz.ts --rounds 1000000 [--seed 7]
 */
import assert from "node:assert/strict";
import { concatBytes, toLatin1 } from "../../foundation/mod.ts";
import { DEFAULT_FRAME_LIMITS, FrameParser, type FrameSink, type IncomingRequest } from "../../transport/msrp/mod.ts";
import { parsed } from "../../transport/msrp/testing/frames.ts";
import { summary } from "../../transport/msrp/testing/fuzz_parser.ts";
import { A_URI, B_URI, BOX_A, BOX_B, FuzzBox } from "./msrp_box.ts";
import { exampleFrames, goodFrames, MSRP_PIECES, ownFrames, someOf } from "./msrp_corpus.ts";
import { mutate, Random } from "./mutations.ts";

/** How the frames of all rounds were told, and how many rounds went through a session. */
export interface MsrpFuzzOutcome {
  requests: number;
  responses: number;
  refused: number;
  broken: number;
  unfinished: number;
  bridged: number;
}

/** ms for one round of up to 70,000 octets: quadratic work on such a one takes seconds. */
const SLOW = 60;
/** One in so many goes through a session as well; one in so many is read octet by octet. */
const BRIDGED = 10;
const OCTETWISE = 64;

/** Runs `rounds` mutated frames; rejects, naming seed, round and octets, at the first that is not handled as it should be. */
export async function fuzzMsrp(rounds: number, seed: number): Promise<MsrpFuzzOutcome> {
  const random = new Random(seed);
  const good = goodFrames(BOX_A, A_URI);
  const answers = goodFrames(BOX_B, B_URI);
  const frames = [...exampleFrames(), ...await ownFrames()];
  // Half of all rounds begin with what a good client sends to a session.
  while (frames.length < 2 * good.length) frames.push(...exampleFrames());
  const all = [...frames, ...good];
  const outcome: MsrpFuzzOutcome = { requests: 0, responses: 0, refused: 0, broken: 0, unfinished: 0, bridged: 0 };
  const box = new FuzzBox();
  for (let round = 0; round < rounds; round++) {
    const from = random.below(2) === 0 ? good : all;
    const octets = mutate(someOf(from, random), all, random, MSRP_PIECES);
    try {
      const cuts = Array.from({ length: random.below(8) }, () => random.below(octets.length + 1));
      const start = performance.now();
      const told = handle(octets, cuts, outcome);
      if (performance.now() - start > SLOW) assertQuick(octets);
      if (round % OCTETWISE === 0 && octets.length < 5_000) {
        assert.equal(summary(parsed(octets, [...octets.keys()]).told), told, "octet by octet");
      }
      if (round % BRIDGED === 0) {
        outcome.bridged++;
        const back = mutate(someOf(answers, random), all, random, MSRP_PIECES);
        const { toA, toB } = await box.round(octets, back, 1 + random.below(2_000));
        assertWritten(toA);
        assertWritten(toB);
        assert.equal(box.left, 0, "connections or sessions stay");
      }
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
    parsed(octets);
    least = Math.min(least, performance.now() - start);
  }
  assert.ok(least <= SLOW, `${octets.length} octets took ${least.toFixed(0)} ms`);
}

/** Reads it as a whole and cut; gives what was told. */
function handle(octets: Uint8Array, cuts: readonly number[], outcome: MsrpFuzzOutcome): string {
  const recorder = parsed(octets);
  const { told } = recorder;
  for (const one of told) {
    if (one.kind === "request") {
      outcome.requests++;
      assertRequest(one.request);
    } else if (one.kind === "response") outcome.responses++;
    else if (one.kind === "bad") {
      outcome.refused++;
      assert.match(one.reason, REASON);
    } else if (one.kind === "broken") {
      outcome.broken++;
      assert.match(one.reason, REASON);
    }
  }
  if (recorder.all().length > told.length) outcome.unfinished++;
  const text = summary(told);
  if (cuts.length > 0) assert.equal(summary(parsed(octets, cuts).told), text, `cut at ${cuts}`);
  return text;
}

const REASON = /^[\x20-\x7e]{1,200}$/;

/** What everybody behind the parser may rely on. */
function assertRequest(request: IncomingRequest): void {
  const { tid, method, toPath, fromPath, messageId, start, end, total, contentType, others } = request;
  assert.match(tid, /^[A-Za-z0-9][A-Za-z0-9.+%=-]{3,31}$/);
  assert.match(method, /^[A-Z]+$/);
  assert.ok(toPath !== "" && fromPath !== "" && !/[\r\n\t]| {2}/.test(toPath + fromPath));
  assert.ok(!/[\r\n]/.test(messageId + contentType));
  assert.ok(Number.isSafeInteger(start) && Number.isSafeInteger(end) && Number.isSafeInteger(total) && end >= -1);
  assert.ok(
    others === "" || (others.endsWith("\r\n") && !others.includes("\r\n\r\n") && !/[^\r]\n|\r[^\n]/.test(others)),
  );
  void [request.header("content-disposition"), request.header("Expires"), request.header("")];
}

/** An answer repeats the paths of what was asked, however long these are. */
const LAX = { head: 80_000, lines: 1_000, uris: 10_000, otherBody: 80_000 };

/** What the box wrote is whole, well-formed frames; only the last one may be cut by the end of the round. */
function assertWritten(pieces: readonly Uint8Array[]): void {
  if (pieces.length === 0) return;
  const octets = concatBytes(pieces);
  for (const one of parsed(octets, [], LAX).told) {
    if (one.kind === "bad" || one.kind === "broken") {
      assert.fail(`the box wrote ${one.reason}: ${JSON.stringify(toLatin1(octets).slice(0, 2000))}`);
    }
  }
}

/** Octets that memory may grow by while 4 MB of frames that never end are read: what waits for the collector included. */
const HELD = 24 * 1_048_576;

/** Frames that never end: each head ends the parsing soon, each body costs as much time as its octets and holds none of them. */
export function assertBounded(): void {
  const quiet: FrameSink = {
    onWhole() {},
    onBegin() {},
    onPiece() {},
    onFinish() {},
    onResponse() {},
    onBadRequest() {},
    onBroken: () => void broken++,
  };
  let broken = 0;
  const head = "MSRP d93kswow SEND\r\nTo-Path: msrp://a:1/b;tcp\r\nFrom-Path: msrp://c:2/d;tcp\r\n";
  const endless: readonly (readonly [begin: string, more: string, ends: boolean])[] = [
    ["M", "S", true],
    ["MSRP ", "a", true],
    [head, "X-More: yes\r\n", true],
    [`${head}Message-ID: `, "y", true],
    [`${head}X-Blank:`, " ", true],
    ["MSRP d93kswow 200", "\t ", true],
    ["MSRP d93kswow SEND\r\nTo-Path: msrp://a:1/b;tcp", " \t", true],
    [`${head}Content-Type: text/plain\r\n\r\n`, "\r\n-------d93kswo", false],
    [`${head}Content-Type: text/plain\r\n\r\n`, "-", false],
    ["", "\r\n", false],
    [`${head.replace("SEND", "REPORT")}Content-Type: text/plain\r\n\r\n`, "z", true],
  ];
  for (const [begin, more, ends] of endless) {
    broken = 0;
    const parser = new FrameParser(quiet, DEFAULT_FRAME_LIMITS);
    const piece = new TextEncoder().encode(more.repeat(Math.ceil(1_000 / more.length)));
    parser.push(new TextEncoder().encode(begin));
    const before = Deno.memoryUsage();
    const start = performance.now();
    for (let octets = 0; octets < 4_000_000; octets += piece.length) parser.push(piece);
    const ms = performance.now() - start;
    assert.equal(broken > 0, ends, `${JSON.stringify(begin)} and ever more ${JSON.stringify(more)}`);
    assert.ok(ms < (ends ? 100 : 2_000), `4 MB of ${JSON.stringify(more)} took ${ms.toFixed(0)} ms`);
    const after = Deno.memoryUsage();
    const grown = after.heapUsed + after.external - before.heapUsed - before.external;
    assert.ok(grown < HELD, `${JSON.stringify(more)} made memory grow by ${grown} octets`);
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
  const outcome = await fuzzMsrp(rounds, seed);
  assertBounded();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const { rss } = Deno.memoryUsage();
  console.log(
    `msrp parser fuzz: ${rounds} rounds, seed ${seed}: ${JSON.stringify(outcome)} in ${seconds} s, ${
      (rss / 1_048_576).toFixed(0)
    } MB`,
  );
}
