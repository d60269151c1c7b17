/**
 * The Conversation History function (OMA IM AD §5.3.2.1.4, §5.3.2.4.4; oma-reference §3.5, §5.8): records what users want recorded, and
 * gives it back to them alone. HST-1 to HST-3.
 */
export { DEFAULT_HISTORY, type HistorySettings } from "./history_settings.ts";
export type * from "./recording/desk_types.ts";
export { Desk, type DeskParts } from "./recording/desk.ts";
export { HistoryCommands, type HistoryCommandsParts } from "./recording/history_commands.ts";
export { RecordingRows, type RecordingRowsParts } from "./recording/recording_rows.ts";
export { Retention, type RetentionParts } from "./recording/retention.ts";
export { HISTORY_WISHES, type WishRecord } from "./recording/wish_record.ts";
export {
  type PublishedRecording,
  type RecordWish,
  type UserWishes,
  Wishes,
  type WishesParts,
} from "./recording/wishes.ts";
export { RecordedCopies, type RecordedCopiesParts } from "./sessions/recorded_copies.ts";
export { RecordedIntakes, type RecordedIntakesParts } from "./sessions/recorded_intake.ts";
export { RecordedRooms, type RecordedRoomsParts } from "./rooms/recorded_rooms.ts";
export { RecordedSessions, type RecordedSessionsParts } from "./sessions/recorded_sessions.ts";
export { RecordedConversations, type RecordedConversationsParts } from "./recorded_conversations.ts";
export { type RecordingChange, refusalOfChange } from "./documents/recording_change.ts";
export { historyAddress } from "./service_names.ts";
export { HISTORY_WORDS } from "./search/terms.ts";
export { BoxConversations, type BoxConversationsParts } from "./service/box_conversations.ts";
export { type HistorySearch, queryOf } from "./search/query.ts";
