import type { Clock } from "./clock.ts";
import type { Log, LogFields, LogLevel } from "./log.ts";
import type { LogRing } from "./log_ring.ts";

/** How lines look: one JSON object a line for machines, or columns for people. */
export type LogFormat = "json" | "pretty";

export interface LogWriterOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly clock: Clock;
  /** Takes one finished line with its newline. Must not throw and must not wait. */
  readonly write: (line: string) => void;
  /** Lines of the same component and text in one `window_ms`; more are counted and dropped. Default 20. */
  readonly burst?: number;
  /** Default 10,000 ms. */
  readonly window_ms?: number;
  /** Keeps the last lines for the console. */
  readonly ring?: LogRing;
}

const WEIGHT: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
const MAX_TEXTS = 1000;
const MAX_VALUE = 300;

/** How often one text was written in the current window. */
interface Rate {
  since: number;
  written: number;
  dropped: number;
}

/** What a log and all its children have together. */
interface Shared {
  least: number;
  lost: number;
  readonly rates: Map<string, Rate>;
}

/**
 * The log of the box. Each text (they are constants) has its own rate limit, so that a peer that sends garbage cannot fill
 * a disk or slow the relay; what was dropped is said with the next line of that text, or by `flush`.
 */
export class LogWriter implements Log {
  readonly #component: string;
  readonly #options: LogWriterOptions;
  readonly #shared: Shared;

  constructor(options: LogWriterOptions, component = "", parent?: LogWriter) {
    this.#options = options;
    this.#component = component;
    this.#shared = parent === undefined ? { least: WEIGHT[options.level], lost: 0, rates: new Map() } : parent.#shared;
  }

  /** The least weight that is written, by this log and all that share it; may be changed at any time. */
  get level(): LogLevel {
    return LEVELS[this.#shared.least];
  }

  set level(level: LogLevel) {
    this.#shared.least = WEIGHT[level];
  }

  /** Lines that the rate limits dropped since the start. */
  get lost(): number {
    return this.#shared.lost;
  }

  debug(text: string, fields?: LogFields): void {
    if (this.#shared.least === 0) this.#line("debug", text, fields);
  }
  info(text: string, fields?: LogFields): void {
    if (this.#shared.least <= 1) this.#line("info", text, fields);
  }
  warn(text: string, fields?: LogFields): void {
    if (this.#shared.least <= 2) this.#line("warn", text, fields);
  }
  error(text: string, fields?: LogFields): void {
    this.#line("error", text, fields);
  }
  child(component: string): Log {
    return new LogWriter(this.#options, component, this);
  }

  /** Says what is still unsaid about dropped lines; for the end of the process. */
  flush(): void {
    for (const [key, rate] of this.#shared.rates) {
      if (rate.dropped === 0) continue;
      const at = key.indexOf("\u0000");
      this.#print("warn", key.slice(0, at), key.slice(at + 1), { dropped: rate.dropped });
      rate.dropped = 0;
    }
  }

  #line(level: LogLevel, text: string, fields: LogFields | undefined): void {
    const now = this.#options.clock.monotonic();
    const key = `${this.#component}\u0000${text}`;
    let rate = this.#shared.rates.get(key);
    if (rate === undefined) {
      // Texts are constants, so this bound is met only by a caller that breaks that rule: start anew rather than grow.
      if (this.#shared.rates.size >= MAX_TEXTS) this.#shared.rates.clear();
      this.#shared.rates.set(key, rate = { since: now, written: 0, dropped: 0 });
    }
    if (now - rate.since >= (this.#options.window_ms ?? 10_000)) {
      rate.since = now;
      rate.written = 0;
    }
    if (rate.written >= (this.#options.burst ?? 20)) {
      rate.dropped++;
      this.#shared.lost++;
      return;
    }
    rate.written++;
    if (rate.dropped > 0) {
      fields = { ...fields, dropped: rate.dropped };
      rate.dropped = 0;
    }
    this.#print(level, this.#component, text, fields);
  }

  #print(level: LogLevel, component: string, text: string, fields: LogFields | undefined): void {
    const at = this.#options.clock.now();
    const time = new Date(at).toISOString();
    const line = this.#options.format === "json"
      ? jsonLine(time, level, component, text, fields)
      : prettyLine(time, level, component, text, fields);
    this.#options.write(line);
    this.#options.ring?.add(at, level, component, text, kept(fields));
  }
}

/** The fields as the ring keeps them: none undefined, long values cut. */
function kept(fields?: LogFields): Record<string, string | number | boolean | null> {
  const all: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(fields ?? {})) if (value !== undefined) all[name] = short(value);
  return all;
}

function jsonLine(time: string, level: LogLevel, component: string, text: string, fields?: LogFields): string {
  const line: Record<string, unknown> = { time, level, component, text };
  for (const [name, value] of Object.entries(fields ?? {})) {
    // A field never hides one of the line's own.
    if (value !== undefined) line[name in line ? `field_${name}` : name] = short(value);
  }
  return `${JSON.stringify(line)}\n`;
}

function prettyLine(time: string, level: LogLevel, component: string, text: string, fields?: LogFields): string {
  let line = `${time.slice(11, 23)} ${level.padEnd(5)} ${component === "" ? "" : `${component}: `}${text}`;
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (value === undefined) continue;
    const shown = short(value);
    // Whatever came from outside must not be able to forge a line or paint the terminal.
    line += ` ${name}=${typeof shown === "string" && !/^[\w.:;@+/=<>\[\]*-]+$/.test(shown) ? quoted(shown) : shown}`;
  }
  return `${line}\n`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function short(value: string | number | boolean | null): string | number | boolean | null {
  return typeof value === "string" && value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE)}…` : value;
}
