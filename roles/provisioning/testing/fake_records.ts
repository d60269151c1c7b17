import type { Records } from "../../../storage/mod.ts";

/** Records in memory, as JSON would keep them. */
export class FakeRecords<T> implements Records<T> {
  readonly #values = new Map<string, T>();
  readonly #max: number;
  writes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#values.size;
  }

  get(id: string): T | undefined {
    return this.#values.get(id);
  }

  entries(): Iterable<readonly [id: string, value: T]> {
    return [...this.#values].sort(([a], [b]) => a < b ? -1 : 1);
  }

  async put(id: string, value: T): Promise<void> {
    await Promise.resolve();
    if (!this.#values.has(id) && this.#values.size >= this.#max) throw new RangeError(`more than ${this.#max}`);
    this.#values.set(id, JSON.parse(JSON.stringify(value)));
    this.writes++;
  }

  async putAll(values: Iterable<readonly [id: string, value: T]>): Promise<void> {
    for (const [id, value] of values) await this.put(id, value);
  }

  async update(id: string, change: (value: T | undefined) => T | undefined): Promise<T | undefined> {
    const next = change(this.#values.get(id));
    if (next === undefined) await this.remove(id);
    else {
      this.#values.set(id, JSON.parse(JSON.stringify(next)));
      this.writes++;
    }
    return this.#values.get(id);
  }

  remove(id: string): Promise<boolean> {
    this.writes++;
    return Promise.resolve(this.#values.delete(id));
  }
}
