import type { StorageError, StoredContent } from "./repositories.ts";

/** How a conversation is held. `pager`: by MESSAGE; `large`, `file`: one message, or one file, in a session of its own. */
export type TalkKind = "pager" | "large" | "session" | "file" | "room";

/** Somebody in a conversation, as its recorder may see them: in a hidden room an alias, never the address. */
export interface HistoryParty {
  readonly uri: string;
  /** Friendly name; "" for none. */
  readonly name: string;
}

/** What a recorder's metadata begin with (oma-reference §5.8). */
export interface RecordingFacts {
  /** Folded address-of-record of whoever records: the only one who may ever read it. */
  readonly owner: string;
  /**
   * What its conversations are gathered under, as its owner sees it: folded address of the other party, or the URI of the room or group;
   * one conversation by MESSAGE and the next session with the same person have the same.
   */
  readonly with: string;
  /** The owner first, then the others that were seen. */
  readonly parties: readonly HistoryParty[];
  /** The room or group; uri "" for none. */
  readonly group: HistoryParty;
  /** "" for none. */
  readonly subject: string;
  /** Wall time when it goes by itself, ms; Infinity for never. */
  readonly expiresAt: number;
}

/** A conversation that somebody records or has recorded: metadata; what was said is read with `History.read`. */
export interface Recording extends RecordingFacts {
  /** `h-` and at least 128 random bits in letters and digits; never used twice. What documents and requests name it by. */
  readonly reference: string;
  readonly kind: TalkKind;
  /** The owner's own name for it (`recording-name`), folders before it, parted by "/"; "" for none. */
  readonly name: string;
  /** Wall time of the first and of the last message, ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly messages: number;
  /** Octets of bodies, the owner's share: what counts against the quota. */
  readonly octets: number;
  /** It is still recorded. */
  readonly open: boolean;
  /** Grows with each change of this owner's recordings, messages that came included. */
  readonly version: number;
}

/** One message of a conversation. */
export interface HistoryMessage {
  /** When it was said, wall time ms; never earlier than the one before it in its conversation. */
  readonly at: number;
  /** Who says it, as recorders see them; `uri` of the owner's own messages: the owner's address (or alias). */
  readonly from: HistoryParty;
  /** To whom: an address, the room, or a participant in private. */
  readonly to: string;
  /** MSRP Message-ID, or Call-ID and CSeq of a MESSAGE: known again when it is said again. */
  readonly messageId: string;
  /** Of the body as it came, parameters included; `message/cpim` stays wrapped. */
  readonly contentType: string;
  /** Further MIME headers of the body (Content-Disposition, Content-Encoding …), each with CRLF; "" for none. */
  readonly headers: string;
  /** Name of a file as it was offered; "" for none. */
  readonly file: string;
  /** Octets for octet as it came; empty where `content` has it. Copied, or written, before `append` returns. */
  readonly body: Uint8Array;
  /** A body above 16 KiB, in chunks; null: `body` is all. `append` takes it over (claims), like `DeferredMessages.store`. */
  readonly content: StoredContent | null;
}

/** A stored message with its place. */
export interface SaidMessage extends HistoryMessage {
  /** Grows in a conversation; the same for all who record it. */
  readonly seq: number;
}

/** What became of a message for those who record. */
export interface Appended {
  /** Null: it is on disk for all of `kept`. */
  readonly error: StorageError | null;
  /** Recorders for whom it was not kept, since their quota, or that of the box, is full; their recordings are closed. */
  readonly full: readonly string[];
}

/** A conversation that goes on: one copy of what is said, however many record it. In memory until something is said. */
export interface Talk {
  readonly kind: TalkKind;
  /** `owner` records from the next message on. Kept with its first message: who records and hears nothing has nothing. Again for the same owner: the same. */
  join(facts: RecordingFacts): void;
  /** `owner` records no longer: that recording is closed, and is listed as over. */
  leave(owner: string): void;
  /** Folded addresses of who records now. */
  readonly recorders: ReadonlySet<string>;
  /** Of a recorder, once something was kept; null before. */
  referenceOf(owner: string): string | null;
  /** A recorder sees somebody new; others' metadata stay. */
  sees(owner: string, party: HistoryParty): void;
  /**
   * Keeps a message for those of `owners` who record (others are passed over), in one commit with their metadata; `done` once, after the
   * commit, never inside the call. In the order of the calls. Where nobody of them records: `done` in a microtask, nothing is kept.
   * A list that is given again must name the same ones: then they are not looked for.
   */
  append(message: HistoryMessage, owners: Iterable<string>, done: (outcome: Appended) => void): void;
  /** All recordings of it are closed. What is being written is still written. */
  close(): void;
}

/** Is given a long body from its beginning, piece by piece. */
export interface BodyReader {
  /** The next octets, valid during the call. False: it needs no more. */
  take(octets: Uint8Array): boolean;
  /** The body is over, or as much of it as is read. Not called where `take` needed no more. */
  end(): void;
}

/** Whether a message in a content is looked for. */
export interface LongMatch extends BodyReader {
  readonly matches: boolean;
}

/** What a search looks for. All that is given has to hold. */
export interface HistoryQuery {
  /**
   * Hashes by `HistoryWords.termsOf`: of every group a message has to have one at least. Empty: every message may match. They only
   * narrow down where to look; `matches` decides.
   */
  readonly terms: readonly (readonly number[])[];
  /** Asked of each message that may match, with its recording; of one in a content where `longMatch` wants to read nothing of it. */
  matches(message: SaidMessage, recording: Recording): boolean;
  /** Asked of a message in a content: what its body has to be given to. Null: `matches` needs no body to decide. */
  longMatch(message: SaidMessage): LongMatch | null;
  /** Only conversations for which this is true. */
  of(recording: Recording): boolean;
  /** Messages said in this span, wall time ms; 0 and Infinity for all. */
  readonly from: number;
  readonly until: number;
}

/** What was found, the newest first. */
export interface HistoryHits {
  readonly hits: readonly { readonly recording: Recording; readonly message: SaidMessage }[];
  /** There is more: `most` was reached. */
  readonly more: boolean;
  /** Not everything was looked at, since it would have taken too long. */
  readonly bounded: boolean;
}

/** How far a user has read what was said with somebody, shared by all devices (the read marker). */
export interface ReadMark {
  /** Wall time of the last message that was read. */
  readonly at: number;
  /** Its recording and place; "" and 0 where it is only known by time. */
  readonly reference: string;
  readonly seq: number;
}

/** Recorded conversations. Reads of metadata come from memory; what is told is committed. */
export interface History {
  /** A conversation begins. Nothing is written until something is said that somebody records. */
  begin(kind: TalkKind): Talk;
  /** An owner's recordings, the latest first; empty conversations are never among them. */
  list(owner: string): readonly Recording[];
  /** Undefined where it is not there, or another's. */
  find(owner: string, reference: string): Recording | undefined;
  /** Messages of a recording with `seq` above `after`, at most `most` of them and about 1 MB of bodies. Rejects with StorageError, DamageError. */
  read(owner: string, reference: string, after: number, most: number): Promise<readonly SaidMessage[]>;
  /** Changes what its owner may change; null where it is not there. Resolves when committed. Rejects with StorageError. */
  change(
    owner: string,
    reference: string,
    change: { readonly name?: string; readonly subject?: string; readonly expiresAt?: number },
  ): Promise<Recording | null>;
  /**
   * Removes recordings, all that are there of these, for good: what nobody else records of them cannot be read by anybody any more, whatever
   * disk and key file hold. An open one is left first (what follows in that conversation is recorded no longer). Gives how many there were.
   */
  remove(owner: string, references: Iterable<string>): Promise<number>;
  /** All of an owner who is gone, marks included. */
  removeOwner(owner: string): Promise<void>;
  search(owner: string, query: HistoryQuery, most: number): Promise<HistoryHits>;
  /** Read marks by `Recording.with`. They never go back but by `back: true`. They go with the last recording of that `with`. */
  mark(owner: string, peer: string, mark: ReadMark, back?: boolean): Promise<void>;
  marks(owner: string): ReadonlyMap<string, ReadMark>;
  /** What counts against an owner's quota, with what is being written. */
  taken(owner: string): { readonly recordings: number; readonly messages: number; readonly octets: number };
  /** Owners who have recordings. */
  owners(): Iterable<string>;
  /** When the first expires next, wall time ms; Infinity for never. */
  readonly nextExpiry: number;
  /** Removes what has expired, like `remove`. Gives it. */
  expire(now: number): Promise<readonly Recording[]>;
  /** Over all owners. */
  readonly recordings: number;
  readonly messages: number;
  /** Octets of bodies, each once. */
  readonly octets: number;
  /** A recording is another one: changed, came, went. Called after the commit; one listener. */
  onChanged: ((owner: string, reference: string) => void) | null;
}

/** How much may be kept; live: read at each use. */
export interface HistoryLimits {
  /** Octets and recordings of one owner. */
  readonly octets: number;
  readonly recordings: number;
  /** Octets (each body once) and recordings of the box. */
  readonly totalOctets: number;
  readonly totalRecordings: number;
}

export const DEFAULT_HISTORY_LIMITS = {
  octets: 256 * 1024 * 1024,
  recordings: 5_000,
  totalOctets: 16 * 1024 * 1024 * 1024,
  totalRecordings: 200_000,
} as const satisfies HistoryLimits;

/** What a message can be found by. */
export type FindableMessage = Pick<HistoryMessage, "contentType" | "headers" | "file" | "body" | "content">;

/** What the store has to know about messages that it does not know itself. */
export interface HistoryWords {
  /**
   * Hashes (unsigned, 32 bits) of what a message may be found by; pure. Called in the background, when conversations are put away; `body` is
   * valid during the call, and what it gives until the next one.
   */
  termsOf(message: FindableMessage): Iterable<number>;
  /** Of a message in a content: what its body has to be given to, and gives its terms to `found`. Null: there is nothing to be read of it. */
  longTerms(message: FindableMessage, found: (term: number) => void): BodyReader | null;
}
