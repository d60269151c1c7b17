import type { History } from "./history_types.ts";

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
  /** Only with `barred`: when the bar ends by itself, ms; absent: never. */
  readonly barredUntil?: number;
  /** Only with `unsubscribed`: when the user left the service; from then on nothing but the user's own word brings them back. */
  readonly leftAt?: number;
  /** What may wait for this user, in the place of the box's own limits; absent: those of the box. */
  readonly quota?: { readonly messages: number; readonly octets: number };
  /** The operator's own words about the user; not shown to the user. */
  readonly note?: string;
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

/** As it was saved. */
export type State = readonly [name: string, value: unknown, octets?: Uint8Array];

/** States by name, each as one value; what is inside is their owner's business, who has them in memory. */
export interface States {
  /** Everything stored, for the owner to start from; once. */
  load(): Iterable<State>;
  /**
   * Replaces the state of that name; null removes it. `value` is plain JSON data, and `octets` go with it as they are; both are read
   * before the call returns. `lazily`: may wait up to a second for company (a refresh). Of one name, what is saved later holds.
   */
  save(name: string, value: unknown, lazily: boolean, done: Committed | null, octets?: Uint8Array): void;
}

/** By address-of-record: all its bindings. */
export type Registrations = States;

/** How a message came that waits: by MESSAGE, alone in a session (large), in a chat, or as a file. */
export type DeferredMode = "pager" | "large" | "session" | "file";

/** A message that waits for its recipient. */
export interface DeferredMessage {
  /** Recipient's address-of-record; of another domain where that domain does not store for its users. */
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
  /** Empty where `content` has it. */
  readonly body: Uint8Array;
  /** Absent: pager. */
  readonly mode?: DeferredMode;
  /** MSRP Message-ID of the original; absent or "" for a pager message. */
  readonly messageId?: string;
  /** The body, where it is too large for a record; absent or null: `body` is all. `store` takes it over. */
  readonly content?: StoredContent | null;
  /** The box's own word (the store is full, say): it may use a reserve beyond the recipient's quota. Not stored. */
  readonly reserve?: boolean;
}

/** What is known of a stored message without reading it. `id` grows in order of arrival at the store. */
export interface DeferredEntry {
  readonly id: number;
  readonly recipient: string;
  readonly device: string;
  readonly arrivedAt: number;
  readonly expiresAt: number;
  readonly mode: DeferredMode;
  /** Octets it counts against the quota, those of its content included. */
  readonly size: number;
}

/** What became of a `store`. */
export type StoreOutcome =
  | { readonly kind: "stored"; readonly id: number }
  /** The same transaction is stored already (or was, within the last hour): the answer is 202 again, with no second copy. */
  | { readonly kind: "duplicate"; readonly id: number }
  | { readonly kind: "quota"; readonly limit: "count" | "bytes"; readonly allowed: number }
  | { readonly kind: "failed"; readonly error: StorageError };

/** Why a message is not stored. */
export type StoreRefused = Exclude<StoreOutcome, { readonly kind: "stored" | "duplicate" }>;

/**
 * A body too large for a record, written in sealed chunks before the record that names it. What no record names is nothing, and
 * its chunks are swept at the next start. It is opened with its id, which stands nowhere but in the records: whoever has neither
 * those nor the box's key file has nothing, and when the records are gone, so is the content, whatever a disk still keeps.
 */
export interface StoredContent {
  /** Names the chunks; unguessable, and not to be shown: 64 hexadecimal digits. */
  readonly id: string;
  readonly octets: number;
  /** SHA-256 over it all, hexadecimal. */
  readonly sha256: string;
}

/** A content on its way in. Every method returns at once. About 1 MB of it may be in memory, less while many are written. */
export interface ContentWriter {
  /** The octets that follow; they are copied. After a failure they are dropped: `error` and `finish` tell. */
  write(octets: Uint8Array): void;
  /**
   * So much waits to be written that the source is to hold until `onRoom`. A source that goes on all the same is cut off some MB
   * later: `error`.
   */
  readonly full: boolean;
  /** Why it failed; null as long as it has not. What was written is removed by then; other writers go on. */
  readonly error: StorageError | null;
  /** Told when it is full no longer, or has failed. Never inside a call of this writer. */
  onRoom: (() => void) | null;
  /**
   * All has been written: `done` once, after the commit of its last chunk. Then the content is the caller's until `store` takes it,
   * or `abandon`, or the next start.
   */
  finish(done: (outcome: StoredContent | StorageError) => void): void;
  /**
   * None of it is wanted: what was written is removed, and `done` not called. Also after `finish`, where nothing ever claimed it;
   * once a `store` had it, whatever its outcome, this does nothing.
   */
  abandon(): void;
}

/** Contents of all repositories. A content lives as long as records name it: each claims it, and releases it when it goes. */
export interface Contents {
  /** Throws StorageError `full` where too many are being written (64). */
  write(): ContentWriter;
  /**
   * Up to `most` octets from `offset` on, at most 1 MB; empty at the end. Only the chunks touched are read (60,000 octets each), and
   * the last ones of all readers are kept. Rejects with StorageError, also where it has been removed, and with DamageError where it
   * is not whole.
   */
  read(content: StoredContent, offset: number, most: number): Promise<Uint8Array>;
  /**
   * One record more names it; or one reader, or somebody who gives it to several recipients, wants it to stay meanwhile. Throws
   * StorageError where it is not there (any more).
   */
  claim(content: StoredContent): void;
  /** One fewer; after the last its chunks are removed. */
  release(content: StoredContent): void;
  /** Octets of all that are claimed. */
  readonly octets: number;
}

export interface DeferredMessages {
  /**
   * Stores one message; `done` is called after its commit. Quota is counted with what is still being written. Its content is claimed
   * before the call returns, and released when the message goes, or at once where it is not stored (duplicate, quota, failed): with
   * the last claim the content goes too, so the caller abandons only what it never gave to `store`. Whoever gives one content to
   * several messages claims it first, and releases it when each has been given.
   */
  store(message: DeferredMessage, done: (outcome: StoreOutcome) => void): void;
  /** Null: so many octets more could be stored for that recipient now. Nothing is reserved: `store` counts again. */
  refusal(recipient: string, octets: number): StoreRefused | null;
  /** True when this transaction was stored (asked before a retransmission is worked on anew). */
  knows(transaction: string): boolean;
  /** What waits for a recipient, oldest first; expired ones left out. */
  pending(recipient: string): readonly DeferredEntry[];
  /** What counts against a recipient's quota now, with what is still being written. */
  taken(recipient: string): { readonly count: number; readonly octets: number };
  /** Recipients for whom something waits. */
  recipients(): Iterable<string>;
  /**
   * The whole message, or null when it is gone. From memory where the commit is fresh. `expired`: also one whose time is over, as long
   * as `expire` has not removed it.
   */
  read(id: number, expired?: boolean): Promise<DeferredMessage | null>;
  /** Removes it (delivered, withdrawn or expired). */
  remove(id: number, done: Committed | null): void;
  /** What `expire` would remove: whoever has to tell of it reads it first. */
  expiring(now: number): DeferredEntry[];
  /** When the first of all expires next, wall time ms; Infinity for never. It may be earlier, for one that has gone. */
  readonly nextExpiry: number;
  /** Removes what has expired; gives the entries removed. */
  expire(now: number): DeferredEntry[];
  /** Messages and octets that wait, over all recipients. */
  readonly count: number;
  readonly bytes: number;
}

/** A message that was said in a room, kept until everybody has had it. */
export interface RoomMessage {
  /** Its place in the order of the room: from 1, each larger than the one before. */
  readonly seq: number;
  readonly messageId: string;
  readonly contentType: string;
  /** Number of the participant that said it; 0: the room itself. */
  readonly from: number;
  /** Numbers of those who get it (65,534 at most); null: all. */
  readonly to: readonly number[] | null;
  /** Wall time of its arrival, ms. */
  readonly at: number;
  /** The body in order, in pieces; never changed afterwards. */
  readonly body: readonly Uint8Array[];
}

/** What was said in rooms and somebody has still to get, each message once however many those are. */
export interface RoomMessages {
  /**
   * The next message of a room; `done` after its commit, with all that other rooms say meanwhile in one write. Its octets are read
   * by then, and not held any longer. `full` where the store, this log or this room has no space left for it. Throws RangeError for
   * a `seq` that is not above the last one.
   */
  append(room: string, message: RoomMessage, done: Committed): void;
  /**
   * What is stored of a room after that place, oldest first; for a start: what was found there is in memory until it is read or dropped.
   * Rejects with StorageError, or DamageError.
   */
  read(room: string, after: number): Promise<RoomMessage[]>;
  /** Everything up to that place goes, what is being written included; Infinity: all of the room. */
  drop(room: string, upTo: number): void;
  /** Rooms that have something stored, or being stored. */
  rooms(): Iterable<string>;
  /** Messages, and octets of them, with what is being written. */
  readonly count: number;
  readonly octets: number;
}

/**
 * Devices that a user has been seen with, so that each gets its copy of what comes while it is away. Reads come from memory; what is
 * seen is written some seconds later, at most once a day for each device.
 */
export interface KnownDevices {
  /** The device with this instance (`+sip.instance`, RFC 5626 §4.1) of that address-of-record is there. */
  seen(aor: string, instance: string, now: number): void;
  /** Instances seen within the last 30 days, the latest first; at most 8. */
  of(aor: string, now: number): readonly string[];
  /** The user is gone, or wants none of them known. */
  forget(aor: string): void;
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

/** An entry as it stands in the log. */
export interface AuditRecord extends AuditEntry {
  /** Grows by one with each entry. */
  readonly id: number;
  /** SHA-256 in hexadecimal over this entry and the chain value of the one before: nobody can change the past unseen. */
  readonly chain: string;
}

/** What a walk along the chain found. */
export type ChainReport =
  | {
    readonly ok: true;
    readonly entries: number;
    readonly first: number;
    readonly last: number;
    readonly head: string;
  }
  | { readonly ok: false; readonly at: number; readonly reason: string };

/** Append-only, hash-chained, bounded by age and count. */
export interface AuditLog {
  append(entry: AuditEntry): void;
  /** Every entry, oldest first, from `from` on, for an export. */
  walk(from?: number): AsyncIterable<AuditRecord>;
  /** Walks the whole chain and compares. */
  verify(): Promise<ChainReport>;
  /** Newest first. `before`: entries older than that id; `event`: only those. */
  list(
    options: { limit: number; before?: number; event?: string; actor?: string },
  ): Promise<AuditRecord[]>;
}

/**
 * Small values of one kind, each sealed, all of them in memory: admins, sessions, invites, marks. Reads come from memory; a
 * write is seen by reads once it is committed. `T` is plain JSON data of at most 60,000 octets.
 */
export interface Records<T> {
  readonly size: number;
  get(id: string): T | undefined;
  /** In order of id. */
  entries(): Iterable<readonly [id: string, value: T]>;
  /** Adds or replaces. Rejects with StorageError, RangeError beyond `max` records or 60,000 octets. */
  put(id: string, value: T): Promise<void>;
  /** Several at once, all or none (at most 400). */
  putAll(values: Iterable<readonly [id: string, value: T]>): Promise<void>;
  /**
   * Changes one: `change` sees the present value and gives the next (undefined: remove it, or leave it absent); writers of
   * one collection take turns, so nothing is lost between look and write. Gives what is stored now.
   */
  update(id: string, change: (value: T | undefined) => T | undefined): Promise<T | undefined>;
  /** False when there was none. */
  remove(id: string): Promise<boolean>;
}

/** All repositories of the box over one store. */
export interface Storage {
  readonly subscribers: Subscribers;
  readonly registrations: Registrations;
  /** Subscriptions that the box's notifier holds, and publications: whose owner is the event framework. */
  readonly subscriptions: States;
  readonly publications: States;
  /** Rooms that stand: who is in them, how far everybody is. And what was said there. */
  readonly rooms: States;
  readonly roomMessages: RoomMessages;
  readonly deferredMessages: DeferredMessages;
  readonly contents: Contents;
  readonly knownDevices: KnownDevices;
  readonly auditLog: AuditLog;
  readonly documents: Documents;
  /** Recorded conversations. */
  readonly history: History;
  /** The records of a kind (`[a-z_]+`); the same object for the same name. `max`: how many there may be. */
  records<T>(name: string, max: number): Promise<Records<T>>;
  /** Small named values that are neither secret nor personal: schema version, boot counter, instance id. */
  readonly settings: Settings;
  /**
   * Writes a backup of the live store, consistent, to a new file at `path` (0600). `recovery`: the key ring is sealed with it;
   * null: it is in the file as it is, and who has the file can read everything. Rejects with StorageError.
   */
  backup(path: string, recovery: RecoveryKey | null): Promise<BackupFacts>;
  /** Why nothing can be stored at the moment ("disk full"); null when it can. */
  readonly trouble: string | null;
  /** Writes what is pending and closes. */
  close(): Promise<void>;
}

/** What opens the key ring in a backup: 20 random octets that the admin keeps on paper. */
export interface RecoveryKey {
  readonly octets: Uint8Array;
  /** Eight characters of its SHA-256: says which key it is, in file names and manifests, without telling it. */
  readonly id: string;
}

/** The first thing in a backup file, readable without any key. */
export interface BackupFacts {
  readonly application: "parley backup";
  readonly format: number;
  /** Of the store inside. */
  readonly schema: number;
  /** Parley's version. */
  readonly version: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Id of the recovery key that opens it; "" where the key ring is in it as it is. */
  readonly recoveryKey: string;
  /** Id of the key file, so that backups of one box are known by it. */
  readonly box: string;
  /** What is inside, in numbers. */
  readonly contents: {
    readonly users: number;
    readonly deferredMessages: number;
    readonly registrations: number;
    /** Absent in backups of a Parley that had none, as the next ones. */
    readonly documents?: number;
    readonly subscriptions?: number;
    readonly publications?: number;
    readonly rooms?: number;
    readonly roomMessages?: number;
    readonly recordings?: number;
  };
  /** Octets of the database inside. */
  readonly octets: number;
  /** Octets of the sealed keys behind it; absent in backups of a Parley that had none. */
  readonly vault?: number;
}

export interface Settings {
  get<T>(name: string): T | undefined;
  set(name: string, value: unknown): Promise<void>;
}

/** What is known of a document without reading it. */
export interface DocumentFacts {
  /** Application usage, as XCAP names it. */
  readonly auid: string;
  /** Whose tree: an XUI; "" for the global one. */
  readonly owner: string;
  /** Path below the tree, such as `index`. */
  readonly name: string;
  /** Another one with each change; never used twice for the same document. Without quotes. */
  readonly etag: string;
  /** Wall clock of the last change, ms. */
  readonly modifiedAt: number;
  /** Octets. */
  readonly size: number;
}

/** What a write to a document found: `conflict` where the document was not (or no more) as the writer thought. */
export type DocumentOutcome =
  | { readonly kind: "written"; readonly facts: DocumentFacts }
  | { readonly kind: "conflict"; readonly facts: DocumentFacts | null };

/**
 * The documents of XDM. Facts come from memory; a write is seen by reads once it is committed. Writes to one document are carried
 * out in the order they came in; each says on which version it stands, so none is lost under another.
 */
export interface Documents {
  find(auid: string, owner: string, name: string): DocumentFacts | undefined;
  /** An owner's documents, of one usage or of all, by usage and name. */
  list(owner: string, auid?: string): DocumentFacts[];
  /** All documents of a usage, over all owners. */
  ofUsage(auid: string): Iterable<DocumentFacts>;
  /** Documents and octets of an owner, over all usages. */
  totals(owner: string): { readonly count: number; readonly octets: number };
  /** The document's UTF-8 text; null where it is gone. Rejects with StorageError. */
  read(
    auid: string,
    owner: string,
    name: string,
  ): Promise<{ readonly facts: DocumentFacts; readonly text: string } | null>;
  /**
   * Writes the whole text, or, with `edit`, may write only what was replaced: `text` is then the result of replacing
   * `[start, end)` of the version `expected` by `insert`. `expected` null: there must be none yet. Rejects with StorageError; then
   * the old version still holds.
   */
  put(
    key: Pick<DocumentFacts, "auid" | "owner" | "name">,
    text: string,
    expected: string | null,
    edit?: { readonly start: number; readonly end: number; readonly insert: string },
  ): Promise<DocumentOutcome>;
  /** Rejects with StorageError. */
  remove(key: Pick<DocumentFacts, "auid" | "owner" | "name">, expected: string): Promise<DocumentOutcome>;
  /** Everything of an owner who is gone. */
  removeOwner(owner: string): Promise<void>;
  readonly count: number;
  readonly octets: number;
}
