/** A message under way brings nothing for so long: its sender is gone. */
const QUIET_MS = 30_000;
/** Nothing is under way, and nothing comes. */
const IDLE_MS = 120_000;
/** While messages are under way so much must come in each span, or one of them be complete: a trickle keeps no place. */
const SPAN_MS = 60_000;
export const LEAST_OCTETS = 32_768;

/** How a session stands. */
export interface Standing {
  /** When something came last, monotonic ms. */
  readonly lastActive: number;
  /** Messages of which some is still to come. */
  readonly underWay: number;
  /** It is not read: the store is slow, not the sender. */
  readonly paused: boolean;
  /** Grows with all that comes; by LEAST_OCTETS with each message that is complete. */
  readonly moved: number;
}

/** How long a sender is waited for. */
export class SessionPatience {
  #quietFrom: number;
  #spanFrom: number;
  #movedBefore = 0;

  constructor(now: number) {
    this.#quietFrom = this.#spanFrom = now;
  }

  /** What is to be said of it; null: it is waited for. Asked every few seconds. */
  verdict(now: number, { lastActive, underWay, paused, moved }: Standing): "stalled" | "idle" | null {
    if (paused) this.#quietFrom = now;
    const quiet = now - Math.max(lastActive, this.#quietFrom);
    if (paused || underWay === 0) {
      this.#newSpan(now, moved);
      return quiet >= IDLE_MS ? "idle" : null;
    }
    if (quiet >= QUIET_MS) return "stalled";
    if (now - this.#spanFrom < SPAN_MS) return null;
    const slow = moved - this.#movedBefore < LEAST_OCTETS;
    this.#newSpan(now, moved);
    return slow ? "stalled" : null;
  }

  #newSpan(now: number, moved: number): void {
    this.#spanFrom = now;
    this.#movedBefore = moved;
  }
}
