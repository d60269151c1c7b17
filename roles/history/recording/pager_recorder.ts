import type { Clock, Log } from "../../../foundation/mod.ts";
import { type Contents, StorageError } from "../../../storage/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import type { Desk } from "./desk.ts";
import { IN_RECORD, keepBody, type KeptBody, releaseBody } from "./kept_body.ts";
import { type MessageContent, pagerMessage } from "./pager_message.ts";
import { MessageAbout } from "./pager_parties.ts";
import type { PagerSides } from "./pager_sides.ts";

export interface PagerRecorderParts {
  readonly desk: Desk;
  readonly contents: Contents;
  /** Live. Longest body of a MESSAGE that is not a large message. */
  readonly pager: { readonly limit_bytes: number };
  readonly clock: Clock;
  readonly log: Log;
}

/** Puts messages by MESSAGE into the history of both sides. */
export class PagerRecorder {
  readonly #parts: PagerRecorderParts;

  constructor(parts: PagerRecorderParts) {
    this.#parts = parts;
  }

  kindOf(octets: number): "pager" | "large" {
    return octets > this.#parts.pager.limit_bytes ? "large" : "pager";
  }

  /**
   * Keeps it for those of these sides who want it, as each of them sees it. `done` once: then its sender may be answered. A side that does
   * not want it may hear that the other one records.
   */
  keep(request: SipRequest, content: MessageContent, at: number, sides: PagerSides, done: () => void): void {
    const { desk, contents } = this.#parts;
    const { body } = content;
    const kind = this.kindOf(body.length);
    if (sides.all.length === 0) return done();
    const said = { request, content, at, kind };
    // Who wants it, the desk asks.
    if (body.length <= IN_RECORD) return this.#tell(said, sides, { body, content: null }, done);
    const wanted = sides.listeners.filter(({ aor, with: other }) => desk.wishes.wantsWith(aor, other, kind));
    if (wanted.length === 0) return done();
    keepBody(contents, body, (kept) => {
      if (kept instanceof StorageError) {
        desk.couldNotKeep(wanted.map(({ aor }) => aor), kept);
        return done();
      }
      this.#tell(said, sides, kept, () => {
        releaseBody(contents, kept);
        done();
      });
    });
  }

  /** Sides that see the same have one copy. */
  #tell(
    { request, content, at, kind }: Said,
    { all, listeners, areOne }: PagerSides,
    kept: KeptBody,
    done: () => void,
  ): void {
    const { desk } = this.#parts;
    if (areOne) {
      const [side] = all;
      const message = pagerMessage(request, content, at, side.from, side.to, kept);
      return desk.pager(message, listeners, kind, done, new MessageAbout(request, side));
    }
    let open = all.length;
    for (const side of all) {
      const message = pagerMessage(request, content, at, side.from, side.to, kept);
      desk.pager(message, [side.listener], kind, () => --open === 0 && done(), new MessageAbout(request, side));
    }
  }
}

/** A message on its way into the history. */
interface Said {
  readonly request: SipRequest;
  readonly content: MessageContent;
  readonly at: number;
  readonly kind: "pager" | "large";
}
