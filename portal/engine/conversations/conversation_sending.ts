import { PIDF_TYPE } from "../../../transport/presence/mod.ts";
import type { LocationPart, MessagePart, SendProblem } from "../../model/mod.ts";
import type { ConversationHost } from "./conversation_host.ts";
import { locationText, placeIn } from "./message_part.ts";
import { Message } from "./message.ts";
import { newIdentity } from "./new_identity.ts";
import type { OutgoingEntry } from "./outgoing_entry.ts";

export const TEXT = "text/plain;charset=UTF-8";

/** What is wrong with a text before it is tried; `limit`: octets, 0 for any. */
export function sendProblem(text: string, limit: number): SendProblem | null {
  if (text.trim() === "") return { code: "empty" };
  const size = new TextEncoder().encode(text).length;
  return limit > 0 && size > limit ? { code: "too-large", size, limit } : null;
}

/** What sending asks of its conversation. */
export interface SendingConversation {
  readonly key: string;
  /** Where it is written to. */
  readonly address: string;
  /** Puts a message of ours at the end. */
  written(message: Message): void;
  gone(id: string): void;
  find(id: string): Message | undefined;
}

/** What the user writes in one conversation. */
export class ConversationSending {
  readonly #host: ConversationHost;
  readonly #conversation: SendingConversation;

  constructor(host: ConversationHost, conversation: SendingConversation) {
    this.#host = host;
    this.#conversation = conversation;
  }

  /** `to`: one member of a room, `name` that member's; "" for all. */
  text(text: string, to: string, name: string): SendProblem | null {
    return this.#send(TEXT, text, { kind: "text", text }, to, name);
  }

  location(location: Omit<LocationPart, "kind">): SendProblem | null {
    const text = locationText(this.#host.parts.link.me.uri, location);
    return this.#send(PIDF_TYPE, text, { kind: "location", ...location }, "", "");
  }

  /** One that was written in another life of this page. */
  recall({ at, contentType, id, problem, text, whisper }: OutgoingEntry): void {
    if (this.#conversation.find(id) !== undefined) return;
    const place = contentType === PIDF_TYPE ? placeIn(text) : null;
    const privateWith = whisper === "" ? "" : this.#host.people.nameOf(whisper);
    const message = this.#own(id, at, place ?? { kind: "text", text }, privateWith);
    message.set(problem === null ? "queued" : "failed", problem);
    this.#conversation.written(message);
  }

  /** One that goes to others as well, and is sent elsewhere: it appears here, too. */
  copy(id: string, text: string, at: number): void {
    this.#conversation.written(this.#own(id, at, { kind: "text", text }, ""));
  }

  #send(contentType: string, text: string, part: MessagePart, whisper: string, name: string): SendProblem | null {
    const { parts: { clock, link }, outgoing } = this.#host;
    const { address, key } = this.#conversation;
    const problem = sendProblem(text, link.limits.peek().message);
    if (problem !== null) return problem;
    const identity = newIdentity();
    const message = this.#own(identity.id, clock.now(), part, name);
    if (link.state.peek() === "online") message.set("sending");
    // Its place is before what comes while it is being sent.
    this.#conversation.written(message);
    const { at } = message;
    if (outgoing.add({ ...identity, key, to: address, whisper, people: null, contentType, text, at })) return null;
    this.#conversation.gone(message.id);
    return { code: "full" };
  }

  #own(id: string, at: number, part: MessagePart, privateWith: string): Message {
    const { me } = this.#host.parts.link;
    return new Message({ id, own: true, from: me.uri, fromName: me.name, at, part, state: "queued", privateWith });
  }
}
