import type { Events, Metrics } from "../../../foundation/mod.ts";
import type { MsrpNode } from "../../../transport/msrp/mod.ts";
import type { Fingerprint } from "../../../transport/payload/mod.ts";
import type { Flow } from "../../../transport/sip/mod.ts";
import type {
  Contents,
  DeferredMessage,
  DeferredMessages,
  StoredContent,
  StoreOutcome,
  Subscriber,
} from "../../../storage/mod.ts";
import type { CoreEvents, CoreServices } from "../../sip_core/mod.ts";
import type { SessionKind, Untaken } from "../../session_media/mod.ts";
import type { DeferredEvents } from "../deferred_events.ts";
import type { StoredParties } from "../session_message.ts";
import type { DeferralSettings } from "../stored_message.ts";

/** The operator's rules for content, the same as for messages that are delivered at once. Read at each use. */
export interface ContentPolicy {
  /** Those of the types that may be sent, as `a=accept-types` says it. */
  admitted(types: readonly string[]): readonly string[];
  /** Octets of one message of a type (lower-case, no parameters); 0: refused. `inSession`: as one of many, not by itself. */
  limitFor(type: string, inSession: boolean): number;
  /** Octets of the largest message where these types are accepted. */
  largest(accepted: readonly string[], kind: SessionKind): number;
}

/** Bounds of the function. One live object: it is read at each use, but for `memory`. */
export interface IntakeSettings {
  /** False: nothing that comes by session is stored for those who are not there. */
  readonly enabled: boolean;
  /** Sessions at once; one more gets 503. */
  readonly maxSessions: number;
  /** Of those, of one sender. */
  readonly perSender: number;
  /** Messages written as contents at once; one more gets 408. */
  readonly streams: number;
  /** Octets of messages being put together in memory, over all sessions; what has no room gets 408. */
  readonly memory: number;
}

export const DEFAULT_INTAKE: IntakeSettings = {
  enabled: true,
  maxSessions: 1000,
  perSender: 50,
  streams: 60,
  memory: 16_777_216,
};

/** What stores and delivers: DeferredDelivery. */
export interface MessagePost {
  /** `done` once, after the commit. `tried`: the recipient's devices were asked in vain just now. */
  post(message: DeferredMessage, done: (outcome: StoreOutcome) => void, tried?: boolean): void;
}

/** How the copies of a message look that say more than it did. */
export interface Dressed {
  /** Stored in the place of its first octets, up to `skip`; and behind its last. */
  readonly head: Uint8Array;
  readonly skip: number;
  readonly tail: Uint8Array;
  readonly contentType: string;
  /** Further header lines, each with CRLF. */
  readonly lines: string;
}

/** Those whom a session is for that has no single recipient: a list of people, or a group. */
export interface ManyRecipients {
  /** Nothing more is taken for them: 403 for what is complete by now. */
  readonly isOver: boolean;
  /**
   * What copies get besides. `begin`: the first octets, all headers of a wrapper among them; null: they are stored as the message
   * came. `lines`: header lines that came with it.
   */
  dressed(contentType: string, lines: string, begin: Uint8Array): Dressed | null;
  /** Makes copies and stores them. Its content is this one's from now on. `done` once, after the commit of all. */
  post(message: DeferredMessage, done: (outcome: StoreOutcome) => void): void;
}

/** A message that is stored, as it is recorded for whoever wants that. */
export interface RecordedIntake {
  readonly messageId: string;
  readonly contentType: string;
  /** Further MIME headers, each with CRLF. */
  readonly headers: string;
  /** Name of a file as it was offered; "" for none. */
  readonly file: string;
  /** Empty where `content` has it. */
  readonly body: Uint8Array;
  /** Claimed by the caller until `done`. */
  readonly content: StoredContent | null;
}

/** The recording of one session that is stored. */
export interface IntakeRecording {
  /** This has been stored just now: recorded before its sender is told. `done` once, never inside the call. */
  said(message: RecordedIntake, done: () => void): void;
  /** Nothing more comes. */
  close(): void;
}

/** Records what is stored for those who are not there, for users who want that (history). */
export interface IntakeRecorder {
  /** A session begins; null: nobody records it. */
  begin(untaken: Untaken): IntakeRecording | null;
}

/** What the function stands on. */
export interface IntakeDeps {
  readonly services: Pick<CoreServices, "clock" | "timers" | "egress" | "location">;
  readonly node: MsrpNode;
  readonly deferred: MessagePost;
  readonly store: Pick<DeferredMessages, "refusal">;
  readonly contents: Pick<Contents, "write" | "claim" | "release">;
  /** Null or absent: nothing is recorded. */
  readonly recorder?: IntakeRecorder | null;
  /** How long messages are kept. */
  readonly deferral: DeferralSettings;
  readonly policy: ContentPolicy;
  readonly settings: IntakeSettings;
  /** The name a party used to reach us, for our URI in its path; "" for that of the door. */
  readonly hostFor: (flow: Flow) => string;
  /** Fingerprint of our MSRP certificate where no public authority signed it; null: not said. */
  readonly ownFingerprint: () => Fingerprint | null;
  /** Who speaks in Warnings: our first domain. */
  readonly host: string;
  /** A device registers: sessions that store for its user end, so that the next message goes live. */
  readonly coreEvents: Pick<Events<CoreEvents>, "on">;
  readonly events: Pick<Events<DeferredEvents>, "heard" | "emit">;
  readonly metrics: Metrics;
  /** What the rules of one party (`aor`) say of a session that stands, by now. A promise where they have to be read first. */
  readonly mayStand: (parties: StoredParties, aor: string) => boolean | Promise<boolean>;
  /** What the recipient wants, by their own published settings too (oma-reference §2.6). */
  readonly deferralOf: (recipient: Subscriber) => Subscriber["deferral"];
  /** What a recipient of ours (address-of-record) wants by now, while a session stores for them: false where nothing is to be kept. */
  readonly stillWanted: (recipient: string) => boolean;
  /** True where a message for a recipient of another domain is to be kept here (oma-reference §3.4, placement). */
  readonly storesForOthers: (untaken: Untaken) => boolean;
}
