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

const BEFORE_FULL = "Sign in to receive them: when the store is full, senders are refused.";
const WHEN_FULL = "Sign in more often, or ask your operator for more room.";

/** How full a user's store is. */
interface Fill {
  readonly messages: number;
  readonly octets: number;
  readonly allowed: ReturnType<LimitsOf>;
  /** By number or by size, whichever is nearer to its limit; 1: full. */
  readonly share: number;
  readonly by: "count" | "bytes";
}

/**
 * Tells users whose store of waiting messages fills up, by number or by size: once at 80 %, once when it is full or a message had to
 * be refused, and again only after it has emptied to the half.
 */
export function watchQuota(
  events: Events<DeferredEvents>,
  store: Pick<DeferredMessages, "taken">,
  limitsOf: LimitsOf,
  messages: SystemMessages,
  log: Log,
): void {
  /** Users told in this boot or an earlier one: looked at again when something of theirs has gone. */
  const near = new Set<string>(messages.toldOf(CAUSE_NEAR));
  const full = new Set<string>(messages.toldOf(CAUSE_FULL));
  const failed = (error: unknown): void => log.warn("quota notice failed", { error: String(error) });
  const tell = (told: Set<string>, recipient: string, cause: string, text: string): void => {
    told.add(recipient);
    messages.tell(recipient, cause, text, true).catch(failed);
  };
  const emptied = ({ recipient }: { readonly recipient: string }): void => {
    if (!near.has(recipient) && !full.has(recipient)) return;
    if (fillOf(store, limitsOf, recipient).share > FAR) return;
    if (near.delete(recipient)) messages.forget(recipient, CAUSE_NEAR).catch(failed);
    if (full.delete(recipient)) messages.forget(recipient, CAUSE_FULL).catch(failed);
  };
  events.on("deferredStored", ({ recipient, sender }) => {
    if (sender.startsWith("sip:system@")) return;
    // What its user has deleted is told by no event.
    emptied({ recipient });
    if (full.has(recipient)) return;
    const fill = fillOf(store, limitsOf, recipient);
    if (fill.share >= 1) {
      tell(full, recipient, CAUSE_FULL, `Your store for waiting messages is full (${allowedOf(fill)}): ${WHEN_FULL}`);
    } else if (fill.share >= NEAR && !near.has(recipient)) {
      tell(near, recipient, CAUSE_NEAR, `${takenOf(fill)} ${BEFORE_FULL}`);
    }
  });
  events.on("deferredQuota", ({ recipient, limit }) => {
    if (full.has(recipient)) return;
    const allowed = allowedOf({ allowed: limitsOf(recipient), by: limit });
    const text = `Your store for waiting messages was full (${allowed}): at least one sender was refused. ${WHEN_FULL}`;
    tell(full, recipient, CAUSE_FULL, text);
  });
  events.on("deferredDelivered", emptied);
  events.on("deferredExpired", emptied);
}

function fillOf(store: Pick<DeferredMessages, "taken">, limitsOf: LimitsOf, recipient: string): Fill {
  const { count, octets } = store.taken(recipient);
  const allowed = limitsOf(recipient);
  const [byCount, byBytes] = [count / allowed.messages, octets / allowed.octets];
  const by = byBytes > byCount ? "bytes" : "count";
  return { messages: count, octets, allowed, share: Math.max(byCount, byBytes), by };
}

function takenOf({ messages, octets, allowed, by }: Fill): string {
  return by === "count"
    ? `${messages} of ${allowed.messages} messages wait for you.`
    : `${sizeText(octets)} of ${sizeText(allowed.octets)} are taken by messages that wait for you.`;
}

function allowedOf({ allowed, by }: Pick<Fill, "allowed" | "by">): string {
  return by === "count" ? `${allowed.messages} messages` : sizeText(allowed.octets);
}

/** `210 MB`, `1.2 kB`. */
function sizeText(octets: number): string {
  if (octets < 1000) return `${octets} octets`;
  const steps = ["kB", "MB", "GB", "TB"];
  const step = Math.min(steps.length - 1, Math.floor(Math.log10(octets) / 3) - 1);
  const value = octets / 1000 ** (step + 1);
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${steps[step]}`;
}
