/** The place of a message among those of its session. */
export interface Turn {
  /** Null: it is not known yet what becomes of it. */
  go: (() => void) | null;
}

/**
 * The messages of one session in the order in which they were complete: a long one may still be written while a short one that came
 * after it is ready, and must not be overtaken.
 */
export class CompletionOrder {
  readonly #line: Turn[] = [];
  #moving = false;

  /** A message is complete. */
  enter(): Turn {
    const turn: Turn = { go: null };
    this.#line.push(turn);
    return turn;
  }

  /** `go` is called when all before it have gone: at once, as a rule. */
  ready(turn: Turn, go: () => void): void {
    turn.go = go;
    if (this.#moving) return;
    this.#moving = true;
    for (let first = this.#line[0]; first !== undefined && first.go !== null; first = this.#line[0]) {
      this.#line.shift();
      first.go();
    }
    this.#moving = false;
  }

  /** Nothing comes of it after all. */
  drop(turn: Turn): void {
    this.ready(turn, () => {});
  }
}
