import type { Clock, Timed, Timer, Timers } from "../../foundation/mod.ts";
import { dateTimeText } from "./cpim_writer.ts";
import type { ComposingState, IsComposing } from "./is_composing.ts";

/** Times of RFC 3994 §3.2 and §3.3. */
export const COMPOSING_TIMES = { idle_ms: 15_000, refresh_s: 120, shortestRefresh_s: 60, lapse_s: 120 } as const;

const IDLE = 1, REFRESH = 2, LAPSE = 1;

export interface ComposingSenderOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Sends one status message. */
  readonly send: (status: IsComposing) => void;
  /** Without a key press for so long the writer is idle; 15 s where it is left out. */
  readonly idle_ms?: number;
  /** Seconds between status messages while somebody goes on writing: 60 at least; 0: none are sent. 120 where left out. */
  readonly refresh_s?: number;
  /** What is being written. */
  readonly contentType?: string;
}

/** Tells the other side when our user writes (RFC 3994 §3.2, figure 1). */
export class ComposingSender implements Timed {
  readonly #options: ComposingSenderOptions;
  readonly #idle_ms: number;
  readonly #refresh_s: number;
  #idle: Timer | undefined;
  #refresh: Timer | undefined;
  #typedAt = 0;
  #typedTime = 0;
  #muted = false;

  constructor(options: ComposingSenderOptions) {
    const { idle_ms = COMPOSING_TIMES.idle_ms, refresh_s = COMPOSING_TIMES.refresh_s } = options;
    this.#options = options;
    this.#idle_ms = idle_ms;
    this.#refresh_s = refresh_s === 0 ? 0 : Math.max(refresh_s, COMPOSING_TIMES.shortestRefresh_s);
  }

  get state(): ComposingState {
    return this.#idle === undefined ? "idle" : "active";
  }

  /** Call it at each key press: cheap while the state stays. */
  typed(): void {
    if (this.#muted) return;
    const { clock, timers } = this.#options;
    this.#typedAt = clock.monotonic();
    this.#typedTime = clock.now();
    if (this.#idle !== undefined) return;
    this.#idle = timers.start(this.#idle_ms, this, IDLE);
    this.#tellActive();
  }

  /** The message that was being written has been sent: no status message says what that says itself. */
  sent(): void {
    this.#reset();
  }

  /** What was being written is given up: the writer is idle at once. */
  cancelled(): void {
    if (this.state === "active") this.#tellIdle();
  }

  /** No more status messages: the other side does not know them (415, §4), or the conversation is over. */
  mute(): void {
    this.#muted = true;
    this.#reset();
  }

  onTimer(kind: number): void {
    if (kind === REFRESH) return this.#tellActive();
    // Keys were pressed meanwhile: wait for the rest. One timer serves them all.
    const quiet_ms = this.#options.clock.monotonic() - this.#typedAt;
    if (quiet_ms >= this.#idle_ms) this.#tellIdle();
    else this.#idle = this.#options.timers.start(this.#idle_ms - quiet_ms, this, IDLE);
  }

  #tellActive(): void {
    const { contentType, send, timers } = this.#options;
    if (this.#refresh_s > 0) this.#refresh = timers.start(this.#refresh_s * 1000, this, REFRESH);
    send({
      state: "active",
      ...(contentType && { contentType }),
      ...(this.#refresh_s > 0 && { refresh_s: this.#refresh_s }),
    });
  }

  #tellIdle(): void {
    const { contentType, send } = this.#options;
    this.#reset();
    send({ state: "idle", lastActive: dateTimeText(this.#typedTime), ...(contentType && { contentType }) });
  }

  #reset(): void {
    this.#idle?.stop();
    this.#refresh?.stop();
    this.#idle = this.#refresh = undefined;
  }
}

export interface ComposingReceiverOptions {
  readonly timers: Timers;
  /** Told when the state has become another one. */
  readonly changed: (state: ComposingState, status: IsComposing | null) => void;
}

/** Keeps whether the other side writes (RFC 3994 §3.3, figure 2). */
export class ComposingReceiver implements Timed {
  readonly #options: ComposingReceiverOptions;
  #lapse: Timer | undefined;

  constructor(options: ComposingReceiverOptions) {
    this.#options = options;
  }

  get state(): ComposingState {
    return this.#lapse === undefined ? "idle" : "active";
  }

  /** A status message came. */
  status(status: IsComposing): void {
    if (status.state === "idle") return this.#idle(status);
    const before = this.#lapse;
    before?.stop();
    this.#lapse = this.#options.timers.start((status.refresh_s ?? COMPOSING_TIMES.lapse_s) * 1000, this, LAPSE);
    if (before === undefined) this.#options.changed("active", status);
  }

  /** A message with content came: who wrote it has finished. */
  content(): void {
    this.#idle(null);
  }

  /** The conversation is over; nobody is told. */
  close(): void {
    this.#lapse?.stop();
    this.#lapse = undefined;
  }

  onTimer(): void {
    this.#idle(null);
  }

  #idle(status: IsComposing | null): void {
    const before = this.#lapse;
    this.close();
    if (before !== undefined) this.#options.changed("idle", status);
  }
}
