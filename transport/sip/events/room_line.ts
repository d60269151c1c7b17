import type { Flow } from "../flow.ts";

/** Who has something to send that may wait. */
export interface RoomGuest {
  /** There is room, or no connection any more. */
  onRoom(): void;
}

/**
 * Those who wait for room in a crowded connection: thousands of watchers may stand behind one, and what is to be told to them is made when
 * it can be sent. First in, first out; each as often as it finds no room.
 */
export class RoomLine {
  readonly #lines = new WeakMap<Flow, Set<RoomGuest>>();

  /** True where `guest` has to wait for that flow, and hears of it. */
  waits(flow: Flow | null, guest: RoomGuest): boolean {
    if (flow === null || !flow.open || flow.crowded !== true || flow.whenRoom === undefined) return false;
    const line = this.#lines.get(flow);
    if (line !== undefined) line.add(guest);
    else {
      this.#lines.set(flow, new Set([guest]));
      flow.whenRoom(() => this.#go(flow));
    }
    return true;
  }

  #go(flow: Flow): void {
    const line = this.#lines.get(flow)!;
    try {
      // Who finds no room after all goes to the end of the line.
      let left = line.size;
      for (const guest of line) {
        if (left-- === 0 || (flow.open && flow.crowded === true)) break;
        line.delete(guest);
        guest.onRoom();
      }
    } finally {
      if (line.size === 0) this.#lines.delete(flow);
      else flow.whenRoom!(() => this.#go(flow));
    }
  }
}
