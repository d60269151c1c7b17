import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { MessageModel, MessagePart, MessageState, Problem } from "../../model/mod.ts";

/** Where a message stands in what the service has recorded. */
export interface RecordedPlace {
  readonly reference: string;
  readonly seq: number;
}

/** What a message is made of. */
export interface MessageFacts {
  readonly id: string;
  readonly own: boolean;
  readonly from: string;
  readonly fromName: string;
  readonly at: number;
  readonly part: MessagePart;
  readonly state: MessageState;
  readonly privateWith?: string;
  /** What recordings call it that has no Message-ID: Call-ID and CSeq. */
  readonly request?: string;
}

const RANK: Readonly<Record<MessageState, number>> = {
  queued: 0,
  sending: 1,
  sent: 2,
  stored: 3,
  delivered: 4,
  displayed: 5,
  failed: 6,
  received: 7,
};
let made = 0;

export function isMessageState(value: unknown): value is MessageState {
  return typeof value === "string" && Object.hasOwn(RANK, value);
}

/** A message in a conversation. */
export class Message implements MessageModel {
  readonly id: string;
  readonly own: boolean;
  readonly from: string;
  readonly fromName: string;
  readonly part: MessagePart;
  readonly privateWith: string;
  readonly request: string;
  /** Tells those of the same time apart. */
  readonly arrival = ++made;
  at: number;
  /** What it is ordered by: the service's time once that is known; until then what keeps it at the end. */
  order: number;
  /** It came, or was written, while this page was there. */
  live = false;
  /** What its record calls it; "" where that is its id. */
  recordedId = "";
  /** Null until the service's own record of it has been seen. */
  place: RecordedPlace | null = null;
  /** The user has seen it, on whatever device. */
  read = false;
  /** Tells its sender that it was seen; null where that was done, or nobody asked. */
  tellDisplayed: (() => void) | null = null;
  readonly #state: Signal<MessageState>;
  readonly #problem = signal<Problem | null>(null);

  constructor(facts: MessageFacts) {
    this.id = facts.id;
    this.own = facts.own;
    this.from = facts.from;
    this.fromName = facts.fromName;
    this.at = this.order = facts.at;
    this.part = facts.part;
    this.privateWith = facts.privateWith ?? "";
    this.request = facts.request ?? "";
    this.#state = signal(facts.state);
  }

  get state(): ReadonlySignal<MessageState> {
    return this.#state;
  }
  get problem(): ReadonlySignal<Problem | null> {
    return this.#problem;
  }
  /** Counts as unread until it is seen. */
  get counts(): boolean {
    return !this.own && this.part.kind !== "event";
  }

  /** States go forward only: what is late, or told twice, changes nothing. False where nothing changed. */
  become(state: MessageState, problem: Problem | null = null): boolean {
    const now = this.#state.peek();
    if (now === state || now === "received") return false;
    // Whoever has it, has it: a hop that says otherwise is wrong, and one that said so before was.
    const has = RANK[state] >= RANK.sent && RANK[state] <= RANK.displayed;
    if (now === "failed" ? !has : state === "failed" ? RANK[now] >= RANK.delivered : RANK[state] <= RANK[now]) {
      return false;
    }
    this.set(state, problem);
    return true;
  }

  /** What is heard of a message of ours; it may also wait again, or be sent again. False where nothing changed. */
  follow(state: MessageState, problem: Problem | null): boolean {
    const now = this.#state.peek();
    if (!this.own) return false;
    if (!(state === "queued" && now === "sending")) return this.become(state, problem);
    this.set("queued");
    return true;
  }

  /** Back to the beginning: it is tried again. */
  set(state: MessageState, problem: Problem | null = null): void {
    this.#problem.value = problem;
    this.#state.value = state;
  }
}
