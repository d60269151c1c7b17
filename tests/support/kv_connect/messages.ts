/** The messages of the KV Connect data path, `com.deno.kv.datapath` (denoland/denokv, proto/schema/datapath.proto). */
import { fieldsOf, MessageWriter } from "./protobuf.ts";

export interface ReadRange {
  readonly start: Uint8Array;
  /** Exclusive. */
  readonly end: Uint8Array;
  readonly limit: number;
  readonly reverse: boolean;
}

export interface Check {
  readonly key: Uint8Array;
  /** Empty: there must be no value. */
  readonly versionstamp: Uint8Array;
}

export interface Mutation {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly encoding: number;
  /** M_SET, M_DELETE, … */
  readonly type: number;
}

export interface AtomicWrite {
  readonly checks: readonly Check[];
  readonly mutations: readonly Mutation[];
  readonly enqueues: number;
}

export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly encoding: number;
  readonly versionstamp: Uint8Array;
}

export const M_SET = 1;
export const M_DELETE = 2;
const SUCCESS = 1;
const CHECK_FAILURE = 2;
const NOTHING = new Uint8Array(0);

/** The values of a message by field number. Throws RangeError. */
class Values {
  readonly #values = new Map<number, (number | Uint8Array)[]>();

  constructor(message: Uint8Array) {
    for (const { number, value } of fieldsOf(message)) {
      this.#values.set(number, [...(this.#values.get(number) ?? []), value]);
    }
  }
  number(number: number): number {
    const value = this.#values.get(number)?.at(-1) ?? 0;
    if (typeof value !== "number") throw new RangeError(`field ${number} is no number`);
    return value;
  }
  octets(number: number): Uint8Array {
    return this.list(number).at(-1) ?? NOTHING;
  }
  list(number: number): Uint8Array[] {
    return (this.#values.get(number) ?? []).map((value) => {
      if (typeof value === "number") throw new RangeError(`field ${number} is a number`);
      return value;
    });
  }
}

/** Reads `SnapshotRead`. Throws RangeError. */
export function readSnapshotRead(message: Uint8Array): ReadRange[] {
  return new Values(message).list(1).map((range) => {
    const values = new Values(range);
    return {
      start: values.octets(1),
      end: values.octets(2),
      limit: values.number(3),
      reverse: values.number(4) !== 0,
    };
  });
}

/** Writes `SnapshotReadOutput` of a strongly consistent read. */
export function writeSnapshotReadOutput(ranges: readonly (readonly Entry[])[]): Uint8Array<ArrayBuffer> {
  const output = new MessageWriter();
  for (const entries of ranges) {
    const range = new MessageWriter();
    for (const { key, value, encoding, versionstamp } of entries) {
      const entry = new MessageWriter().octets(1, key).octets(2, value).number(3, encoding).octets(4, versionstamp);
      range.octets(1, entry.finish(), true);
    }
    output.octets(1, range.finish(), true);
  }
  return output.number(4, 1).number(8, SUCCESS).finish();
}

/** Reads `AtomicWrite`. Throws RangeError. */
export function readAtomicWrite(message: Uint8Array): AtomicWrite {
  const values = new Values(message);
  return {
    checks: values.list(1).map((check) => {
      const fields = new Values(check);
      return { key: fields.octets(1), versionstamp: fields.octets(2) };
    }),
    mutations: values.list(2).map((mutation) => {
      const fields = new Values(mutation);
      const value = new Values(fields.octets(2));
      return { key: fields.octets(1), value: value.octets(1), encoding: value.number(2), type: fields.number(3) };
    }),
    enqueues: values.list(3).length,
  };
}

/** Writes `AtomicWriteOutput`; null when a check failed. */
export function writeAtomicWriteOutput(versionstamp: Uint8Array | null): Uint8Array<ArrayBuffer> {
  if (versionstamp === null) return new MessageWriter().number(1, CHECK_FAILURE).finish();
  return new MessageWriter().number(1, SUCCESS).octets(2, versionstamp).finish();
}
