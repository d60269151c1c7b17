import type { SessionEnd } from "./connection.ts";

/** The sessions that use a connection. Nearly always it is one: then there is no table for it. */
export class BoundEnds {
  #one: SessionEnd | null = null;
  #more: Set<SessionEnd> | null = null;

  get size(): number {
    return (this.#one === null ? 0 : 1) + (this.#more === null ? 0 : this.#more.size);
  }

  has(end: SessionEnd): boolean {
    return this.#one === end || (this.#more !== null && this.#more.has(end));
  }

  add(end: SessionEnd): void {
    if (this.has(end)) return;
    if (this.#one === null) this.#one = end;
    else (this.#more ??= new Set()).add(end);
  }

  /** False where it was not there. */
  delete(end: SessionEnd): boolean {
    if (this.#one === end) {
      this.#one = null;
      return true;
    }
    if (this.#more === null || !this.#more.delete(end)) return false;
    if (this.#more.size === 0) this.#more = null;
    return true;
  }

  /** All of them, and none are left. */
  takeAll(): SessionEnd[] {
    const all = this.#one === null ? [] : [this.#one];
    if (this.#more !== null) all.push(...this.#more);
    this.#one = this.#more = null;
    return all;
  }
}
