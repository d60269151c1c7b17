import type { Clock, Log, Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { DeferredMessages } from "../../../storage/mod.ts";
import type { ToldMarks } from "./told_marks.ts";

/** Says something to a user as the service itself: `SystemMessages` does. */
export interface Teller {
  /** False where it was said for this cause before and `forget` has not been called since. */
  tell(aor: string, cause: string, text: string): Promise<boolean>;
  forget(aor: string, cause: string): Promise<void>;
}

export interface ExpiryReminderParts {
  readonly store: Pick<DeferredMessages, "pending" | "recipients">;
  readonly marks: Pick<ToldMarks, "get" | "reminded">;
  readonly teller: Teller;
  /** How long before its end a message is reminded of, ms; 0: never. Live. */
  readonly reminder_ms: () => number;
  /** The user has a device here now, and does not get what waits pushed to it. */
  readonly isReminded: (aor: string) => boolean;
  /** Messages of this user are `pending-delete` from now on. */
  readonly changed: (aor: string) => void;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

const LOOK_MS = 600_000;
const DAY_MS = 86_400_000;
/** Recipients looked at before others have their turn. */
const SLICE = 200;
const CAUSE = "deferred.expiry";

/** Looks for what is about to expire: lists say so, and who is there and fetches for himself is reminded once a day. */
export class ExpiryReminder implements Timed {
  readonly #parts: ExpiryReminderParts;
  /** What ended before this was `pending-delete` at the last look. */
  #lookedTo = 0;
  #timer: Timer | null = null;
  #stopped = false;

  constructor(parts: ExpiryReminderParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = this.#parts.timers.start(LOOK_MS, this, 0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.stop();
  }

  onTimer(): void {
    this.look().catch((error: unknown) => {
      this.#parts.log.warn("users could not be reminded of what expires", { error: String(error) });
    }).finally(() => {
      if (!this.#stopped) this.start();
    });
  }

  /** Resolves when everybody has been looked at. */
  async look(): Promise<void> {
    const { store, clock, reminder_ms } = this.#parts;
    const before = reminder_ms();
    if (before === 0) return;
    const until = clock.now() + before;
    const since = this.#lookedTo;
    this.#lookedTo = until;
    let looked = 0;
    for (const aor of [...store.recipients()]) {
      if (++looked % SLICE === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      if (this.#stopped) return;
      let ending = 0, isNews = false;
      for (const { expiresAt } of store.pending(aor)) {
        if (expiresAt >= until) continue;
        ending++;
        isNews ||= expiresAt >= since;
      }
      if (ending === 0) continue;
      if (isNews) this.#parts.changed(aor);
      await this.#remind(aor, ending, before);
    }
  }

  async #remind(aor: string, ending: number, before_ms: number): Promise<void> {
    const { marks, clock, teller, isReminded } = this.#parts;
    const today = Math.floor(clock.now() / DAY_MS);
    if (marks.get(aor).remindedOn === today || !isReminded(aor)) return;
    const hours = Math.ceil(before_ms / 3_600_000);
    const what = ending === 1 ? "One message that waits for you" : `${ending} messages that wait for you`;
    const text = `${what} will be deleted within ${hours} hours. Fetch what you want to keep.`;
    await teller.forget(aor, CAUSE);
    if (await teller.tell(aor, CAUSE, text)) marks.reminded(aor, today);
  }
}
