import type { Problem } from "../../model/mod.ts";
import type { LocalStore } from "../doors.ts";
import { isTexts, storedJson } from "../local_json.ts";
import type { MessageIdentity } from "../../../client/mod.ts";

/** A message of ours that the service does not have for certain. It outlives a reload. */
export interface OutgoingEntry extends MessageIdentity {
  /** Conversation that it is of. */
  readonly key: string;
  /** Address that it goes to. */
  readonly to: string;
  /** One member of a room; "" for all. */
  readonly whisper: string;
  /** Each of them alone; null: `to`. */
  readonly people: readonly string[] | null;
  readonly contentType: string;
  readonly text: string;
  readonly at: number;
  /** Grows from one to the next. */
  readonly order: number;
  /** How often it went; it may have arrived each time. */
  readonly tries: number;
  /** Which tab sends it. */
  readonly tab: string;
  /** Why it failed, for good until the user tries again; null where it is to be sent. */
  readonly problem: Problem | null;
}

const PREFIX = "out.";
/** Messages of all conversations, and octets. */
const MOST = 200, MOST_OCTETS = 1_048_576;

/** What waits, in the local store. */
export class OutgoingEntries {
  readonly #store: LocalStore;
  readonly #sizes = new Map<string, number>();
  #octets = 0;
  #last = 0;

  constructor(store: LocalStore) {
    this.#store = store;
  }

  /** All that are there, in the order in which they were written; of all tabs. */
  all(): OutgoingEntry[] {
    const found: OutgoingEntry[] = [];
    this.#sizes.clear();
    this.#octets = 0;
    for (const key of this.#store.keys()) {
      if (!key.startsWith(PREFIX)) continue;
      const entry = storedJson(this.#store, key, isEntry);
      if (entry === null) continue;
      this.#count(entry.id, this.#store.get(key)!.length);
      this.#last = Math.max(this.#last, entry.order);
      found.push(entry);
    }
    return found.sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
  }

  /** The `order` of one that is written at that time. */
  next(at: number): number {
    return this.#last = Math.max(this.#last + 1, at);
  }

  /** False where there is no room. */
  put(entry: OutgoingEntry): boolean {
    const text = JSON.stringify(entry);
    const before = this.#sizes.get(entry.id);
    if (before === undefined) {
      if (this.#sizes.size >= MOST || this.#octets + text.length > MOST_OCTETS) this.all();
      if (this.#sizes.size >= MOST || this.#octets + text.length > MOST_OCTETS) return false;
    }
    if (!this.#store.set(PREFIX + entry.id, text)) return false;
    this.#count(entry.id, text.length);
    return true;
  }

  get(id: string): OutgoingEntry | null {
    return storedJson(this.#store, PREFIX + id, isEntry);
  }

  remove(id: string): void {
    this.#store.remove(PREFIX + id);
    this.#octets -= this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
  }

  #count(id: string, octets: number): void {
    this.#octets += octets - (this.#sizes.get(id) ?? 0);
    this.#sizes.set(id, octets);
  }
}

/** Another version of the page may have written something else. */
function isEntry(value: unknown): value is OutgoingEntry {
  const one = (value ?? {}) as Partial<Record<keyof OutgoingEntry, unknown>>;
  const texts = [one.id, one.callId, one.tag, one.key, one.to, one.whisper, one.contentType, one.text, one.tab];
  const numbers = [one.at, one.order, one.tries];
  return isTexts(texts) && numbers.every((each) => typeof each === "number") &&
    (one.people === null || isTexts(one.people)) && typeof one.problem === "object";
}
