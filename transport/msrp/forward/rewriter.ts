import { detached } from "../../../foundation/mod.ts";
import type { RequestHead } from "../frame.ts";
import { Forwarded, type Route } from "./forwarded.ts";

/** What becomes of a message's beginning: `drop` octets go, `prepend` comes in their place, and all positions shift. */
export interface Rewrite {
  readonly contentType: string;
  readonly drop: number;
  readonly prepend: Uint8Array;
  /** Octets this message may have as it goes out, where that is less than the rules say for all. */
  readonly maxSize?: number;
}

/** The message is not passed on. */
export interface Refusal {
  readonly status: number;
  readonly comment: string;
}

/** `pass`: as it is. `more`: the octets do not say yet. */
export type Look = "pass" | "more" | Rewrite | Refusal;

/**
 * Looks at the first octets of messages of one direction: to change their wrapping (CPIM for a client that does not take it), or
 * to refuse what is wrapped. Shown `LOOK_LIMIT` octets at most; what needs more, or more than the first chunk has, gets 415.
 */
export interface Rewriter {
  /** Asked for each chunk, by its head alone; the same answer for all chunks of a message. */
  wants(head: RequestHead): boolean;
  /** `octets` are the first of the message, valid during the call. `all`: the chunk has no more. */
  look(head: RequestHead, octets: Uint8Array, all: boolean): Look;
  /**
   * For a message that begins with a later chunk: its beginning went through an earlier session (a file that is resumed,
   * RFC 5547 §8.4). Undefined, or not there: it cannot be judged without its beginning, and gets 415.
   */
  midway?(head: RequestHead): Exclude<Look, "more"> | undefined;
}

export const LOOK_LIMIT = 8192;

/** Messages of one direction whose rewriting is remembered: for their later chunks and for reports about them. */
const REMEMBERED = 256;

/** The rewritings of one direction. Null stands for a message that was looked at and passes as it is. */
export class RewrittenMessages {
  readonly #messages = new Map<string, Rewrite | null>();

  /** Undefined for one that was not seen from its beginning. */
  get(messageId: string): Rewrite | null | undefined {
    return this.#messages.get(messageId);
  }

  set(messageId: string, rewrite: Rewrite | null): void {
    this.#messages.delete(messageId);
    if (this.#messages.size >= REMEMBERED) {
      for (const oldest of this.#messages.keys()) {
        this.#messages.delete(oldest);
        break;
      }
    }
    this.#messages.set(detached(messageId), rewrite);
  }

  delete(messageId: string): void {
    this.#messages.delete(messageId);
  }

  /** A REPORT as the sender has to read it: its range counts the octets that the sender sent (RFC 4975 §7.1.3). */
  unshifted(report: RequestHead): Pick<RequestHead, "start" | "end" | "total"> {
    const rewrite = this.#messages.get(report.messageId);
    const { start, end, total } = report;
    if (rewrite === undefined || rewrite === null) return { start, end, total };
    const shift = shiftOf(rewrite);
    return {
      // Whoever has the first octet has, in the sender's eyes, all that was dropped before it.
      start: start <= rewrite.prepend.length + 1 ? 1 : start - shift,
      end: end < 0 ? -1 : Math.max(0, end - shift),
      total: total < 0 ? -1 : Math.max(0, total - shift),
    };
  }
}

export function shiftOf(rewrite: Rewrite | null): number {
  return rewrite === null ? 0 : rewrite.prepend.length - rewrite.drop;
}

/** The head of a chunk of a rewritten message. */
export function rewrittenHead(route: Route, request: RequestHead, rewrite: Rewrite): Forwarded {
  const shift = shiftOf(rewrite);
  const start = request.start === 1 ? 1 : Math.max(request.start, rewrite.drop + 1) + shift;
  return new Forwarded(route, request, shift, start, rewrite.contentType);
}

/** Its body. */
export function rewrittenBody(rewrite: Rewrite, start: number, body: Uint8Array): Uint8Array {
  const rest = body.subarray(Math.min(body.length, Math.max(0, rewrite.drop - start + 1)));
  const { prepend } = rewrite;
  if (start > 1 || prepend.length === 0) return rest;
  const all = new Uint8Array(prepend.length + rest.length);
  all.set(prepend);
  all.set(rest, prepend.length);
  return all;
}
