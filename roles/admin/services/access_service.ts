import { ADMIN_ROLES, type AdminRole, type AdminView } from "../../../operations/mod.ts";

export { ADMIN_ROLES as ROLES, type AdminRole, type AdminView };

/** What a route or a page asks for, and which roles have it. The only place that says so. */
export const PERMISSIONS = {
  "status.read": ["owner", "operator", "help-desk", "auditor"],
  "users.read": ["owner", "operator", "help-desk", "auditor"],
  /** Add, change, suspend, bar, remove, import. */
  "users.write": ["owner", "operator"],
  /** Invites, passwords, ending sessions: what a help-desk does for a user who calls. */
  "users.help": ["owner", "operator", "help-desk"],
  /** What users' documents say: contact lists, rules, private settings. */
  "documents.read": ["owner"],
  "settings.read": ["owner", "operator", "auditor"],
  "settings.write": ["owner", "operator"],
  "certificates.read": ["owner", "operator", "auditor"],
  "certificates.write": ["owner", "operator"],
  "messages.send": ["owner", "operator"],
  "backups.read": ["owner", "operator", "auditor"],
  "backups.write": ["owner", "operator"],
  /** A backup file leaves the box, or takes the box's place. */
  "backups.carry": ["owner"],
  "admins.read": ["owner", "auditor"],
  "admins.write": ["owner"],
  "tokens.read": ["owner", "auditor"],
  "tokens.write": ["owner"],
  "audit.read": ["owner", "auditor"],
  "logs.read": ["owner", "operator", "auditor"],
  "metrics.read": ["owner", "operator", "help-desk", "auditor"],
  "support.read": ["owner", "operator"],
} as const satisfies Record<string, readonly AdminRole[]>;

export type Permission = keyof typeof PERMISSIONS;

/** Who asks. */
export type Principal =
  /** `session`: the id of the session, for ending it. */
  | { readonly kind: "admin"; readonly name: string; readonly role: AdminRole; readonly session: string }
  /** An API token. `metrics` has `metrics.read` alone. */
  | { readonly kind: "token"; readonly name: string; readonly role: AdminRole | "metrics" }
  /** A user of the service, signed in with the SIP password: only what is their own. */
  | { readonly kind: "user"; readonly aor: string; readonly session: string };

/** One session of an admin or a user. */
export interface SessionView {
  readonly id: string;
  readonly kind: "admin" | "user";
  /** Admin's name, or address-of-record. */
  readonly who: string;
  readonly created_at: number;
  readonly seen_at: number;
  readonly expires_at: number;
  readonly source: string;
  readonly user_agent: string;
  /** The one that asks. */
  readonly current: boolean;
}

/** What became of a log-in. `token`: for the cookie or the Authorization header; told once. */
export type Login =
  | { readonly outcome: "ok"; readonly token: string; readonly session: SessionView; readonly principal: Principal }
  /** The password is right; the same call again with `code`. */
  | { readonly outcome: "totp" }
  | { readonly outcome: "refused" }
  /** Too many tries from here or for this name. */
  | { readonly outcome: "throttled"; readonly retry_after_seconds: number };

export interface Access {
  /** An admin's log-in. `code`: six digits, or a recovery code; "" without. Takes the same time whether the name exists. */
  logIn(
    request: { name: string; password: string; code: string; source: string; user_agent: string },
  ): Promise<Login>;
  /** A user's log-in by SIP address and password, for their own account. */
  logInUser(
    /** `stay`: for weeks, on this browser. */
    request: { uri: string; password: string; source: string; user_agent: string; stay?: boolean },
  ): Promise<Login>;
  /** Who has this session token or API token; null: nobody (any more). Counts as a sign of life, but for `quietly`. */
  principalOf(token: string, quietly?: boolean): Principal | null;
  /** The user of a session by its id, as `principalOf` knows it by its token; null: it is over, or no user's. No sign of life. */
  userOf(session: string): string | null;
  may(principal: Principal, permission: Permission): boolean;
  /** An admin whose role has to have a second factor, and who has none: nothing but setting one up is allowed. */
  mustEnrol(principal: Principal): boolean;
  logOut(session: string): Promise<void>;
  listSessions(filter: { who: string; current: string }): SessionView[];
  endSession(id: string, by: string): Promise<boolean>;
  /** Ends all of somebody's (password changed, suspended, removed). */
  endSessionsOf(kind: "admin" | "user", who: string, except: string): Promise<number>;

  /** True while there is no admin: set-up. */
  readonly empty: boolean;
  listAdmins(): AdminView[];
  addAdmin(
    admin: { name: string; display_name: string; role: AdminRole; password: string },
    by: string,
  ): Promise<AdminView>;
  /** `version`: the one that was seen; OperationError "conflict" where it changed. The last owner stays an owner. */
  changeAdmin(
    name: string,
    patch: { display_name?: string; role?: AdminRole; password?: string; totp?: false },
    version: number | null,
    by: string,
  ): Promise<AdminView>;
  /** `version`: as in `changeAdmin`. The last owner stays. Their sessions end. */
  removeAdmin(name: string, by: string, version?: number | null): Promise<AdminView>;
  /** One's own password. */
  changeOwnPassword(name: string, old: string, next: string, session: string): Promise<AdminView>;
  /** Begins TOTP: secret and otpauth:// URI, not in force until `confirmTotp`. */
  beginTotp(name: string): Promise<{ readonly secret: string; readonly uri: string }>;
  /** Gives ten recovery codes, told once. */
  confirmTotp(name: string, code: string): Promise<{ readonly recovery_codes: readonly string[] }>;
}
