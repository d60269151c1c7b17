/** Somebody in a conversation, as its recorder sees them. */
export interface ConversationParty {
  readonly uri: string;
  readonly name: string;
}

/** A recorded conversation, for the user who recorded it and for nobody else. */
export interface ConversationView {
  readonly reference: string;
  readonly kind: "pager" | "large" | "session" | "file" | "room";
  /** What conversations are gathered under: the other party, or the room. */
  readonly with: string;
  /** The recorder first. */
  readonly parties: readonly ConversationParty[];
  /** The room or group; null for none. */
  readonly group: ConversationParty | null;
  /** The owner's own name for it, folders before it, parted by "/". */
  readonly name: string;
  readonly subject: string;
  readonly started_at: number;
  readonly ended_at: number;
  readonly messages: number;
  readonly octets: number;
  /** When it goes by itself; 0: never. */
  readonly expires_at: number;
  /** It is still recorded. */
  readonly open: boolean;
}

export interface ConversationQuery {
  /** A folder with those in it, "" for what is in none, null for all. */
  readonly folder: string | null;
  /** Address or name; "" for anybody. */
  readonly with: string;
  /** Conversations with something said in this span; 0 and Infinity for all. */
  readonly from: number;
  readonly until: number;
}

export interface ConversationPage {
  /** The latest first. */
  readonly conversations: readonly ConversationView[];
  /** For `after` of the next page; "" at the end. */
  readonly next: string;
  readonly total: number;
}

/** A message of a conversation. */
export interface SaidView {
  readonly seq: number;
  readonly at: number;
  readonly from: ConversationParty;
  readonly to: string;
  /** Of the owner's own. */
  readonly own: boolean;
  readonly message_id: string;
  /** Of the body itself, without its CPIM wrapper. */
  readonly content_type: string;
  /** Null where it is no text, or too long to stand here. */
  readonly text: string | null;
  readonly octets: number;
  /** Name of a file; "" for none. */
  readonly file: string;
}

export interface ConversationHit {
  readonly conversation: ConversationView;
  readonly message: Omit<SaidView, "text">;
  /** About 120 characters around what was found; text, no markup. */
  readonly snippet: string;
}

export interface ConversationHits {
  readonly hits: readonly ConversationHit[];
  readonly more: boolean;
  /** Not everything was looked at: the search was too broad. */
  readonly bounded: boolean;
}

export interface FolderView {
  readonly folder: string;
  /** In it, without those in folders inside of it. */
  readonly conversations: number;
  readonly octets: number;
}

/** Octets on their way to a browser. */
export interface ConversationContent {
  readonly content_type: string;
  readonly file_name: string;
  readonly octets: number;
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** How far a user has read what was said with somebody. */
export interface ReadMarkView {
  readonly with: string;
  /** Of the last message read; 0: nothing. */
  readonly at: number;
  readonly reference: string;
  readonly seq: number;
  /** Messages of others behind it, as far as they were counted. */
  readonly unread: number;
  /** There are, or may be, more than that. */
  readonly more: boolean;
}

/** What of a user's conversations is recorded, and how much room there is. */
export interface RecordingView {
  /** The operator lets users record. */
  readonly allowed: boolean;
  /** What the user set; "default": as the operator has it. */
  readonly record: RecordWish;
  /** The user's devices say what is recorded; that counts before `record`. */
  readonly by_devices: boolean;
  /** What holds now. */
  readonly in_force: Exclude<RecordWish, "default">;
  /** What "default" is. */
  readonly default: "nothing" | "everything";
  /** Days a recording is kept, and may be kept at most; 0: for ever. */
  readonly keep_days: number;
  readonly max_days: number;
  readonly taken: { readonly conversations: number; readonly messages: number; readonly octets: number };
  readonly quota: { readonly conversations: number; readonly octets: number };
}

export const RECORD_WISHES = ["default", "nothing", "pager", "session", "everything"] as const;
export type RecordWish = typeof RECORD_WISHES[number];

/** What one user's recordings take, without a word of what they are. */
export interface HistoryUsage {
  readonly uri: string;
  readonly conversations: number;
  readonly messages: number;
  readonly octets: number;
}

/**
 * Conversations that users recorded (HST-1, HST-2), each for its owner alone: what is another's is not there. Rejects with OperationError
 * where a value is no good, and with StorageError.
 */
export interface ConversationService {
  /** `after`: `next` of the page before; "" for the first. */
  list(owner: string, query: ConversationQuery, after: string, limit: number): ConversationPage;
  find(owner: string, reference: string): ConversationView | null;
  folders(owner: string): FolderView[];
  /** Messages with `seq` above `after`, with what stands in `next` for the following page (0 at the end); null: no such conversation. */
  messages(
    owner: string,
    reference: string,
    after: number,
    limit: number,
  ): Promise<{ readonly messages: readonly SaidView[]; readonly next: number } | null>;
  /** `original`: octet for octet as it came; `content`: without its CPIM wrapper. Null: no such message. */
  content(
    owner: string,
    reference: string,
    seq: number,
    form: "original" | "content",
  ): Promise<ConversationContent | null>;
  /** What is absent stays. Null: no such conversation. */
  change(
    owner: string,
    reference: string,
    change: { readonly name?: string; readonly subject?: string; readonly expires_at?: number },
  ): Promise<ConversationView | null>;
  /** Removes all of these or, where one is not there, none: false. */
  remove(owner: string, references: readonly string[]): Promise<boolean>;
  search(
    owner: string,
    query: ConversationQuery & { readonly words: string; readonly reference: string },
    limit: number,
  ): Promise<ConversationHits>;
  /** A whole conversation as one file, made while it is read. `language`, `zone`: of the readable page. Null: no such conversation. */
  export(
    owner: string,
    reference: string,
    format: "json" | "html",
    style: { readonly language: string; readonly zone: string },
  ): ConversationContent | null;
  settings(owner: string): RecordingView;
  /** Resolves when it is stored. */
  changeSettings(owner: string, record: RecordWish): Promise<RecordingView>;
  /** One for everybody there are recordings with, the latest first; `with`: of one alone. */
  marks(owner: string, filter: { readonly with: string; readonly limit: number }): Promise<ReadMarkView[]>;
  /** Null: nothing is recorded with that one, or there is no such message. `back`: it may go back. */
  mark(
    owner: string,
    mark: {
      readonly with: string;
      readonly at: number;
      readonly reference: string;
      readonly seq: number;
      readonly back: boolean;
    },
  ): Promise<ReadMarkView | null>;
  /**
   * Begins, or ends, to record a conversation; it is called by the room's or the other party's address. Why not, else null: 403 recording is
   * not allowed, 404 there is no such conversation, 480 no room. Resolves when what outlasts a restart is stored.
   */
  record(
    owner: string,
    request: { readonly conversation: string; readonly action: "start" | "stop"; readonly name: string },
  ): Promise<{ readonly status: 403 | 404 | 480; readonly reason: string } | null>;
  /** Of all who have something recorded, by address. For the operator: sizes alone. */
  usage(): HistoryUsage[];
  /** Over all users; octets of what several recorded once. */
  readonly totals: { readonly conversations: number; readonly messages: number; readonly octets: number };
}
