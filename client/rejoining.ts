import type { Clock, Timed, Timer, Timers } from "../foundation/mod.ts";
import type { Reason } from "./im_user.ts";

/** A room that was lost is asked again after so long, milliseconds, one try after the other; then no more. */
export const REJOIN_MS = [1_000, 3_000, 10_000, 30_000, 60_000, 120_000] as const;
/** Whoever has been back for so long begins with the first wait again. */
const STEADY_MS = 60_000;
/** No room that says when is waited for longer. */
const LONGEST_MS = 300_000;

/** Comes back into a room that was lost: by its own URI, a few times, with growing waits. Nobody else does, since it keeps what was missed. */
export class Rejoining implements Timed {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #rejoin: () => void;
  #tries = 0;
  #timer: Timer | null = null;
  /** Since when we are in it (monotonic); null while we are not. */
  #since: number | null;

  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }, rejoin: () => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#rejoin = rejoin;
    this.#since = clock.monotonic();
  }

  /** The next try has its time, and nothing is under way until then. */
  get waits(): boolean {
    return this.#timer !== null;
  }

  /** We are in it. */
  back(): void {
    this.#since = this.#clock.monotonic();
  }

  /** It ended: true where that may pass, and another try has its time; false: it is over. */
  again({ status, retryAfter }: Reason): boolean {
    const since = this.#since;
    this.#since = null;
    // What keeps us from asking (no place for the session) has no status; a room that sends us away has none either.
    const passes = since === null ? status === 0 || mayPass(status) : mayPass(status);
    if (!passes) return false;
    if (since !== null && this.#clock.monotonic() - since >= STEADY_MS) this.#tries = 0;
    if (this.#tries >= REJOIN_MS.length) return false;
    const wait = Math.max(REJOIN_MS[this.#tries++], Math.min(retryAfter * 1000, LONGEST_MS));
    this.#timer = this.#timers.start(wait, this, 0);
    return true;
  }

  /** Does not wait any longer. */
  now(): void {
    if (this.#timer === null) return;
    this.stop();
    this.#rejoin();
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = null;
  }

  onTimer(): void {
    this.#timer = null;
    this.#rejoin();
  }
}

/** Nobody answered (408), we were not there or too slow (480), the dialog is forgotten (481), the server has trouble (5xx). */
function mayPass(status: number): boolean {
  return status === 408 || status === 480 || status === 481 || (status >= 500 && status < 600 && status !== 501);
}
