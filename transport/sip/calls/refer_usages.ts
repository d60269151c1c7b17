import { detached } from "../../../foundation/mod.ts";
import { tryEvent } from "../events/mod.ts";
import type { SipRequest } from "../message.ts";

/** REFERs of one kind, by Call-ID and our tag of the dialog that their NOTIFYs come in. */
export class ReferUsages<T extends { readonly id: number }> {
  readonly #usages = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** How many there are in one dialog. */
  count(callId: string, localTag: string): number {
    // Asked for each request inside a dialog, and a new text is dear to look for.
    return this.#size === 0 ? 0 : this.#usages.get(keyOf(callId, localTag))?.length ?? 0;
  }

  add(callId: string, localTag: string, usage: T): void {
    const key = keyOf(callId, localTag), usages = this.#usages.get(key);
    if (usages === undefined) this.#usages.set(detached(key), [usage]);
    else usages.push(usage);
    this.#size++;
  }

  remove(callId: string, localTag: string, usage: T): void {
    const key = keyOf(callId, localTag), usages = this.#usages.get(key);
    const at = usages?.indexOf(usage) ?? -1;
    if (usages === undefined || at < 0) return;
    usages.splice(at, 1);
    this.#size--;
    if (usages.length === 0) this.#usages.delete(key);
  }

  /** By the id of the Event; a request without one belongs to the only REFER there is (RFC 3515 §2.4.6). */
  find(request: SipRequest): T | null {
    const usages = this.#usages.get(keyOf(request.callId, request.to.tag));
    const event = tryEvent(request.get("Event"));
    if (usages === undefined || event === null || event.package !== "refer") return null;
    if (event.id === "") return usages.length === 1 ? usages[0] : usages.find((each) => each.id !== 0) ?? null;
    return usages.find((each) => String(each.id) === event.id) ?? null;
  }
}

function keyOf(callId: string, tag: string): string {
  return `${callId} ${tag}`;
}
