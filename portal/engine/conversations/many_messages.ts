import type { SendProblem } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import type { Conversation } from "./conversation.ts";
import { sendProblem, TEXT } from "./conversation_sending.ts";
import { newIdentity } from "./new_identity.ts";
import type { Outgoing } from "./outgoing.ts";
import type { OutgoingEntry } from "./outgoing_entry.ts";

/** People of one message. */
const MOST = 200;
/** Messages whose recipients are remembered. */
const REMEMBERED = 100;

/** Messages to many, each of whom gets it alone: it stands in the conversation with each of them. */
export class ManyMessages {
  readonly #parts: EngineParts;
  readonly #outgoing: Outgoing;
  readonly #open: (person: string) => Conversation | null;
  readonly #shown = new Map<string, readonly Conversation[]>();

  constructor(parts: EngineParts, outgoing: Outgoing, open: (person: string) => Conversation | null) {
    this.#parts = parts;
    this.#outgoing = outgoing;
    this.#open = open;
  }

  /** The conversations that it stands in; null for a message to one. */
  of(id: string): readonly Conversation[] | null {
    return this.#shown.get(id) ?? null;
  }

  send(people: readonly string[], text: string): SendProblem | null {
    const { clock, link } = this.#parts;
    const problem = people.length > MOST
      ? { code: "full" as const }
      : sendProblem(people.length === 0 ? "" : text, link.limits.peek().message);
    if (problem !== null) return problem;
    const recipients = new Set(people.flatMap((person) => this.#open(person) ?? []));
    const shown = [...recipients].filter(({ kind }) => kind === "person");
    if (shown.length === 0) return { code: "empty" };
    const identity = newIdentity();
    const entry = {
      ...identity,
      key: "",
      to: "",
      whisper: "",
      people: shown.map(({ address }) => address),
      contentType: TEXT,
      text,
      at: clock.now(),
    };
    this.#show(identity.id, shown, text, entry.at);
    if (this.#outgoing.add(entry)) return null;
    for (const each of shown) each.gone(identity.id);
    this.#shown.delete(identity.id);
    return { code: "full" };
  }

  /** One of an earlier life of this page. */
  recall({ id, people, text, at }: OutgoingEntry): void {
    this.#show(id, (people ?? []).flatMap((person) => this.#open(person) ?? []), text, at);
  }

  #show(id: string, shown: readonly Conversation[], text: string, at: number): void {
    this.#shown.set(id, shown);
    for (const oldest of this.#shown.keys()) {
      if (this.#shown.size <= REMEMBERED) break;
      this.#shown.delete(oldest);
    }
    for (const each of shown) if (each.find(id) === undefined) each.copy(id, text, at);
  }
}
