import type { Clock } from "../../../foundation/mod.ts";
import type { Contents } from "../../../storage/mod.ts";
import { type IntakeRecorder, type IntakeRecording, type RecordedIntake } from "../../deferred/mod.ts";
import { recordedParties, type RecordedParty } from "../../participating/mod.ts";
import type { Untaken } from "../../session_media/mod.ts";
import type { Conversation, RecordingDesk } from "../recording/desk_types.ts";
import { joinBoth, NOBODY, partyOf, subjectOf, usersOf } from "./recorded_sessions.ts";
import { fileNameIn, isFleeting } from "./what_is_said.ts";

export interface RecordedIntakesParts {
  readonly desk: RecordingDesk;
  readonly contents: Contents;
  readonly clock: Clock;
}

/**
 * Sessions, large messages and files that the box stores for somebody who is not there, recorded for sender and recipient when they
 * are stored. When they are brought they are not recorded again.
 */
export class RecordedIntakes implements IntakeRecorder {
  readonly #parts: RecordedIntakesParts;

  constructor(parts: RecordedIntakesParts) {
    this.#parts = parts;
  }

  begin({ exchange, to, recipient, kind }: Untaken): IntakeRecording | null {
    const { desk, clock } = this.#parts;
    if (desk.idle) return null;
    const [sender, receiver] = recordedParties(exchange, to, recipient);
    const users = usersOf(sender, receiver);
    if (!users.some((user) => desk.wants(user, kind))) return null;
    const { request } = exchange;
    const names = [request.callId];
    const conversation = desk.open({ kind, names, group: NOBODY, subject: subjectOf(request) });
    joinBoth(conversation, sender, receiver, "");
    return new RecordedStoring(conversation, sender, receiver, users, clock);
  }
}

/** One such session. Its messages come in the order in which they were stored. */
class RecordedStoring implements IntakeRecording {
  readonly #conversation: Conversation;
  readonly #sender: RecordedParty;
  readonly #receiver: RecordedParty;
  readonly #users: readonly string[];
  readonly #clock: Clock;

  constructor(
    conversation: Conversation,
    sender: RecordedParty,
    receiver: RecordedParty,
    users: readonly string[],
    clock: Clock,
  ) {
    this.#conversation = conversation;
    this.#sender = sender;
    this.#receiver = receiver;
    this.#users = users;
    this.#clock = clock;
  }

  said(message: RecordedIntake, done: () => void): void {
    const { contentType, headers, body, content } = message;
    if (content === null && isFleeting(contentType, headers, body)) return queueMicrotask(done);
    const from = partyOf(this.#sender);
    const at = this.#clock.now();
    const file = message.file || fileNameIn(headers);
    this.#conversation.said({ ...message, file, at, from, to: this.#receiver.uri }, this.#users, done);
  }

  close(): void {
    this.#conversation.close();
  }
}
