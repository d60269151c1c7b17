/** One answer that has not come in time. */
export interface Overdue {
  readonly message: string;
  readonly aor: string;
}

/**
 * Until when answers are waited for. All recipients of a message have equally long, so each message's stand in order, and looking for
 * what is overdue costs what is.
 */
export class Deadlines {
  readonly #byMessage = new Map<string, Map<string, number>>();

  get empty(): boolean {
    return this.#byMessage.size === 0;
  }

  /** By the clock that nobody sets, ms. Said again: it begins anew. */
  set(message: string, aor: string, due: number): void {
    let own = this.#byMessage.get(message);
    if (own === undefined) this.#byMessage.set(message, own = new Map());
    own.delete(aor);
    own.set(aor, due);
  }

  delete(message: string, aor: string): void {
    const own = this.#byMessage.get(message);
    if (own?.delete(aor) === true && own.size === 0) this.#byMessage.delete(message);
  }

  isOverdue(message: string, aor: string, now: number): boolean {
    return (this.#byMessage.get(message)?.get(aor) ?? Infinity) <= now;
  }

  end(message: string): void {
    this.#byMessage.delete(message);
  }

  /** Takes out what is overdue. */
  overdue(now: number): Overdue[] {
    const found: Overdue[] = [];
    for (const [message, own] of this.#byMessage) {
      for (const [aor, due] of own) {
        if (due > now) break;
        found.push({ message, aor });
      }
    }
    for (const { message, aor } of found) this.delete(message, aor);
    return found;
  }
}
