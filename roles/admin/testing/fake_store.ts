import { createHash } from "node:crypto";
import type {
  AuditEntry,
  AuditLog,
  AuditRecord,
  ChainReport,
  Records,
  Settings,
  Subscriber,
  Subscribers,
} from "../../../storage/mod.ts";

/** Records in memory, with the rules of the real ones: copies in and out, a limit, writers in turn. */
export class FakeRecords<T> implements Records<T> {
  readonly #values = new Map<string, string>();
  readonly #max: number;
  /** Thrown by each write while set. */
  fault: Error | null = null;
  writes = 0;

  constructor(max = Infinity) {
    this.#max = max;
  }
  get size(): number {
    return this.#values.size;
  }
  get(id: string): T | undefined {
    const text = this.#values.get(id);
    return text === undefined ? undefined : JSON.parse(text) as T;
  }
  *entries(): Iterable<readonly [string, T]> {
    for (const id of [...this.#values.keys()].sort()) yield [id, this.get(id)!];
  }
  async put(id: string, value: T): Promise<void> {
    await this.putAll([[id, value]]);
  }
  async putAll(values: Iterable<readonly [string, T]>): Promise<void> {
    // Read before the call returns, written a turn later.
    const texts = [...values].map(([id, value]) => [id, JSON.stringify(value)] as const);
    await this.#turn();
    const added = texts.filter(([id]) => !this.#values.has(id)).length;
    if (this.#values.size + added > this.#max) throw new RangeError(`more than ${this.#max} records`);
    for (const [id, text] of texts) this.#values.set(id, text);
  }
  async update(id: string, change: (value: T | undefined) => T | undefined): Promise<T | undefined> {
    await this.#turn();
    const next = change(this.get(id));
    if (next === undefined) this.#values.delete(id);
    else this.#values.set(id, JSON.stringify(next));
    return this.get(id);
  }
  async remove(id: string): Promise<boolean> {
    await this.#turn();
    return this.#values.delete(id);
  }
  async #turn(): Promise<void> {
    this.writes++;
    await Promise.resolve();
    if (this.fault !== null) throw this.fault;
  }
}

export class FakeSettings implements Settings {
  readonly #values = new Map<string, string>();
  get<T>(name: string): T | undefined {
    const text = this.#values.get(name);
    return text === undefined ? undefined : JSON.parse(text) as T;
  }
  set(name: string, value: unknown): Promise<void> {
    if (value === undefined) this.#values.delete(name);
    else this.#values.set(name, JSON.stringify(value));
    return Promise.resolve();
  }
}

export class FakeSubscribers implements Subscribers {
  readonly #users = new Map<string, Subscriber>();
  get(aor: string): Subscriber | undefined {
    return this.#users.get(aor);
  }
  byNumber(e164: string): Subscriber | undefined {
    return [...this.#users.values()].find((user) => user.e164 !== "" && user.e164 === e164);
  }
  get size(): number {
    return this.#users.size;
  }
  list(after: string, limit: number): Subscriber[] {
    return [...this.#users.values()].filter((user) => user.aor > after).sort((a, b) => a.aor < b.aor ? -1 : 1)
      .slice(0, limit);
  }
  put(users: readonly Subscriber[]): Promise<void> {
    for (const user of users) this.#users.set(user.aor, user);
    return Promise.resolve();
  }
  remove(aor: string): Promise<boolean> {
    return Promise.resolve(this.#users.delete(aor));
  }
}

/** An audit log in memory, chained as the real one says. */
export class FakeAuditLog implements AuditLog {
  readonly records: AuditRecord[] = [];
  append(entry: AuditEntry): void {
    const before = this.records.at(-1)?.chain ?? "";
    const id = this.records.length + 1;
    this.records.push({ ...entry, id, chain: chainOf(id, entry, before) });
  }
  async *walk(from = 0): AsyncIterable<AuditRecord> {
    for (const record of this.records) if (record.id >= from) yield await Promise.resolve(record);
  }
  verify(): Promise<ChainReport> {
    let before = "";
    for (const { chain, id, ...entry } of this.records) {
      if (chain !== chainOf(id, entry, before)) {
        return Promise.resolve({ ok: false, at: id, reason: "the entry does not fit its chain value" });
      }
      before = chain;
    }
    const { length } = this.records;
    return Promise.resolve({ ok: true, entries: length, first: length === 0 ? 0 : 1, last: length, head: before });
  }
  list(
    { limit, before, event, actor }: { limit: number; before?: number; event?: string; actor?: string },
  ): Promise<AuditRecord[]> {
    const found = this.records.filter((record) =>
      (before === undefined || record.id < before) && (event === undefined || record.event === event) &&
      (actor === undefined || record.actor === actor)
    );
    return Promise.resolve(found.reverse().slice(0, limit));
  }
}

function chainOf(id: number, { at, event, actor, facts }: AuditEntry, before: string): string {
  return createHash("sha256").update(JSON.stringify([before, id, at, event, actor, facts])).digest("hex");
}
