/** What can be a member of one `LinkedList` at a time. The list alone writes these. */
export interface Linked<Item> {
  before: Item | null;
  after: Item | null;
}

/**
 * A set of what comes and goes with each connection. What was taken out is held by nothing: the runtime's `Set` makes itself a
 * new table after as many deletions as it has places, and the old ones keep what was in them until a full collection.
 */
export class LinkedList<Item extends Linked<Item>> {
  #first: Item | null = null;
  #last: Item | null = null;
  /** Where `each` goes on. */
  #next: Item | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Of one that is in no list. */
  add(item: Item): void {
    item.before = this.#last;
    if (this.#last === null) this.#first = item;
    else this.#last.after = item;
    this.#last = item;
    this.#size++;
  }

  /** False where it is not in the list. */
  delete(item: Item): boolean {
    const { before, after } = item;
    if (before === null && this.#first !== item) return false;
    if (this.#next === item) this.#next = after;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    item.before = item.after = null;
    this.#size--;
    return true;
  }

  /** In the order they came; any of them may be taken out meanwhile. Not inside itself. */
  each(visit: (item: Item) => void): void {
    for (let item = this.#first; item !== null; item = this.#next) {
      this.#next = item.after;
      visit(item);
    }
    this.#next = null;
  }

  /** Those of now. */
  all(): Item[] {
    const all: Item[] = [];
    for (let item = this.#first; item !== null; item = item.after) all.push(item);
    return all;
  }
}
