import type {
  Admission,
  EventPackage,
  Notification,
  Subscription,
  TerminationReason,
} from "../../../transport/sip/mod.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Mailboxes } from "./mailboxes.ts";

/** One way to tell of a mailbox. */
export interface MailboxFormat {
  readonly event: string;
  readonly contentType: string;
  body(mailbox: Mailbox): Uint8Array;
  /** Another text where there is something new to tell. */
  tag(mailbox: Mailbox): string;
}

export interface MailboxPackageParts {
  readonly mailboxes: Pick<Mailboxes, "read">;
  /** The user of ours that an identity is, while in the service; null for everybody else. */
  readonly userOf: (watcher: string) => string | null;
  /** Whether a user finds its own mailbox at that resource. */
  readonly isAt: (resource: string, user: string) => boolean;
  /** The subscriber has the NOTIFY that told of this. */
  readonly told: (mailbox: Mailbox) => void;
}

/**
 * An event package for what waits (oma-reference §2.5, §3.4; RFC 3842 for the summary): everybody sees their own, at once and when
 * it changes, one NOTIFY in 5 s at most.
 */
export class MailboxPackage implements EventPackage {
  readonly name: string;
  readonly contentTypes: readonly string[];
  readonly expires = { default: 3600, min: 60, max: 86_400 };
  readonly pace = { interval_ms: 5000, burst: 1 };
  readonly #format: MailboxFormat;
  readonly #parts: MailboxPackageParts;
  readonly #byUser = new Map<string, Set<Subscription>>();
  /** Read for the next NOTIFY. */
  readonly #ready = new WeakMap<Subscription, Mailbox>();
  /** What the last NOTIFY said. */
  readonly #said = new WeakMap<Subscription, Mailbox>();

  constructor(format: MailboxFormat, parts: MailboxPackageParts) {
    this.name = format.event;
    this.contentTypes = [format.contentType];
    this.#format = format;
    this.#parts = parts;
  }

  /** Whether somebody hears of this user's mailbox by this package. */
  isWatched(user: string): boolean {
    return this.#byUser.has(user);
  }

  /** A user's mailbox is another one. */
  changed(user: string): void {
    for (const subscription of [...this.#byUser.get(user) ?? []]) subscription.changed?.();
  }

  /** A user may see it no longer. */
  end(user: string, reason: TerminationReason): void {
    for (const subscription of [...this.#byUser.get(user) ?? []]) subscription.terminate?.(reason);
  }

  admit(resource: string, watcher: string): Admission {
    const user = this.#parts.userOf(watcher);
    // Whether there is such a mailbox is nobody else's business.
    if (user !== null && this.#parts.isAt(resource, user)) return { state: "active" };
    return { state: "refused", status: 403, reason: "What Waits Is Shown To Its Own User Only" };
  }

  prepare(subscription: Subscription): Promise<void> | null {
    if (this.#ready.has(subscription)) return null;
    const user = this.#parts.userOf(subscription.watcher);
    if (user === null) return null;
    this.#add(user, subscription);
    return this.#parts.mailboxes.read(user).then((mailbox) => void this.#ready.set(subscription, mailbox));
  }

  full(subscription: Subscription): Notification | null {
    const mailbox = this.#take(subscription);
    return mailbox === null ? null : this.#notification(subscription, mailbox);
  }

  partial(subscription: Subscription): Notification | null {
    const mailbox = this.#take(subscription);
    if (mailbox === null) return null;
    const said = this.#said.get(subscription);
    if (said !== undefined && this.#format.tag(said) === this.#format.tag(mailbox)) return null;
    return this.#notification(subscription, mailbox);
  }

  delivered(subscription: Subscription): void {
    const said = this.#said.get(subscription);
    if (said !== undefined) this.#parts.told(said);
  }

  ended(subscription: Subscription): void {
    for (const [user, all] of this.#of(subscription)) {
      all.delete(subscription);
      if (all.size === 0) this.#byUser.delete(user);
    }
  }

  #notification(subscription: Subscription, mailbox: Mailbox): Notification {
    this.#said.set(subscription, mailbox);
    return { contentType: this.#format.contentType, body: this.#format.body(mailbox) };
  }

  #take(subscription: Subscription): Mailbox | null {
    const mailbox = this.#ready.get(subscription) ?? null;
    this.#ready.delete(subscription);
    return mailbox;
  }

  #add(user: string, subscription: Subscription): void {
    if (subscription.ended === true) return;
    const all = this.#byUser.get(user);
    if (all === undefined) this.#byUser.set(user, new Set([subscription]));
    else all.add(subscription);
  }

  /** Also where its watcher is no user any more. */
  *#of(subscription: Subscription): Iterable<readonly [string, Set<Subscription>]> {
    const user = this.#parts.userOf(subscription.watcher);
    const own = user === null ? undefined : this.#byUser.get(user);
    if (user !== null && own !== undefined) yield [user, own];
    else if (user === null) { for (const entry of [...this.#byUser]) if (entry[1].has(subscription)) yield entry; }
  }
}
