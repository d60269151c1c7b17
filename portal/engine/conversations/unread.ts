import { type ReadonlySignal, signal } from "@preact/signals-core";
import type { ServerMark } from "./history_pages.ts";
import type { Message } from "./message.ts";

/** Messages that others have seen in another tab before they are here. */
const EARLY = 500;
/** A message that was not seen for so long came while nobody looked. */
const WAITED_MS = 5_000;

/** How many messages of others are behind the read mark: those in memory, and what the service counts besides. */
export class Unread {
  readonly #messages: ReadonlySignal<readonly Message[]>;
  readonly #count = signal(0);
  readonly #first = signal("");
  /** Read in another tab, and not here yet. */
  readonly #early = new Set<string>();
  #mark: ServerMark | null = null;
  /** Unread ones that are not in memory. */
  #besides = 0;
  #looking = false;

  constructor(messages: ReadonlySignal<readonly Message[]>) {
    this.#messages = messages;
  }

  get count(): ReadonlySignal<number> {
    return this.#count;
  }
  get first(): ReadonlySignal<string> {
    return this.#first;
  }

  /** A message is about to be put in: whether it is read already. */
  known(message: Message): void {
    if (this.#early.delete(message.id) || (message.place !== null && this.#isBefore(message))) message.read = true;
  }

  /** Messages of the service's record were put in: those that it had counted are in memory now. */
  merged(messages: readonly Message[]): void {
    const counted = messages.filter((one) => one.counts && !one.read).length;
    this.#besides = Math.max(0, this.#besides - counted);
    this.#settle();
    this.recount();
  }

  /** How far it is read by what the service knows, from whatever device. */
  marked(mark: ServerMark): void {
    this.#mark = mark;
    for (const message of this.#messages.peek()) {
      if (message.place !== null && this.#isBefore(message)) message.read = true;
    }
    this.#besides = Math.max(0, mark.unread - this.#inMemory());
    this.#settle();
    this.recount();
  }

  /** All of it is before the user's eyes. Gives what was not before, null where there was nothing. */
  seen(now: number): Message[] | null {
    const fresh = this.#messages.peek().filter((one) => one.counts && !one.read);
    // What waited came while nobody looked.
    if (!this.#looking || (fresh.length > 0 && now - fresh[0].at > WAITED_MS)) {
      this.#looking = true;
      this.#first.value = fresh[0]?.id ?? "";
    }
    if (fresh.length === 0 && this.#besides === 0) return null;
    for (const message of fresh) message.read = true;
    this.#besides = 0;
    this.recount();
    return fresh;
  }

  left(): void {
    this.#looking = false;
  }

  seenElsewhere(ids: readonly string[]): void {
    const here = new Map(this.#messages.peek().map((one) => [one.id, one]));
    for (const id of ids) {
      const message = here.get(id);
      if (message !== undefined) message.read = true;
      else this.#early.add(id);
    }
    for (const id of this.#early) {
      if (this.#early.size <= EARLY) break;
      this.#early.delete(id);
    }
    this.#besides = 0;
    this.recount();
  }

  recount(): void {
    this.#count.value = this.#inMemory() + this.#besides;
  }

  #inMemory(): number {
    let count = 0;
    for (const message of this.#messages.peek()) if (message.counts && !message.read) count++;
    return count;
  }

  /** Where the record in memory goes back behind the mark, nothing is besides. */
  #settle(): void {
    if (this.#mark === null || this.#besides === 0) return;
    const first = this.#messages.peek().find(({ place }) => place !== null);
    if (first !== undefined && this.#isBefore(first)) this.#besides = 0;
  }

  #isBefore({ place, at }: Message): boolean {
    const mark = this.#mark;
    if (mark === null) return false;
    return place?.reference === mark.reference ? place.seq <= mark.seq : at <= mark.at;
  }
}
