import type { Log } from "../../../foundation/mod.ts";
import { Dialog } from "../dialog.ts";
import type { EventPackage } from "../event_package.ts";
import type { EventPackages } from "./event_packages.ts";
import type { NotifierTools } from "./notifier_tools.ts";
import { numberAfterRestart, ServerSubscription, SKIPPED } from "./server_subscription.ts";
import type { SubscriptionRecord } from "./stored_subscription.ts";
import type { StoredSubscriptions } from "./stored_subscriptions.ts";
import type { SubscriptionTable } from "./subscription_table.ts";

export interface RestoreParts {
  readonly stored: StoredSubscriptions;
  readonly table: SubscriptionTable;
  readonly packages: EventPackages;
  readonly tools: NotifierTools;
  readonly log: Log;
  /** The one list of those who accept the same. */
  readonly shared: (accept: readonly string[]) => readonly string[];
  /** A subscription of that number is there. */
  readonly begun: (number: number) => void;
}

/** The doors are open by then. */
const FIRST_MS = 1000;
/** What is owed to many goes out so many a second. */
const PER_SECOND = 2000;
/** Who expired longer ago has noticed. */
const TOLD_MS = 300_000;
/** RFC 3261 §8.1.1.5: below 2**31; some restarts before that the dialog is over. */
const MAX_CSEQ = 2 ** 31 - 2 * SKIPPED;

/** Takes up the subscriptions that were stored; gives how many. */
export function restoreSubscriptions(parts: RestoreParts): number {
  const { stored, table, packages, tools, log, begun } = parts;
  const now = tools.clock.now();
  let number = 0;
  for (const [id, record] of stored.load()) {
    const taken = Number(id.slice(1));
    if (Number.isSafeInteger(taken)) begun(taken);
    if (record === null) continue;
    const eventPackage = packages.of(record.event, record.kind);
    const left_ms = record.expiresAt - now;
    if (eventPackage === undefined || record.dialog.localSeq > MAX_CSEQ || left_ms <= -TOLD_MS) {
      stored.remove(id);
      continue;
    }
    const wait_ms = FIRST_MS + Math.floor(number++ * 1000 / PER_SECOND);
    const subscription = subscriptionOf(id, record, eventPackage, parts);
    if (left_ms <= 0) {
      stored.remove(id);
      subscription.expire(wait_ms);
      continue;
    }
    table.add(subscription);
    // A clock that was wrong must not make it last for ever.
    const left_s = Math.min(left_ms / 1000, eventPackage.expires.max);
    subscription.resume(record, left_s, wait_ms);
    try {
      eventPackage.resume?.(subscription, record.kept);
    } catch (error) {
      // One that cannot be taken up must not keep the box from starting; its subscriber comes again.
      log.error("subscription ended: its package could not take it up", {
        id,
        event: record.event,
        error: textOf(error),
      });
      subscription.terminate("deactivated");
    }
  }
  return table.size;
}

function subscriptionOf(
  id: string,
  record: SubscriptionRecord,
  eventPackage: EventPackage,
  { table, tools, shared }: RestoreParts,
): ServerSubscription {
  const { localSeq } = record.dialog;
  const start = {
    ...record,
    id,
    dialog: Dialog.restored(record.dialog, numberAfterRestart(localSeq, tools.clock.now()) - localSeq),
    resource: table.textOf(record.event, record.resource) ?? record.resource,
    accept: shared(record.accept),
  };
  return new ServerSubscription(start, eventPackage, tools);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
