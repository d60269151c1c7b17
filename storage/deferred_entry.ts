import type { DeferredHead } from "./deferred_codec.ts";
import type { KnownTransaction } from "./fingerprints.ts";
import type { DeferredEntry, DeferredMode, StoredContent, StoreOutcome } from "./repositories.ts";

/** Who asked for a `store`. */
export type Outcome = (outcome: StoreOutcome) => void;

/** What is not known any more of a message of which only the removal is left. */
export const FORGOTTEN = {
  recipient: "",
  device: "",
  arrivedAt: 0,
  expiresAt: 0,
  mode: "pager",
  content: null,
  size: 0,
} as const;

/** One message in memory. */
export class Entry implements DeferredEntry, KnownTransaction {
  readonly id: number;
  readonly recipient: string;
  readonly device: string;
  readonly arrivedAt: number;
  readonly expiresAt: number;
  readonly mode: DeferredMode;
  readonly size: number;
  readonly transaction: string;
  /** Claimed until the record is gone from the store; null: the message is whole in its record. */
  content: StoredContent | null;
  state: "writing" | "stored" | "removed" = "writing";
  removedAt = 0;
  /** Who asked to store the same while this was being written. */
  waiting: Outcome[] | null = null;
  nextKnown: KnownTransaction | null = null;

  constructor(id: number, head: DeferredHead) {
    this.id = id;
    this.recipient = head.recipient;
    this.device = head.device;
    this.arrivedAt = head.arrivedAt;
    this.expiresAt = head.expiresAt;
    this.mode = head.mode;
    this.size = head.size;
    this.transaction = head.transaction;
    this.content = head.content;
  }
}

/** One recipient: what waits, and what is counted against the quota, which includes what is still being written. */
export interface Mailbox {
  readonly recipient: string;
  readonly entries: Entry[];
  count: number;
  octets: number;
}
