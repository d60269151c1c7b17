import type { Clock } from "../../../foundation/mod.ts";
import type { FormLimit } from "../../../web/ui/mod.ts";
import { dashboardPages } from "./dashboard/dashboard_page.tsx";
import { entryPages } from "./entry/log_in_page.tsx";
import type { ConsoleApp } from "./frame/console.ts";
import { frameActions } from "./frame/frame_actions.ts";
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
];

/** Forms that may be larger than usual, or that are taken in as they come. */
export const FORM_LIMITS: readonly FormLimit[] = [
  { path: /^\/admin\/users\/import$/, octets: 2 * 8 * 1_048_576 + 65_536 },
];
