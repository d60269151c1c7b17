/** What takes turns. */
export interface Turn {
  readonly running: boolean;
  run(fresh: boolean): void;
}

/** Recipients that are delivered to at the same time: so many, the others wait for their turn in order. */
export class PushTurns {
  readonly #parallel: number;
  readonly #turnOf: (aor: string) => Turn;
  /** The value is `fresh` of `run`. */
  readonly #queue = new Map<string, boolean>();
  #active = 0;
  #pumping = false;

  constructor(parallel: number, turnOf: (aor: string) => Turn) {
    this.#parallel = parallel;
    this.#turnOf = turnOf;
  }

  /** Recipients that are being delivered to. */
  get active(): number {
    return this.#active;
  }

  has(aor: string): boolean {
    return this.#queue.has(aor);
  }

  add(aor: string, fresh: boolean): void {
    this.#queue.set(aor, fresh || this.#queue.get(aor) === true);
    this.#pump();
  }

  /** One that ran has stopped. */
  ended(): void {
    this.#active--;
    this.#pump();
  }

  clear(): void {
    this.#queue.clear();
  }

  #pump(): void {
    // A recipient that ends inside its start comes back here through `ended`.
    if (this.#pumping) return;
    this.#pumping = true;
    for (const [aor, fresh] of this.#queue) {
      if (this.#active >= this.#parallel) break;
      this.#queue.delete(aor);
      const turn = this.#turnOf(aor);
      if (turn.running) continue;
      this.#active++;
      turn.run(fresh);
    }
    this.#pumping = false;
  }
}
