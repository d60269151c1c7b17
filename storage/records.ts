import { DamageError } from "./kv/blob_store.ts";
import type { KvStore } from "./kv/group_commit.ts";
import { placeOf, type Sealer, SealError } from "./kv/sealer.ts";
import type { Mutation, WriteQueue } from "./kv/write_queue.ts";
import type { Records } from "./repositories.ts";

/** Octets of one value as JSON. */
const MAX_OCTETS = 60_000;
const MAX_ID_OCTETS = 1000;
/** Of one `putAll`: it must fit into one commit. */
const MAX_AT_ONCE = 400;
const MAX_OCTETS_AT_ONCE = 600_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What records stand on. */
export interface RecordsOptions {
  readonly kv: KvStore;
  readonly queue: WriteQueue;
  readonly sealer: Sealer;
}

/** One value, checked and encoded, before it is written. */
interface Draft<T> {
  readonly id: string;
  /** A copy of its own. */
  readonly value: T;
  readonly mutation: Mutation;
}

/**
 * Records of one kind: `["records", kind, hidden id]`, each `[id, value]` as JSON, sealed; all of them in memory. All changes
 * are made one after the other, so that limit and `update` see what will be there when they write.
 */
export class KvRecords<T> implements Records<T> {
  readonly #kind: string;
  readonly #max: number;
  readonly #queue: WriteQueue;
  readonly #sealer: Sealer;
  readonly #nameOf: (text: string) => string;
  readonly #values = new Map<string, T>();
  /** Ids in order; null when it has to be made anew. */
  #order: string[] | null = null;
  #last: Promise<void> = Promise.resolve();

  private constructor(kind: string, max: number, { queue, sealer }: RecordsOptions) {
    this.#kind = kind;
    this.#max = max;
    this.#queue = queue;
    this.#sealer = sealer;
    this.#nameOf = sealer.namer(`records ${kind}`);
  }

  /** Reads all of a kind. Rejects with DamageError. */
  static async open<T>(kind: string, max: number, options: RecordsOptions): Promise<KvRecords<T>> {
    const records = new KvRecords<T>(kind, max, options);
    for await (const entry of options.kv.list<Uint8Array>({ prefix: ["records", kind] }, { batchSize: 500 })) {
      const [id, value] = records.#decode(entry);
      records.#values.set(id, value);
    }
    return records;
  }

  get max(): number {
    return this.#max;
  }

  get size(): number {
    return this.#values.size;
  }

  /** The value in memory itself: not to be changed; `update` gives a copy that may be. */
  get(id: string): T | undefined {
    return this.#values.get(id);
  }

  /** All ids as they come: no order has to be made for a walk in pieces, during which records may come and go. */
  ids(): Iterator<string> {
    return this.#values.keys();
  }

  *entries(): Iterable<readonly [id: string, value: T]> {
    const order = this.#order ??= [...this.#values.keys()].sort();
    for (const id of order) {
      const value = this.#values.get(id);
      // Removed since the walk began.
      if (value !== undefined) yield [id, value];
    }
  }

  async put(id: string, value: T): Promise<void> {
    const draft = this.#draft(id, value);
    await this.#inTurn(() => this.#write([draft]));
  }

  async putAll(values: Iterable<readonly [id: string, value: T]>): Promise<void> {
    const drafts: Draft<T>[] = [];
    let octets = 0;
    for (const [id, value] of values) {
      if (drafts.length === MAX_AT_ONCE) throw new RangeError(`More than ${MAX_AT_ONCE} records in one change`);
      const draft = this.#draft(id, value);
      octets += (draft.mutation.value as Uint8Array).length;
      if (octets > MAX_OCTETS_AT_ONCE) throw new RangeError(`More than ${MAX_OCTETS_AT_ONCE} octets in one change`);
      drafts.push(draft);
    }
    if (drafts.length > 0) await this.#inTurn(() => this.#write(drafts));
  }

  update(id: string, change: (value: T | undefined) => T | undefined): Promise<T | undefined> {
    return this.#inTurn(async () => {
      const present = this.#values.get(id);
      const next = change(present === undefined ? undefined : copyOf(present));
      if (next !== undefined) {
        await this.#write([this.#draft(id, next)]);
      } else if (present !== undefined) {
        await this.#erase(id);
      }
      return this.#values.get(id);
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!this.#values.has(id)) return false;
      await this.#erase(id);
      return true;
    });
  }

  async #write(drafts: readonly Draft<T>[]): Promise<void> {
    const added = new Set<string>();
    for (const { id } of drafts) if (!this.#values.has(id)) added.add(id);
    if (added.size > 0 && this.#values.size + added.size > this.#max) {
      throw new RangeError(`There are ${this.#values.size} records "${this.#kind}"; at most ${this.#max} are allowed`);
    }
    await this.#queue.written(drafts.map(({ mutation }) => mutation));
    for (const { id, value } of drafts) this.#values.set(id, value);
    if (added.size > 0) this.#order = null;
  }

  async #erase(id: string): Promise<void> {
    await this.#queue.written([{ key: this.#keyOf(id) }]);
    this.#values.delete(id);
    this.#order = null;
  }

  /** Throws RangeError. */
  #draft(id: string, value: T): Draft<T> {
    const idOctets = encoder.encode(id).length;
    if (idOctets === 0 || idOctets > MAX_ID_OCTETS) {
      throw new RangeError(`The id of a record "${this.#kind}" has ${idOctets} octets; allowed: 1 to ${MAX_ID_OCTETS}`);
    }
    const text = JSON.stringify(value);
    if (text === undefined) throw new RangeError(`Record "${id}" of "${this.#kind}" is no JSON value`);
    const octets = encoder.encode(text).length;
    if (octets > MAX_OCTETS) {
      throw new RangeError(
        `Record "${id}" of "${this.#kind}" has ${octets} octets; at most ${MAX_OCTETS} are allowed`,
      );
    }
    const key = this.#keyOf(id);
    const sealed = this.#sealer.seal(encoder.encode(`[${JSON.stringify(id)},${text}]`), placeOf(key));
    return { id, value: JSON.parse(text) as T, mutation: { key, value: sealed } };
  }

  #keyOf(id: string): Deno.KvKey {
    return ["records", this.#kind, this.#nameOf(id)];
  }

  #decode({ key, value }: Deno.KvEntry<Uint8Array>): [id: string, value: T] {
    try {
      return JSON.parse(decoder.decode(this.#sealer.open(value, placeOf(key)))) as [string, T];
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw new DamageError(`record ${placeOf(key)} is damaged: ${error.message}`, { cause: error });
    }
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#last.then(work);
    // The caller has the error; the next in turn starts all the same.
    this.#last = result.then(() => {}, () => {});
    return result;
  }
}

function copyOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** The kinds that are open: one object for each name, however many ask for it. */
export class RecordKinds {
  readonly #options: RecordsOptions;
  readonly #opening = new Map<string, { readonly max: number; readonly records: Promise<unknown> }>();

  constructor(options: RecordsOptions) {
    this.#options = options;
  }

  /** Rejects with DamageError; RangeError for a name that is none, or where it is open with another `max`. */
  async open<T>(name: string, max: number): Promise<KvRecords<T>> {
    if (!/^[a-z_]+$/.test(name)) throw new RangeError(`"${name}" is no kind of record; allowed: a-z and _`);
    const open = this.#opening.get(name);
    if (open !== undefined) {
      if (open.max === max) return await open.records as KvRecords<T>;
      throw new RangeError(`The records "${name}" are open with at most ${open.max}, and are asked for with ${max}`);
    }
    const records = KvRecords.open<T>(name, max, this.#options);
    this.#opening.set(name, { max, records });
    // Another try reads anew.
    records.catch(() => this.#opening.delete(name));
    return await records;
  }
}
