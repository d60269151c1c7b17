import { patch, type PatchOperation } from "../../../transport/xcap/mod.ts";
import type { DocumentChange, DocumentVersion } from "../xdm_events.ts";

/** How one version of a document becomes another; null: it has to be fetched. */
export type Patch = readonly PatchOperation[] | "not changed" | null;

/** One change out of a document's history (RFC 5874 §3): created without `previous`, removed without `next`. */
export interface Step {
  readonly previous: string | null;
  readonly next: string | null;
  readonly patch: Patch;
}

/** How much is remembered. Costs are octets, roughly, of documents in memory. */
export interface HistoryLimits {
  readonly versions: number;
  /** Of one document. */
  readonly cost: number;
  /** Of all documents. */
  readonly total: number;
  /** Milliseconds after which nobody can be owed a version any longer. */
  readonly age: number;
  /** Characters of the operations of one change; what is longer is fetched. */
  readonly patch: number;
}

export const HISTORY_LIMITS: HistoryLimits = {
  versions: 64,
  cost: 8 * 1024 * 1024,
  total: 32 * 1024 * 1024,
  age: 90_000,
  patch: 16_384,
};

interface Remembered {
  readonly version: DocumentVersion | null;
  readonly cost: number;
  /** Monotonic time at which another one came. */
  overAt: number;
}

/** Patches kept for one document, by their versions. */
const PATCHES = 64;
/** What an element costs in memory, in characters' worth, and how many characters have one. */
const ELEMENT_COST = 200, ELEMENT_EACH = 64;

/** The last versions of one document, and what lies between them. */
class History {
  readonly versions: Remembered[] = [];
  readonly #patches = new Map<string, Patch>();
  cost = 0;

  push(version: DocumentVersion | null): void {
    const length = version?.document.text.length ?? 0;
    const cost = 2 * length + ELEMENT_COST * Math.ceil(length / ELEMENT_EACH);
    this.versions.push({ version, cost, overAt: Infinity });
    this.cost += cost;
  }

  /** Forgets the oldest version. */
  shift(): void {
    this.cost -= this.versions.shift()?.cost ?? 0;
  }

  clear(): void {
    this.versions.length = 0;
    this.cost = 0;
    this.#patches.clear();
  }

  /** Where a version is; -1 where it is not remembered. */
  find(etag: string): number {
    return this.versions.findLastIndex(({ version }) => version?.etag === etag);
  }

  patch(from: DocumentVersion, to: DocumentVersion, most: number): Patch {
    const name = `${from.etag} ${to.etag}`;
    let known = this.#patches.get(name);
    if (known === undefined) {
      if (this.#patches.size >= PATCHES) this.#patches.clear();
      this.#patches.set(name, known = bounded(patch(from.document, to.document), most));
    }
    return known;
  }
}

/**
 * What became of the documents that somebody watches: enough to tell each of them what has changed since it was told the last time.
 * Whoever asks for more than is remembered is told to fetch the document (RFC 5875 §4.7). Patches are made when they are first
 * asked for, once for all.
 */
export class DocumentHistories {
  readonly #limits: HistoryLimits;
  /** In the order of their last change. */
  readonly #histories = new Map<string, History>();
  #cost = 0;

  constructor(limits: HistoryLimits = HISTORY_LIMITS) {
    this.#limits = limits;
  }

  /** Octets, roughly. */
  get cost(): number {
    return this.#cost;
  }
  get size(): number {
    return this.#histories.size;
  }

  /** A document changed at `now`, monotonic. */
  add(name: string, { before, after }: Pick<DocumentChange, "before" | "after">, now: number): void {
    const history = this.#histories.get(name) ?? new History();
    this.#cost -= history.cost;
    this.#histories.delete(name);
    const last = history.versions.at(-1);
    // Another version than the last one that is known: something was missed.
    if (last === undefined || last.version?.etag !== before?.etag) {
      history.clear();
      history.push(before);
    }
    history.versions.at(-1)!.overAt = now;
    history.push(after);
    this.#prune(history, now);
    this.#histories.set(name, history);
    this.#cost += history.cost;
    for (const [oldest, { cost }] of this.#histories) {
      if (this.#cost <= this.#limits.total) break;
      this.#histories.delete(oldest);
      this.#cost -= cost;
    }
  }

  /** From one version to the last one there is, in one; null where that cannot be told. */
  between(name: string, from: string, to: string): Patch {
    const history = this.#histories.get(name);
    const start = history === undefined ? -1 : history.find(from);
    const end = history?.versions.at(-1)?.version ?? null;
    if (history === undefined || start < 0 || end?.etag !== to) return null;
    return history.patch(history.versions[start].version!, end, this.#limits.patch);
  }

  /** Each change from one version (null: from before it was there) to the last one (null: gone); null where one is not known. */
  steps(name: string, from: string | null, to: string | null): Step[] | null {
    const history = this.#histories.get(name);
    if (history === undefined || (history.versions.at(-1)?.version?.etag ?? null) !== to) return null;
    const start = from === null
      ? history.versions.findLastIndex(({ version }) => version === null)
      : history.find(from);
    if (start < 0) return null;
    const steps: Step[] = [];
    for (let i = start + 1; i < history.versions.length; i++) {
      const previous = history.versions[i - 1].version, next = history.versions[i].version;
      const both = previous !== null && next !== null;
      steps.push({
        previous: previous?.etag ?? null,
        next: next?.etag ?? null,
        patch: both ? history.patch(previous, next, this.#limits.patch) : null,
      });
    }
    return steps;
  }

  /** Forgets what nobody can be owed any longer. */
  sweep(now: number): void {
    for (const [name, history] of this.#histories) {
      this.#cost -= history.cost;
      this.#prune(history, now);
      this.#cost += history.cost;
      if (history.versions.length <= 1) {
        this.#cost -= history.cost;
        this.#histories.delete(name);
      }
    }
  }

  #prune(history: History, now: number): void {
    const { versions, cost, age } = this.#limits;
    while (
      history.versions.length > versions || (history.versions.length > 1 && history.cost > cost) ||
      history.versions.length > 1 && history.versions[0].overAt + age < now
    ) history.shift();
  }
}

function bounded(operations: PatchOperation[] | null, most: number): Patch {
  if (operations === null) return null;
  if (operations.length === 0) return "not changed";
  return sizeOf(operations) > most ? null : operations;
}

/** Characters of operations in a NOTIFY, roughly. */
export function sizeOf(operations: readonly PatchOperation[]): number {
  let size = 0;
  for (const operation of operations) {
    size += 32 + operation.sel.length + (operation.kind === "remove" ? 0 : operation.content.length);
    for (const [prefix, namespace] of operation.namespaces) size += prefix.length + namespace.length + 10;
  }
  return size;
}
