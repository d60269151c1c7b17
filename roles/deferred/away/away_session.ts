import type { DeferredEntry, DeferredMessage } from "../../../storage/mod.ts";
import type { Target } from "../../sip_core/mod.ts";
import { type DeferredPush, deferredPush, type DeferredPushEnd, type DeferredPushUser } from "../push/deferred_push.ts";
import { headerIn } from "../stored_message.ts";
import { inviteVerdictOf } from "../outcome.ts";
import type { AwayParts } from "./away_delivery.ts";
import { withoutAssertion } from "./away_push.ts";
import type { AwayRecipient } from "./away_recipient.ts";

/**
 * One session to a recipient of another domain, with what one sender's session messages left behind. It is in the sender's own name:
 * nobody there knows our service, and the recipient's rules are about the sender.
 */
export class AwaySession implements DeferredPushUser {
  readonly #recipient: AwayRecipient;
  readonly #parts: AwayParts;
  readonly #first: DeferredEntry;
  readonly #message: DeferredMessage;
  readonly #push: DeferredPush;
  /** Given to the push, or passed over. */
  readonly #given = new Set<number>();

  constructor(recipient: AwayRecipient, parts: AwayParts, first: DeferredEntry, message: DeferredMessage) {
    this.#recipient = recipient;
    this.#parts = parts;
    this.#first = first;
    this.#message = message;
    const from = headerIn(message.headers, "From");
    // What we assert of our users is for the trust domain (RFC 3325 §5): the other server believes our From, or nothing.
    this.#push = deferredPush(parts.push, {
      from,
      to: `<${recipient.aor}>`,
      asserted: "",
      large: first.mode === "large",
    }, this);
  }

  start(target: Target): void {
    this.#push.start([target]);
  }

  /** What was sent may be confirmed for so long. */
  leave(within_ms: number): void {
    this.#push.leave('SIP;cause=503;text="Service going down"', within_ms);
  }

  next(): DeferredEntry | null {
    const entry = this.#recipient.waiting().find(({ id }) => !this.#given.has(id));
    if (entry === undefined) return null;
    // What goes another way has its turn behind this one.
    if (entry.id !== this.#first.id && (entry.mode !== "session" || this.#first.mode !== "session")) return null;
    this.#given.add(entry.id);
    return entry;
  }

  /** Its wrapper, too, is to name whom the sender names: our assertion stays inside the trust domain. */
  async read(entry: DeferredEntry): Promise<DeferredMessage | null> {
    const message = await this.#parts.store.read(entry.id);
    return message === null ? null : { ...message, headers: withoutAssertion(message.headers) };
  }

  /** Of several senders each has a session of their own. */
  admits(message: DeferredMessage): boolean {
    return message.sender === this.#message.sender;
  }

  onGone(entry: DeferredEntry): void {
    this.#recipient.lost(entry.id);
  }

  onTaken(entry: DeferredEntry, message: DeferredMessage, target: Target, callId: string): void {
    this.#recipient.taken(entry.id, message, target, callId);
  }

  onRefused(entry: DeferredEntry, message: DeferredMessage, _target: Target, status: number): void {
    this.#recipient.refused(entry.id, message, status);
  }

  onNotification(octets: Uint8Array, done: (status: number) => void): void {
    const { sender, recipient } = this.#message;
    this.#parts.notified({ to: sender, from: recipient, body: octets }, done);
  }

  onEnded(end: DeferredPushEnd): void {
    switch (end.kind) {
      case "done":
        return this.#recipient.closed(true);
      case "untaken":
        return this.#recipient.untaken(this.#first.id, this.#message, end.outcomes[0]?.status ?? 480, inviteVerdictOf);
      case "broken":
        return this.#broken(end.entry);
    }
  }

  #broken(entry: DeferredEntry | null): void {
    const { store } = this.#parts;
    if (entry === null || !this.#recipient.faulted(entry.id)) return this.#recipient.closed(false);
    store.read(entry.id).then((message) => {
      if (message !== null) this.#recipient.refused(entry.id, message, 500);
      this.#recipient.closed(message !== null);
    }, () => this.#recipient.closed(false));
  }
}
