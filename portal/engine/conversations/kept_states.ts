import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { MessageState } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { isPairOf, storedList } from "../local_json.ts";

/** The latest messages of ours of which more is known than that the service has them. */
const MOST = 300;
const KEY = "states";
const WRITE_MS = 2_000;
const KEPT: readonly MessageState[] = ["stored", "delivered", "displayed"];

/** What became of messages of ours, kept over a reload: the service's record does not tell. */
export class KeptStates implements Timed {
  readonly #parts: Pick<EngineParts, "store" | "timers">;
  readonly #states: Map<string, MessageState>;
  #timer: Timer | null = null;

  constructor(parts: Pick<EngineParts, "store" | "timers">) {
    this.#parts = parts;
    this.#states = new Map(storedList(parts.store, KEY, isPairOf(isKept)));
  }

  /** `sent` where nothing more is known. */
  of(id: string): MessageState {
    return this.#states.get(id) ?? "sent";
  }

  note(id: string, state: MessageState): void {
    if (!isKept(state)) return;
    // The latest last.
    this.#states.delete(id);
    this.#states.set(id, state);
    for (const oldest of this.#states.keys()) {
      if (this.#states.size <= MOST) break;
      this.#states.delete(oldest);
    }
    this.#timer ??= this.#parts.timers.start(WRITE_MS, this, 0);
  }

  onTimer(): void {
    this.#timer = null;
    this.#parts.store.set(KEY, JSON.stringify([...this.#states]));
  }
}

function isKept(state: unknown): state is MessageState {
  return KEPT.some((one) => one === state);
}
