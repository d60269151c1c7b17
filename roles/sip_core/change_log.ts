/** The last change of each item of one resource, numbered, so that whoever saw number n can be told what came after. */
export class ChangeLog<T> {
  readonly #limit: number;
  /** In order of the last change of each. */
  readonly #items = new Map<string, { readonly number: number; readonly item: T }>();
  #number = 0;
  /** Changes up to this number may have been forgotten. */
  #forgotten = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of the latest change. */
  get number(): number {
    return this.#number;
  }

  add(key: string, item: T): void {
    this.#items.delete(key);
    this.#items.set(key, { number: ++this.#number, item });
    if (this.#items.size <= this.#limit) return;
    const [oldest, { number }] = this.#items.entries().next().value!;
    this.#items.delete(oldest);
    this.#forgotten = number;
  }

  /** What changed after `seen`; null when that is not known any more. */
  since(seen: number): T[] | null {
    if (seen < this.#forgotten) return null;
    const items: T[] = [];
    for (const { number, item } of this.#items.values()) if (number > seen) items.push(item);
    return items;
  }
}
