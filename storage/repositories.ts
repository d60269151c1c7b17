/**
 * Told when a write is safe on disk (null), or why it is not. Called once, never inside the call that started the write.
 */
export type Committed = (error: StorageError | null) => void;

/** Why a write was refused. `full`: no space left; `failed`: anything else the store said. */
export class StorageError extends Error {
  readonly kind: "full" | "failed" | "closed";
  constructor(kind: "full" | "failed" | "closed", message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StorageError";
    this.kind = kind;
  }
}

/** HA1 digests in hexadecimal for the realm (RFC 7616 §3.4.2), for `user` and for `user@domain` as the username. */
export interface Credentials {
  readonly realm: string;
  readonly md5: string;
  readonly sha256: string;
  readonly md5WithDomain: string;
  readonly sha256WithDomain: string;
  /** For the E.164 number, plus and all, as the username (REG-7); absent when the user had none as the password was set. */
  readonly md5Number?: string;
  readonly sha256Number?: string;
}

/** One user of the service. */
export interface Subscriber {
  /** `sip:user@domain`, as `addressOf` folds it. */
  readonly aor: string;
  readonly displayName: string;
  /** With its plus; "" when none. Unique over all subscribers. */
  readonly e164: string;
  /** `unsubscribed`: known, but without the IM service; `suspended`: by the admin; `barred`: by the operator for a time. */
  readonly state: "active" | "suspended" | "barred" | "unsubscribed";
  /** What happens to messages: stored when they cannot be delivered, always stored first, or never stored. */
  readonly deferral: "offline" | "always" | "never";
  readonly credentials: Credentials;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** Users by address-of-record and by number. Reads come from memory; a write is seen by reads once it is committed. */
export interface Subscribers {
  get(aor: string): Subscriber | undefined;
  byNumber(e164: string): Subscriber | undefined;
  readonly size: number;
  /** In order of address-of-record, from behind `after` ("" for the first page). */
  list(after: string, limit: number): Subscriber[];
  /** Adds or replaces, all or none. Rejects with StorageError; a number that another user has is a RangeError. */
  put(subscribers: readonly Subscriber[]): Promise<void>;
  /** False when there was no such user. */
  remove(aor: string): Promise<boolean>;
}

/** An address-of-record's bindings as one value; what is inside is the registrar's business. */
export interface Registrations {
  /** Everything stored, for the registrar to start from. */
  load(): Iterable<readonly [aor: string, value: unknown]>;
  /**
   * Replaces what is stored for `aor`; null removes it. `value` is plain JSON data, read before the call returns.
   * `lazily`: may wait up to a second for company (a refresh).
   */
  save(aor: string, value: unknown, lazily: boolean, done: Committed | null): void;
}

/** A message that waits for its recipient. */
export interface DeferredMessage {
  /** Recipient's address-of-record. */
  readonly recipient: string;
  /** Only for the device with this instance; "" for any. */
  readonly device: string;
  /** Sender's identity; the order of each sender's messages is kept. */
  readonly sender: string;
  readonly arrivedAt: number;
  readonly expiresAt: number;
  /** Call-ID, From tag and CSeq: a retransmission after a restart is known by it. */
  readonly transaction: string;
  /** Header lines to deliver it with, latin1, each with CRLF. */
  readonly headers: string;
  readonly body: Uint8Array;
}

/** What is known of a stored message without reading it. `id` grows in order of arrival at the store. */
export interface DeferredEntry {
  readonly id: number;
  readonly recipient: string;
  readonly device: string;
  readonly expiresAt: number;
  /** Octets it counts against the quota. */
  readonly size: number;
}

/** What became of a `store`. */
export type StoreOutcome =
  | { readonly kind: "stored"; readonly id: number }
  /** The same transaction is stored already (or was, within the last hour): the answer is 202 again, with no second copy. */
  | { readonly kind: "duplicate"; readonly id: number }
  | { readonly kind: "quota"; readonly limit: "count" | "bytes"; readonly allowed: number }
  | { readonly kind: "failed"; readonly error: StorageError };

export interface DeferredMessages {
  /** Stores one message; `done` is called after its commit. Quota is counted with what is still being written. */
  store(message: DeferredMessage, done: (outcome: StoreOutcome) => void): void;
  /** True when this transaction was stored (asked before a retransmission is worked on anew). */
  knows(transaction: string): boolean;
  /** What waits for a recipient, oldest first; expired ones left out. */
  pending(recipient: string): readonly DeferredEntry[];
  /** Recipients for whom something waits. */
  recipients(): Iterable<string>;
  /** The whole message, or null when it is gone. From memory where the commit is fresh. */
  read(id: number): Promise<DeferredMessage | null>;
  /** Removes it (delivered, withdrawn or expired). */
  remove(id: number, done: Committed | null): void;
  /** Removes what has expired; gives the entries removed. */
  expire(now: number): DeferredEntry[];
  /** Messages and octets that wait, over all recipients. */
  readonly count: number;
  readonly bytes: number;
}

/** One line of the audit log. */
export interface AuditEntry {
  readonly at: number;
  /** `login`, `user.add`, `backup`, … */
  readonly event: string;
  /** Who did it: an address-of-record, an admin, `cli`, `system`. */
  readonly actor: string;
  /** Facts; no secrets, no message text. */
  readonly facts: Readonly<Record<string, string | number>>;
}

/** Append-only, bounded by age and count. */
export interface AuditLog {
  append(entry: AuditEntry): void;
  /** Newest first. `before`: entries older than that id; `event`: only those. */
  list(
    options: { limit: number; before?: number; event?: string; actor?: string },
  ): Promise<(AuditEntry & { id: number })[]>;
}

/** All repositories of the box over one store. */
export interface Storage {
  readonly subscribers: Subscribers;
  readonly registrations: Registrations;
  readonly deferredMessages: DeferredMessages;
  readonly auditLog: AuditLog;
  /** Small named values that are neither secret nor personal: schema version, boot counter, instance id. */
  readonly settings: Settings;
  /** Copies the live store, consistent, to a folder or file at `path`. Gives the octets written. */
  backup(path: string): Promise<number>;
  /** Why nothing can be stored at the moment ("disk full"); null when it can. */
  readonly trouble: string | null;
  /** Writes what is pending and closes. */
  close(): Promise<void>;
}

export interface Settings {
  get<T>(name: string): T | undefined;
  set(name: string, value: unknown): Promise<void>;
}
