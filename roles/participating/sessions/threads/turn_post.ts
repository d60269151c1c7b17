/** Collects what is said in one turn and posts it together: a post costs more than what is in it. */
export class TurnPost<T> {
  readonly #post: (messages: readonly T[]) => void;
  #said: T[] = [];

  constructor(post: (messages: readonly T[]) => void) {
    this.#post = post;
  }

  say(message: T): void {
    if (this.#said.push(message) === 1) queueMicrotask(this.flush);
  }

  /** What is said so far goes out now. */
  readonly flush = (): void => {
    const said = this.#said;
    if (said.length === 0) return;
    this.#said = [];
    this.#post(said);
  };
}
