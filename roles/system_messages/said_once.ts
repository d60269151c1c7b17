import type { Clock, Log } from "../../foundation/mod.ts";
import type { Records, Subscribers } from "../../storage/mod.ts";
import { mayHear } from "./audience.ts";
import type { Posting } from "./posting.ts";

export const MAX_MARKS = 100_000;

export type Mark = { readonly at: number };

/** What is said for a cause is said once, until the cause is over (SMSG-14). */
export class SaidOnce {
  readonly #marks: Records<Mark>;
  readonly #posting: Posting;
  readonly #subscribers: Pick<Subscribers, "get">;
  readonly #clock: Clock;
  readonly #log: Log;
  /** What is being said at this moment: its mark is not written yet. */
  readonly #telling = new Set<string>();

  constructor(
    marks: Records<Mark>,
    posting: Posting,
    subscribers: Pick<Subscribers, "get">,
    clock: Clock,
    log: Log,
  ) {
    this.#marks = marks;
    this.#posting = posting;
    this.#subscribers = subscribers;
    this.#clock = clock;
    this.#log = log;
  }

  async tell(aor: string, cause: string, text: string, reserve: boolean): Promise<boolean> {
    const mark = markOf(aor, cause);
    if (this.#marks.get(mark) !== undefined || this.#telling.has(mark)) return false;
    const subscriber = this.#subscribers.get(aor);
    if (subscriber === undefined || !mayHear(subscriber)) return false;
    this.#telling.add(mark);
    try {
      return await this.#tell(aor, cause, text, reserve);
    } finally {
      this.#telling.delete(mark);
    }
  }

  *toldOf(cause: string): Iterable<string> {
    for (const [id] of this.#marks.entries()) if (id.startsWith(`${cause} `)) yield id.slice(cause.length + 1);
  }

  async forget(aor: string, cause: string): Promise<void> {
    const mark = markOf(aor, cause);
    if (this.#marks.get(mark) !== undefined) await this.#marks.remove(mark);
  }

  async forgetUser(aor: string): Promise<void> {
    const gone = [...this.#marks.entries()].map(([id]) => id).filter((id) => id.endsWith(` ${aor}`));
    for (const id of gone) await this.#marks.remove(id);
  }

  async #tell(recipient: string, cause: string, body: string, reserve: boolean): Promise<boolean> {
    const now = this.#clock.now();
    const outcome = await this.#posting.post({ recipient, body, id: `${cause} ${now}`, at: now, reserve });
    if (outcome.kind === "quota" || outcome.kind === "failed") {
      this.#log.warn("system message not stored", { user: recipient, cause, why: outcome.kind });
      return false;
    }
    if (this.#marks.size >= MAX_MARKS) await this.#dropOldest();
    await this.#marks.put(markOf(recipient, cause), { at: now });
    return true;
  }

  /** What was said the longest ago may be said again. */
  async #dropOldest(): Promise<void> {
    let oldest: { readonly id: string; readonly at: number } | null = null;
    for (const [id, { at }] of this.#marks.entries()) if (oldest === null || at < oldest.at) oldest = { id, at };
    if (oldest !== null) await this.#marks.remove(oldest.id);
  }
}

function markOf(aor: string, cause: string): string {
  return `${cause} ${aor}`;
}
