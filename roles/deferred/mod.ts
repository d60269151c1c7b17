/**
 * Deferred Messaging function: keeps messages, large ones, chats and files whose recipient cannot take them now, and delivers them
 * when a device of theirs registers. Sources: oma-reference §3.4 (AD §5.3.2.1.3, 5.3.2.3.2, 5.3.2.3.4); RFC 3428 §7 (202), RFC 3261
 * §20.19 (Expires), RFC 4975, RFC 5438, RFC 5547.
 */
export type { DeferredEvents, DeferredFacts } from "./deferred_events.ts";
export { DEFAULT_DEFERRAL, type DeferralSettings, mayDefer, transactionOf } from "./stored_message.ts";
export { type Verdict, verdictOf } from "./outcome.ts";
export { partiesOf, sessionMessage, type SessionMessageParts, type StoredParties } from "./session_message.ts";
export { DeferredDelivery, type DeferredDeps, type Holder, type Waiting } from "./deferred_delivery.ts";
export type { CopySettings } from "./keeping.ts";
export type { SessionDelivery } from "./push_host.ts";
export { Onward, type OnwardParts } from "./push/onward.ts";
export { SessionIntake } from "./intake/session_intake.ts";
export {
  type ContentPolicy,
  DEFAULT_INTAKE,
  type Dressed,
  type IntakeDeps,
  type IntakeRecorder,
  type IntakeRecording,
  type IntakeSettings,
  type ManyRecipients,
  type MessagePost,
  type RecordedIntake,
} from "./intake/intake_deps.ts";
export { CompletionOrder, type Turn } from "./intake/completion_order.ts";
export { messageLines } from "./intake/message_lines.ts";
export { fileLines, fileOfLines, roomLine, withoutFileLines } from "./intake/file_lines.ts";
export { StoredNotices, type StoredNoticesParts } from "./notices/stored_notices.ts";
export { isNotification, isNotificationBody } from "./notices/is_notification.ts";
export { removeUndelivered } from "./notices/remove_undelivered.ts";
export { AwayDelivery, type AwayParts } from "./away/away_delivery.ts";
export { awayElement, type AwayElementParts } from "./away/away_element.ts";
export { type AwaySettings, DEFAULT_AWAY } from "./away/away_settings.ts";
export { storesForOthers } from "./away/placement.ts";
export * from "./list/exports.ts";
