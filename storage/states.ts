import { SealedLog, type SealedLogOptions } from "./kv/sealed_log.ts";
import type { Committed, State, States } from "./repositories.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Records up to this are put together in memory that is there. */
const USUAL_OCTETS = 16_384;
const LF = 10;
const scratch = new Uint8Array(USUAL_OCTETS);

/**
 * Named states as records of a sealed log: `[name, value]` in JSON, and where there are octets a line feed, which is in no JSON here,
 * and them. In memory stand the name, its record's id and place; not the value, which its owner has.
 */
export class LogStates implements States {
  readonly #name: string;
  readonly #log: SealedLog;
  readonly #ids: Map<string, number>;
  /** Removals in flight: until one is committed, a new value takes the same id, so that the last one written holds. */
  readonly #removing = new Map<string, symbol>();
  #loaded: Map<string, State> | null;

  private constructor(name: string, log: SealedLog, ids: Map<string, number>, loaded: Map<string, State>) {
    this.#name = name;
    this.#log = log;
    this.#ids = ids;
    this.#loaded = loaded;
  }

  static async open(options: SealedLogOptions): Promise<LogStates> {
    const ids = new Map<string, number>();
    const names = new Map<number, string>();
    const loaded = new Map<string, State>();
    const log = await SealedLog.open(options, {
      onPut(id, payload) {
        const state = decoded(payload);
        const [name] = state;
        ids.set(name, id);
        names.set(id, name);
        loaded.set(name, state);
      },
      onRemoved(id) {
        const name = names.get(id);
        if (name === undefined) return;
        names.delete(id);
        ids.delete(name);
        loaded.delete(name);
      },
    });
    return new LogStates(options.name, log, ids, loaded);
  }

  /** Names in memory: those of what is stored, or is being stored. */
  get names(): number {
    return this.#ids.size;
  }

  /** Names that have something stored. */
  get size(): number {
    return this.#log.size;
  }

  /** Once after opening: what it gave is let go of, so that it is not in memory twice. */
  *load(): Iterable<State> {
    const loaded = this.#loaded;
    if (loaded === null) throw new Error(`The ${this.#name} have been loaded already; their owner has them`);
    this.#loaded = null;
    yield* loaded.values();
  }

  save(name: string, value: unknown, lazily: boolean, done: Committed | null, octets: Uint8Array | null = null): void {
    if (value === null) return this.#remove(name, lazily, done);
    let id = this.#ids.get(name);
    if (id === undefined) this.#ids.set(name, id = this.#log.newId());
    if (this.#removing.size > 0) this.#removing.delete(name);
    this.#log.put(id, encoded(name, value, octets), lazily, done);
  }

  #remove(name: string, lazily: boolean, done: Committed | null): void {
    const id = this.#ids.get(name);
    if (id === undefined) {
      if (done !== null) queueMicrotask(() => done(null));
      return;
    }
    const mine = Symbol();
    this.#removing.set(name, mine);
    this.#log.remove(id, null, lazily, (error) => {
      if (this.#removing.get(name) === mine) {
        this.#removing.delete(name);
        // Also where nothing was ever written: while the store is full, names come and go.
        if (error === null || !this.#log.has(id)) this.#ids.delete(name);
      }
      done?.(error);
    });
  }
}

/** A record; valid until the next one is made. */
function encoded(name: string, value: unknown, octets: Uint8Array | null): Uint8Array {
  const text = JSON.stringify([name, value]);
  // No UTF-16 unit takes more than three octets of UTF-8.
  const most = 3 * text.length + (octets === null ? 0 : 1 + octets.length);
  const record = most <= USUAL_OCTETS ? scratch : new Uint8Array(most);
  let { written } = encoder.encodeInto(text, record);
  if (octets !== null) {
    record[written++] = LF;
    record.set(octets, written);
    written += octets.length;
  }
  return record.subarray(0, written);
}

function decoded(record: Uint8Array): State {
  const end = record.indexOf(LF);
  if (end < 0) return JSON.parse(decoder.decode(record)) as [string, unknown];
  const [name, value] = JSON.parse(decoder.decode(record.subarray(0, end))) as [string, unknown];
  return [name, value, record.slice(end + 1)];
}
