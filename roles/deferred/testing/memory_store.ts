import type {
  Committed,
  DeferredEntry,
  DeferredMessage,
  DeferredMessages,
  StorageError,
  StoreOutcome,
  StoreRefused,
} from "../../../storage/mod.ts";

/** Deferred messages in memory; commits happen when the test says so, or in the next microtask. For tests only. */
export class MemoryStore implements DeferredMessages {
  readonly messages = new Map<number, DeferredMessage>();
  readonly #transactions = new Set<string>();
  readonly #twins = new Map<string, number>();
  #next = 1;
  #held: (() => void)[] = [];
  /** Commits wait for `commit`. */
  manual = false;
  /** Messages a recipient may have. */
  quota = Infinity;
  failure: StorageError | null = null;
  reads = 0;

  store(message: DeferredMessage, done: (outcome: StoreOutcome) => void): void {
    this.#later(() => {
      if (this.failure !== null) return done({ kind: "failed", error: this.failure });
      const twin = `${message.transaction}\n${message.device}`;
      const known = this.#twins.get(twin);
      if (known !== undefined) return done({ kind: "duplicate", id: known });
      if (this.pending(message.recipient).length >= this.quota) {
        return done({ kind: "quota", limit: "count", allowed: this.quota });
      }
      const id = this.#next++;
      this.messages.set(id, message);
      this.#twins.set(twin, id);
      this.#transactions.add(message.transaction);
      done({ kind: "stored", id });
    });
  }
  commit(): void {
    const held = this.#held;
    this.#held = [];
    for (const step of held) step();
  }
  #later(step: () => void): void {
    if (this.manual) this.#held.push(step);
    else queueMicrotask(step);
  }
  knows(transaction: string): boolean {
    return this.#transactions.has(transaction);
  }
  pending(recipient: string): readonly DeferredEntry[] {
    const entries: DeferredEntry[] = [];
    for (const [id, message] of this.messages) if (message.recipient === recipient) entries.push(entryOf(id, message));
    return entries;
  }
  refusal(recipient: string, _octets: number): StoreRefused | null {
    if (this.pending(recipient).length < this.quota) return null;
    return { kind: "quota", limit: "count", allowed: this.quota };
  }
  taken(recipient: string): { readonly count: number; readonly octets: number } {
    const entries = this.pending(recipient);
    return { count: entries.length, octets: entries.reduce((sum, { size }) => sum + size, 0) };
  }
  recipients(): Iterable<string> {
    return new Set([...this.messages.values()].map((message) => message.recipient));
  }
  async read(id: number): Promise<DeferredMessage | null> {
    this.reads++;
    return this.messages.get(id) ?? null;
  }
  remove(id: number, done: Committed | null): void {
    this.#later(() => {
      this.messages.delete(id);
      done?.(null);
    });
  }
  expiring(now: number): DeferredEntry[] {
    const found: DeferredEntry[] = [];
    for (const [id, message] of this.messages) if (message.expiresAt <= now) found.push(entryOf(id, message));
    return found;
  }
  get nextExpiry(): number {
    return Math.min(Infinity, ...[...this.messages.values()].map(({ expiresAt }) => expiresAt));
  }

  expire(now: number): DeferredEntry[] {
    const gone = this.expiring(now);
    for (const { id } of gone) this.messages.delete(id);
    return gone;
  }
  get count(): number {
    return this.messages.size;
  }
  get bytes(): number {
    let bytes = 0;
    for (const message of this.messages.values()) bytes += message.body.length + message.headers.length;
    return bytes;
  }
}

function entryOf(id: number, message: DeferredMessage): DeferredEntry {
  const { recipient, device, arrivedAt, expiresAt, body, headers, mode = "pager", content } = message;
  const size = body.length + headers.length + (content?.octets ?? 0);
  return { id, recipient, device, arrivedAt, expiresAt, mode, size };
}
