import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { Invitation } from "../../../client/mod.ts";
import type { Asks, InvitationAsked, PeopleModel, ServiceQuestion } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { addressOf } from "../rooms/address.ts";
import type { RoomConversations } from "../rooms/room_conversations.ts";
import { Questions } from "./questions.ts";

/** Invitations that wait at the same time; more are refused as busy. */
const MOST_INVITATIONS = 50;
/** Characters of an alert. */
const ALERT = 200;

/**
 * What waits for the user's word. Chats between two are taken by themselves, unless the user wants to be asked (the privacy settings); rooms ask,
 * since coming in tells others that we are there.
 * Not so the room that we are in already, or mean to be in: its server only brings us back.
 */
export class Asked implements Asks {
  readonly #parts: EngineParts;
  readonly #people: Pick<PeopleModel, "nameOf">;
  readonly #conversations: Pick<RoomConversations, "find">;
  readonly #questions: Questions;
  readonly #waiting = new Map<Invitation, InvitationAsked>();
  readonly #invitations = signal<readonly InvitationAsked[]>([]);
  #last = 0;

  constructor(
    parts: EngineParts,
    { people, conversations }: {
      people: Pick<PeopleModel, "nameOf">;
      conversations: Pick<RoomConversations, "find">;
    },
  ) {
    this.#parts = parts;
    this.#people = people;
    this.#conversations = conversations;
    this.#questions = new Questions(parts);
    parts.link.client.roomAnswerMode = "manual";
    parts.link.listen({
      onSystemMessage: (message) => {
        this.#questions.take(message);
        this.#alert("service", "", message.text);
      },
      onInvitation: (invitation) => this.#invited(invitation),
      // Given up, or answered on another device.
      onChatEnded: () => this.#look(),
      onChat: () => this.#look(),
    });
  }

  get questions(): ReadonlySignal<readonly ServiceQuestion[]> {
    return this.#questions.list;
  }

  get invitations(): ReadonlySignal<readonly InvitationAsked[]> {
    return this.#invitations;
  }

  #invited(invitation: Invitation): void {
    const { from, room, roomName, subject } = invitation;
    if (room !== "" && this.#belongsTo(room)) return invitation.accept();
    if (this.#waiting.size >= MOST_INVITATIONS) return invitation.refuse(486);
    const answer = (act: () => void) => () => {
      if (this.#waiting.delete(invitation)) act();
      this.#tell();
    };
    const asked: InvitationAsked = {
      id: `invitation-${++this.#last}`,
      from: from.uri,
      fromName: this.#people.nameOf(from.uri, from.name || undefined),
      subject: subject || roomName,
      isRoom: room !== "",
      accept: answer(() => invitation.accept()),
      refuse: answer(() => invitation.refuse()),
    };
    this.#waiting.set(invitation, asked);
    this.#tell();
    this.#alert("invitation", asked.fromName, asked.subject);
  }

  #belongsTo(room: string): boolean {
    const state = this.#conversations.find(addressOf(room, this.#parts.link.me.domain))?.room?.state.peek();
    return state !== undefined && state !== "out";
  }

  #look(): void {
    for (const invitation of this.#waiting.keys()) if (!invitation.open) this.#waiting.delete(invitation);
    if (this.#waiting.size !== this.#invitations.peek().length) this.#tell();
  }

  #tell(): void {
    this.#invitations.value = [...this.#waiting.values()];
  }

  #alert(kind: "service" | "invitation", title: string, text: string): void {
    this.#parts.alert({ kind, conversation: "", title, text: text.slice(0, ALERT), at: this.#parts.clock.now() });
  }
}
