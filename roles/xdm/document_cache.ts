import type { DocumentVersion } from "./xdm_events.ts";

/** Octets that an element or an attribute takes beside its text, once it has been looked at (measured). */
const PART_COST = 300;

interface Held {
  readonly version: DocumentVersion;
  readonly cost: number;
}

/** Parsed documents, the last used ones, bounded by their text and what its elements and attributes cost. */
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
    const { text, parts } = version.document;
    const cost = 2 * text.length + PART_COST * parts;
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
