import type { AuditLog } from "../../../storage/mod.ts";
import type { TokenView } from "../../../operations/mod.ts";
import type {
  ContactService,
  ProfileService,
  PublicRoomService,
  SearchService,
  UserDocumentService,
} from "../../xdm/mod.ts";
import type { Access, AdminRole } from "./access_service.ts";
import type { BackupService } from "./backup_service.ts";
import type { ChatSessionService } from "./chat_session_service.ts";
import type { CertificateService } from "./certificate_service.ts";
import type { ConversationService } from "./conversation_service.ts";
import type { HealthService } from "./health_service.ts";
import type { HistoryService, LogService, SupportService, TraceService } from "./observe_service.ts";
import type { ProvisioningService } from "./provisioning_service.ts";
import type { RoomService } from "./room_service.ts";
import type { SetUpService } from "./set_up_service.ts";
import type { SettingsService } from "./settings_service.ts";
import type { SystemMessageService } from "./system_message_service.ts";
import type { UserService } from "./user_service.ts";

export interface BoxStatus {
  readonly version: string;
  readonly domains: readonly string[];
  readonly started_at: number;
  readonly now: number;
  readonly doors: readonly string[];
  readonly users: number;
  readonly registered: number;
  readonly deferred_messages: number;
  readonly deferred_octets: number;
  readonly trouble: string | null;
  readonly restart_needed: boolean;
  /** REST adds it. */
  readonly chat_sessions?: number;
}

/** What users who are registered hear before a restart (SMSG-10). */
export interface RestartNotice {
  readonly text: string;
  /** So long it is waited for their devices, at most. */
  readonly within_ms: number;
}

export interface BoxService {
  status(): BoxStatus;
  /**
   * Restarts the service in place, after the answer has gone out. With a notice those who are registered are told first: it restarts
   * when all have it, or when the wait is over.
   */
  restart(why: string, by: string, notice?: RestartNotice): void;
}

/** API tokens as the console manages them. */
export interface TokenService {
  list(): (TokenView & { readonly last_used_at: number })[];
  create(
    request: { name: string; role: AdminRole | "metrics"; days: number },
    by: string,
  ): Promise<TokenView & { readonly token: string }>;
  revoke(id: string, by: string): Promise<boolean>;
}

/** Everything the console stands on. */
export interface AdminServices {
  readonly box: BoxService;
  readonly access: Access;
  readonly users: UserService;
  readonly tokens: TokenService;
  readonly settings: SettingsService;
  readonly certificates: CertificateService;
  readonly backups: BackupService;
  readonly audit: AuditLog;
  readonly logs: LogService;
  readonly trace: TraceService;
  readonly history: HistoryService;
  readonly health: HealthService;
  readonly support: SupportService;
  readonly provisioning: ProvisioningService;
  readonly systemMessages: SystemMessageService;
  readonly contacts: ContactService;
  readonly profiles: ProfileService;
  /** What users search for by themselves. */
  readonly searches: SearchService;
  readonly documents: UserDocumentService;
  /** The operator's own rooms (CHAT-5). */
  readonly publicRooms: PublicRoomService;
  readonly setUp: SetUpService;
  /** Absent where the box has no session mode: then there are none. */
  readonly chatSessions?: ChatSessionService;
  /** Rooms that stand. */
  readonly rooms: RoomService;
  /** Conversations that users recorded; absent where the box keeps none. */
  readonly conversations?: ConversationService;
}
