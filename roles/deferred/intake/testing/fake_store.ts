import { concatBytes } from "../../../../foundation/mod.ts";
import {
  type Contents,
  type ContentWriter,
  type DeferredMessage,
  type DeferredMessages,
  StorageError,
  type StoredContent,
  type StoreOutcome,
  type StoreRefused,
} from "../../../../storage/mod.ts";
import type { MessagePost } from "../intake_deps.ts";

/** A content being written. `keep` false: only counted. */
export class FakeWriter implements ContentWriter {
  onRoom: (() => void) | null = null;
  octets = 0;
  /** Octets that wait to be written, and the most there ever were. */
  waiting = 0;
  most = 0;
  abandoned = false;
  error: StorageError | null = null;
  pieces: Uint8Array[] = [];
  #finish: ((outcome: StoredContent | StorageError) => void) | null = null;
  readonly #contents: FakeContents;
  readonly #id: number;

  constructor(contents: FakeContents, id: number) {
    this.#contents = contents;
    this.#id = id;
  }
  get full(): boolean {
    return this.waiting >= this.#contents.room;
  }
  write(octets: Uint8Array): void {
    this.octets += octets.length;
    this.waiting += octets.length;
    this.most = Math.max(this.most, this.waiting);
    if (this.#contents.keeps) this.pieces.push(octets.slice());
    if (this.#contents.slow) return;
    queueMicrotask(() => this.drain());
  }
  finish(done: (outcome: StoredContent | StorageError) => void): void {
    this.#finish = done;
    if (!this.#contents.slow) queueMicrotask(() => this.drain());
  }
  abandon(): void {
    this.abandoned = true;
  }
  /** It can be written no more. */
  fail(error: StorageError): void {
    this.error = error;
    this.onRoom?.();
  }
  /** All that waits is on disk. */
  drain(): void {
    const full = this.full;
    this.waiting = 0;
    if (full) this.onRoom?.();
    const finish = this.#finish;
    if (finish === null || this.waiting > 0) return;
    this.#finish = null;
    finish(this.error ?? this.#contents.failure ?? { id: String(this.#id), octets: this.octets, sha256: "" });
  }
}

/** Contents in memory. */
export class FakeContents implements Pick<Contents, "write" | "claim" | "release"> {
  /** Claims that are held, by content. */
  readonly claims = new Map<string, number>();
  readonly writers: FakeWriter[] = [];
  /** Octets that a writer takes before it is full. */
  room = 262_144;
  /** Nothing is written until `drain`. */
  slow = false;
  keeps = true;
  failure: StorageError | null = null;
  /** Writers at once. */
  most = 64;

  write(): ContentWriter {
    if (this.writers.length >= this.most) throw new StorageError("full", "too many contents are being written");
    const writer = new FakeWriter(this, this.writers.length);
    this.writers.push(writer);
    return writer;
  }
  claim({ id }: StoredContent): void {
    this.claims.set(id, (this.claims.get(id) ?? 0) + 1);
  }
  release({ id }: StoredContent): void {
    this.claims.set(id, this.claims.get(id)! - 1);
  }
  drain(): void {
    for (const writer of this.writers) writer.drain();
  }
  octetsOf({ id }: StoredContent): Uint8Array {
    return concatBytes(this.writers[Number(id)].pieces);
  }
}

/** Keeps what is posted, within a quota of octets a recipient. */
export class FakePost implements MessagePost, Pick<DeferredMessages, "refusal"> {
  readonly messages: DeferredMessage[] = [];
  readonly tried: boolean[] = [];
  quota = Infinity;
  failure: StorageError | null = null;
  /** What is asked beforehand is refused so. */
  refusing: StoreRefused | null = null;
  /** Nothing is committed until `commit`. */
  manual = false;
  #held: (() => void)[] = [];
  #writing = 0;

  post(message: DeferredMessage, done: (outcome: StoreOutcome) => void, tried = false): void {
    const size = message.body.length + (message.content?.octets ?? 0);
    this.tried.push(tried);
    if (this.refusal(message.recipient, size) !== null) {
      const outcome = this.refusal(message.recipient, size)!;
      return this.#later(() => done(outcome));
    }
    this.#writing += size;
    this.#later(() => {
      this.#writing -= size;
      if (this.failure !== null) return done({ kind: "failed", error: this.failure });
      const twin = this.messages.findIndex(({ transaction }) => transaction === message.transaction);
      if (twin >= 0) return done({ kind: "duplicate", id: twin });
      done({ kind: "stored", id: this.messages.push(message) - 1 });
    });
  }
  refusal(recipient: string, octets: number): StoreRefused | null {
    if (this.refusing !== null) return this.refusing;
    let used = this.#writing;
    for (const message of this.messages) {
      if (message.recipient === recipient) used += message.body.length + (message.content?.octets ?? 0);
    }
    return used + octets <= this.quota ? null : { kind: "quota", limit: "bytes", allowed: this.quota };
  }
  commit(): void {
    for (const step of this.#held.splice(0)) step();
  }
  #later(step: () => void): void {
    if (this.manual) this.#held.push(step);
    else queueMicrotask(step);
  }
}
