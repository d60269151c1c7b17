import { detached, type Events, type Metrics, type Timed } from "../../../foundation/mod.ts";
import type { DeferredMessage, DeferredMessages } from "../../../storage/mod.ts";
import { type Flow, tryParseUri } from "../../../transport/sip/mod.ts";
import type { CoreServices } from "../../sip_core/mod.ts";
import type { DeferredEvents } from "../deferred_events.ts";
import type { DeliveryNotes } from "../delivery_notes.ts";
import type { PushDeps } from "../../session_media/mod.ts";
import type { OnwardNotice } from "../notices/stored_notices.ts";
import type { AwaySettings } from "./away_settings.ts";
import { AwayRecipient } from "./away_recipient.ts";

/** Recipients of other domains that are delivered to at the same time; the others wait for their turn. */
const PARALLEL = 50;
/** Of these, of one domain: where nobody answers each takes half a minute, and other domains are not to wait for that. */
const OF_ONE_DOMAIN = 40;
/** The longest wait before another domain is tried again. */
const RETRY_MAX_S = 3600;
/** At the end: what the other side has been sent may be confirmed for so long. */
const STOP_MS = 2_000;

export interface AwayParts {
  readonly services: CoreServices;
  readonly store: Pick<DeferredMessages, "pending" | "read" | "remove" | "recipients">;
  readonly events: Pick<Events<DeferredEvents>, "on">;
  /** Tells what became of them. */
  readonly notes: Pick<DeliveryNotes, "delivered" | "refused">;
  /** What pushes by session stand on. */
  readonly push: PushDeps;
  readonly settings: AwaySettings;
  readonly metrics: Metrics;
  /** Where it leads, our assertions are believed (RFC 3325 §4): they stay. */
  readonly trusts: (flow: Flow) => boolean;
  /** The sender is told where that was asked for: `StoredNotices.failed`. */
  readonly failed: (message: DeferredMessage) => void;
  /** A notification that came over a push goes on to the sender: `StoredNotices.onward`. */
  readonly notified: (notice: OnwardNotice, done: (status: number) => void) => void;
}

/**
 * Delivers what is stored for recipients of other domains (AD §5.3.2.1.3: their own server does not store, so the sender's does):
 * first after a while, then after twice that, oldest first, one message at a time for each recipient. What expires meanwhile is
 * forgotten by whoever looks after the store.
 */
export class AwayDelivery implements Timed {
  readonly #parts: AwayParts;
  readonly #recipients = new Map<string, AwayRecipient>();
  /** Those whose turn has not come, in order. */
  readonly #queue = new Set<string>();
  #active = 0;
  /** By domain. */
  readonly #busy = new Map<string, number>();
  #pumping = false;
  #stopped = false;
  /** Who stops waits for the deliveries under way. */
  #quiet: (() => void) | null = null;

  constructor(parts: AwayParts) {
    this.#parts = parts;
    parts.metrics.gauge(
      "parley_deferred_away_recipients",
      "Recipients of other domains for whom something waits",
      () => this.#recipients.size,
    );
    parts.events.on("deferredStored", ({ recipient }) => {
      if (this.isAway(recipient)) this.#of(recipient).later();
    });
  }

  /** Begins with what was stored before. */
  start(): void {
    for (const recipient of this.#parts.store.recipients()) {
      if (this.isAway(recipient)) this.#of(recipient).later();
    }
  }

  /**
   * Nothing begins any more, and sessions are left. Resolves when the other side has confirmed what it had been sent, or two seconds
   * later; what is not confirmed stays stored.
   */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.clear();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#quiet = resolve;
    this.#parts.services.timers.start(STOP_MS, this, 0);
    for (const recipient of this.#recipients.values()) recipient.stop(STOP_MS);
    if (this.#active === 0) resolve();
    return promise;
  }

  onTimer(): void {
    this.#quiet?.();
  }

  /** True for an address-of-record of another domain. */
  isAway(aor: string): boolean {
    const uri = tryParseUri(aor);
    return uri !== null && uri.scheme === "sip" && uri.user !== "" && !this.#parts.services.domains.has(uri.host);
  }

  /** The recipient has just taken something: what waits goes out now. */
  heard(recipient: string): void {
    this.#recipients.get(recipient)?.heard();
  }

  /** Something new is stored for the recipient: it goes out now, unless the last attempt was in vain. */
  soon(recipient: string): void {
    this.#of(recipient).soon();
  }

  /** While it is held this message is not sent: a first attempt may still arrive. Before anybody hears that it is stored. */
  hold(recipient: string, id: number): void {
    this.#of(recipient).held.add(id);
  }

  release(recipient: string, id: number): void {
    this.#recipients.get(recipient)?.held.delete(id);
  }

  /** It need not be sent any more. */
  withdraw(recipient: string, id: number): void {
    this.#of(recipient).withdraw(id);
  }

  #of(aor: string): AwayRecipient {
    let recipient = this.#recipients.get(aor);
    if (recipient === undefined) {
      const own = detached(aor);
      this.#recipients.set(own, recipient = new AwayRecipient(own, this.#parts, this));
    }
    return recipient;
  }

  // What follows is for AwayRecipient.

  /** Its time has come. */
  due(recipient: AwayRecipient): void {
    if (this.#stopped) return;
    this.#queue.add(recipient.aor);
    this.#pump();
  }

  /** The wait before the attempt after so many in vain, ms. */
  wait_ms(tries: number): number {
    return 1000 * Math.min(RETRY_MAX_S, this.#parts.settings.retry_s * 2 ** Math.min(tries, 12));
  }

  /** It stopped; `idle`: nothing waits. */
  ended(recipient: AwayRecipient, idle: boolean): void {
    this.#active--;
    const domain = domainOf(recipient.aor);
    const busy = this.#busy.get(domain)! - 1;
    if (busy > 0) this.#busy.set(domain, busy);
    else this.#busy.delete(domain);
    if (idle) this.#recipients.delete(recipient.aor);
    else if (!this.#stopped) recipient.later();
    if (this.#stopped && this.#active === 0) this.#quiet?.();
    this.#pump();
  }

  #pump(): void {
    // One that ends inside its start comes back here through `ended`.
    if (this.#pumping) return;
    this.#pumping = true;
    for (const aor of this.#queue) {
      if (this.#active >= PARALLEL) break;
      const domain = domainOf(aor);
      const busy = this.#busy.get(domain) ?? 0;
      if (busy >= OF_ONE_DOMAIN) continue;
      this.#queue.delete(aor);
      const recipient = this.#recipients.get(aor);
      if (recipient === undefined || recipient.running) continue;
      this.#active++;
      this.#busy.set(domain, busy + 1);
      recipient.run();
    }
    this.#pumping = false;
  }
}

function domainOf(aor: string): string {
  return aor.slice(aor.lastIndexOf("@") + 1);
}
