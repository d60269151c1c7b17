import { fromLatin1 } from "../../../foundation/mod.ts";
import { frame, parsed, type Told } from "./frames.ts";

/** What a run of `mutateAndParse` saw. */
export interface FuzzResult {
  readonly rounds: number;
  readonly requests: number;
  readonly responses: number;
  readonly bad: number;
  readonly broken: number;
}

/** Reproducible numbers: the same seed gives the same run (xorshift32). */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 0 || 0x9e3779b9;
  }
  /** 0 to `below` - 1. */
  roll(below: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % below;
  }
  pick<Value>(from: readonly Value[]): Value {
    return from[this.roll(from.length)];
  }
}

const BODIES = [
  "",
  "Hi, I'm Alice!\r\n",
  "-------",
  "\r\n-------d93kswow",
  "\r\n-------d93kswow!\r\n",
  "-".repeat(64),
  "\r\n\r\n",
];
const LINES = [
  "",
  "Byte-Range: 1-16/16\r\n",
  "Byte-Range: 1-*/*\r\nFailure-Report: no\r\n",
  "Success-Report: yes\r\nFailure-Report: partial\r\n",
  "Content-Disposition: attachment; filename=a\r\n",
];
const SPICES = [
  "\r\n",
  "\r",
  "\n",
  "-",
  "-------",
  "$",
  "+",
  "MSRP ",
  " ",
  ":",
  "\0",
  "\xff",
  "To-Path: ",
  "Byte-Range: ",
  "*",
];

/** A few well-formed frames, one after the other. */
export function someFrames(dice: Dice): string {
  let text = "";
  for (let left = 1 + dice.roll(3); left > 0; left--) {
    if (dice.roll(4) === 0) {
      text +=
        "MSRP d93kswow 200 OK\r\nTo-Path: msrp://a:1/b;tcp\r\nFrom-Path: msrp://c:2/d;tcp\r\n-------d93kswow$\r\n";
    } else {
      const method = dice.pick(["SEND", "SEND", "SEND", "REPORT", "AUTH", "NICKNAME"]);
      text += frame(
        { method, lines: dice.pick(LINES) },
        dice.roll(4) === 0 ? null : dice.pick(BODIES),
        dice.pick(["$", "+", "#"]),
      );
    }
  }
  return text;
}

/** One to four random changes: octets set, cut out, doubled, put in. */
export function mutate(octets: Uint8Array, dice: Dice): Uint8Array {
  for (let left = 1 + dice.roll(4); left > 0 && octets.length > 1; left--) {
    const at = dice.roll(octets.length);
    const length = Math.min(octets.length - at, 1 + dice.roll(12));
    switch (dice.roll(4)) {
      case 0:
        octets[at] = dice.roll(256);
        break;
      case 1:
        octets = spliced(octets, at, length, new Uint8Array(0));
        break;
      case 2:
        octets = spliced(octets, at, 0, octets.slice(at, at + length));
        break;
      default:
        octets = spliced(octets, at, 0, fromLatin1(dice.pick(SPICES)));
    }
  }
  return octets;
}

/**
 * Parses mutated frames, each at once, octet by octet, and cut at random, and throws an Error that says seed and round where the
 * three do not tell the same, or the parser throws.
 */
export function mutateAndParse(rounds: number, seed: number): FuzzResult {
  const dice = new Dice(seed);
  const counts = { request: 0, unfinished: 0, response: 0, bad: 0, broken: 0 };
  for (let round = 0; round < rounds; round++) {
    const octets = mutate(fromLatin1(someFrames(dice)), dice);
    const fail = (why: string): never => {
      throw new Error(`seed ${seed}, round ${round}: ${why}: ${JSON.stringify(String.fromCharCode(...octets))}`);
    };
    try {
      const told = summary(parsed(octets).all());
      const cuts = Array.from({ length: dice.roll(8) }, () => dice.roll(octets.length));
      if (summary(parsed(octets, cuts).all()) !== told) fail(`cut at ${cuts}`);
      // One octet at a time is dear, and finds little more.
      if (round % 16 === 0 && summary(parsed(octets, [...octets.keys()]).all()) !== told) fail("octet by octet");
      for (const { kind } of parsed(octets).told) counts[kind]++;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("seed ")) throw error;
      fail(String(error));
    }
  }
  const { request: requests, response: responses, bad, broken } = counts;
  return { rounds, requests, responses, bad, broken };
}

/**
 * What must not depend on how octets were split. A frame that has not ended may be told or not yet, according to what came of
 * its body; a start line that cannot become one is refused as soon as it is seen, with what was there of the head.
 */
export function summary(told: readonly Told[]): string {
  return JSON.stringify(
    told.filter(({ kind }) => kind !== "unfinished").map((one) => one.kind === "broken" ? [one.kind, one.reason] : one),
  );
}

function spliced(octets: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const result = new Uint8Array(octets.length - remove + insert.length);
  result.set(octets.subarray(0, at));
  result.set(insert, at);
  result.set(octets.subarray(at + remove), at + insert.length);
  return result;
}
