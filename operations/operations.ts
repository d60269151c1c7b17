/** A user as people and scripts see it; no secrets. Times in ms since the epoch. */
export interface UserView {
  readonly uri: string;
  readonly display_name: string;
  readonly e164: string;
  readonly state: "active" | "suspended" | "barred" | "unsubscribed";
  readonly created_at: number;
  readonly changed_at: number;
}

/** A user to add. Text as typed: it is checked and folded by the operation. */
export interface NewUser {
  readonly uri: string;
  readonly password: string;
  /** "" for none. */
  readonly display_name: string;
  /** With its plus; "" for none. */
  readonly e164: string;
}

/** What became of a list of users: with errors, nothing was stored. */
export interface AddReport {
  readonly added: number;
  readonly replaced: number;
  /** `index` counts from 0 in the list that was given. */
  readonly errors: readonly { readonly index: number; readonly message: string }[];
  /** What is odd but allowed. */
  readonly warnings: readonly string[];
}

/** An API token as it can be shown: never the token itself. */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly scope: TokenScope;
  readonly created_at: number;
  /** 0: never. */
  readonly expires_at: number;
}

/** `admin`: everything (an owner's); `metrics`: only figures; the others: what an admin of that role may. */
export const TOKEN_SCOPES = ["admin", "operator", "help-desk", "auditor", "metrics"] as const;
export type TokenScope = typeof TOKEN_SCOPES[number];

/** What an admin may be. `owner` may everything; `auditor` only looks. */
export const ADMIN_ROLES = ["owner", "operator", "help-desk", "auditor"] as const;
export type AdminRole = typeof ADMIN_ROLES[number];

/** An admin as it can be shown. */
export interface AdminView {
  /** Log-in name: `[a-z0-9._-]{1,32}`. */
  readonly name: string;
  readonly display_name: string;
  readonly role: AdminRole;
  readonly totp: boolean;
  readonly created_at: number;
  readonly changed_at: number;
  /** 0: never. */
  readonly last_login_at: number;
  /** Grows with each change: the ETag. */
  readonly version: number;
}

/** The box's own certificate as it was made anew. */
export interface CertificateMade {
  /** Host names and addresses that it is for. */
  readonly names: readonly string[];
  readonly not_after: number;
  /** SHA-256, `AB:CD:…` */
  readonly fingerprint: string;
  /** False while the doors show another one. */
  readonly in_use: boolean;
}

/** One line of the audit log. */
export interface AuditView {
  readonly id: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly event: string;
  readonly actor: string;
  readonly facts: Readonly<Record<string, string | number>>;
  /** SHA-256 over this line and the chain value of the one before (docs/operations.md); "" where it is older than the chain. */
  readonly chain: string;
}

/** What a verification of the audit log found: the entries of its chain, or where it breaks first. */
export type AuditCheck =
  | {
    readonly ok: true;
    readonly entries: number;
    readonly first: number;
    readonly last: number;
    readonly head: string;
  }
  | { readonly ok: false; readonly at: number; readonly reason: string };

/** A backup file that was made. */
export interface BackupMade {
  readonly path: string;
  readonly octets: number;
  /** Id of the recovery key that opens it; "": its key is in it as it is. */
  readonly recovery_key: string;
}

/** The box in numbers. */
export interface Status {
  readonly running: boolean;
  readonly version: string;
  readonly domains: readonly string[];
  readonly data: string;
  readonly users: number;
  readonly deferred_messages: number;
  readonly deferred_octets: number;
  /** Why nothing can be stored at the moment; null when it can. */
  readonly trouble: string | null;
  /** Only while it runs. */
  readonly live?: LiveStatus;
}

/** What only a running box knows. */
export interface LiveStatus {
  readonly pid: number;
  readonly uptime_seconds: number;
  /** Users with a live binding. */
  readonly registered: number;
  readonly doors: readonly string[];
}

/**
 * What an admin can do from the command line. A running box carries them out itself (a cache never sees another process's
 * write) behind its control door; else the command does, on the store. Each takes and gives plain JSON data; each rejects
 * with OperationError where the admin can mend it.
 */
export interface Operations {
  /** All or none. `replace`: users that exist get the new values; else they are errors. `dry_run`: checks only. */
  addUsers(request: { users: readonly NewUser[]; replace: boolean; dry_run: boolean }): Promise<AddReport>;
  /** In order of URI, from behind `after`. */
  listUsers(request: { after: string; limit: number }): Promise<readonly UserView[]>;
  setPassword(request: { uri: string; password: string }): Promise<UserView>;
  setState(request: { uri: string; state: "active" | "suspended" }): Promise<UserView>;
  removeUser(request: { uri: string }): Promise<UserView>;
  /** The token is in the answer and nowhere else. `days` 0: it does not expire. */
  createToken(
    request: { name: string; scope: TokenScope; days: number },
  ): Promise<TokenView & { readonly token: string }>;
  listTokens(request: Record<never, never>): Promise<readonly TokenView[]>;
  revokeToken(request: { id: string }): Promise<TokenView>;
  /** In order of name. */
  listAdmins(request: Record<never, never>): Promise<readonly AdminView[]>;
  /** `password`: the first one, as typed. */
  addAdmin(
    request: { name: string; display_name: string; role: AdminRole; password: string },
  ): Promise<AdminView>;
  /** For the console's rescue: this password from now on, no second factor; the admin's sessions end. */
  resetAdmin(request: { name: string; password: string }): Promise<AdminView>;
  /** Makes the box's own, self-signed certificate anew. `use`: the doors show it, whatever they show now. */
  renewCertificate(request: { use: boolean }): Promise<CertificateMade>;
  /** Newest first, older than entry `before` (0: from the newest). `event` and `actor`: only those; "" for all. */
  listAudit(
    request: { event: string; actor: string; before: number; limit: number },
  ): Promise<readonly AuditView[]>;
  /** Oldest first, from entry `from` on (0: from the oldest). */
  exportAudit(request: { from: number; limit: number }): Promise<readonly AuditView[]>;
  /** Computes the hash chain anew. */
  verifyAudit(request: Record<never, never>): Promise<AuditCheck>;
  status(request: Record<never, never>): Promise<Status>;
  /** Writes a consistent backup, one file, under `backups/` in the data folder, sealed with the box's recovery key if it has one. */
  backup(request: Record<never, never>): Promise<BackupMade>;
  /** Makes a new sealing key and seals everything with it. */
  rotateKey(request: Record<never, never>): Promise<{ readonly key: number; readonly resealed: number }>;
}

/**
 * An operation was refused, and the admin can mend it. The message is one line. `stale`: what it was to change has been
 * changed by somebody else since it was seen.
 */
export class OperationError extends Error {
  readonly kind: "invalid" | "not-found" | "conflict" | "stale" | "unavailable";
  constructor(kind: OperationError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OperationError";
    this.kind = kind;
  }
}
