import { type Clock, detached, type Log } from "../../../foundation/mod.ts";
import type { DeferredEntry, DeferredMessage, DeferredMessages } from "../../../storage/mod.ts";
import { type Mailbox, mailboxOf, type StateFacts, tagsOf } from "./mailbox.ts";
import { factsOf, type MessageFacts, referenceOf } from "./message_facts.ts";
import type { ToldMarks } from "./told_marks.ts";

/** What lists are made from. */
export interface MailboxesParts {
  readonly store: Pick<DeferredMessages, "pending" | "read">;
  readonly marks: Pick<ToldMarks, "get">;
  /** How long before its end a message is `pending-delete`, ms; 0: never. Live. */
  readonly reminder_ms: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Messages whose facts are kept, over all users: about 400 octets each. */
const KEPT = 25_000;
/** Messages read at a stretch; then others have their turn. */
const SLICE = 32;
/** Messages that a device has, while copies wait for others: remembered, over all users. */
const TAKEN = 20_000;

/**
 * What waits for each user, made from the store whenever somebody asks: nothing of it is kept a second time but what has been read
 * of each message's head. A large mailbox is read in slices.
 */
export class Mailboxes {
  readonly #parts: MailboxesParts;
  /** By id, the last used at the end. */
  readonly #facts = new Map<number, MessageFacts>();
  readonly #taken = new Map<string, Taken>();
  #takenCount = 0;
  /** Those being read now: who asks meanwhile gets the same. */
  readonly #reading = new Map<string, Promise<Mailbox>>();

  constructor(parts: MailboxesParts) {
    this.#parts = parts;
  }

  /** Entries that wait, copies each for itself. */
  entries(aor: string): readonly DeferredEntry[] {
    return this.#parts.store.pending(aor);
  }

  /** Entity tag of what waits now; null where nothing does. */
  etag(aor: string): string | null {
    const entries = this.entries(aor);
    return entries.length === 0 ? null : tagsOf(entries, this.#states(aor)).etag;
  }

  /** What waits now. Rejects with StorageError. */
  read(aor: string): Promise<Mailbox> {
    const known = this.#reading.get(aor);
    if (known !== undefined) return known.then((mailbox) => this.#isCurrent(mailbox) ? mailbox : this.read(aor));
    const reading = this.#read(aor).finally(() => this.#reading.delete(aor));
    this.#reading.set(aor, reading);
    return reading;
  }

  /** A device took a message; copies for others may wait on. */
  taken(aor: string, transaction: string): void {
    if (this.entries(aor).length === 0) {
      this.#forgetTaken(aor);
      return;
    }
    const all = this.#taken.get(aor) ?? new Taken();
    this.#taken.delete(aor);
    this.#taken.set(aor, all);
    this.#takenCount -= all.size;
    all.add(transaction);
    this.#takenCount += all.size;
    for (const oldest of this.#taken.keys()) {
      if (this.#takenCount <= TAKEN || oldest === aor) break;
      this.#forgetTaken(oldest);
    }
    // One user's alone: the oldest of them.
    if (this.#takenCount > TAKEN) this.#takenCount -= all.forget(this.#takenCount - TAKEN);
  }

  #forgetTaken(aor: string): void {
    const all = this.#taken.get(aor);
    if (all === undefined) return;
    this.#takenCount -= all.size;
    this.#taken.delete(aor);
  }

  #isCurrent({ aor, etag, messages }: Mailbox): boolean {
    const now = this.etag(aor);
    return now === etag || (now === null && messages.length === 0);
  }

  async #read(aor: string): Promise<Mailbox> {
    const facts = new Map<number, MessageFacts>();
    const entries = this.entries(aor);
    let read = 0;
    for (const { id } of entries) {
      let known = this.#facts.get(id);
      if (known === undefined) {
        // Reads that come from memory give nobody else a turn.
        if (read++ % SLICE === SLICE - 1) await new Promise((resolve) => setTimeout(resolve, 0));
        const message = await this.#message(aor, id);
        // Gone since, or damaged: it is in no list.
        if (message === null) continue;
        known = factsOf(message);
      }
      facts.set(id, known);
      this.#keep(id, known);
    }
    // What came or went meanwhile: another list, whose reader asks for it by its own tag.
    const now = new Set(this.entries(aor).map(({ id }) => id));
    return mailboxOf(aor, entries.filter(({ id }) => now.has(id)), facts, this.#states(aor));
  }

  /** One that cannot be read must not hide the others; null for it. Rejects with StorageError. */
  async #message(aor: string, id: number): Promise<DeferredMessage | null> {
    try {
      return await this.#parts.store.read(id);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "DamageError") throw error;
      this.#parts.log.warn("stored message is left out of its list", { user: aor, id, error: String(error) });
      return null;
    }
  }

  #keep(id: number, facts: MessageFacts): void {
    this.#facts.delete(id);
    this.#facts.set(id, facts);
    if (this.#facts.size > KEPT) this.#facts.delete(this.#facts.keys().next().value!);
  }

  #states(aor: string): StateFacts {
    const { marks, clock, reminder_ms } = this.#parts;
    const before = reminder_ms();
    return {
      notifiedUpTo: marks.get(aor).upTo,
      taken: this.#taken.get(aor)?.references(aor) ?? NONE,
      endingBefore: before === 0 ? 0 : clock.now() + before,
    };
  }
}

/** What one user has; nearly all of it goes before anybody asks, so references are made for who does. */
class Taken {
  readonly #transactions = new Set<string>();
  #references: ReadonlySet<string> | null = null;

  get size(): number {
    return this.#transactions.size;
  }

  add(transaction: string): void {
    // Not as the part of a whole record that it is.
    this.#transactions.add(detached(transaction));
    this.#references = null;
  }

  /** So many of the oldest. Gives how many there were. */
  forget(count: number): number {
    let gone = 0;
    for (const transaction of this.#transactions) {
      if (gone === count) break;
      this.#transactions.delete(transaction);
      gone++;
    }
    this.#references = null;
    return gone;
  }

  references(aor: string): ReadonlySet<string> {
    return this.#references ??= new Set([...this.#transactions].map((transaction) => referenceOf(aor, transaction)));
  }
}

const NONE: ReadonlySet<string> = new Set();
