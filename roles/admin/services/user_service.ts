import type { AddReport, NewUser, UserView } from "../../../operations/mod.ts";

/** A user with everything an admin may see. */
export interface UserDetail extends UserView {
  /** 0: no end. Only with `barred`. */
  readonly barred_until: number;
  readonly deferral: "offline" | "always" | "never";
  /** Null: the box's own limits. */
  readonly quota: { readonly messages: number; readonly octets: number } | null;
  /** Whatever limits hold. */
  readonly limits: { readonly messages: number; readonly octets: number };
  readonly waiting: { readonly messages: number; readonly octets: number };
  readonly note: string;
  readonly devices: number;
  /** The ETag: grows with each change of the record. */
  readonly version: number;
}

/** What may be changed; what is absent stays. */
export interface UserPatch {
  readonly display_name?: string;
  readonly e164?: string;
  readonly state?: UserView["state"];
  readonly barred_until?: number;
  readonly deferral?: UserDetail["deferral"];
  readonly quota?: UserDetail["quota"];
  readonly note?: string;
  readonly password?: string;
}

export interface UserQuery {
  /** Part of address, name or number, any case; "" for all. */
  readonly search: string;
  readonly state: UserView["state"] | "";
  readonly online: boolean | null;
  /** The `next` of the page before; "" for the first. */
  readonly after: string;
  readonly limit: number;
}

export interface UserPage {
  readonly users: readonly (UserView & { readonly devices: number; readonly version: number })[];
  /** "" on the last page. */
  readonly next: string;
  /** Of all that match, counted up to 10,000. */
  readonly total: number;
}

/** One registered contact. */
export interface DeviceView {
  readonly id: string;
  readonly contact: string;
  readonly instance: string;
  readonly user_agent: string;
  readonly transport: string;
  readonly source: string;
  readonly registered_at: number;
  readonly expires_at: number;
  /** Its connection lives (or it is UDP). */
  readonly live: boolean;
}

/** One thing that was looked at to say why a user can (not) be reached. */
export interface Finding {
  readonly code: string;
  readonly severity: "ok" | "info" | "warning" | "critical";
  readonly text: string;
  /** What to do about it; "" where nothing needs to be done. */
  readonly repair: string;
}

export interface Reachability {
  readonly uri: string;
  readonly reachable: boolean;
  /** In one sentence. */
  readonly summary: string;
  readonly findings: readonly Finding[];
}

export interface UserService {
  find(query: UserQuery): UserPage;
  get(uri: string): UserDetail | null;
  /** All or none; with dry_run only checks. A password "" is generated, and told once in `passwords`. */
  add(
    request: { users: readonly NewUser[]; replace: boolean; dry_run: boolean; state: UserView["state"] },
    by: string,
  ): Promise<AddReport & { readonly passwords: readonly { readonly uri: string; readonly password: string }[] }>;
  /** A new user id that nobody has, of a name where there is one (SEC-3). */
  suggestUri(display_name: string, domain: string): string;
  change(uri: string, patch: UserPatch, version: number | null, by: string): Promise<UserDetail>;
  remove(uri: string, version: number | null, by: string): Promise<UserDetail>;
  /** Makes a new password, tells it once. */
  resetPassword(uri: string, by: string): Promise<{ readonly password: string }>;
  /** The user's own: OperationError "invalid" where `old` is wrong. */
  changeOwnPassword(uri: string, old: string, next: string): Promise<void>;
  devices(uri: string): DeviceView[];
  /** Ends one registration at once; the device must register anew. */
  revokeDevice(uri: string, id: string, by: string): Promise<boolean>;
  /** Ends all of them. */
  revokeDevices(uri: string, by: string): Promise<number>;
  /** Looks at everything that can stand in the way, asks each device (OPTIONS), in at most 5 s. */
  reachability(uri: string): Promise<Reachability>;
}
