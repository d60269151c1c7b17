import type { Timed, Timer } from "../../../foundation/mod.ts";
import { BridgeLeg, type LegsEnd } from "./bridge_leg.ts";
import type { BridgeTap } from "./forward_rules.ts";
import type { BridgeParts, LegOptions } from "./leg_options.ts";

/** How long answers to what was sent last may take once the session is over, and whoever stores what had none. */
const ANSWERS_MS = 2_000, STORING_MS = 10_000;
/** How much longer a large message may take to reach a receiver that reads slowly. */
const DRAINING_MS = 30_000;
/** How long what a sender had under way may take to come in then: from the node it would get a 481. */
const LAST_MS = 1_000;
const ANSWERS = 1, STORING = 2, DRAINING = 3, LAST = 4;

/**
 * Two MSRP sessions joined into one: a back-to-back user agent's media (RFC 4975 §5.1; RFC 6714 §2 calls it MSRP B2BUA). Each
 * leg lets only its owner in; requests go across with paths of the other leg and nothing else changed but what a `Rewriter`
 * changes. Nothing is kept but what a peer that has not connected yet is owed, 64 KiB at most, and, for a leg that wants it, what
 * the peer has not answered yet (`Keeping`).
 */
export class Bridge implements Timed, LegsEnd {
  readonly a: BridgeLeg;
  readonly b: BridgeLeg;
  readonly #parts: BridgeParts;
  readonly #since: number;
  #state: "open" | "ending" | "over" = "open";
  #reason = "";
  #timer: Timer | null = null;
  /** Who waits for a leg that owes nothing, or for the end. */
  #drains: { readonly leg: BridgeLeg; readonly done: () => void }[] = [];

  /** Throws RangeError where a session id is taken. */
  constructor(parts: BridgeParts, a: LegOptions, b: LegOptions) {
    const { node, clock } = parts;
    this.#parts = parts;
    this.#since = clock.monotonic();
    this.a = new BridgeLeg(parts, "a", a);
    this.b = new BridgeLeg(parts, "b", b);
    this.a.join(this.b);
    this.b.join(this.a);
    node.add(a.sessionId, this.a);
    try {
      node.add(b.sessionId, this.b);
    } catch (error) {
      node.remove(a.sessionId);
      throw error;
    }
    if (a.peer !== null) this.a.update(a.peer);
    if (b.peer !== null) this.b.update(b.peer);
  }

  /** Monotonic ms of the last octet either way; of its making before the first. */
  get lastTraffic(): number {
    return Math.max(this.#since, this.a.lastTraffic, this.b.lastTraffic);
  }

  /**
   * From the next chunk on this one sees what passes, in the place of whoever did before; null: nobody. Of what is under way it sees
   * nothing: what began without it is shown from a later chunk on, if it has one.
   */
  watch(tap: BridgeTap | null): void {
    this.a.watch(tap);
    this.b.watch(tap);
  }

  /**
   * What the peer of `leg` has sent whole, and was told 200 for, is on its way to a receiver that nobody else may send away: `done` when it is
   * there or lost, at once as a rule. To be called before `close`.
   */
  drain(leg: BridgeLeg, done: () => void): void {
    if (this.#state !== "open" || !leg.awaits) done();
    else this.#drains.push({ leg, done });
  }

  /**
   * Ends both sessions: at once, or, where messages are kept, or held up by a tap, that have no answer yet, as soon as they have, or were handed over
   * and it is known what became of them; also where large ones have not reached their receiver yet. Nothing more is taken from either side. Chunks under way end with `#`; connections that
   * carry nothing else are closed by the node.
   */
  close(reason: string): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#reason = reason;
    for (const leg of [this.a, this.b]) leg.end(reason, this);
    if (this.a.idle && this.b.idle) this.#end();
    else this.#timer = this.#parts.timers.start(ANSWERS_MS, this, ANSWERS);
  }

  onTimer(kind: number): void {
    if (this.#state !== "ending") return;
    if (kind === STORING && (this.a.awaits || this.b.awaits)) {
      this.#timer = this.#parts.timers.start(DRAINING_MS, this, DRAINING);
      return;
    }
    if (kind !== ANSWERS) return this.#end();
    this.#timer = this.#parts.timers.start(STORING_MS, this, STORING);
    this.a.handOver();
    this.b.handOver();
  }

  /** A leg that ends owes nothing any more. */
  onIdle(): void {
    this.#drained();
    // At the beginning it is `close` that looks.
    if (this.#timer === null || !this.a.idle || !this.b.idle) return;
    this.#timer.stop();
    this.a.answerLate();
    this.b.answerLate();
    this.#timer = this.#parts.timers.start(LAST_MS, this, LAST);
  }

  #drained(): void {
    if (this.#drains.length === 0) return;
    const isOver = (leg: BridgeLeg) => this.#state === "over" || !leg.awaits;
    const over = this.#drains.filter(({ leg }) => isOver(leg));
    this.#drains = this.#drains.filter(({ leg }) => !isOver(leg));
    for (const { done } of over) done();
  }

  #end(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#timer?.stop();
    this.a.close(this.#reason);
    this.b.close(this.#reason);
    this.#drained();
    this.#parts.owner.onOver?.();
  }
}
