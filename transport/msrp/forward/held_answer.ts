import type { Connection } from "../connection.ts";
import type { IncomingRequest, RequestHead } from "../frame.ts";

/** REPORTs about one message that wait with its answer; a receiver has one to send, or one for each chunk of a long one. */
const REPORTS = 32;

/** What has the answers that are held. */
export interface HeldAnswers {
  /** It has been answered, and these REPORTs about it were held up; null for none. */
  onReleased(held: HeldAnswer, reports: readonly RequestHead[] | null): void;
}

/**
 * The answer to a SEND that waits until whoever sees the messages (`BridgeTap`) has kept what the SEND completed. Made by the tap and
 * given back from its `onEnd`; `release` is called once, whatever became of the message: delivery goes on, and the answer is 200.
 */
export class HeldAnswer {
  #released = false;
  #answers: HeldAnswers | null = null;
  #source: Connection | null = null;
  #request: IncomingRequest | null = null;
  #reports: RequestHead[] | null = null;

  /** Of the message; "" before it waits. */
  get messageId(): string {
    return this.#request?.messageId ?? "";
  }

  /** Also where the sender's connection is gone: then nothing is said. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    const answers = this.#answers;
    if (answers === null) return;
    this.#source!.respond(this.#request!, 200);
    answers.onReleased(this, this.#reports);
    this.#answers =
      this.#source =
      this.#request =
      this.#reports =
        null;
  }

  /** For the forwarder: this is what waits. False: nothing does any more, it has been released already. */
  wait(answers: HeldAnswers, source: Connection, request: IncomingRequest): boolean {
    if (this.#released) return false;
    this.#answers = answers;
    this.#source = source;
    this.#request = request;
    return true;
  }

  /** A REPORT about the message goes after its answer. False where too many wait already. */
  holdReport(report: RequestHead): boolean {
    const reports = this.#reports ??= [];
    if (reports.length >= REPORTS) return false;
    reports.push(report);
    return true;
  }
}
