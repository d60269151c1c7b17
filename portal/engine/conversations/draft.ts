import { type Signal, signal } from "@preact/signals-core";
import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { EngineParts } from "../doors.ts";

/** A draft is written down when nobody has typed for so long. */
const WRITE_MS = 500;
/** Characters that are kept over a reload. */
const MOST = 20_000;

/** What is typed and not sent, kept over reloads. */
export class Draft implements Timed {
  readonly signal: Signal<string>;
  readonly #store: EngineParts["store"];
  readonly #timers: EngineParts["timers"];
  readonly #key: string;
  #timer: Timer | null = null;
  #first = true;

  constructor({ store, timers }: Pick<EngineParts, "store" | "timers">, key: string) {
    this.#store = store;
    this.#timers = timers;
    this.#key = `draft.${key}`;
    this.signal = signal(store.get(this.#key) ?? "");
    this.signal.subscribe(() => {
      if (this.#first) this.#first = false;
      // What was sent must not come again.
      else if (this.signal.peek() === "") this.onTimer();
      else this.#timer ??= this.#timers.start(WRITE_MS, this, 0);
    });
  }

  /** Writes it down now, where that is still to be done. */
  keep(): void {
    if (this.#timer !== null) this.onTimer();
  }

  onTimer(): void {
    this.#timer?.stop();
    this.#timer = null;
    const text = this.signal.peek();
    if (text === "") this.#store.remove(this.#key);
    else this.#store.set(this.#key, text.slice(0, MOST));
  }
}
