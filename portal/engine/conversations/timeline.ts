import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Message } from "./message.ts";

/** Messages that stay in memory: the newest; and as many as somebody who pages back may have before their eyes. */
const KEPT = 1_000, SHOWN = 5_000;
/** Times of one message that two sides tell may be so far apart. */
const SAME_MS = 120_000;

/** The messages of a conversation in their order, each once. Bounded: the oldest go first. */
export class Timeline {
  readonly #messages: Signal<readonly Message[]> = signal([]);
  readonly #byId = new Map<string, Message>();
  #kept = KEPT;

  get messages(): ReadonlySignal<readonly Message[]> {
    return this.#messages;
  }
  get last(): Message | undefined {
    return this.#messages.peek().at(-1);
  }

  find(id: string): Message | undefined {
    return this.#byId.get(id);
  }

  /** What came just now, or is written: behind all others, whatever its clock says. False where it is there already. */
  append(message: Message): boolean {
    if (this.#byId.has(message.id)) return false;
    message.live = true;
    message.order = Math.max(message.order, this.last?.order ?? 0);
    this.#byId.set(message.id, message);
    this.#messages.value = [...this.#messages.peek(), message];
    return true;
  }

  /** What the service tells of the past goes to its place by time. Gives how many are new. */
  merge(messages: readonly Message[]): number {
    const all = [...this.#messages.peek()];
    for (const message of messages) {
      if (this.#byId.has(message.id)) continue;
      this.#byId.set(message.id, message);
      all.push(message);
    }
    const added = all.length - this.#messages.peek().length;
    this.#messages.value = inOrder(all);
    return added;
  }

  remove(id: string): void {
    const message = this.#byId.get(id);
    if (message === undefined) return;
    this.#forget(message);
    this.#messages.value = this.#messages.peek().filter((one) => one !== message);
  }

  /** The record calls it something else. */
  alias(id: string, message: Message): void {
    message.recordedId = id;
    this.#byId.set(id, message);
  }

  /** Of one without a Message-ID of its own: the one that the recording must mean, by who, when and what. */
  alike(own: boolean, at: number, same: (message: Message) => boolean): Message | undefined {
    return this.#messages.peek().find((one) =>
      one.own === own && one.place === null && Math.abs(one.at - at) < SAME_MS && same(one)
    );
  }

  /** Somebody pages back: so many more may stay. */
  widen(by: number): void {
    this.#kept = Math.min(SHOWN, this.#kept + by);
  }

  /** Nobody looks at it any more. */
  narrow(): void {
    this.#kept = KEPT;
  }

  /** Lets the oldest go; gives them. Never those that have not left, or failed: only their user takes them off. */
  trim(): readonly Message[] {
    const all = this.#messages.peek();
    if (all.length <= this.#kept) return [];
    const gone: Message[] = [], kept: Message[] = [];
    let left = all.length - this.#kept;
    for (const message of all) {
      const state = message.state.peek();
      const stays = left <= 0 || state === "queued" || state === "sending" || (message.own && state === "failed");
      if (stays) kept.push(message);
      else {
        left--;
        gone.push(message);
        this.#forget(message);
      }
    }
    if (gone.length > 0) this.#messages.value = kept;
    return gone;
  }

  #forget({ id, recordedId }: Message): void {
    this.#byId.delete(id);
    this.#byId.delete(recordedId);
  }
}

/**
 * By the service's time where that is known. What came, or was written, after a message here stays behind it until its own record is
 * seen: the service's clock may be another one than ours.
 */
function inOrder(messages: Message[]): Message[] {
  let floor = 0;
  for (const message of messages.sort((a, b) => a.arrival - b.arrival)) {
    if (message.place === null) message.order = Math.max(message.order, floor);
    else if (message.live) floor = Math.max(floor, message.order);
  }
  return messages.sort(byTime);
}

/** Of the same time: as the record counts them; what it does not know yet is newer. */
function byTime(a: Message, b: Message): number {
  if (a.order !== b.order) return a.order - b.order;
  if (a.place === null || b.place === null) {
    return a.place === b.place ? a.arrival - b.arrival : a.place === null ? 1 : -1;
  }
  return a.place.reference === b.place.reference
    ? a.place.seq - b.place.seq
    : a.place.reference < b.place.reference
    ? -1
    : 1;
}
