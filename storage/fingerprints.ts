/** A transaction whose message was stored for a recipient and a device. */
export interface KnownTransaction {
  readonly transaction: string;
  /** "" where only the transaction is remembered: it stands for any recipient and device. */
  readonly recipient: string;
  readonly device: string;
  /** Wall time of the removal, ms. */
  readonly removedAt: number;
  /** Another with the same transaction: a message to several recipients or devices. */
  nextKnown: KnownTransaction | null;
}

/** Removed ones kept at most; a retransmission comes within half a minute (RFC 3261 §17.1.2.2, timer F). */
const MAX_REMOVED = 20_000;

/** Which transactions were stored: those of messages that wait, and for an hour those of removed ones. */
export class Fingerprints {
  static readonly REMEMBERED_MS = 3_600_000;
  readonly #first = new Map<string, KnownTransaction>();
  #removed: KnownTransaction[] = [];
  #head = 0;

  get size(): number {
    return this.#first.size;
  }

  first(transaction: string): KnownTransaction | null {
    return this.#first.get(transaction) ?? null;
  }

  find(transaction: string, recipient: string, device: string): KnownTransaction | null {
    for (let known = this.first(transaction); known !== null; known = known.nextKnown) {
      if (known.recipient === "" || (known.recipient === recipient && known.device === device)) return known;
    }
    return null;
  }

  add(known: KnownTransaction): void {
    known.nextKnown = this.first(known.transaction);
    this.#first.set(known.transaction, known);
  }

  remove(known: KnownTransaction): void {
    const first = this.#first.get(known.transaction);
    if (first === undefined) return;
    if (first === known) {
      if (known.nextKnown === null) this.#first.delete(known.transaction);
      else this.#first.set(known.transaction, known.nextKnown);
      return;
    }
    for (let before = first; before.nextKnown !== null; before = before.nextKnown) {
      if (before.nextKnown !== known) continue;
      before.nextKnown = known.nextKnown;
      return;
    }
  }

  /** Its message has been removed: it is remembered for a while yet. */
  retire(known: KnownTransaction): void {
    this.#removed.push(known);
    if (this.#removed.length - this.#head > MAX_REMOVED) this.#drop();
  }

  /** Forgets those that were removed an hour ago. */
  forget(now: number): void {
    const limit = now - Fingerprints.REMEMBERED_MS;
    while (this.#head < this.#removed.length && this.#removed[this.#head].removedAt <= limit) this.#drop();
  }

  #drop(): void {
    this.remove(this.#removed[this.#head++]);
    if (this.#head < 4096 && this.#head < this.#removed.length) return;
    this.#removed = this.#removed.slice(this.#head);
    this.#head = 0;
  }
}
