/**
 * Participating function: what the sender may send, how a message reaches the recipient's devices or the Deferred Messaging
 * function, and sessions, large messages and files with the box in their path. Sources: oma-reference §2.6, §3.0 to §3.2, §3.8,
 * §4.4; RFC 3428 (MESSAGE), RFC 3261 §16, RFC 3264, RFC 4975 §8, RFC 5373, RFC 5547, RFC 6135, RFC 6714, RFC 7092 (B2BUA).
 */
export { type AccessDecision, type AccessRules, type Communication, OPEN_RULES } from "./access.ts";
export type { PagerEvents, PagerFacts } from "./pager_events.ts";
export { DEFAULT_PAGER, type PagerSettings, type RateLimit, type TypeRule } from "./pager_settings.ts";
export { type AccessDeps, accessElement } from "./access_element.ts";
export { storedAdmission, storingAdmission } from "./stored_admission.ts";
export { contentRules } from "./content_rules.ts";
export { originating, type OriginatingDeps } from "./originating.ts";
export { repeatedMessages } from "./repeated_messages.ts";
export { deferralOf, terminating, type TerminatingDeps } from "./terminating.ts";
export type { UnwillingPolicy } from "./unwilling.ts";
export {
  FUNCTION_NOT_ALLOWED,
  IS_FOCUS_ALREADY,
  NO_ANONYMITY,
  NO_DESTINATIONS,
  NOT_AUTHORISED,
  refusal,
} from "./warning.ts";
export { isAnonymous } from "./ask_rules.ts";
export { contentPolicy } from "./sessions/content_policy.ts";
export { offerProblem, offersFile } from "./sessions/offer_rules.ts";
export { DEFAULT_SESSIONS, type MediaPath, type SessionSettings } from "./sessions/session_settings.ts";
export type { SessionEndReason, SessionEvents, SessionFacts, Traffic } from "./sessions/session_events.ts";
export { PublishedSettings } from "./sessions/published_settings.ts";
export { BridgedMedia } from "./sessions/bridged_media.ts";
export { MediaThreads } from "./sessions/threads/media_threads.ts";
export { startMediaWorker } from "./sessions/threads/thread_port.ts";
export type { DoorWish } from "./sessions/threads/thread_messages.ts";
export { type GrowingSession, Sessions } from "./sessions/sessions.ts";
export { reviewSessions } from "./sessions/session_review.ts";
export { SessionFunction } from "./sessions/session_function.ts";
export { LargeMessages } from "./sessions/large_messages.ts";
export { LargeToPager } from "./sessions/large_to_pager.ts";
export type {
  RecordedParty,
  RecordedSession,
  SessionRecorder,
  SessionRecording,
  SingleMessage,
} from "./sessions/session_recorder.ts";
export { recordedParties } from "./sessions/recorded_parties.ts";
export { answerRecordingInfo, infoPackageOf, refuseInfoPackage } from "./sessions/recording_info.ts";
export type { SessionDeps } from "./sessions/session_deps.ts";
export { type Undelivered, UndeliveredMessages, type UndeliveredMessagesParts } from "./sessions/undelivered.ts";
export type { SessionRow } from "./sessions/session_row.ts";
