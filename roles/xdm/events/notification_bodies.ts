import { type LabelledCounter, type Metrics, utf8 } from "../../../foundation/mod.ts";
import { xcapDiff } from "../../../transport/xcap/mod.ts";
import type { Told } from "./watch.ts";

/** Bodies kept, and octets of all of them. */
const MOST = 64, MOST_OCTETS = 2 * 1024 * 1024;

/** Bodies of NOTIFYs: who is told the same gets the very same octets, made once. */
export class NotificationBodies {
  /** In the order in which they were asked for. */
  readonly #made = new Map<string, Uint8Array>();
  readonly #counter: LabelledCounter;
  #octets = 0;

  constructor(metrics: Metrics) {
    this.#counter = metrics.labelled(
      "parley_xcap_diff_bodies_total",
      "Notifications of changed documents by whether their body was made for them",
      "body",
    );
  }

  body(root: string, { changes, signature }: Told): Uint8Array {
    const name = `${root}\n${signature}`;
    const known = this.#made.get(name);
    if (known !== undefined) {
      this.#counter.with("shared").add();
      this.#made.delete(name);
      this.#made.set(name, known);
      return known;
    }
    this.#counter.with("made").add();
    const body = utf8(xcapDiff(root, changes));
    this.#made.set(name, body);
    this.#octets += body.length;
    for (const [oldest, { length }] of this.#made) {
      if (this.#made.size <= MOST && this.#octets <= MOST_OCTETS) break;
      this.#made.delete(oldest);
      this.#octets -= length;
    }
    return body;
  }
}
