/** Where octets go: `Deno.stderr`, or a test's list. */
export interface LineTarget {
  write(bytes: Uint8Array): Promise<number>;
}

const encoder = new TextEncoder();

/**
 * Lines to a stream that may be slow or stuck (a pipe nobody reads): queued, written in the background, and dropped beyond
 * `limit` characters, so that the log never stops the relay.
 */
export class LineSink {
  readonly #target: LineTarget;
  readonly #limit: number;
  #queued = "";
  #dropped = 0;
  #writing: Promise<void> | null = null;

  constructor(target: LineTarget, limit = 1_048_576) {
    this.#target = target;
    this.#limit = limit;
  }

  /** Takes one line with its newline. */
  write(line: string): void {
    if (this.#queued.length + line.length > this.#limit) {
      this.#dropped++;
      return;
    }
    this.#queued += line;
    this.#writing ??= this.#pump();
  }

  /** Waits until everything is out, at most `ms`. */
  async flush(ms: number): Promise<void> {
    if (this.#writing === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    await Promise.race([this.#writing, late]);
    clearTimeout(timer);
  }

  async #pump(): Promise<void> {
    // Lines of one turn go out together.
    await Promise.resolve();
    try {
      while (this.#queued !== "") {
        const dropped = this.#dropped === 0 ? "" : `… ${this.#dropped} log lines dropped: nobody read them in time\n`;
        const bytes = encoder.encode(this.#queued + dropped);
        this.#queued = "";
        this.#dropped = 0;
        for (let at = 0; at < bytes.length;) at += await this.#target.write(bytes.subarray(at));
      }
    } catch (error) {
      // The reader is gone (a closed pipe or terminal): there is nobody left to tell.
      if (!(error instanceof Deno.errors.BrokenPipe) && !(error instanceof Deno.errors.BadResource)) {
        this.#dropped++;
      }
      this.#queued = "";
    } finally {
      this.#writing = null;
    }
  }
}
