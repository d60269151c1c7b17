import type { Clock } from "../../../foundation/mod.ts";
import type { DeferredMessage, HistoryMessage } from "../../../storage/mod.ts";
import { HIDDEN } from "../recording/pager_parties.ts";
import type { Desk } from "../recording/desk.ts";
import { NO_PARTY } from "../recording/keeper.ts";
import { isFleeting, mimeLines } from "./what_is_said.ts";
import { headerIn } from "../../../transport/msrp/mod.ts";

export interface RecordedCopiesParts {
  readonly desk: Pick<Desk, "idle" | "wishes" | "pager">;
  /** Friendly name of a user of ours; "" for none. */
  readonly nameOf: (aor: string) => string;
  readonly clock: Pick<Clock, "now">;
}

/** The copy for one recipient. Has the shape that whoever makes copies wants. */
interface Copy {
  readonly message: DeferredMessage;
  readonly sender: { readonly aor: string; readonly displayName: string; readonly anonymous: boolean };
  readonly group: string;
  readonly callId: string;
  readonly file: string;
}

/**
 * Copies of large messages to lists and groups, recorded for those who get them: what goes to each by MESSAGE is recorded where it
 * passes, and these do not pass there (HST-1).
 */
export class RecordedCopies {
  readonly #parts: RecordedCopiesParts;

  constructor(parts: RecordedCopiesParts) {
    this.#parts = parts;
  }

  /** `done` once. What is known by its names is not recorded again. */
  copy({ message, sender, group, callId, file }: Copy, done: () => void): void {
    const { desk, nameOf, clock } = this.#parts;
    if (desk.idle) return done();
    const { recipient, headers, messageId = "", body, content = null } = message;
    const from = sender.anonymous ? HIDDEN : { uri: sender.aor, name: sender.displayName };
    const peer = group || from.uri;
    const contentType = headerIn(headers, "Content-Type") ?? "text/plain";
    const lines = mimeLines(headers);
    if (!desk.wishes.wantsWith(recipient, peer, "large") || isFleeting(contentType, lines, body)) return done();
    const own = { uri: recipient, name: nameOf(recipient) };
    const copy: HistoryMessage = {
      at: clock.now(),
      from,
      to: group || recipient,
      messageId: `${callId} ${messageId}`,
      contentType,
      headers: lines,
      file,
      body,
      content,
    };
    const listener = { aor: recipient, with: peer, parties: from.uri === recipient ? [own] : [own, from] };
    const about = { group: group === "" ? NO_PARTY : { uri: group, name: "" }, subject: "" };
    desk.pager(copy, [listener], "large", done, about);
  }
}
