import type { Clock } from "../../../foundation/mod.ts";
import type { FormLimit } from "../../../web/ui/mod.ts";
import { adminPages } from "./admins/admins_pages.tsx";
import { apiDocsPages } from "./api_docs/api_docs_pages.tsx";
import { auditPages } from "./audit/audit_pages.tsx";
import { backupPages } from "./backups/backups_page.tsx";
import { certificatePages } from "./certificates/certificates_page.tsx";
import { chatSessionPages } from "./chat_sessions/chat_sessions_pages.tsx";
import { dashboardPages } from "./dashboard/dashboard_page.tsx";
import { entryPages } from "./entry/log_in_page.tsx";
import { flowPages } from "./flow/flow_pages.tsx";
import type { ConsoleApp } from "./frame/console.ts";
import { frameActions } from "./frame/frame_actions.ts";
import { logPages } from "./logs/logs_pages.tsx";
import { mePages } from "./me/me_pages.tsx";
import { messagePages } from "./messages/messages_pages.tsx";
import { networkPages } from "./network/network_page.tsx";
import { policyPages } from "./policy/policy_page.tsx";
import { recoveryPages } from "./recovery/recovery_page.tsx";
import { setUpPages } from "./set_up/set_up_pages.tsx";
import { roomPages } from "./rooms/rooms_pages.tsx";
import { settingsPages } from "./settings/settings_pages.tsx";
import { supportPages } from "./support/support_pages.tsx";
import { tokenPages } from "./tokens/tokens_pages.tsx";
import { importPages } from "./users/import_page.tsx";
import { newUserPages } from "./users/new_user_page.tsx";
import { signUpPages } from "./users/sign_ups_page.tsx";
import { userPages } from "./users/user_page.tsx";
import { usersPages } from "./users/users_page.tsx";

/** What some pages need besides REST. */
export interface PageParts {
  readonly clock: Clock;
}

/** Each adds its pages to the app, fixed paths before those with parameters at the same place. */
export const PAGES: readonly ((app: ConsoleApp, parts: PageParts) => void)[] = [
  frameActions,
  entryPages,
  dashboardPages,
  usersPages,
  newUserPages,
  importPages,
  userPages,
  signUpPages,
  chatSessionPages,
  roomPages,
  messagePages,
  adminPages,
  mePages,
  tokenPages,
  auditPages,
  logPages,
  flowPages,
  supportPages,
  apiDocsPages,
  settingsPages,
  networkPages,
  policyPages,
  certificatePages,
  backupPages,
  recoveryPages,
  setUpPages,
];

/** Forms that may be larger than usual, or that are taken in as they come. */
export const FORM_LIMITS: readonly FormLimit[] = [
  { path: /^\/admin\/users\/import$/, octets: 2 * 8 * 1_048_576 + 65_536 },
  { path: /^\/admin\/(?:certificates|set-up)$/, octets: 1_048_576 },
  { path: /^\/admin\/(?:backups|set-up)\/restore$/, octets: 0, streamed: true },
];
