import type { LogLevel } from "./log.ts";

/** One line as it was written, with a number that grows by one with each line. */
export interface RingLine {
  readonly id: number;
  /** Wall time, ms. */
  readonly at: number;
  readonly level: LogLevel;
  readonly component: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

export interface LogRingLimits {
  readonly lines: number;
  /** About, over all lines. */
  readonly octets: number;
}

export const DEFAULT_LOG_RING: LogRingLimits = { lines: 2000, octets: 1_048_576 };

/** Of the line itself and of each field, beside their text. */
const LINE_OCTETS = 100;
const FIELD_OCTETS = 16;
const MAX_COMPONENTS = 100;

/**
 * The last lines of the log in memory, for the console. Bounded in lines and octets; the oldest go first. It stands behind the
 * rate limits of `LogWriter`, so a flood of one text costs it no more than the disk.
 */
export class LogRing {
  readonly #limits: LogRingLimits;
  readonly #slots: (RingLine | null)[];
  readonly #components = new Set<string>();
  readonly #listeners = new Set<(line: RingLine) => void>();
  #lastId = 0;
  /** Id of the oldest line held; one beyond the last where none is. */
  #firstId = 1;
  #octets = 0;

  constructor(limits: LogRingLimits = DEFAULT_LOG_RING) {
    if (!Number.isInteger(limits.lines) || limits.lines < 1) {
      throw new RangeError(`a log ring of ${limits.lines} lines; at least 1 is needed`);
    }
    this.#limits = limits;
    this.#slots = new Array(limits.lines).fill(null);
  }

  /** Takes one line. A listener that throws hears nothing more, and a line says so. */
  add(at: number, level: LogLevel, component: string, text: string, fields: RingLine["fields"]): void {
    const line: RingLine = { id: ++this.#lastId, at, level, component, text, fields };
    if (line.id - this.#firstId === this.#slots.length) this.#dropOldest();
    this.#slots[line.id % this.#slots.length] = line;
    this.#octets += octetsOf(line);
    while (this.#octets > this.#limits.octets && this.#firstId < line.id) this.#dropOldest();
    if (this.#components.size < MAX_COMPONENTS) this.#components.add(component);
    for (const listener of [...this.#listeners]) {
      try {
        listener(line);
      } catch (error) {
        this.#listeners.delete(listener);
        this.add(at, "error", "log", "a listener of the log failed and was ended", { error: String(error) });
      }
    }
  }

  /** Lines with a greater id than `after`, newest first. */
  *newestFirst(after = 0): Generator<RingLine> {
    for (let id = this.#lastId; id > after && id >= this.#firstId; id--) yield this.#slots[id % this.#slots.length]!;
  }

  /** Called with each line as it is written. Gives a function that ends it. */
  onLine(listener: (line: RingLine) => void): () => void {
    const own = (line: RingLine) => listener(line);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Every component that has written since the start, in order of name. */
  get components(): string[] {
    return [...this.#components].sort();
  }

  get size(): number {
    return this.#lastId - this.#firstId + 1;
  }

  /** Octets held, about. */
  get octets(): number {
    return this.#octets;
  }

  #dropOldest(): void {
    const at = this.#firstId++ % this.#slots.length;
    this.#octets -= octetsOf(this.#slots[at]!);
    this.#slots[at] = null;
  }
}

function octetsOf({ component, text, fields }: RingLine): number {
  let octets = LINE_OCTETS + component.length + text.length;
  for (const [name, value] of Object.entries(fields)) {
    octets += FIELD_OCTETS + name.length + (typeof value === "string" ? value.length : 8);
  }
  return octets;
}
