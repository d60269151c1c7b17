import type { MessageMode, Reason, SentMessage } from "../../client/mod.ts";
import { shortened } from "./progress_bar.ts";
import type { View } from "./view.ts";

/** A message of ours as it is known here until it is over. */
interface Known {
  readonly ref: string;
  readonly about: string;
}

/** Messages that are remembered; the oldest go first. */
const KNOWN = 20_000;
/** Characters by which people know a message again. */
const ABOUT = 30;

/** Our messages on their way: what was typed, and what has become of it. */
export class OwnMessages {
  /** How many failed, or could not even be sent. */
  failures = 0;
  readonly #view: View;
  readonly #known = new Map<string, Known>();
  /** Those about which nothing was heard yet. */
  readonly #waiting = new Set<string>();

  constructor(view: View) {
    this.#view = view;
  }

  /** Messages that have neither been sent nor failed. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** A message was handed over to the client; null: it took none. */
  queued(message: SentMessage | null, text: string, ref: string, to: string, mode: MessageMode): void {
    const about = shortened(text.replace(/\s+/g, " "), ABOUT);
    if (message === null) {
      this.failures++;
      const reason = `"${about}" was not sent: too much waits already, or we are leaving`;
      return this.#view.show({ event: "error", text: reason });
    }
    if (this.#known.size >= KNOWN) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(message.id, { ref, about });
    this.#waiting.add(message.id);
    this.#view.show({ event: "queued", id: message.id, ref, to, mode });
  }

  /** What is known of one has changed. */
  changed({ id, to, mode, state, deferred }: SentMessage, reason: Reason | null): void {
    const { ref, about } = this.#known.get(id) ?? { ref: "", about: "" };
    const status = reason?.status ?? 0;
    this.#view.show({ event: "state", id, ref, to, mode, state, deferred, status, reason: reason?.text ?? "", about });
    this.#waiting.delete(id);
    if (state === "failed") this.failures++;
    if (state === "failed" || state === "displayed") this.#known.delete(id);
  }
}
