/**
 * What every function at the end of an MSRP session shares, whoever it serves: our side toward a party, what bodies of an INVITE
 * mean, descriptions of end points of ours, one device that is invited, and whoever takes what no device took. push/: stored messages
 * that are brought in a session, or fetched. Sources: oma-reference §2.1, §3.2, §3.4, §3.5, §4.4; RFC 3264, RFC 4975 §8, RFC 5547,
 * RFC 6135, RFC 6714.
 */
export { cemaAddress, type OwnSide, ownSide, type SessionDoors, transportFor, transportOf } from "./own_side.ts";
export { type BodyReading, readSessionBody, type SessionBody, withDescription } from "./session_body.ts";
export {
  contactParams,
  IM_CONTACT,
  LARGE_CONTACT,
  namesLargeMode,
  namesService,
  type SessionKind,
} from "./session_kind.ts";
export {
  endPointAnswer,
  type EndPointFacts,
  endPointOffer,
  ourSetup,
  type OwnDescription,
  peerOf,
  sessionNumber,
  setupAfterAnswer,
} from "./end_point.ts";
export { type Attempt, type Attempts, InviteeLeg, type Inviter, type LegUser } from "./invitee_leg.ts";
export { DeviceFork, type ForkOwner } from "./device_fork.ts";
export type { SessionFallback, Untaken } from "./session_fallback.ts";
export { askingDevice } from "./push/asking_device.ts";
export { ContentBlocks, isDamage } from "./push/content_blocks.ts";
export type { Envelope } from "./push/envelope.ts";
export { FetchCall } from "./push/fetch_call.ts";
export { type FetchOffer, type FetchRefusal, readFetchOffer } from "./push/fetch_offer.ts";
export {
  DEFAULT_PUSH_SETTINGS,
  type PushAddresses,
  PushCall,
  type PushCallUser,
  type PushCarrier,
  type PushDeps,
  type PushOutcome,
  type PushSession,
  type PushSettings,
} from "./push/push_call.ts";
export { identOf, type PushEntry, type PushFormat, type PushMessage } from "./push/push_format.ts";
export { PushLoad } from "./push/push_load.ts";
export { SessionPush } from "./push/session_push.ts";
export type { SessionPushEnd, SessionPushUser } from "./push/session_push_user.ts";
