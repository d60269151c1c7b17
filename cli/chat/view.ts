import type { Clock } from "../../foundation/mod.ts";
import { eventLines } from "./event_text.ts";
import type { ChatEvent } from "./events.ts";
import { line } from "./line_text.ts";
import { percent, progressLine } from "./progress_bar.ts";

/** Where events are shown. */
export interface View {
  show(event: ChatEvent): void;
  /** The end: whatever is half drawn is left in order. */
  close(): void;
}

/** A place for text. */
export interface Screen {
  /** Text as it is. */
  write(text: string): void;
  /** Null where lines cannot be drawn again. */
  readonly width: number | null;
}

/** What JSON leaves as it is, and a terminal obeys. */
// deno-lint-ignore no-control-regex
const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Every event as a line of JSON. */
export class JsonView implements View {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(event: ChatEvent): void {
    this.#screen.write(`${JSON.stringify(event).replace(UNSEEN, escaped)}\n`);
  }

  close(): void {}
}

const REDRAW_MS = 100;
const STEP_PERCENT = 10;

/** Events as text; the progress of files as one line that is drawn again, or a line for each tenth where that cannot be. */
export class TextView implements View {
  readonly #screen: Screen;
  readonly #clock: Clock;
  /** The bar that stands in the last line. */
  #bar = "";
  #drawnAt = -Infinity;
  /** What was told last of each transfer, percent. */
  readonly #told = new Map<string, number>();

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen;
    this.#clock = clock;
  }

  show(event: ChatEvent): void {
    if (event.event === "file") return this.#progress(event);
    if (event.event === "file-ended") {
      this.#told.delete(event.transfer);
      this.#clear();
    }
    const lines = eventLines(event, this.#clock.now());
    if (lines.length === 0) return;
    const bar = this.#bar;
    this.#clear();
    this.#screen.write(lines.map((each) => each + "\n").join(""));
    if (bar !== "") this.#draw(bar);
  }

  close(): void {
    if (this.#bar !== "") this.#screen.write("\n");
    this.#bar = "";
  }

  #progress(event: Extract<ChatEvent, { event: "file" }>): void {
    const { transfer, name, moved, size } = event;
    const { width } = this.#screen;
    if (width === null) {
      const done = percent(moved, size);
      const step = done < 0 ? -1 : done - done % STEP_PERCENT;
      if (this.#told.get(transfer) === step) return;
      if (this.#told.size < 1000) this.#told.set(transfer, step);
      this.#screen.write(`${progressLine(line(name), moved, size, 79)}\n`);
      return;
    }
    const now = this.#clock.monotonic();
    if (now - this.#drawnAt < REDRAW_MS && moved !== size) return;
    this.#drawnAt = now;
    this.#draw(progressLine(line(name), moved, size, width - 1));
  }

  #draw(bar: string): void {
    this.#bar = bar;
    this.#screen.write(`\r\x1b[2K${bar}`);
  }

  #clear(): void {
    if (this.#bar !== "") this.#screen.write("\r\x1b[2K");
    this.#bar = "";
  }
}
