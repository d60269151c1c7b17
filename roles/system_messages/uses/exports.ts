// What system messages are used for: what the door of the room shows of it.
export { BlockedPresent, type NamedRoom } from "./blocked_present.ts";
export { ClientReleases, type ClientReleasesParts, type UnsupportedRelease } from "./client_releases.ts";
export { Farewell, type FarewellOutcome, type FarewellParts } from "./farewell.ts";
export { type Noted, NoticeBook } from "./notice_book.ts";
export { RegistrationNotices, type RegistrationNoticesParts } from "./registration_notices.ts";
export { sendingRules, type SendingSettings } from "./sending_rules.ts";
export { sayAgain, type Teller } from "./teller.ts";
