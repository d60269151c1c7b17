import type { Events, Log } from "../../foundation/mod.ts";
import type { DeferredMessages } from "../../storage/mod.ts";
import type { DeferredEvents } from "../deferred/mod.ts";
import type { SystemMessages } from "./system_messages.ts";

/** What the notice needs to know of the limits in force for a user. */
export type LimitsOf = (aor: string) => { readonly messages: number; readonly octets: number };

const NEAR = 0.8;
/** Below it the notice may come again. */
const FAR = 0.5;
const CAUSE_NEAR = "quota.near";
const CAUSE_FULL = "quota.full";

/**
 * Tells users whose store of waiting messages fills up: once at 80 %, once when a message had to be refused, and again only
 * after it has emptied to the half. By number of messages; by size where one was refused for it.
 */
export function watchQuota(
  events: Events<DeferredEvents>,
  store: Pick<DeferredMessages, "pending">,
  limitsOf: LimitsOf,
  messages: SystemMessages,
  log: Log,
): void {
  /** Users told in this boot or an earlier one: looked at again when something of theirs is delivered. */
  const told = new Set<string>([...messages.toldOf(CAUSE_NEAR), ...messages.toldOf(CAUSE_FULL)]);
  const failed = (error: unknown): void => log.warn("quota notice failed", { error: String(error) });
  events.on("deferredStored", ({ recipient, sender }) => {
    if (sender.startsWith("sip:system@")) return;
    if (told.has(recipient)) return;
    const waiting = store.pending(recipient).length;
    const allowed = limitsOf(recipient).messages;
    if (waiting < allowed * NEAR) return;
    told.add(recipient);
    const text = `${waiting} of ${allowed} messages wait for you. ` +
      `Sign in to receive them: when the store is full, senders are refused.`;
    messages.tell(recipient, CAUSE_NEAR, text, true).catch(failed);
  });
  events.on("deferredQuota", ({ recipient, limit }) => {
    const { messages: count, octets } = limitsOf(recipient);
    const allowed = limit === "count" ? `${count} messages` : `${octets} octets`;
    const text = `Your store for waiting messages was full (${allowed}): at least one sender was refused. ` +
      `Sign in more often, or ask your operator for more room.`;
    messages.tell(recipient, CAUSE_FULL, text, true).catch(failed);
    told.add(recipient);
  });
  events.on("deferredDelivered", ({ recipient }) => {
    if (!told.has(recipient) || store.pending(recipient).length > limitsOf(recipient).messages * FAR) return;
    told.delete(recipient);
    messages.forget(recipient, CAUSE_NEAR).catch(failed);
    messages.forget(recipient, CAUSE_FULL).catch(failed);
  });
}
