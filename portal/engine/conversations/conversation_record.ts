import { asProblem } from "../outcomes.ts";
import type { ConversationHost } from "./conversation_host.ts";
import { sameAddress } from "./conversation_key.ts";
import type { RecordedConversation, SaidMessage } from "./history_pages.ts";
import { Message } from "./message.ts";
import { Past } from "./past.ts";
import { recordedPart } from "./recorded_part.ts";
import type { Timeline } from "./timeline.ts";
import type { Unread } from "./unread.ts";

/** What the record asks of its conversation. */
export interface RecordedHere {
  /** How the service calls whom it is with. */
  readonly address: string;
  readonly isRoom: boolean;
  readonly key: string;
  /** What was said elsewhere cannot be had now. */
  gap(): void;
  /** Messages were put in, or are known better. */
  merged(): void;
}

export const GAP = "gap";

/** What the service has recorded of one conversation, brought together with what is here. */
export class ConversationRecord {
  readonly past: Past;
  readonly #host: ConversationHost;
  readonly #here: RecordedHere;
  readonly #timeline: Timeline;
  readonly #unread: Unread;

  constructor(host: ConversationHost, here: RecordedHere, timeline: Timeline, unread: Unread) {
    this.#host = host;
    this.#here = here;
    this.#timeline = timeline;
    this.#unread = unread;
    this.past = new Past(host.pages, () => here.address, {
      recorded: (said, reference) => this.#recorded(said, reference),
      forgetPast: () => {
        for (const { id, place } of timeline.messages.peek()) if (place !== null) timeline.remove(id);
      },
    });
  }

  /** Reads what was said elsewhere; a gap is shown while that cannot be. False where it could not; never rejects. */
  async catchUp(given?: readonly RecordedConversation[]): Promise<boolean> {
    try {
      await this.past.catchUp(given);
      this.#timeline.remove(GAP);
      return true;
    } catch (error) {
      asProblem(error);
      if (this.#timeline.last !== undefined && this.#timeline.find(GAP) === undefined) this.#here.gap();
      return false;
    }
  }

  /** The last one that is read and recorded; `unknown`: there are newer ones whose record was not seen yet. */
  get readUpTo(): { readonly place: Message | null; readonly unknown: boolean } {
    const messages = this.#timeline.messages.peek();
    const place = messages.findLast((one) => one.place !== null && (one.own || one.read)) ?? null;
    const unknown = messages.some((one) =>
      one.counts && one.read && one.place === null && one.arrival > (place?.arrival ?? 0)
    );
    return { place, unknown };
  }

  /** To what is known of it, else in its place by time. Gives how many are new. */
  #recorded(said: readonly SaidMessage[], reference: string): number {
    const added: Message[] = [];
    for (const one of said) {
      const known = this.#timeline.find(one.message_id) ??
        this.#timeline.alike(one.own, one.at, (message) => isLike(message, one));
      if (known === undefined) added.push(this.#made(one, reference));
      else this.#known(known, one, reference);
    }
    const count = this.#timeline.merge(added);
    this.#unread.merged(added);
    this.#here.merged();
    return count;
  }

  #known(known: Message, { at, message_id, own, seq }: SaidMessage, reference: string): void {
    if (known.id !== message_id) this.#timeline.alias(message_id, known);
    known.place = { reference, seq };
    known.at = known.order = at;
    if (own && known.become("sent")) this.#host.outgoing.settled(known.id);
  }

  #made(said: SaidMessage, reference: string): Message {
    const { people, pages, parts: { link: { me } } } = this.#host;
    const { at, from, message_id: id, own, seq, to } = said;
    const { address, isRoom, key } = this.#here;
    const fromName = own ? me.name : people.nameOf(from.uri, from.name || undefined);
    const isPrivate = isRoom && to !== "" && !sameAddress(to, address) && !sameAddress(to, key);
    const message = new Message({
      id,
      own,
      from: own ? me.uri : from.uri,
      fromName,
      at,
      part: recordedPart(said, reference, pages),
      state: own ? this.#host.states.of(id) : "received",
      privateWith: isPrivate ? own ? people.nameOf(to) : fromName : "",
    });
    message.place = { reference, seq };
    this.#unread.known(message);
    return message;
  }
}

/** The record of a message that has no Message-ID there, or here. */
function isLike({ part, request }: Message, said: SaidMessage): boolean {
  if (request !== "" && request === said.message_id) return true;
  if (part.kind === "text") return said.text === part.text;
  return part.kind === "file" && said.file !== "" && said.octets === part.size;
}
