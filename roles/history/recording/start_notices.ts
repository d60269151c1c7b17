import type { Log } from "../../../foundation/mod.ts";
import type { HistoryParty } from "../../../storage/mod.ts";
import { addressOf } from "../../sip_core/mod.ts";
import type { Teller } from "../../deferred/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import type { HistorySettings } from "../history_settings.ts";
import type { Listener } from "./desk_types.ts";

export interface StartNoticesParts {
  /** Live. */
  readonly settings: Pick<HistorySettings, "notice">;
  readonly teller: Teller;
  readonly isUser: (aor: string) => boolean;
  readonly log: Log;
}

/** Tells the others of a conversation that somebody has begun to record it by request, where the operator wants that (§3.5). */
export class StartNotices {
  readonly #parts: StartNoticesParts;

  constructor(parts: StartNoticesParts) {
    this.#parts = parts;
  }

  /**
   * `listener`, a user of ours or not, is told that `recorder` records: once for each cause. Who it is is said only where the listener
   * sees that very address in the conversation.
   */
  tell(cause: string, recorder: Listener, listener: Listener, group: HistoryParty, subject: string): void {
    const { settings, teller, isUser } = this.#parts;
    if (!settings.notice || !isUser(listener.aor) || listener.aor === recorder.aor) return;
    const seen = listener.parties.find(({ uri }) => foldedOf(uri) === recorder.aor);
    const who = seen === undefined ? "Somebody" : plain(seen.name) || recorder.aor.replace(/^sips?:/, "");
    const title = plain(group.name) || plain(subject);
    const what = title === "" ? (group.uri === "" ? "your conversation" : "the conversation") : `"${title}"`;
    teller.tell(listener.aor, cause, `${who} records ${what} from now on.`).catch((error: unknown) =>
      this.#failed(listener.aor, error)
    );
  }

  /** It may be told again. */
  forget(cause: string, aor: string): void {
    this.#parts.teller.forget(aor, cause).catch((error: unknown) => this.#failed(aor, error));
  }

  #failed(aor: string, error: unknown): void {
    this.#parts.log.warn("a participant could not be told of a recording", { user: aor, error: String(error) });
  }
}

/** A folded address; "" for what is none. */
export function foldedOf(text: string): string {
  const uri = tryParseUri(text);
  return uri === null ? "" : addressOf(uri).aor;
}

/** The user part of a URI, folded; "" for none. What names a room wherever it is reached. */
export function userOf(text: string): string {
  const uri = tryParseUri(text);
  return uri === null ? "" : addressOf(uri).user;
}

/** Words of others in one line of ours. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"]+/gu, " ").trim().slice(0, 80);
}
