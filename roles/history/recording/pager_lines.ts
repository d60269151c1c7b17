import type { Subscriber } from "../../../storage/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import { PagerLine } from "./pager_line.ts";
import type { Wishes } from "./wishes.ts";

/** Users whose last line is remembered, as they send and as they receive. */
const MOST_LINES = 4096;

/** The line that each sender wrote on last, and that by which each was written to from elsewhere: most go on with it. */
export class PagerLines {
  readonly #wishes: Wishes;
  readonly #sent = new Map<string, PagerLine>();
  readonly #received = new Map<string, PagerLine>();

  constructor(wishes: Wishes) {
    this.#wishes = wishes;
  }

  /** The line that this message goes by; `sender`: null for one who is not served here. */
  of(exchange: Exchange, sender: Subscriber | null): PagerLine {
    const wishes = this.#wishes;
    const user = sender ?? exchange.recipient;
    if (user === null) return new PagerLine(exchange, null, wishes);
    const lines = sender === null ? this.#received : this.#sent;
    const last = lines.get(user.aor);
    if (last !== undefined && last.isOf(exchange, sender, wishes)) return last;
    const line = new PagerLine(exchange, sender, wishes);
    if (last === undefined && lines.size >= MOST_LINES) lines.clear();
    lines.set(user.aor, line);
    return line;
  }
}
