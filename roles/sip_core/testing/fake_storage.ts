import {
  type AuditEntry,
  type AuditLog,
  type AuditRecord,
  type ChainReport,
  type Committed,
  type Registrations,
  StorageError,
  type Subscriber,
  type Subscribers,
} from "../../../storage/mod.ts";
import { credentialsFor } from "../credentials.ts";

/** A user with a password, as provisioning makes one. */
export function subscriber(aor: string, password: string, more: Partial<Subscriber> = {}): Subscriber {
  const [user, domain] = aor.slice("sip:".length).split("@");
  return {
    aor,
    displayName: "",
    e164: "",
    state: "active",
    deferral: "offline",
    credentials: credentialsFor(user, domain, password, more.e164 ?? ""),
    createdAt: 0,
    changedAt: 0,
    ...more,
  };
}

export class FakeSubscribers implements Subscribers {
  readonly #users = new Map<string, Subscriber>();

  constructor(users: readonly Subscriber[] = []) {
    for (const user of users) this.#users.set(user.aor, user);
  }
  get(aor: string): Subscriber | undefined {
    return this.#users.get(aor);
  }
  byNumber(e164: string): Subscriber | undefined {
    return [...this.#users.values()].find((user) => user.e164 === e164);
  }
  get size(): number {
    return this.#users.size;
  }
  list(after: string, limit: number): Subscriber[] {
    return [...this.#users.values()].filter((user) => user.aor > after).slice(0, limit);
  }
  put(users: readonly Subscriber[]): Promise<void> {
    for (const user of users) this.#users.set(user.aor, user);
    return Promise.resolve();
  }
  remove(aor: string): Promise<boolean> {
    return Promise.resolve(this.#users.delete(aor));
  }
}

/** Keeps JSON text, as a disk would. Durable writes wait for `commit` or `fail`; lazy ones are done at once. */
export class FakeRegistrations implements Registrations {
  readonly disk = new Map<string, string>();
  readonly #pending: { aor: string; text: string | null; done: Committed | null }[] = [];
  /** Commits by itself, inside `save`'s turn but never inside the call, when `flush` comes. */
  lazySaves = 0;
  durableSaves = 0;

  *load(): Iterable<readonly [string, unknown]> {
    for (const [aor, text] of this.disk) yield [aor, JSON.parse(text)];
  }
  save(aor: string, value: unknown, lazily: boolean, done: Committed | null): void {
    const text = value === null ? null : JSON.stringify(value);
    if (lazily) {
      this.lazySaves++;
      this.#write(aor, text);
    } else {
      this.durableSaves++;
      this.#pending.push({ aor, text, done });
    }
  }
  get pending(): number {
    return this.#pending.length;
  }
  /** The oldest durable write is on disk. */
  commit(): void {
    const write = this.#pending.shift();
    if (write === undefined) throw new Error("nothing is being written");
    this.#write(write.aor, write.text);
    write.done?.(null);
  }
  fail(): void {
    const write = this.#pending.shift();
    if (write === undefined) throw new Error("nothing is being written");
    write.done?.(new StorageError("full", "no space left"));
  }
  #write(aor: string, text: string | null): void {
    if (text === null) this.disk.delete(aor);
    else this.disk.set(aor, text);
  }
}

export class FakeAuditLog implements AuditLog {
  readonly entries: AuditEntry[] = [];
  append(entry: AuditEntry): void {
    this.entries.push(entry);
  }
  list(): Promise<AuditRecord[]> {
    return Promise.resolve(this.#records().reverse());
  }
  async *walk(from = 0): AsyncGenerator<AuditRecord> {
    yield* this.#records().slice(from);
  }
  verify(): Promise<ChainReport> {
    const { length } = this.entries;
    return Promise.resolve({ ok: true, entries: length, first: 0, last: length - 1, head: "" });
  }
  #records(): AuditRecord[] {
    return this.entries.map((entry, id) => ({ ...entry, id, chain: "" }));
  }
}
