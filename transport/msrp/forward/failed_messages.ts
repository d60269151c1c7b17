import { detached } from "../../../foundation/mod.ts";

/** Messages of one direction remembered; the oldest gives way. */
const REMEMBERED = 64;

/**
 * Messages of several chunks that failed: their sender has been told once, and what it still sends of them is refused. Nothing
 * is kept, and nothing costs, until one fails.
 */
export class FailedMessages {
  #ids: Set<string> | null = null;

  get some(): boolean {
    return this.#ids !== null;
  }

  has(messageId: string): boolean {
    return this.#ids !== null && this.#ids.has(messageId);
  }

  add(messageId: string): void {
    const ids = this.#ids ??= new Set();
    if (ids.size >= REMEMBERED && !ids.has(messageId)) {
      for (const oldest of ids) {
        ids.delete(oldest);
        break;
      }
    }
    ids.add(detached(messageId));
  }

  /** It is sent again from its first octet. */
  forgive(messageId: string): void {
    if (this.#ids === null || !this.#ids.delete(messageId)) return;
    if (this.#ids.size === 0) this.#ids = null;
  }
}
