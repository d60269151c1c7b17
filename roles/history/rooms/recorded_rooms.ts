import { concatBytes } from "../../../foundation/mod.ts";
import type { Contents, HistoryMessage, HistoryParty } from "../../../storage/mod.ts";
import { HISTORY_INFO_PACKAGE } from "../../../transport/payload/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import type { Conversation, Listener, RecordingDesk } from "../recording/desk_types.ts";
import { userOf } from "../recording/start_notices.ts";
import { SaidMessages } from "../sessions/said_message.ts";

/** What rooms are recorded with. */
export interface RecordedRoomsParts {
  readonly desk: RecordingDesk;
  readonly contents: Contents;
  /** True for the folded address-of-record of a user of ours. */
  readonly isUser: (aor: string) => boolean;
  /** Carries out the command in an INFO of this user's about the room of that URI. Null: done; else why not, for people. */
  readonly command: (room: string, user: string, contentType: string, body: Uint8Array) => string | null;
}

/** What is said, its body in pieces. */
type Saying = Omit<HistoryMessage, "body" | "content"> & { readonly body: readonly Uint8Array[] };

/** Rooms of this box, for participants who want them recorded (HST-1). Has the shapes that rooms, and their focus, want. */
export class RecordedRooms {
  readonly infoPackage = HISTORY_INFO_PACKAGE;
  readonly #parts: RecordedRoomsParts;

  constructor(parts: RecordedRoomsParts) {
    this.#parts = parts;
  }

  get idle(): boolean {
    return this.#parts.desk.idle;
  }

  open({ uri, group, name, subject }: Readonly<Record<"uri" | "group" | "name" | "subject", string>>): RecordedRoom {
    const about: HistoryParty = { uri: group || uri, name };
    // Its participants know it by its Contact: the same user part, at whatever address of the box (RFC 4579 §5.1).
    const names = group === "" ? [uri, userOf(uri)] : [uri, userOf(uri), group];
    return new RecordedRoom(this.#parts, this.#parts.desk.open({ kind: "room", names, group: about, subject }));
  }

  command(room: string, user: string, request: SipRequest): string | null {
    return this.#parts.command(room, user, request.get("Content-Type") ?? "", request.body);
  }
}

/** One room. */
class RecordedRoom {
  readonly #parts: RecordedRoomsParts;
  readonly #conversation: Conversation;
  readonly #said: SaidMessages;
  /** Who leaves when what was said before is kept. */
  readonly #leaving = new Map<string, symbol>();

  constructor(parts: RecordedRoomsParts, conversation: Conversation) {
    this.#parts = parts;
    this.#conversation = conversation;
    this.#said = new SaidMessages(conversation, parts.contents);
  }

  records(aors: Iterable<string>): boolean {
    return this.#conversation.records(aors);
  }

  join(listener: Listener): void {
    this.#leaving.delete(listener.aor);
    if (this.#parts.isUser(listener.aor)) this.#conversation.join(listener);
  }

  leave(aor: string): void {
    const departure = Symbol();
    this.#leaving.set(aor, departure);
    this.#said.inTurn(() => {
      if (this.#leaving.get(aor) !== departure) return; // has come in again
      this.#leaving.delete(aor);
      this.#conversation.leave(aor);
    });
  }

  said(saying: Saying, aors: readonly string[], done: () => void): void {
    const { body } = saying;
    this.#said.say({ ...saying, body: body.length === 1 ? body[0] : concatBytes([...body]) }, aors, done);
  }

  close(): void {
    this.#said.close();
  }
}
