import { type Clock, fromLatin1 } from "../../../foundation/mod.ts";
import type { Contents, HistoryParty } from "../../../storage/mod.ts";
import { HISTORY_INFO_PACKAGE } from "../../../transport/payload/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import {
  recordedParties,
  type RecordedParty,
  type RecordedSession,
  type SessionRecorder,
  type SessionRecording,
  type SingleMessage,
} from "../../participating/mod.ts";
import type { SessionKind } from "../../session_media/mod.ts";
import type { Conversation, RecordingDesk } from "../recording/desk_types.ts";
import { ContentSlots } from "./content_slots.ts";
import { SaidMessages } from "./said_message.ts";
import { SessionTap, type SessionTapParts } from "./session_tap.ts";
import { fileNameIn, isFleeting } from "./what_is_said.ts";

/** What sessions are recorded with. */
export interface RecordedSessionsParts {
  readonly desk: RecordingDesk;
  readonly contents: Contents;
  readonly clock: Clock;
  /** Carries out the command in an INFO of this user's about the session with that Call-ID. Null: done; else why not, for people. */
  readonly command: (callId: string, user: string, contentType: string, body: Uint8Array) => string | null;
}

/** Sessions, large messages and files that pass the box, for users who want them recorded (HST-1). */
export class RecordedSessions implements SessionRecorder {
  readonly infoPackage = HISTORY_INFO_PACKAGE;
  readonly #parts: RecordedSessionsParts;
  readonly #slots: ContentSlots;

  constructor(parts: RecordedSessionsParts) {
    this.#parts = parts;
    this.#slots = new ContentSlots(parts.contents, parts.clock);
  }

  wants(inviter: string, invitee: string, kind: SessionKind): boolean {
    const { desk } = this.#parts;
    if (desk.idle) return false;
    return (inviter !== "" && desk.wants(inviter, kind)) || (invitee !== "" && desk.wants(invitee, kind));
  }

  begin(session: RecordedSession, changed: (recorded: boolean) => void): SessionRecording {
    const { id, callIds, kind, inviter, invitee, room, subject, file } = session;
    const { desk, contents, clock } = this.#parts;
    const names = room === "" ? [id, ...callIds] : [id, ...callIds, room];
    const conversation = desk.open({ kind, names, group: { uri: room, name: "" }, subject });
    joinBoth(conversation, inviter, invitee, room);
    const parts = {
      conversation,
      contents,
      slots: this.#slots,
      clock,
      parties: { a: partyOf(inviter), b: partyOf(invitee) },
      users: usersOf(inviter, invitee),
      file: kind === "file" ? file : "",
      takesEmpty: kind === "file",
    };
    return new OneRecording(parts, changed);
  }

  single({ untaken, messageId, contentType, headers, body }: SingleMessage, done: () => void): void {
    const { exchange, to, recipient, kind } = untaken;
    const { desk, contents, clock } = this.#parts;
    const [inviter, invitee] = recordedParties(exchange, to, recipient);
    if (!this.wants(inviter.user, invitee.user, kind) || isFleeting(contentType, headers, body)) {
      return queueMicrotask(done);
    }
    const names = [exchange.request.callId];
    const conversation = desk.open({ kind, names, group: NOBODY, subject: subjectOf(exchange.request) });
    joinBoth(conversation, inviter, invitee, "");
    const said = new SaidMessages(conversation, contents);
    const from = partyOf(inviter);
    const file = fileNameIn(headers);
    const message = { at: clock.now(), from, to: invitee.uri, messageId, contentType, headers, file, body };
    said.say(message, usersOf(inviter, invitee), done);
    said.close();
  }

  command(callId: string, user: string, request: SipRequest): string | null {
    return this.#parts.command(callId, user, request.get("Content-Type") ?? "", request.body);
  }
}

/** The recording of one session. */
class OneRecording implements SessionRecording {
  readonly #parts: SessionTapParts;
  #tap: SessionTap | null = null;

  constructor(parts: SessionTapParts, changed: (recorded: boolean) => void) {
    this.#parts = parts;
    // A variable first: a function that is written where a property is set is made in the old generation, and keeps all this there.
    const onRecords = (recorded: boolean): void => {
      if (!recorded) this.#tap?.rest();
      changed(recorded);
    };
    parts.conversation.onRecords = onRecords;
  }

  /** Made when it is asked for: it costs more than all the rest, and most sessions are recorded by nobody. */
  get tap(): SessionTap {
    return this.#tap ??= new SessionTap(this.#parts);
  }

  get records(): boolean {
    return this.#parts.conversation.records(this.#parts.users);
  }

  close(): void {
    const { conversation } = this.#parts;
    conversation.onRecords = null;
    if (this.#tap === null) conversation.close();
    else this.#tap.close();
  }
}

export const NOBODY: HistoryParty = { uri: "", name: "" };

/** What a request says it is about, as people read it. */
export function subjectOf(request: SipRequest): string {
  return new TextDecoder().decode(fromLatin1(request.get("Subject") ?? ""));
}

/** Users of ours among the two, each once. */
export function usersOf({ user: one }: RecordedParty, { user: other }: RecordedParty): readonly string[] {
  return [one, other].filter((user, i, all) => user !== "" && all.indexOf(user) === i);
}

export function partyOf({ uri, name }: RecordedParty): HistoryParty {
  return { uri, name };
}

/** Each of the two who is a user of ours takes part. `room`: what the conversation is gathered under where one of them is a room. */
export function joinBoth(
  conversation: Conversation,
  inviter: RecordedParty,
  invitee: RecordedParty,
  room: string,
): void {
  for (const [own, other] of [[inviter, invitee], [invitee, inviter]]) {
    if (own.user === "" || (own === invitee && own.user === inviter.user)) continue;
    const parties = [partyOf(own), partyOf(other)];
    conversation.join({ aor: own.user, with: room || other.uri, parties });
  }
}
