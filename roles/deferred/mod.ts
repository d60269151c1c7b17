/**
 * Deferred Messaging function, pager mode: keeps messages whose recipient cannot take them now, and delivers them when a
 * device of theirs registers. Sources: oma-reference §3.4 (AD §5.3.2.1.3); RFC 3428 §7 (202), RFC 3261 §20.19 (Expires).
 */
export type { DeferredEvents, DeferredFacts } from "./deferred_events.ts";
export { DEFAULT_DEFERRAL, type DeferralSettings, mayDefer, transactionOf } from "./stored_message.ts";
export { type Verdict, verdictOf } from "./outcome.ts";
export { DeferredDelivery, type DeferredDeps, type Holder, type Waiting } from "./deferred_delivery.ts";
