import type { DocumentKey } from "../usage.ts";
import { nameOf, type Selection } from "./selection.ts";
import type { Watch } from "./watch.ts";

/** Who watches what: from a document to the watches that may tell of it, in one look for each of its names. */
export class WatchIndex {
  /** By the document's name, and, for collections, by `auid owner `. */
  readonly #byName = new Map<string, Set<Watch>>();
  readonly #perWatcher = new Map<string, Set<Watch>>();
  /** Names of `#byName` in each owner's tree, each as often as somebody watches it. */
  readonly #inTree = new Map<string, number>();
  #selections = 0;

  /** Selections of all watches together. */
  get selections(): number {
    return this.#selections;
  }

  add(watch: Watch): void {
    put(this.#perWatcher, watch.watcher, watch);
    for (const selection of watch.selections) {
      if (!put(this.#byName, placeOf(selection), watch)) continue;
      const owner = treeOf(selection);
      this.#inTree.set(owner, (this.#inTree.get(owner) ?? 0) + 1);
    }
    this.#selections += watch.selections.length;
  }

  remove(watch: Watch): void {
    take(this.#perWatcher, watch.watcher, watch);
    for (const selection of watch.selections) {
      if (!take(this.#byName, placeOf(selection), watch)) continue;
      const owner = treeOf(selection);
      const left = this.#inTree.get(owner)! - 1;
      if (left > 0) this.#inTree.set(owner, left);
      else this.#inTree.delete(owner);
    }
    this.#selections -= watch.selections.length;
  }

  /** Those of one user. */
  of(watcher: string): ReadonlySet<Watch> {
    return this.#perWatcher.get(watcher) ?? NOBODY;
  }

  /** False: nobody watches anything in this owner's tree. No name is put together for it. */
  isWatched(owner: string): boolean {
    return this.#inTree.has(owner);
  }

  /** Those that a change of this document may concern; one may come twice. */
  *watching(key: DocumentKey): Iterable<Watch> {
    yield* this.#byName.get(nameOf(key)) ?? NOBODY;
    yield* this.#byName.get(collectionOf(key)) ?? NOBODY;
  }

  /** Those that watch documents in one owner's tree. Looks through the whole index: for what happens rarely. */
  ofTree(owner: string): Set<Watch> {
    const found = new Set<Watch>();
    for (const [place, watches] of this.#byName) {
      // Neither identifiers of usages nor addresses hold blanks.
      if (place.split(" ", 2)[1] === owner) { for (const watch of watches) found.add(watch); }
    }
    return found;
  }
}

const NOBODY: ReadonlySet<Watch> = new Set();

function treeOf(selection: Selection): string {
  return selection.kind === "collection" ? selection.owner : selection.key.owner;
}

function placeOf(selection: Selection): string {
  return selection.kind === "collection" ? collectionOf(selection) : nameOf(selection.key);
}

function collectionOf({ auid, owner }: { readonly auid: string; readonly owner: string }): string {
  return `${auid} ${owner} `;
}

/** False where it was there already. */
function put(map: Map<string, Set<Watch>>, name: string, watch: Watch): boolean {
  const all = map.get(name);
  if (all === undefined) map.set(name, new Set([watch]));
  else if (all.has(watch)) return false;
  else all.add(watch);
  return true;
}

/** False where it was not there. */
function take(map: Map<string, Set<Watch>>, name: string, watch: Watch): boolean {
  const all = map.get(name);
  if (all === undefined || !all.delete(watch)) return false;
  if (all.size === 0) map.delete(name);
  return true;
}
