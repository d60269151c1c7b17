import { batch, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { LinkState, Problem } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { asProblem } from "../outcomes.ts";

/** Until the next try, by the tries that failed in a row. */
const RETRY_MS = [2_000, 10_000, 30_000, 120_000, 300_000];
/** Changes are told (xcap-diff); this is for what is not told. */
const POLL_MS = 300_000;
/** What is older than this is read again when the link is back. */
const STALE_MS = 60_000;

/**
 * Something of the service that is read, and read again: when documents it stands on change, when the link is back, every few minutes
 * while it is up; after a failure with back-off. What was read stays as it was while it cannot be read.
 */
export class Refreshed implements Timed {
  readonly #state = signal<"loading" | "ready" | "failed">("loading");
  readonly #problem = signal<Problem | null>(null);
  readonly #parts: Pick<EngineParts, "link" | "clock" | "timers">;
  readonly #load: () => Promise<void>;
  #running: Promise<void> | null = null;
  #again = false;
  #failures = 0;
  #at = -Infinity;
  #timer: Timer | null = null;

  /** Reads it the first time. `documents`: paths below the XCAP root. `load` rejects with RestProblem; whatever else it throws is reported, and is a failure like others. */
  constructor(
    parts: Pick<EngineParts, "link" | "clock" | "timers">,
    documents: readonly string[],
    load: () => Promise<void>,
  ) {
    this.#parts = parts;
    this.#load = load;
    const { link } = parts;
    if (documents.length > 0) {
      link.client.watchDocuments(documents);
      link.listen({
        onDocuments: (paths) => {
          if (documents.some((path) => paths.includes(path))) void this.refresh();
        },
      });
    }
    void this.refresh();
    link.state.subscribe((state) => this.#linked(state));
  }

  get state(): ReadonlySignal<"loading" | "ready" | "failed"> {
    return this.#state;
  }

  /** Why it could not be read the last time. */
  get problem(): ReadonlySignal<Problem | null> {
    return this.#problem;
  }

  /** Resolves when what was there at the time of the call has been read, or could not be: `problem` says so. */
  refresh(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true;
      return this.#running;
    }
    return this.#running = this.#run().finally(() => this.#running = null);
  }

  onTimer(): void {
    this.#timer = null;
    if (this.#failures > 0 || this.#parts.link.state.peek() === "online") void this.refresh();
    else this.#wait(POLL_MS);
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      await this.#once();
    } while (this.#again && this.#failures === 0);
  }

  async #once(): Promise<void> {
    this.#timer?.stop();
    this.#at = this.#parts.clock.monotonic();
    try {
      await this.#load();
      this.#failures = 0;
      this.#tell("ready", null);
      this.#wait(POLL_MS);
    } catch (error) {
      const found = asProblem(error);
      this.#tell("failed", found);
      const back = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
      // The session is over: nothing is there to be had.
      if (found.status !== 401) this.#wait(Math.max(back, found.retryAfter * 1000));
    }
  }

  #tell(state: "ready" | "failed", problem: Problem | null): void {
    batch(() => {
      this.#state.value = state;
      this.#problem.value = problem;
    });
  }

  #wait(ms: number): void {
    this.#timer?.stop();
    this.#timer = this.#parts.timers.start(ms, this, 0);
  }

  #linked(state: LinkState): void {
    if (state === "signed-out") return this.#timer?.stop();
    const age = this.#parts.clock.monotonic() - this.#at;
    if (state === "online" && (this.#failures > 0 || age > STALE_MS)) void this.refresh();
  }
}
