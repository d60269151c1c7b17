import { utf8 } from "../../../../foundation/mod.ts";
import {
  type Committed,
  type DeferredEntry,
  type DeferredMessage,
  type DeferredMode,
  type Records,
  StorageError,
} from "../../../../storage/mod.ts";

/** What waits, in memory. For tests only. */
export class MailStore {
  readonly messages = new Map<number, DeferredMessage>();
  readonly now: () => number;
  #next = 1;
  /** Reads so far. */
  reads = 0;
  /** Once set, removals fail. */
  trouble = false;

  constructor(now: () => number) {
    this.now = now;
  }

  /** Stores one; its number. */
  put(text: string, facts: Partial<DeferredMessage> & { readonly from?: string; readonly more?: string } = {}): number {
    const { from = "<sip:alice@example.test>", more = "", ...rest } = facts;
    const id = this.#next++;
    const recipient = facts.recipient ?? "sip:bob@example.test";
    this.messages.set(id, {
      recipient,
      device: "",
      sender: "sip:alice@example.test",
      arrivedAt: this.now(),
      expiresAt: this.now() + 7 * 86_400_000,
      transaction: `call${id}\ntag\n1\n${recipient}`,
      headers: `From: ${from}\r\nTo: <${recipient}>\r\nDate: ${new Date(this.now()).toUTCString()}\r\n${more}` +
        "Content-Type: text/plain\r\n",
      body: utf8(text),
      ...rest,
    });
    return id;
  }

  pending(recipient: string): readonly DeferredEntry[] {
    const entries: DeferredEntry[] = [];
    for (const [id, message] of this.messages) {
      const { device, arrivedAt, expiresAt, body, headers } = message;
      if (message.recipient !== recipient || expiresAt <= this.now()) continue;
      const mode: DeferredMode = message.mode ?? "pager";
      const size = body.length + headers.length;
      entries.push({ id, recipient, device, arrivedAt, expiresAt, mode, size });
    }
    return entries;
  }
  recipients(): Iterable<string> {
    return new Set([...this.messages.values()].map(({ recipient }) => recipient));
  }
  read(id: number): Promise<DeferredMessage | null> {
    this.reads++;
    return Promise.resolve(this.messages.get(id) ?? null);
  }
  remove(id: number, done: Committed | null): void {
    queueMicrotask(() => {
      if (this.trouble) return done?.(new StorageError("failed", "no disk"));
      this.messages.delete(id);
      done?.(null);
    });
  }
}

/** Records in memory. For tests only. */
export class MemoryRecords<T> implements Records<T> {
  readonly values = new Map<string, T>();
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
    this.values.set(id, value);
    return Promise.resolve();
  }
  putAll(values: Iterable<readonly [id: string, value: T]>): Promise<void> {
    for (const [id, value] of values) this.values.set(id, value);
    return Promise.resolve();
  }
  update(id: string, change: (value: T | undefined) => T | undefined): Promise<T | undefined> {
    const next = change(this.values.get(id));
    if (next === undefined) this.values.delete(id);
    else this.values.set(id, next);
    return Promise.resolve(next);
  }
  remove(id: string): Promise<boolean> {
    return Promise.resolve(this.values.delete(id));
  }
}

/** Lets promises that are ready run. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
