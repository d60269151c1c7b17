import type { DocumentVersion } from "./xdm_events.ts";

/** What an element costs in memory, beside its text, in characters' worth. */
const ELEMENT_COST = 200;

interface Held {
  readonly version: DocumentVersion;
  readonly cost: number;
}

/** Parsed documents, the last used ones, bounded by their text and what its elements cost. */
export class DocumentCache {
  readonly #held = new Map<string, Held>();
  readonly #most: number;
  #cost = 0;

  /** @param most octets, roughly */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): DocumentVersion | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    // The map is in order of use.
    this.#held.delete(key);
    this.#held.set(key, held);
    return held.version;
  }

  put(key: string, version: DocumentVersion): void {
    this.drop(key);
    // A document has an element for each few dozen characters; counting them would cost a walk.
    const cost = 2 * version.document.text.length + ELEMENT_COST * Math.ceil(version.document.text.length / 64);
    if (cost > this.#most) return;
    this.#held.set(key, { version, cost });
    this.#cost += cost;
    for (const [oldest, { cost: freed }] of this.#held) {
      if (this.#cost <= this.#most) break;
      this.#held.delete(oldest);
      this.#cost -= freed;
    }
  }

  drop(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#cost -= held.cost;
  }
}
