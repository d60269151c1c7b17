import type { Log } from "../foundation/mod.ts";
import { DamageError } from "./kv/blob_store.ts";
import type { KvStore } from "./kv/group_commit.ts";
import type { LargeValues } from "./kv/large_values.ts";
import { placeOf, type Sealer, SealError } from "./kv/sealer.ts";
import type { Mutation, WriteQueue } from "./kv/write_queue.ts";
import { StorageError, type Subscriber, type Subscribers } from "./repositories.ts";

/** More than this in one `put` is first written down as a whole, and then carried out in several commits. */
const MAX_IN_ONE_COMMIT = 400;
const IMPORT_KIND = "subscribers.import";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Users, each a sealed value under a key that hides the address-of-record; all of them in memory. Changes are made one after
 * the other, so that a number is checked against what will be there when it is written.
 */
export class KvSubscribers implements Subscribers {
  readonly #queue: WriteQueue;
  readonly #sealer: Sealer;
  readonly #large: LargeValues;
  readonly #log: Log;
  readonly #nameOf: (text: string) => string;
  readonly #byAor = new Map<string, Subscriber>();
  readonly #byNumber = new Map<string, string>();
  /** Addresses-of-record in order; null when it has to be made anew. */
  #order: string[] | null = null;
  /** An import whose outcome is open, or that is committed but not carried out to the end. */
  #unfinished: string | null = null;
  #last: Promise<void> = Promise.resolve();

  private constructor(queue: WriteQueue, sealer: Sealer, large: LargeValues, log: Log) {
    this.#log = log;
    this.#queue = queue;
    this.#sealer = sealer;
    this.#large = large;
    this.#nameOf = sealer.namer("subscribers");
  }

  /** Reads all users; finishes an import that a crash cut off. Rejects with DamageError. */
  static async open(
    kv: KvStore,
    queue: WriteQueue,
    sealer: Sealer,
    large: LargeValues,
    log: Log,
  ): Promise<KvSubscribers> {
    const subscribers = new KvSubscribers(queue, sealer, large, log);
    for await (const entry of kv.list<Uint8Array>({ prefix: ["subscribers"] }, { batchSize: 500 })) {
      subscribers.#remember([subscribers.#decode(entry)]);
    }
    for await (const id of large.list(IMPORT_KIND)) await subscribers.#finishImport(id);
    return subscribers;
  }

  get size(): number {
    return this.#byAor.size;
  }

  get(aor: string): Subscriber | undefined {
    return this.#byAor.get(aor);
  }

  byNumber(e164: string): Subscriber | undefined {
    const aor = this.#byNumber.get(e164);
    return aor === undefined ? undefined : this.#byAor.get(aor);
  }

  list(after: string, limit: number): Subscriber[] {
    const order = this.#order ??= [...this.#byAor.keys()].sort();
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (order[middle] <= after) low = middle + 1;
      else high = middle;
    }
    return order.slice(low, low + limit).map((aor) => this.#byAor.get(aor)!);
  }

  put(subscribers: readonly Subscriber[]): Promise<void> {
    // As they are now, and in memory of their own: what comes from a file of 10,000 lines would keep the file.
    const own = JSON.parse(JSON.stringify(subscribers)) as Subscriber[];
    return this.#inTurn(() => this.#put(own));
  }

  remove(aor: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const known = this.#byAor.get(aor);
      if (known === undefined) return false;
      await this.#queue.written([{ key: this.#keyOf(aor) }]);
      this.#forget(known);
      return true;
    });
  }

  async #put(subscribers: Subscriber[]): Promise<void> {
    this.#checkNumbers(subscribers);
    if (subscribers.length <= MAX_IN_ONE_COMMIT) {
      await this.#queue.written(this.#mutations(subscribers));
      this.#remember(subscribers);
      return;
    }
    const id = crypto.randomUUID();
    // From the manifest's commit on it takes place, also after a crash or when the disk becomes full on the way.
    this.#unfinished = id;
    await this.#large.put(IMPORT_KIND, id, encoder.encode(JSON.stringify(subscribers)));
    this.#remember(subscribers);
    try {
      await this.#carryOut(subscribers, id);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#log.warn("an import is committed, and is finished before the next change", { reason: error.message });
    }
  }

  /** Before any later change: what an import wrote down must not be carried out on top of it. */
  async #finishImport(id: string): Promise<void> {
    const text = await this.#large.get(IMPORT_KIND, id);
    if (text !== null) {
      const subscribers = JSON.parse(decoder.decode(text)) as Subscriber[];
      this.#remember(subscribers);
      await this.#carryOut(subscribers, id);
    }
    this.#unfinished = null;
  }

  async #carryOut(subscribers: readonly Subscriber[], id: string): Promise<void> {
    for (let at = 0; at < subscribers.length; at += MAX_IN_ONE_COMMIT) {
      await this.#queue.written(this.#mutations(subscribers.slice(at, at + MAX_IN_ONE_COMMIT)));
    }
    await this.#large.remove(IMPORT_KIND, id);
    this.#unfinished = null;
  }

  #mutations(subscribers: readonly Subscriber[]): Mutation[] {
    return subscribers.map((subscriber) => {
      const key = this.#keyOf(subscriber.aor);
      return { key, value: this.#sealer.seal(encoder.encode(JSON.stringify(subscriber)), placeOf(key)) };
    });
  }

  /** Throws RangeError when two users would have one number, or one user would be there twice. */
  #checkNumbers(subscribers: readonly Subscriber[]): void {
    const aors = new Set<string>();
    const numbers = new Map<string, string>();
    for (const { aor } of subscribers) {
      if (aors.has(aor)) throw new RangeError(`"${aor}" is given twice`);
      aors.add(aor);
    }
    for (const { aor, e164 } of subscribers) {
      if (e164 === "") continue;
      const other = numbers.get(e164) ?? this.#byNumber.get(e164);
      // One who has it now may be losing it in this very change.
      if (other !== undefined && other !== aor && (numbers.has(e164) || !aors.has(other))) {
        throw new RangeError(`The number "${e164}" belongs to "${other}"; "${aor}" cannot have it too`);
      }
      numbers.set(e164, aor);
    }
  }

  #remember(subscribers: readonly Subscriber[]): void {
    // All old numbers go before a new one comes: two users may have exchanged theirs.
    for (const { aor } of subscribers) {
      const known = this.#byAor.get(aor);
      if (known === undefined) this.#order = null;
      else if (known.e164 !== "") this.#byNumber.delete(known.e164);
    }
    for (const subscriber of subscribers) {
      this.#byAor.set(subscriber.aor, subscriber);
      if (subscriber.e164 !== "") this.#byNumber.set(subscriber.e164, subscriber.aor);
    }
  }

  #forget({ aor, e164 }: Subscriber): void {
    this.#byAor.delete(aor);
    if (e164 !== "") this.#byNumber.delete(e164);
    this.#order = null;
  }

  #keyOf(aor: string): Deno.KvKey {
    return ["subscribers", this.#nameOf(aor)];
  }

  #decode({ key, value }: Deno.KvEntry<Uint8Array>): Subscriber {
    try {
      return JSON.parse(decoder.decode(this.#sealer.open(value, placeOf(key)))) as Subscriber;
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw new DamageError(`record ${placeOf(key)} is damaged: ${error.message}`, { cause: error });
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      if (this.#unfinished !== null) await this.#finishImport(this.#unfinished);
      return await work();
    });
    // The caller has the error; the next in turn starts all the same.
    this.#last = result.then(() => {}, () => {});
    return result;
  }
}
