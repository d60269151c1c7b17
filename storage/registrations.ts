import { SealedLog, type SealedLogOptions } from "./kv/sealed_log.ts";
import type { Committed, Registrations } from "./repositories.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Registrations as records of a sealed log: `[aor, value]` in JSON. In memory stand the address-of-record, its record's id and
 * place; not the value, which the registrar has.
 */
export class LogRegistrations implements Registrations {
  readonly #log: SealedLog;
  readonly #ids: Map<string, number>;
  /** Removals in flight: until one is committed, a new value takes the same id, so that the last one written holds. */
  readonly #removing = new Map<string, symbol>();
  #loaded: Map<string, unknown> | null;

  private constructor(log: SealedLog, ids: Map<string, number>, loaded: Map<string, unknown>) {
    this.#log = log;
    this.#ids = ids;
    this.#loaded = loaded;
  }

  static async open(options: Omit<SealedLogOptions, "name">): Promise<LogRegistrations> {
    const ids = new Map<string, number>();
    const aors = new Map<number, string>();
    const loaded = new Map<string, unknown>();
    const log = await SealedLog.open({ ...options, name: "registrations" }, {
      onPut(id, payload) {
        const [aor, value] = JSON.parse(decoder.decode(payload)) as [string, unknown];
        ids.set(aor, id);
        aors.set(id, aor);
        loaded.set(aor, value);
      },
      onRemoved(id) {
        const aor = aors.get(id);
        if (aor === undefined) return;
        aors.delete(id);
        ids.delete(aor);
        loaded.delete(aor);
      },
    });
    return new LogRegistrations(log, ids, loaded);
  }

  /** Addresses-of-record that have something stored. */
  get size(): number {
    return this.#log.size;
  }

  /** Once after opening: what it gave is let go of, so that it is not in memory twice. */
  *load(): Iterable<readonly [aor: string, value: unknown]> {
    const loaded = this.#loaded;
    if (loaded === null) throw new Error("Registrations have been loaded already; the registrar has them");
    this.#loaded = null;
    yield* loaded;
  }

  save(aor: string, value: unknown, lazily: boolean, done: Committed | null): void {
    if (value === null) return this.#remove(aor, lazily, done);
    let id = this.#ids.get(aor);
    if (id === undefined) this.#ids.set(aor, id = this.#log.newId());
    if (this.#removing.size > 0) this.#removing.delete(aor);
    this.#log.put(id, encoder.encode(JSON.stringify([aor, value])), lazily, done);
  }

  #remove(aor: string, lazily: boolean, done: Committed | null): void {
    const id = this.#ids.get(aor);
    if (id === undefined) {
      if (done !== null) queueMicrotask(() => done(null));
      return;
    }
    const mine = Symbol();
    this.#removing.set(aor, mine);
    this.#log.remove(id, null, lazily, (error) => {
      if (this.#removing.get(aor) === mine) {
        this.#removing.delete(aor);
        if (error === null) this.#ids.delete(aor);
      }
      done?.(error);
    });
  }
}
