import type { Log, Timed, Timers } from "../../../foundation/mod.ts";

/** The privacy documents of users (PRI-17), as far as they matter here. */
export interface PrivacyDocuments {
  /** The user wants to be shown to nobody; undefined where the document has to be read first. */
  invisible(aor: string): boolean | undefined;
  /** Reads it. Rejects where it cannot be read. */
  prepare(aor: string): Promise<void>;
}

export interface VisibilityParts {
  readonly privacy: PrivacyDocuments;
  /** What the user's devices publish: either is enough. */
  readonly published: { user(aor: string): { readonly visible: boolean } };
  /** It may be another answer, from what was read now. */
  readonly known: (aor: string) => void;
  readonly timers: Timers;
  readonly log: Log;
}

/** Users whose choice is remembered; of one more, the one that was learned first is read again. */
const REMEMBERED = 50_000;
/** Documents that are read at the same time. */
const READING = 50;
const RETRY_MS = 5_000;

/** Who is to be shown to all others as somebody who is not there. Reads what is not known, and what has changed. */
export class Visibility implements Timed {
  readonly #parts: VisibilityParts;
  /** What was said last. */
  readonly #invisible = new Map<string, boolean>();
  /** Users whose documents are to be read, each once. */
  readonly #wanted = new Set<string>();
  #reading = 0;
  /** Those that could not be read; null while there are none. */
  #failed: Set<string> | null = null;

  constructor(parts: VisibilityParts) {
    this.#parts = parts;
  }

  /**
   * While the document is not at hand, what it said last holds; of whom nothing was ever known, nothing is shown: late is better than
   * what was not to be seen at all.
   */
  isInvisible(aor: string): boolean {
    const { privacy, published } = this.#parts;
    const said = privacy.invisible(aor);
    if (said !== undefined) this.#remember(aor, said);
    else if (!this.#invisible.has(aor)) this.#want(aor);
    return !published.user(aor).visible || (said ?? this.#invisible.get(aor) ?? true);
  }

  /** The document may say something else. Nothing happens where nobody has asked. */
  changed(aor: string): void {
    if (!this.#invisible.has(aor)) return;
    if (this.#parts.privacy.invisible(aor) === undefined) this.#want(aor);
    else this.#parts.known(aor);
  }

  forget(aor: string): void {
    this.#invisible.delete(aor);
    this.#wanted.delete(aor);
    this.#failed?.delete(aor);
  }

  /** Once more. */
  onTimer(): void {
    const failed = this.#failed;
    this.#failed = null;
    for (const aor of failed ?? []) this.#want(aor);
  }

  #remember(aor: string, said: boolean): void {
    if (this.#invisible.get(aor) === said) return;
    if (this.#invisible.size >= REMEMBERED && !this.#invisible.has(aor)) {
      const [oldest] = this.#invisible.keys();
      this.#invisible.delete(oldest);
    }
    this.#invisible.set(aor, said);
  }

  #want(aor: string): void {
    this.#wanted.add(aor);
    while (this.#reading < READING && this.#wanted.size > 0) {
      const [next] = this.#wanted;
      this.#wanted.delete(next);
      this.#read(next);
    }
  }

  #read(aor: string): void {
    this.#reading++;
    this.#parts.privacy.prepare(aor).then(
      () => {
        // Changed again meanwhile: that is for the next time.
        if (this.#parts.privacy.invisible(aor) === undefined) this.#later(aor, "changed while it was read");
        else this.#parts.known(aor);
      },
      (error: Error) => this.#later(aor, error.message),
    ).finally(() => {
      this.#reading--;
      const [next] = this.#wanted;
      if (next !== undefined) this.#want(next);
    });
  }

  #later(aor: string, error: string): void {
    const { timers, log } = this.#parts;
    if (this.#failed === null) {
      this.#failed = new Set();
      timers.start(RETRY_MS, this, 0);
      // Of many that fail together, one tells of all.
      log.warn("privacy settings could not be read; it is tried again", { user: aor, error });
    }
    this.#failed.add(aor);
  }
}
