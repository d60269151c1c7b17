import type { Clock, Events, Log, Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { DeferredMessages, Records, Subscribers } from "../../../storage/mod.ts";
import { type EventServer, type TerminationReason, tryParseUri } from "../../../transport/sip/mod.ts";
import { type CoreEvents, type CoreServices, type Row, serviceState, subscriberOf } from "../../sip_core/mod.ts";
import type { DeferredEvents } from "../deferred_events.ts";
import type { PushDeps } from "../../session_media/mod.ts";
import { deferredRow } from "./deferred_element.ts";
import { deleteRequest } from "./delete_request.ts";
import { ExpiryReminder, type Teller } from "./expiry_reminder.ts";
import { ListDocuments } from "./list_documents.ts";
import { DEFERRED_LIST_AUID, DEFERRED_LIST_NAME, DEFERRED_USER } from "./list_names.ts";
import { ListNotices } from "./list_notices.ts";
import type { Mailbox } from "./mailbox.ts";
import { listFormat, SUMMARY_FORMAT } from "./mailbox_formats.ts";
import { MailboxPackage } from "./mailbox_package.ts";
import { Mailboxes } from "./mailboxes.ts";
import type { OtherReferences } from "./other_references.ts";
import { Removals } from "./removals.ts";
import { type ListedDelivery, Retrievals } from "./retrievals.ts";
import { SharedPackage } from "./shared_package.ts";
import { type ToldMark, ToldMarks } from "./told_marks.ts";

/** Values that hold at each use. */
export interface DeferredListSettings {
  /** A message is `pending-delete`, and reminded of, so long before it expires, ms; 0: never. */
  readonly reminder_ms: number;
  /** Octets of a MESSAGE's body. */
  readonly pagerLimit: number;
}

export interface DeferredListsParts {
  readonly services: CoreServices;
  readonly subscribers: Subscribers;
  readonly store: Pick<DeferredMessages, "pending" | "read" | "remove" | "recipients">;
  readonly delivery: ListedDelivery;
  readonly push: PushDeps;
  readonly eventServer: EventServer;
  readonly coreEvents: Events<CoreEvents>;
  readonly deferredEvents: Events<DeferredEvents>;
  /** Up to where users were told: `storage.records("deferred_told", MAX_TOLD_MARKS)`. */
  readonly marks: Records<ToldMark>;
  readonly teller: Teller;
  readonly settings: DeferredListSettings;
  /** The user wants lists in place of pushes (the published setting `notify`, or the stored one). */
  readonly notifies: (aor: string) => boolean;
  /** A user's document of what waits is another one: `documentRemade` of XDM. */
  readonly remade: (key: { readonly auid: string; readonly owner: string; readonly name: string }) => void;
  /** What `sip:delete@domain` deletes besides; absent: nothing. */
  readonly others?: OtherReferences;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Changes are told together; a hundred of one mailbox at once are one. */
const TELL_MS = 100;

/**
 * What waits, as its users see it (oma-reference §3.4, §5.8, §2.4 to §2.6): the document, subscriptions to it, notices and reminders,
 * retrieval and deletion. All of it is made from the store each time.
 */
export class DeferredLists implements Timed {
  /** For the document server. */
  readonly documents: ListDocuments;
  /** For the routing table, before "subscribe". */
  readonly row: Row;
  readonly #parts: DeferredListsParts;
  readonly #mailboxes: Mailboxes;
  readonly #marks: ToldMarks;
  readonly #lists: readonly MailboxPackage[];
  readonly #packages: readonly MailboxPackage[];
  readonly #notices: ListNotices;
  readonly #reminder: ExpiryReminder;
  readonly #retrievals: Retrievals;
  readonly #changed = new Set<string>();
  #timer: Timer | null = null;

  constructor(parts: DeferredListsParts) {
    this.#parts = parts;
    const { services, store, settings, clock, timers, log, coreEvents, deferredEvents, eventServer } = parts;
    const { domains } = services;
    const changed = (aor: string) => this.changed(aor);
    const told = (mailbox: Mailbox) => this.#told(mailbox);
    const reminder_ms = () => settings.reminder_ms;
    const marks = this.#marks = new ToldMarks(parts.marks, log);
    const mailboxes = this.#mailboxes = new Mailboxes({ store, marks, reminder_ms, clock, log });
    const removals = new Removals(store, parts.delivery.passed, changed);
    this.documents = new ListDocuments({ mailboxes, removals, clock });
    const packageParts = {
      mailboxes,
      userOf: (watcher: string) => this.#userOf(watcher),
      isAt: (resource: string, user: string) => this.#isService(resource) || resource === user,
    };
    this.#lists = (["sip-profile", "ua-profile"] as const)
      .map((event) => new MailboxPackage(listFormat(event), { ...packageParts, told }));
    this.#packages = [...this.#lists, new MailboxPackage(SUMMARY_FORMAT, { ...packageParts, told: () => {} })];
    this.#notices = new ListNotices({
      services,
      coreEvents,
      mailboxes,
      marks,
      notifies: parts.notifies,
      isWatched: (aor) => this.#lists.some((list) => list.isWatched(aor)),
      limit: () => settings.pagerLimit,
      told,
      timers,
      log,
    });
    this.#reminder = new ExpiryReminder({
      store,
      marks,
      teller: parts.teller,
      reminder_ms,
      isReminded: (aor) => services.location.bindings(aor).length > 0 && parts.notifies(aor),
      changed,
      clock,
      timers,
      log,
    });
    this.#retrievals = new Retrievals({
      push: parts.push,
      mailboxes,
      store,
      delivery: parts.delivery,
      log,
    });
    this.row = deferredRow({
      domains,
      clock,
      eventServer,
      packages: this.#packages.map(({ name }) => name),
      retrieve: (exchange, aor) => this.#retrievals.begin(exchange, aor),
      remove: (exchange, aor) => deleteRequest(exchange, aor, { mailboxes, removals, others: parts.others }),
      failed: (error) =>
        log.error("a request to delete messages failed", {
          error: error instanceof Error ? error.stack ?? error.message : String(error),
        }),
    });
    deferredEvents.on("deferredStored", ({ recipient }) => changed(recipient));
    deferredEvents.on("deferredExpired", ({ recipient }) => changed(recipient));
    deferredEvents.on("deferredDelivered", ({ recipient, transaction }) => {
      mailboxes.taken(recipient, transaction);
      changed(recipient);
    });
  }

  /** From now on SUBSCRIBE is answered. After XDM has joined, with which it shares the name `ua-profile`. */
  join(server: Pick<EventServer, "register" | "packageOf">): void {
    for (const own of this.#packages) {
      const first = server.packageOf(own.name);
      const shared = first === undefined ? own : new SharedPackage(first, own, (resource) => this.#isService(resource));
      server.register(shared);
    }
  }

  start(): void {
    this.#reminder.start();
  }

  stop(): void {
    this.#timer?.stop();
    this.#notices.stop();
    this.#reminder.stop();
    this.#retrievals.stop();
  }

  /** A user's mailbox is another one: to be called for what no event tells of (a copy that was withdrawn). */
  changed(aor: string): void {
    this.#changed.add(aor);
    this.#timer ??= this.#parts.timers.start(TELL_MS, this, 0);
  }

  /** A user may receive no longer, or not with the password of before. */
  end(aor: string, reason: TerminationReason): void {
    for (const one of this.#packages) one.end(aor, reason);
    this.#retrievals.end(aor);
  }

  /** A user is gone. */
  forget(aor: string): void {
    this.end(aor, "noresource");
    this.#marks.forget(aor);
  }

  onTimer(): void {
    this.#timer = null;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const aor of changed) {
      this.#parts.remade({ auid: DEFERRED_LIST_AUID, owner: aor, name: DEFERRED_LIST_NAME });
      for (const one of this.#packages) one.changed(aor);
      if (this.#mailboxes.entries(aor).length === 0) this.#marks.forget(aor);
    }
  }

  /** The user has a list: what it told of is news no longer. */
  #told({ aor, messages }: Mailbox): void {
    let upTo = 0;
    for (const { copies } of messages) for (const { id } of copies) upTo = Math.max(upTo, id);
    if (this.#marks.told(aor, upTo)) this.changed(aor);
  }

  #isService(resource: string): boolean {
    const uri = tryParseUri(resource);
    return uri !== null && uri.user === DEFERRED_USER && this.#parts.services.domains.has(uri.host);
  }

  /** Users are known by any of their names. */
  #userOf(text: string): string | null {
    const { subscribers, services, clock } = this.#parts;
    const uri = tryParseUri(text);
    const subscriber = uri === null ? undefined : subscriberOf(uri, subscribers, services.domains);
    return subscriber !== undefined && serviceState(subscriber, clock) === "active" ? subscriber.aor : null;
  }
}
