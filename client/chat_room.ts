import { ComposingReceiver, type CpimHead, cpimTo, type IsComposing } from "../transport/payload/mod.ts";
import type { MsrpSession } from "../transport/msrp/session/mod.ts";
import type { ClientWorld } from "./client_world.ts";
import { refusalReason } from "./reason.ts";
import { latin1Of } from "./recipient_list.ts";

/** What a room of our own begins with. */
export interface RoomWish {
  /** URIs of those who are to be invited. */
  readonly people: readonly string[];
  /** "" for none. */
  readonly subject: string;
}

/**
 * What a room made of something we asked it for; `status` is that of its answer, 0 where none came. `text`: why not, for people; "" where
 * it is done, or being done (202).
 */
export type RoomAnswer = (status: number, text: string) => void;

/** What our descriptions say that we know of rooms (RFC 7701 §8). */
export const CHATROOM: readonly string[] = ["nickname", "private-messages"];

/** Members whose writing is followed at a time; that of more is not shown. */
const WRITERS = 50;

/** What a chat knows of the room at its other end (RFC 4579, RFC 7701). */
export class ChatRoom {
  /** Where anybody reaches it: its own URI (RFC 4579 §5.1). */
  uri: string;
  /** What else it is called: the group that was asked for, whom an invitation of it is from. */
  readonly #alias: string;
  readonly #world: ClientWorld;
  readonly #composing: (from: string, active: boolean) => void;
  readonly #writers = new Map<string, ComposingReceiver>();

  constructor(world: ClientWorld, uri: string, alias: string, composing: (from: string, active: boolean) => void) {
    this.#world = world;
    this.uri = uri;
    this.#alias = alias;
    this.#composing = composing;
  }

  /** True for a message that names somebody else than the room in To: us. */
  isPrivate(head: CpimHead | null): boolean {
    if (head === null) return false;
    const names = [nameOf(this.uri), nameOf(this.#alias)];
    try {
      return cpimTo(head).every(({ uri }) => !names.includes(nameOf(uri)));
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  }

  /** Somebody in it writes, or has stopped. */
  writes(from: string, status: IsComposing): void {
    let writer = this.#writers.get(from);
    if (writer === undefined) {
      if (status.state !== "active" || this.#writers.size >= WRITERS) return;
      writer = new ComposingReceiver({
        timers: this.#world.timers,
        changed: (state) => {
          if (state === "idle") this.#writers.delete(from);
          this.#composing(from, state === "active");
        },
      });
      this.#writers.set(from, writer);
    }
    writer.status(status);
  }

  /** A message of theirs came: they have finished. */
  wrote(from: string): void {
    this.#writers.get(from)?.content();
  }

  /** Nobody is heard any more. */
  silence(): void {
    for (const writer of [...this.#writers.values()]) writer.content();
  }

  close(): void {
    for (const writer of this.#writers.values()) writer.close();
    this.#writers.clear();
  }
}

/** A room has the same user part at each address of its server, and keeps it toward other domains. */
function nameOf(uri: string): string {
  return uri.slice(0, uri.indexOf("@") + 1).toLowerCase();
}

/** What the answers to NICKNAME mean (RFC 7701 §7.2, §10.4). */
const NICKNAMES: Readonly<Record<number, string>> = {
  0: "the connection broke before the answer was there",
  403: "it is not allowed",
  404: "the room does not know you",
  408: "no answer in time",
  423: "such a nickname cannot be",
  424: "the room knows no nicknames",
  425: "somebody has it already, or it is reserved",
  501: "the room knows no nicknames",
};

/** Asks a room for a nickname (RFC 7701 §7.1); "" gives it back. False where it cannot be asked now. */
export function askNickname(session: MsrpSession | null, name: string, answer: RoomAnswer): boolean {
  const quoted = name.replace(/[\\"]/g, "\\$&").replace(/[\x00-\x1f\x7f]/g, "");
  return session?.ask("NICKNAME", `Use-Nickname: "${latin1Of(quoted)}"\r\n`, {
    onResponse: (status, comment) => answer(status, nicknameText(status, comment)),
  }) === true;
}

function nicknameText(status: number, comment: string): string {
  if (status >= 200 && status < 300) return "";
  const words = NICKNAMES[status] ?? "it was refused";
  const said = comment === "" ? words : `${words}; ${comment}`;
  return status === 0 ? said : `${said} (${status})`;
}

/** What became of a REFER, for people; "" for 2xx. */
export function referText(status: number): string {
  return status >= 200 && status < 300 ? "" : refusalReason(status, null).text;
}
