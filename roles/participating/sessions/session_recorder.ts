import type { BridgeTap } from "../../../transport/msrp/forward/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import type { SessionKind, Untaken } from "../../session_media/mod.ts";

/** A party of a session, as the other one may see it. */
export interface RecordedParty {
  /** Folded address-of-record of a user of ours; "" for anybody else. */
  readonly user: string;
  /** Folded address; the anonymous one where it asks not to be named, or nobody vouches for it. */
  readonly uri: string;
  /** Friendly name; "" for none. */
  readonly name: string;
}

/** What is known of a session that stands, for whoever records it. */
export interface RecordedSession {
  readonly id: string;
  /** Of both legs. */
  readonly callIds: readonly string[];
  readonly kind: SessionKind;
  readonly inviter: RecordedParty;
  readonly invitee: RecordedParty;
  /** One of the two is a room on another server (RFC 4579): its folded URI; "" for none. */
  readonly room: string;
  /** "" for none. */
  readonly subject: string;
  /** Name of the file that is offered; "" for none. */
  readonly file: string;
}

/** The recording of one session, while it stands. */
export interface SessionRecording {
  /** Somebody records it now. */
  readonly records: boolean;
  /** What has to see its messages as long as somebody does. The inviter is side `a`. */
  readonly tap: BridgeTap;
  /** The session is over. What is complete is still recorded. */
  close(): void;
}

/** One message that the box takes as the end of a session, to bring it by MESSAGE: what was said, as it came. */
export interface SingleMessage {
  readonly untaken: Pick<Untaken, "to" | "recipient" | "kind"> & { readonly exchange: Exchange };
  readonly messageId: string;
  readonly contentType: string;
  /** Further MIME headers, each with CRLF. */
  readonly headers: string;
  readonly body: Uint8Array;
}

/** Records sessions for users who want that (history, HST-1). */
export interface SessionRecorder {
  /** True where one of these users (folded; "" for none of ours) wants sessions of that kind recorded: their messages have to pass here. */
  wants(inviter: string, invitee: string, kind: SessionKind): boolean;
  /**
   * A session stands, with a user of ours in it. `changed`: somebody records it from now on, or nobody does any longer; never inside
   * this call.
   */
  begin(session: RecordedSession, changed: (recorded: boolean) => void): SessionRecording;
  /** A message that is no session's any more. `done` once, never inside the call: it may be acknowledged. */
  single(message: SingleMessage, done: () => void): void;
  /** Info Package of commands about recording (RFC 6086). */
  readonly infoPackage: string;
  /** An INFO of that package by a user of ours in a dialog of this session. Null: done. Else why not, for the reason phrase. */
  command(callId: string, user: string, request: SipRequest): string | null;
}
