import type { Counter, Events, Log } from "../../../foundation/mod.ts";
import type { XdmEvents } from "../xdm_events.ts";
import { CACHE_LIMITS, type CacheLimits, type LoadedRules, RulesCache } from "./rules_cache.ts";

/** What rules are kept with. */
export interface KeptRulesParts<Rules> {
  /** What they are called in the log: `access rules`. */
  readonly title: string;
  /** Usages whose documents they are made of. */
  readonly auids: ReadonlySet<string>;
  /** Reads a user's. Whether they are of one moment, `current` says. Rejects where a document cannot be read. */
  readonly load: (owner: string) => Promise<LoadedRules<Rules>>;
  readonly events: Events<XdmEvents>;
  readonly log: Log;
  /** Users whose rules were read. */
  readonly loads: Counter;
  /** Told of each user whose rules may be others from now on. */
  readonly changed?: (owner: string) => void;
  readonly limits?: CacheLimits;
}

/** Users whose rules are being read at the same time; one more is refused. */
const LOADING = 1000;
/** Documents that change while they are read are read so often. */
const ATTEMPTS = 5;

/** Rules that documents say, made ready once and kept until a document they stand on changes. */
export class KeptRules<Rules> {
  readonly #parts: KeptRulesParts<Rules>;
  readonly #cache: RulesCache<Rules>;
  readonly #loading = new Map<string, Promise<void>>();

  constructor(parts: KeptRulesParts<Rules>) {
    this.#parts = parts;
    this.#cache = new RulesCache(parts.limits ?? CACHE_LIMITS);
    parts.events.on("documentChanged", ({ key }) => {
      if (parts.auids.has(key.auid)) this.forget(key.owner);
    });
  }

  /** Users whose rules are in memory. */
  get size(): number {
    return this.#cache.size;
  }

  /** Undefined where they have to be read first. */
  get(owner: string): Rules | undefined {
    return this.#cache.get(owner);
  }

  /** Reads them, once for all who wait. Rejects where they cannot be read, or too many are being read. */
  read(owner: string): Promise<void> {
    let loading = this.#loading.get(owner);
    if (loading === undefined) {
      const { title } = this.#parts;
      if (this.#loading.size >= LOADING) {
        return Promise.reject(new Error(`too many users' ${title} are being read already`));
      }
      loading = this.#read(owner).finally(() => this.#loading.delete(owner));
      this.#loading.set(owner, loading);
    }
    return loading;
  }

  /** The owner's documents have changed, or are gone with the owner: whatever stands on them is read anew. */
  forget(owner: string): void {
    const { changed } = this.#parts;
    for (const one of [owner, ...this.#cache.standingOn(owner)]) {
      this.#cache.drop(one);
      changed?.(one);
    }
  }

  async #read(owner: string): Promise<void> {
    const { load, loads, log, title } = this.#parts;
    loads.add();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const loaded = await load(owner);
      if (!loaded.current) continue;
      if (loaded.cut) log.warn(`${title} lead to more lists than are read; the rest is left out`, { user: owner });
      this.#cache.put(owner, loaded);
      return;
    }
    throw new Error("the documents change faster than they can be read");
  }
}
