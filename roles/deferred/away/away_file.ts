import type { DeferredEntry, DeferredMessage } from "../../../storage/mod.ts";
import type { FileOffer } from "../../../transport/payload/mod.ts";
import type { Target } from "../../sip_core/mod.ts";
import { FilePush, type FilePushEnd } from "../push/file_push.ts";
import { inviteVerdictOf } from "../outcome.ts";
import type { AwayParts } from "./away_delivery.ts";
import { withoutAssertion } from "./away_push.ts";
import type { AwayRecipient } from "./away_recipient.ts";

/** One file to a recipient of another domain, as its sender offered it. */
export class AwayFile {
  readonly #recipient: AwayRecipient;
  readonly #entry: DeferredEntry;
  readonly #message: DeferredMessage;
  readonly #push: FilePush;
  #over = false;

  constructor(
    recipient: AwayRecipient,
    parts: AwayParts,
    entry: DeferredEntry,
    message: DeferredMessage,
    file: FileOffer,
  ) {
    this.#recipient = recipient;
    this.#entry = entry;
    this.#message = message;
    const shown = { ...message, headers: withoutAssertion(message.headers) };
    this.#push = new FilePush(parts.push, entry, shown, file, (end) => this.#ended(end));
  }

  start(target: Target): void {
    this.#push.start([target]);
  }

  /** At once: what the other side has whole is taken as delivered. */
  leave(): void {
    this.#push.stop();
    if (!this.#over) this.#recipient.closed(false);
  }

  #ended(end: FilePushEnd): void {
    this.#over = true;
    const [{ id }, message, recipient] = [this.#entry, this.#message, this.#recipient];
    switch (end.kind) {
      case "taken":
        recipient.taken(id, message, end.target, end.callId);
        return recipient.closed(true);
      case "refused":
        recipient.refused(id, message, end.status);
        return recipient.closed(true);
      case "untaken":
        return recipient.untaken(id, message, end.outcomes[0]?.status ?? 480, inviteVerdictOf);
      case "damaged":
        recipient.lost(id);
        return recipient.closed(true);
      case "broken":
        return recipient.closed(false);
    }
  }
}
