import {
  findSystemMessage,
  parseMultipart,
  partHeader,
  SYSTEM_MESSAGE_TYPE,
  type SystemMessageBody,
  type SystemOption,
  writeSystemAnswer,
} from "../transport/payload/mod.ts";
import { domainOf } from "./account.ts";
import type { ClientWorld } from "./client_world.ts";
import { essence } from "./envelope.ts";
import { type Asked, askService } from "./service_request.ts";

/** What the service says to its user, and may want an answer to (oma-reference §3.7). */
export interface SystemMessage {
  readonly id: string;
  readonly text: string;
  /** What may be answered; empty: nothing is asked. */
  readonly options: readonly SystemOption[];
  /** Until it is answered the service is closed to the user. */
  readonly blocking: boolean;
  /** Wall time in ms after which no answer is taken; null for no end. */
  readonly expires: number | null;
  /** The user has seen it: the service is told where it asked for that. Once. */
  displayed(): void;
}

/** What the service has said: either with choices, or in words alone. */
export type ServiceWord =
  | { readonly kind: "system"; readonly body: SystemMessageBody }
  | { readonly kind: "words"; readonly contentType: string; readonly body: Uint8Array };

/** Messages that wait for an answer; the oldest go first. */
const OPEN = 100;

/** What the service itself has said, and what its user answers. */
export class SystemMessages {
  readonly #world: ClientWorld;
  readonly #open = new Map<string, SystemMessage>();
  /** Answers that came too late, by message: it may be asked again. */
  readonly #late = new Map<string, number>();

  constructor(world: ClientWorld) {
    this.#world = world;
  }

  /** Those that ask something, have no answer yet, and may still get one; the oldest first. */
  get open(): readonly SystemMessage[] {
    const now = this.#world.clock.now();
    return [...this.#open.values()].filter(({ expires }) => expires === null || expires > now);
  }

  /**
   * What a message says that is from the service itself (`from`, as the service asserts it); null for one of anybody else, and for one
   * that stands for itself. In words alone: what cannot be read, or the user cannot be shown.
   */
  read(from: string, contentType: string, body: Uint8Array): ServiceWord | null {
    if (from.toLowerCase() !== this.#service.toLowerCase()) return null;
    try {
      const said = this.#world.user.onSystemMessage && findSystemMessage(contentType, body, this.#world.xml);
      if (said) return { kind: "system", body: said };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    return wordsOf(contentType, body);
  }

  /** Shows one. `displayed`: tells the service that it was seen. */
  tell(body: SystemMessageBody, displayed: () => void): void {
    const { id, text, options, blocking, expires } = body;
    const message: SystemMessage = { id, text, options, blocking, expires, displayed };
    this.#keep(message);
    this.#world.user.onSystemMessage?.(message);
  }

  /** One of an earlier life of this device may be answered still: the service says it no second time. */
  recall(message: Omit<SystemMessage, "displayed">): void {
    if (!this.#open.has(message.id)) this.#keep({ ...message, displayed: () => {} });
  }

  /** Answers one that is open, with one of its options; false where there is no such message or option. */
  answer(id: string, option: string, done: Asked): boolean {
    if (this.#open.get(id)?.options.some((each) => each.id === option) !== true) return false;
    const body = writeSystemAnswer({ ref: id, option });
    askService(this.#world, this.#service, SYSTEM_MESSAGE_TYPE, body, (problem) => {
      // Not known, or not to be answered any more. Any other refusal, or none, may be followed by another try.
      const late = problem?.status === 403 || problem?.status === 404;
      if (problem === null || late) this.#open.delete(id);
      if (late) {
        this.#late.set(id, (this.#late.get(id) ?? 0) + 1);
        if (this.#late.size > OPEN) this.#late.delete(this.#late.keys().next().value!);
      }
      done(problem);
    });
    return true;
  }

  /** What a message is known by when it comes twice: another one where the service asks again, as an answer came too late. */
  nameOf(id: string): string {
    const late = this.#late.get(id);
    return late === undefined ? id : `${id} ${late}`;
  }

  #keep(message: SystemMessage): void {
    if (message.options.length === 0) return;
    this.#open.set(message.id, message);
    if (this.#open.size > OPEN) this.#open.delete(this.#open.keys().next().value!);
  }

  get #service(): string {
    return `sip:system@${domainOf(this.#world.account)}`;
  }
}

/** The text beside other forms of the same (RFC 2046 §5.1.4); null where there is none. */
function wordsOf(contentType: string, body: Uint8Array): ServiceWord | null {
  if (essence(contentType) !== "multipart/alternative") return null;
  try {
    for (const part of parseMultipart(contentType, body)) {
      const type = partHeader(part, "Content-Type") ?? "text/plain";
      if (essence(type) === "text/plain") return { kind: "words", contentType: type, body: part.body };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return null;
}
