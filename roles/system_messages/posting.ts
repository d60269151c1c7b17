import type { Clock } from "../../foundation/mod.ts";
import type { StoreOutcome } from "../../storage/mod.ts";
import type { SystemMessageBody } from "../../transport/payload/mod.ts";
import type { DeferredDelivery } from "../deferred/mod.ts";
import { systemMessage } from "./system_message.ts";

export interface PostingParts {
  readonly deferred: Pick<DeferredDelivery, "post" | "remove">;
  readonly clock: Clock;
  /** The service's domain: `sip:system@domain` speaks. */
  readonly domain: string;
  /** The service's display name. */
  readonly name: string;
  /** How long an undelivered one is kept, ms. */
  readonly keep_ms: number;
}

/** What goes to one user. */
export interface Post {
  readonly recipient: string;
  readonly body: string | SystemMessageBody;
  /** Names it, without a line break: the same of one recipient is stored once. */
  readonly id: string;
  readonly at: number;
  readonly reserve: boolean;
  /** No use any more after that, ms; 0: never. */
  readonly until?: number;
  /** Message-ID under which devices tell that it was seen; "" or nothing where nobody asks. */
  readonly receipt?: string;
}

/** The name of a delivery, as it was posted. */
export interface Posted {
  readonly message: string;
  readonly round: number;
  readonly recipient: string;
}

/** The way into the deferred store, from which everything is delivered. */
export class Posting {
  readonly #parts: PostingParts;

  constructor(parts: PostingParts) {
    this.#parts = parts;
  }

  post({ recipient, body, id, at, reserve, until = 0, receipt = "" }: Post): Promise<StoreOutcome> {
    const { deferred, clock, domain, name, keep_ms } = this.#parts;
    const kept = clock.now() + keep_ms;
    const expiresAt = until > 0 ? Math.min(until, kept) : kept;
    const transaction = `system ${id}\n${recipient}`;
    const message = systemMessage({ recipient, domain, name, body, receipt, transaction, at, expiresAt, reserve });
    return new Promise((resolve) => deferred.post(message, resolve));
  }

  /** What was stored and is of no use any more. */
  discard(stored: number): void {
    if (stored > 0) this.#parts.deferred.remove(stored);
  }
}

/** The id of what is said again: `message` where it is the first time. */
export function roundId(message: string, round: number): string {
  return round === 0 ? message : `${message} ${round}`;
}

/** The Message-ID of what is said, each time another one: a client shows nothing twice. */
export function receiptId(message: string, round: number): string {
  return round === 0 ? message : `${message}.${round}`;
}

/** The message that a Message-ID of ours is of; "" for any other. */
export function receiptOf(messageId: string): string {
  return /^([a-z0-9]+-[a-f0-9]+)(?:\.\d{1,9})?$/.exec(messageId)?.[1] ?? "";
}

/** What a transaction names; null for what is no system message. */
export function postedOf(transaction: string): Posted | null {
  const found = /^system ([^ \n]+)(?: (\d+))?\n(.*)$/s.exec(transaction);
  return found === null ? null : { message: found[1], round: Number(found[2] ?? 0), recipient: found[3] };
}
