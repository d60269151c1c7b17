/**
 * What the console stands on: each service as plain data in and out. The REST API is a projection of these interfaces, the
 * pages are clients of the REST API. Times are ms since the epoch; octets and counts are whole numbers. A refusal that the
 * admin can mend rejects with OperationError. `by` is the actor for the audit log.
 */
export type { Access, AdminRole, AdminView, Login, Permission, Principal, SessionView } from "./access_service.ts";
export { PERMISSIONS, ROLES } from "./access_service.ts";
export type {
  DeviceView,
  Finding,
  Reachability,
  UserDetail,
  UserPage,
  UserPatch,
  UserQuery,
  UserService,
} from "./user_service.ts";
export type {
  CandidateView,
  SettingChange,
  SettingDiff,
  SettingOrigin,
  SettingRow,
  SettingsOutcome,
  SettingsService,
  SettingsVersion,
} from "./settings_service.ts";
export type {
  BackupSchedule,
  BackupService,
  BackupTarget,
  BackupView,
  RecoveryView,
  TestRestoreView,
} from "./backup_service.ts";
export type { HealthItem, HealthService, Severity } from "./health_service.ts";
export type {
  BundleEntry,
  HistoryService,
  Ladder,
  LadderStep,
  LogLine,
  LogQuery,
  LogService,
  Series,
  SupportService,
  TraceService,
} from "./observe_service.ts";
export type { AuthorityView, CertificateService, CertificateView, CsrView } from "./certificate_service.ts";
export type { InviteView, ProvisioningService, SignUpView } from "./provisioning_service.ts";
export type {
  NewSystemMessage,
  ServiceLevel,
  SystemCondition,
  SystemMessageService,
  SystemMessageView,
  SystemOptionView,
  SystemRecipientView,
} from "./system_message_service.ts";
export { SERVICE_LEVELS, SystemMessageFault } from "./system_message_service.ts";
export type { ChatSessionFilter, ChatSessionService, ChatSessionView } from "./chat_session_service.ts";
export { filteredChatSessions } from "./chat_session_service.ts";
export type {
  ConversationContent,
  ConversationHit,
  ConversationHits,
  ConversationPage,
  ConversationParty,
  ConversationQuery,
  ConversationService,
  ConversationView,
  FolderView,
  HistoryUsage,
  ReadMarkView,
  RecordingView,
  RecordWish,
  SaidView,
} from "./conversation_service.ts";
export { RECORD_WISHES } from "./conversation_service.ts";
export type {
  PublicGroupView,
  RoomDetail,
  RoomPerson,
  RoomQuery,
  RoomRules,
  RoomService,
  RoomSort,
  RoomView,
} from "./room_service.ts";
export type { SetUpService, SetUpState } from "./set_up_service.ts";
export type { AdminServices, BoxService, BoxStatus, RestartNotice, TokenService } from "./box_service.ts";
