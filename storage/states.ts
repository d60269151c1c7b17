import { SealedLog, type SealedLogOptions } from "./kv/sealed_log.ts";
import type { Committed, States } from "./repositories.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Named states as records of a sealed log: `[name, value]` in JSON. In memory stand the name, its record's id and place; not the
 * value, which its owner has.
 */
export class LogStates implements States {
  readonly #name: string;
  readonly #log: SealedLog;
  readonly #ids: Map<string, number>;
  /** Removals in flight: until one is committed, a new value takes the same id, so that the last one written holds. */
  readonly #removing = new Map<string, symbol>();
  #loaded: Map<string, unknown> | null;

  private constructor(name: string, log: SealedLog, ids: Map<string, number>, loaded: Map<string, unknown>) {
    this.#name = name;
    this.#log = log;
    this.#ids = ids;
    this.#loaded = loaded;
  }

  static async open(options: SealedLogOptions): Promise<LogStates> {
    const ids = new Map<string, number>();
    const names = new Map<number, string>();
    const loaded = new Map<string, unknown>();
    const log = await SealedLog.open(options, {
      onPut(id, payload) {
        const [name, value] = JSON.parse(decoder.decode(payload)) as [string, unknown];
        ids.set(name, id);
        names.set(id, name);
        loaded.set(name, value);
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
  *load(): Iterable<readonly [name: string, value: unknown]> {
    const loaded = this.#loaded;
    if (loaded === null) throw new Error(`The ${this.#name} have been loaded already; their owner has them`);
    this.#loaded = null;
    yield* loaded;
  }

  save(name: string, value: unknown, lazily: boolean, done: Committed | null): void {
    if (value === null) return this.#remove(name, lazily, done);
    let id = this.#ids.get(name);
    if (id === undefined) this.#ids.set(name, id = this.#log.newId());
    if (this.#removing.size > 0) this.#removing.delete(name);
    this.#log.put(id, encoder.encode(JSON.stringify([name, value])), lazily, done);
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
