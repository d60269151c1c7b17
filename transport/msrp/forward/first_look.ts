import { EMPTY } from "../../../foundation/mod.ts";
import type { Continuation, RequestHead } from "../frame.ts";
import { type Look, LOOK_LIMIT, type Refusal, type Rewrite, type Rewriter, RewrittenMessages } from "./rewriter.ts";

const NOT_SEEN: Refusal = { status: 415, comment: "The head of the wrapped message is not in the first chunk" };

/** Null: the message passes as it is. */
export type Decision = Rewrite | Refusal | null;

/** The messages of one direction that a rewriter looks at: their first octets until it has decided, and what it decided. */
export class FirstLook {
  readonly messages = new RewrittenMessages();
  /** What it was shown when it decided about the chunk under way, and what came with it but was not shown. */
  seen: Uint8Array = EMPTY;
  rest: Uint8Array = EMPTY;
  #kept: Uint8Array | null = null;
  #length = 0;
  /** Who decides about the chunk under way; null when it is decided. */
  #rewriter: Rewriter | null = null;

  get looking(): boolean {
    return this.#rewriter !== null;
  }

  /** A whole chunk. */
  whole(rewriter: Rewriter, head: RequestHead, body: Uint8Array, continuation: Continuation): Decision {
    if (head.start > 1) return this.#known(rewriter, head);
    const decision = this.#ask(rewriter, head, body, true);
    if (decision === "more") return NOT_SEEN;
    // One that passes as it is needs to be known for its later chunks only.
    if (decision === null && continuation === "$") this.messages.delete(head.messageId);
    return decision;
  }

  /** A chunk in pieces begins. */
  begin(rewriter: Rewriter, head: RequestHead): Decision | "more" {
    this.seen = this.rest = EMPTY;
    if (head.start > 1) return this.#known(rewriter, head);
    this.#rewriter = rewriter;
    return "more";
  }

  /** Its next octets; nearly always the first piece is enough. */
  piece(head: RequestHead, octets: Uint8Array): Decision | "more" {
    const before = this.#length;
    if (before === 0) {
      const decision = this.#ask(this.#rewriter!, head, octets, false);
      if (decision !== "more") return this.#decided(decision, octets, EMPTY);
      this.#kept = new Uint8Array(LOOK_LIMIT);
    }
    const taken = Math.min(octets.length, LOOK_LIMIT - before);
    this.#kept!.set(octets.subarray(0, taken), before);
    this.#length += taken;
    if (before === 0) return "more";
    const seen = this.#kept!.subarray(0, this.#length);
    const decision = this.#ask(this.#rewriter!, head, seen, false);
    return decision === "more" ? decision : this.#decided(decision, seen, octets.subarray(taken));
  }

  /** It has no more. */
  finish(head: RequestHead): Decision {
    const seen = this.#kept === null ? EMPTY : this.#kept.subarray(0, this.#length);
    const decision = this.#ask(this.#rewriter!, head, seen, true);
    return this.#decided(decision === "more" ? NOT_SEEN : decision, seen, EMPTY);
  }

  /** Nothing of the chunk under way is of interest any more. */
  stop(): void {
    this.#rewriter = null;
    this.#kept = null;
    this.#length = 0;
    this.seen = this.rest = EMPTY;
  }

  /** The message has ended: one that passed as it was need not be known any longer. */
  settled({ messageId }: RequestHead): void {
    if (this.messages.get(messageId) === null) this.messages.delete(messageId);
  }

  #known(rewriter: Rewriter, head: RequestHead): Decision {
    const known = this.messages.get(head.messageId);
    if (known !== undefined) return known;
    const look = rewriter.midway?.(head);
    return look === undefined ? NOT_SEEN : this.#remember(head, look);
  }

  #ask(rewriter: Rewriter, head: RequestHead, octets: Uint8Array, all: boolean): Decision | "more" {
    const look = rewriter.look(head, octets, all);
    if (look === "more") return octets.length >= LOOK_LIMIT ? NOT_SEEN : "more";
    return this.#remember(head, look);
  }

  #remember(head: RequestHead, look: Exclude<Look, "more">): Decision {
    if (look !== "pass" && "status" in look) return look;
    const decision = look === "pass" ? null : look;
    this.messages.set(head.messageId, decision);
    return decision;
  }

  #decided(decision: Decision, seen: Uint8Array, rest: Uint8Array): Decision {
    this.stop();
    this.seen = seen;
    this.rest = rest;
    return decision;
  }
}
