import type { Clock } from "../foundation/mod.ts";
import type { Disposition, Imdn } from "../transport/payload/mod.ts";
import type { Chat } from "./chat.ts";
import type { ImUser, MessageMode, Reason, SentMessage, SentState } from "./im_user.ts";
import { reason } from "./reason.ts";

const RANK: Readonly<Record<SentState, number>> = { waiting: 0, sent: 1, delivered: 2, displayed: 3, failed: 4 };
/** A notification that has not come after so long comes no more: a message waits for its recipient for days. */
const KEPT_MS = 30 * 86_400_000;

/** A message of ours on its way, as it is kept until nobody has anything more to say about it. */
export class Outgoing implements SentMessage {
  readonly id: string;
  readonly to: string;
  readonly mode: MessageMode;
  readonly chat: Chat | null;
  readonly born: number;
  state: SentState = "waiting";
  deferred = false;
  readonly #user: ImUser;

  constructor(user: ImUser, id: string, to: string, mode: MessageMode, chat: Chat | null, born: number) {
    this.#user = user;
    this.id = id;
    this.to = to;
    this.mode = mode;
    this.chat = chat;
    this.born = born;
  }

  /** States only go forward: what is late or comes twice changes nothing. */
  become(state: SentState, why: Reason | null = null): void {
    if (this.state === "failed" || RANK[state] <= RANK[this.state]) return;
    // A message that was delivered has not failed, whatever a hop says of it.
    if (state === "failed" && RANK[this.state] >= RANK.delivered) return;
    this.state = state;
    this.#user.onMessageState?.(this, why);
  }

  /** The service keeps it for a recipient who is not there. */
  stored(): void {
    if (this.deferred || RANK[this.state] > RANK.sent) return;
    this.deferred = true;
    if (this.state === "sent") this.#user.onMessageState?.(this, null);
    else this.become("sent");
  }
}

/** Messages of ours whose notifications are awaited, by Message-ID (RFC 5438 §7.1.3). Bounded: the oldest go first. */
export class Outbox {
  readonly #user: ImUser;
  readonly #clock: Clock;
  readonly #max: number;
  readonly #messages = new Map<string, Outgoing>();

  constructor(user: ImUser, clock: Clock, max: number) {
    this.#user = user;
    this.#clock = clock;
    this.#max = max;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** A new message; `awaited`: notifications about it will come. */
  add(id: string, to: string, mode: MessageMode, chat: Chat | null, awaited: boolean): Outgoing {
    const now = this.#clock.monotonic();
    const message = new Outgoing(this.#user, id, to, mode, chat, now);
    if (!awaited) return message;
    for (const [oldest, { born }] of this.#messages) {
      if (this.#messages.size < this.#max && now - born < KEPT_MS) break;
      this.#messages.delete(oldest);
    }
    this.#messages.set(id, message);
    return message;
  }

  /** A notification came. Of messages that are not known here, or seemed to have failed, the user makes what they can. */
  notified({ messageId, disposition }: Imdn): void {
    const message = this.#messages.get(messageId);
    if (message === undefined || message.state === "failed") {
      const state = othersState(disposition);
      if (state !== null) this.#user.onOthersMessageState?.(messageId, state);
      return;
    }
    const { kind, status } = disposition;
    if (status === "displayed") {
      message.become("displayed");
      this.#messages.delete(messageId);
    } else if (status === "delivered") message.become("delivered");
    else if (status === "stored") message.stored();
    else if (kind === "delivery") {
      const what = status === "failed" ? "it could not be delivered" : `delivery: ${status}`;
      message.become("failed", reason(0, what));
      this.#messages.delete(messageId);
    }
  }
}

function othersState({ kind, status }: Disposition): "stored" | "delivered" | "displayed" | "failed" | null {
  if (status === "displayed" || status === "delivered" || status === "stored") return status;
  return kind === "delivery" ? "failed" : null;
}

/** Message-IDs that have been here, so that what comes twice is shown once. Bounded: the oldest go first. */
export class Seen {
  readonly #ids = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** True the first time. Without an id nothing can be known again: always true. */
  first(from: string, id: string): boolean {
    if (id === "") return true;
    const key = `${from} ${id}`;
    if (this.#ids.has(key)) return false;
    if (this.#ids.size >= this.#max) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest);
        break;
      }
    }
    this.#ids.add(key);
    return true;
  }
}
