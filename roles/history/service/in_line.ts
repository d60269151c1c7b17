import { OperationError } from "../../../operations/mod.ts";

/** Of one user at a time, those under way included. */
const MOST = 4;

/** Work of a user is done one piece after the other, so that nobody's searches take the box from the others. */
export class InLine {
  readonly #lines = new Map<string, { last: Promise<unknown>; count: number }>();

  /** Rejects with OperationError `unavailable` where too many of this user wait. */
  async run<T>(who: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(who) ?? { last: Promise.resolve(), count: 0 };
    if (line.count >= MOST) throw new OperationError("unavailable", "too many searches of yours are under way");
    this.#lines.set(who, line);
    line.count++;
    const mine = line.last.then(work);
    // Whoever is next does not care what became of this one.
    line.last = mine.catch(() => {});
    try {
      return await mine;
    } finally {
      if (--line.count === 0) this.#lines.delete(who);
    }
  }
}
