import type { Chat, ImClient, RoomRoster } from "../../client/mod.ts";
import { short } from "./line_text.ts";
import type { OwnMessages } from "./own_messages.ts";
import type { RoomCommand } from "./room_commands.ts";
import { RoomMembers } from "./room_members.ts";
import { sameUser } from "./same_user.ts";
import type { View } from "./view.ts";

/** What rooms on the command line stand on. */
export interface ChatRoomsParts {
  readonly view: View;
  readonly messages: OwnMessages;
  /** Lines go to a room that we were invited to. False: somebody was named on the command line, and they go there. */
  readonly follows: boolean;
}

/** The rooms we are in: which one lines go to, who is there, and what is asked of it. */
export class ChatRooms {
  readonly #parts: ChatRoomsParts;
  /** Rooms that lines may go to; the one that was talked in last comes last. */
  readonly #talked = new Set<Chat>();
  readonly #members = new Map<Chat, RoomMembers>();

  constructor(parts: ChatRoomsParts) {
    this.#parts = parts;
  }

  /** Where lines go: the room that was talked in last; null where we are in none. */
  get current(): Chat | null {
    return [...this.#talked].at(-1) ?? null;
  }

  /** Somebody talks there, we or others. */
  talked(chat: Chat): void {
    this.#talked.delete(chat);
    this.#talked.add(chat);
  }

  // What the client tells.

  opened(client: ImClient, chat: Chat): void {
    if (!chat.isRoom) return void this.#talked.delete(chat);
    if (this.#parts.follows || !chat.incoming) this.talked(chat);
    if (client.watchRoom(chat) === null) this.#error("who is in the room cannot be known: too much is watched already");
  }

  heard(chat: Chat): void {
    if (this.#parts.follows || this.#talked.size > 0) this.talked(chat);
  }

  ended(chat: Chat): void {
    this.#talked.delete(chat);
    this.#members.delete(chat);
  }

  roster(roster: RoomRoster): void {
    const { chat, subject, state, reason } = roster;
    let members = this.#members.get(chat);
    if (members === undefined) this.#members.set(chat, members = new RoomMembers());
    const change = members.take(roster);
    if (change === null) return;
    const { view } = this.#parts;
    view.show({ event: "roster", chat: chat.id, room: chat.target, subject, state, reason, ...change });
  }

  // What the user wants. Throws SyntaxError where it cannot be.

  execute(client: ImClient, command: RoomCommand): void {
    switch (command.do) {
      case "room":
        return this.#begin(client.openRoom(command.people, command.subject));
      case "join":
        return this.#begin(this.#roomAt(client, command.who) ?? client.joinRoom(command.who));
      case "list":
        return this.#list(client, command);
      case "tell": {
        const chat = this.#room();
        const members = this.#membersOf(chat);
        const [to, text] = command.who === "" ? members.split(command.text) : [members.find(command.who), command.text];
        this.talked(chat);
        return this.#parts.messages.queued(chat.whisper(to, text), text, command.ref ?? "", to, "session");
      }
      case "nick": {
        const chat = this.#room(), { name } = command;
        return this.#asked(chat.nickname(name, (status, reason) => {
          this.#parts.view.show({ event: "nickname", chat: chat.id, name, ok: isDone(status), status, reason });
        }));
      }
      case "add":
        return this.#refer("add", command.who);
      case "expel":
        return this.#refer("expel", this.#membersOf(this.#room()).find(command.who));
      case "members": {
        const chat = this.#room();
        const members = this.#membersOf(chat);
        const { state = "asked", subject = "", reason = "" } = members.roster ?? {};
        const facts = { chat: chat.id, room: chat.target, subject, state, reason };
        return this.#parts.view.show({ event: "members", ...facts, members: members.list });
      }
      case "leave": {
        const chat = this.current;
        if (chat === null) throw new SyntaxError(NO_ROOM);
        return chat.end();
      }
    }
  }

  #begin(chat: Chat | null): void {
    if (chat === null) throw new SyntaxError("there are as many sessions as may be, or we are leaving");
    this.talked(chat);
  }

  /** The room of this URI that we are in. */
  #roomAt(client: ImClient, uri: string): Chat | null {
    for (const chat of client.chats) {
      if (chat.state === "over") continue;
      if (chat.isRoom && sameUser(chat.target, uri)) return chat;
      if (!chat.incoming && sameUser(chat.peer.uri, uri) && (chat.isRoom || this.#talked.has(chat))) return chat;
    }
    return null;
  }

  #list(client: ImClient, { people, text, ref = "" }: RoomCommand & { do: "list" }): void {
    const message = client.sendToList(people, text);
    this.#parts.messages.queued(message, text, ref, message?.to ?? "", "pager");
  }

  #refer(what: "add" | "expel", who: string): void {
    const chat = this.#room();
    const told = (status: number, reason: string) =>
      this.#parts.view.show({ event: "asked", chat: chat.id, what, who, ok: isDone(status), status, reason });
    this.#asked(what === "add" ? chat.add(who, told) : chat.expel(who, told));
  }

  /** The room that was talked in last, once it is one. */
  #room(): Chat {
    const chat = this.current;
    if (chat === null) throw new SyntaxError(NO_ROOM);
    if (!chat.isRoom) throw new SyntaxError(`${short(chat.peer.uri)} has not answered yet`);
    return chat;
  }

  #membersOf(chat: Chat): RoomMembers {
    return this.#members.get(chat) ?? new RoomMembers();
  }

  #asked(sent: boolean): void {
    if (!sent) throw new SyntaxError("the room cannot be asked now: its connection is being made");
  }

  #error(text: string): void {
    this.#parts.view.show({ event: "error", text });
  }
}

const NO_ROOM = "you are in no room; /room begins one, /join goes into one";

function isDone(status: number): boolean {
  return status >= 200 && status < 300;
}
