import type { Records } from "../../../../storage/mod.ts";

/** Records in memory that can be made to fail. For tests only. */
export class FakeRecords<T> implements Records<T> {
  readonly values = new Map<string, T>();
  readonly max: number;
  /** What every write rejects with; null: they succeed. */
  failure: Error | null = null;
  writes = 0;

  constructor(max = 500) {
    this.max = max;
  }

  get size(): number {
    return this.values.size;
  }
  get(id: string): T | undefined {
    return this.values.get(id);
  }
  entries(): Iterable<readonly [id: string, value: T]> {
    return [...this.values].sort(([a], [b]) => a < b ? -1 : 1);
  }
  put(id: string, value: T): Promise<void> {
    return this.putAll([[id, value]]);
  }
  async putAll(values: Iterable<readonly [id: string, value: T]>): Promise<void> {
    await this.#writing();
    for (const [id, value] of values) this.values.set(id, JSON.parse(JSON.stringify(value)));
    if (this.values.size > this.max) throw new RangeError(`more than ${this.max} records`);
  }
  async update(id: string, change: (value: T | undefined) => T | undefined): Promise<T | undefined> {
    await this.#writing();
    const next = change(this.values.get(id));
    if (next === undefined) this.values.delete(id);
    else this.values.set(id, next);
    return next;
  }
  async remove(id: string): Promise<boolean> {
    await this.#writing();
    return this.values.delete(id);
  }

  async #writing(): Promise<void> {
    await Promise.resolve();
    if (this.failure !== null) throw this.failure;
    this.writes++;
  }
}
