import type { Notification } from "../../../transport/sip/mod.ts";
import type { ConferenceBodies } from "./conference_bodies.ts";

/** Octets of the answer to somebody who asks once: there is no second NOTIFY for the rest. */
const ONCE_OCTETS = 61_440;

/** What a subscription was told of its room. */
export class ToldConference {
  /** Of the last document. */
  #version: number;
  /** The version of the room up to which everything was told; -1 where the whole is owed. */
  #standing = -1;
  /** The telling under way, in parts: what began it, the last participant so far, and the standing it leads to. */
  #part: { readonly from: number; readonly after: number; readonly to: number } | null = null;

  constructor(version = 0) {
    this.#version = version;
  }

  get version(): number {
    return this.#version;
  }

  /** All of it. `to`: the version of the room up to which all others are told. */
  whole(bodies: ConferenceBodies, own: number, to: number, once: boolean): Notification {
    const { body, after } = bodies.whole(0, own, once ? ONCE_OCTETS : undefined);
    return this.#say(body, -1, once ? 0 : after, to);
  }

  /** What is new; null where nothing is. */
  news(bodies: ConferenceBodies, own: number, to: number): Notification | null {
    const part = this.#part;
    if (part !== null) {
      const next = part.from < 0
        ? bodies.whole(part.after, own)
        // Who changed back meanwhile is no reason to begin again.
        : bodies.changes(part.from, part.after, own);
      if (next !== null) return this.#say(next.body, part.from, next.after, part.to, to);
      this.#part = null;
    }
    if (this.#standing < 0) return this.whole(bodies, own, to, false);
    if (this.#standing >= to) return null;
    const changes = bodies.changes(this.#standing, 0, own);
    if (changes !== null) return this.#say(changes.body, this.#standing, changes.after, to);
    this.#standing = to;
    return null;
  }

  /** The last word. */
  end(bodies: ConferenceBodies): Notification {
    return bodies.ended().numbered(++this.#version, false);
  }

  /** Everything is to be told anew. */
  forget(): void {
    this.#standing = -1;
    this.#part = null;
  }

  #say(
    body: { numbered(version: number, more: boolean): Notification },
    from: number,
    after: number,
    to: number,
    latest = to,
  ): Notification {
    this.#part = after === 0 ? null : { from, after, to };
    if (after === 0) this.#standing = to;
    // What came while it went out in parts follows at once.
    return body.numbered(++this.#version, after !== 0 || to < latest);
  }
}
