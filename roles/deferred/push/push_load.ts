/** Messages under way in all sessions together, while there are no more sessions than that: what one turn of the loop may cost others. */
const TOGETHER = 256;
/** What a session may have under way in any case. */
const LEAST = 4;
/** What a session may have under way that is alone: a long way there and back is filled. */
const MOST = 64;

/**
 * How much the sessions that bring stored messages may have under way. When many users come online at once, each gets fewer at a
 * time, so that the messages of those who are there already do not wait behind thousands.
 */
export class PushLoad {
  #sessions = 0;

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
}
