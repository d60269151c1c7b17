import type { Clock, Log } from "../../../foundation/mod.ts";
import { type Contents, type HistoryMessage, StorageError } from "../../../storage/mod.ts";
import type { SipRequest } from "../../../transport/sip/mod.ts";
import type { Desk } from "./desk.ts";
import { keepBody, releaseBody } from "./kept_body.ts";
import { type MessageContent, pagerMessage } from "./pager_message.ts";
import type { Side } from "./pager_parties.ts";

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

  /** Keeps it for these sides, as each of them sees it. `done` once: then its sender may be answered. */
  keep(request: SipRequest, content: MessageContent, at: number, sides: readonly Side[], done: () => void): void {
    const { desk, contents } = this.#parts;
    const kind = this.kindOf(content.body.length);
    const wanted = sides.filter(({ listener: { aor, with: other } }) => desk.wishes.wantsWith(aor, other, kind));
    if (wanted.length === 0) return done();
    keepBody(contents, content.body, (kept) => {
      if (kept instanceof StorageError) {
        desk.couldNotKeep(wanted.map(({ listener }) => listener.aor), kept);
        return done();
      }
      const written = { ...content, body: kept.body };
      this.#tell(
        wanted,
        (side) => ({ ...pagerMessage(request, written, at, side.from, side.to), content: kept.content }),
        kind,
        () => {
          releaseBody(contents, kept);
          done();
        },
      );
    });
  }

  /** Sides that see the same have one copy. */
  #tell(
    sides: readonly Side[],
    messageOf: (side: Side) => HistoryMessage,
    kind: "pager" | "large",
    done: () => void,
  ): void {
    const { desk } = this.#parts;
    const [one, other] = sides;
    if (other === undefined || seeTheSame(one, other)) {
      return desk.pager(messageOf(one), sides.map(({ listener }) => listener), kind, done, one.about);
    }
    let open = sides.length;
    for (const side of sides) {
      desk.pager(messageOf(side), [side.listener], kind, () => --open === 0 && done(), side.about);
    }
  }
}

function seeTheSame(one: Side, other: Side): boolean {
  return one.from.uri === other.from.uri && one.from.name === other.from.name && one.to === other.to &&
    one.about.group.uri === other.about.group.uri;
}
