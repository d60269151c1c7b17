import type { Log, LogFields, LogLevel } from "../../../../foundation/mod.ts";

const WEIGHT: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
/** Lines a second; the log they go to has limits for each text besides. */
const LINES = 100;

/** One line on its way to the log of another thread. */
export interface PostedLine {
  readonly level: LogLevel;
  readonly component: string;
  readonly text: string;
  readonly fields: LogFields | undefined;
}

/** What a log and its children have together. */
interface Shared {
  readonly post: (line: PostedLine) => void;
  readonly now: () => number;
  least: LogLevel;
  second: number;
  lines: number;
}

/** A log whose lines are written by another thread. */
export class PostedLog implements Log {
  readonly #component: string;
  readonly #shared: Shared;

  private constructor(component: string, shared: Shared) {
    this.#component = component;
    this.#shared = shared;
  }

  /** `now`: monotonic ms. */
  static to(post: (line: PostedLine) => void, now: () => number, level: LogLevel): PostedLog {
    return new PostedLog("", { post, now, least: level, second: 0, lines: 0 });
  }

  /** The least weight that is posted, by this log and all that share it. */
  set level(level: LogLevel) {
    this.#shared.least = level;
  }

  debug(text: string, fields?: LogFields): void {
    this.#line("debug", text, fields);
  }
  info(text: string, fields?: LogFields): void {
    this.#line("info", text, fields);
  }
  warn(text: string, fields?: LogFields): void {
    this.#line("warn", text, fields);
  }
  error(text: string, fields?: LogFields): void {
    this.#line("error", text, fields);
  }
  child(component: string): Log {
    return new PostedLog(component, this.#shared);
  }

  #line(level: LogLevel, text: string, fields: LogFields | undefined): void {
    const shared = this.#shared;
    if (WEIGHT[level] < WEIGHT[shared.least]) return;
    const second = Math.floor(shared.now() / 1000);
    if (second !== shared.second) {
      shared.second = second;
      shared.lines = 0;
    }
    if (++shared.lines > LINES) return;
    shared.post({ level, component: this.#component, text, fields });
  }
}
