import type { Connection } from "../connection.ts";
import type { IncomingRequest, RequestHead } from "../frame.ts";
import type { HeldAnswer, HeldAnswers } from "./held_answer.ts";

/** Whose messages they are. */
export interface HeldMessagesUser {
  /** These REPORTs may go to the sender of their message now. */
  onReleased(reports: readonly RequestHead[]): void;
  onIdle(): void;
}

/**
 * Messages of one direction whose last SEND has no answer yet, because a tap holds it up. As many as the tap lets come: its `room`
 * holds the source. Answers go out as they are released, in whatever order (RFC 4975 §7.2: a transaction id is what they are known by).
 */
export class HeldMessages implements HeldAnswers {
  readonly #user: HeldMessagesUser;
  readonly #waiting = new Set<HeldAnswer>();

  constructor(user: HeldMessagesUser) {
    this.#user = user;
  }

  get idle(): boolean {
    return this.#waiting.size === 0;
  }

  /** False: it has been released already. */
  add(held: HeldAnswer, source: Connection, request: IncomingRequest): boolean {
    if (!held.wait(this, source, request)) return false;
    this.#waiting.add(held);
    return true;
  }

  /** False: nothing of that message waits, or too much does already. */
  holdReport(report: RequestHead): boolean {
    for (const held of this.#waiting) if (held.messageId === report.messageId) return held.holdReport(report);
    return false;
  }

  onReleased(held: HeldAnswer, reports: readonly RequestHead[] | null): void {
    this.#waiting.delete(held);
    if (reports !== null) this.#user.onReleased(reports);
    if (this.idle) this.#user.onIdle();
  }
}
