/** Messages under way in all sessions together, while there are no more sessions than that: what may wait to be confirmed. */
const TOGETHER = 256;
/** What a session may have under way in any case. */
const LEAST = 4;
/** What a session may have under way that is alone: a long way there and back is filled. */
const MOST = 64;
/** Messages begun in one turn of the loop, over all sessions: some milliseconds, then everybody else has a turn. */
const IN_TURN = 32;

/** Who wants to begin more than there is room for in this turn. */
export interface LoadWaiter {
  /** There is room again. */
  go(): void;
}

/**
 * How much the sessions that bring stored messages may do. When many users come online at once, each gets fewer at a time, and all of
 * them together few in one turn of the loop, so that the messages of those who are there already do not wait behind thousands.
 */
export class PushLoad {
  #sessions = 0;
  #left = IN_TURN;
  #armed = false;
  /** Who was first is first. */
  readonly #waiting = new Set<LoadWaiter>();
  readonly #nextTurn: (work: () => void) => void;

  /** `nextTurn`: calls when the present turn of the loop is over. */
  constructor(nextTurn: (work: () => void) => void = (work) => void setTimeout(work, 0)) {
    this.#nextTurn = nextTurn;
  }

  enter(): void {
    this.#sessions++;
  }
  leave(): void {
    this.#sessions--;
  }

  /** Messages that one session may have read ahead or not confirmed now. */
  get window(): number {
    return Math.max(LEAST, Math.min(MOST, Math.floor(TOGETHER / Math.max(1, this.#sessions))));
  }

  /** One more message may begin. False: not in this turn, and `waiter` hears of the next one. */
  begin(waiter: LoadWaiter): boolean {
    this.#arm();
    if (this.#left === 0) {
      this.#waiting.add(waiter);
      return false;
    }
    this.#left--;
    return true;
  }

  /** There was none to begin after all. */
  unused(): void {
    this.#left++;
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#nextTurn(() => this.#turn());
  }

  #turn(): void {
    this.#armed = false;
    this.#left = IN_TURN;
    for (const waiter of this.#waiting) {
      if (this.#left === 0) break;
      this.#waiting.delete(waiter);
      waiter.go();
    }
    if (this.#waiting.size > 0) this.#arm();
  }
}
