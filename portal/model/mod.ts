/**
 * What the portal's page shows and does, as types: the engine makes it, the view reads it. Values that change are signals
 * (@preact/signals-core): whoever reads one in a component is drawn again when it changes. Times are wall time in ms since 1970,
 * sizes are octets. Texts of others are text, never markup.
 */
export type { Me, PortalLimits, PortalModel } from "./portal_model.ts";
export type { LinkModel, LinkState } from "./link_model.ts";
export type {
  ConversationKind,
  ConversationModel,
  ConversationsModel,
  EventCode,
  FilePart,
  LocationPart,
  MessageModel,
  MessagePart,
  MessageState,
  SendProblem,
  SessionState,
} from "./conversation_model.ts";
export type {
  ContactModel,
  ContactRequest,
  OwnState,
  PeopleModel,
  PersonFound,
  PresenceModel,
} from "./people_model.ts";
export type { PublicRoom, RoomMember, RoomModel, RoomsModel } from "./rooms_model.ts";
export type { FolderModel, HistoryHit, HistoryItem, HistoryModel, HistoryQuery } from "./history_model.ts";
export type {
  PrivacyModel,
  ProfileField,
  ProfileModel,
  QuickAnswers,
  RecordingModel,
  SettingsModel,
} from "./settings_model.ts";
export type { Asks, InvitationAsked, ServiceQuestion } from "./asks_model.ts";
export type { Alert, AlertKind } from "./alert_model.ts";
export type { LocalFile } from "./local_file.ts";
export type { Outcome, Problem } from "./outcome.ts";
