import type { Clock, Log } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import {
  AdminTable,
  type ApiTokens,
  checkAdminName,
  checkAdminPassword,
  checkRole,
  displayName,
  HasherBusy,
  PasswordHasher,
  type StoredAdmin,
  userAddress,
} from "../../../operations/stored/mod.ts";
import type { Storage } from "../../../storage/mod.ts";
import {
  type Access,
  type AdminRole,
  type AdminView,
  type Login,
  type Permission,
  PERMISSIONS,
  type Principal,
  type SessionView,
} from "../services/mod.ts";
import { LoginRecord } from "./login_record.ts";
import { PendingTotp } from "./pending_totp.ts";
import { useCode } from "./second_factor.ts";
import { MAX_SESSIONS, type SessionKind, type SessionLife, SessionTable } from "./session_table.ts";
import type { StoredSession } from "./stored.ts";
import { LoginThrottle } from "./throttle.ts";
import { mayLogIn, stampOf, userWithPassword } from "./user_password.ts";

/** What the operator has set about admins' log-ins. */
export interface ConsoleSettings {
  readonly session_hours: number;
  readonly idle_minutes: number;
  /** Who has to set up a second factor. */
  readonly require_totp: "none" | "owners" | "all";
}

const DEFAULT_SETTINGS: ConsoleSettings = { session_hours: 12, idle_minutes: 60, require_totp: "none" };

export interface AccessOptions {
  readonly storage: Pick<Storage, "records" | "subscribers" | "auditLog">;
  readonly tokens: ApiTokens;
  readonly clock: Clock;
  readonly log: Log;
  /** What an authenticator shows beside the name: `Parley example.test`. */
  readonly issuer: string;
  /** `[console]`, read at each use. Default: 12 h, 60 min, no second factor asked for. */
  readonly settings?: () => ConsoleSettings;
  /** How long users stay signed in who want to, read at each use. Default: 30 days, 14 without a sign of life. */
  readonly stay?: () => SessionLife;
  /** A user's session is over, whyever. */
  readonly userSessionEnded?: (session: string) => void;
  /** Tests take a cheaper one. */
  readonly hasher?: PasswordHasher;
}

/** Opens what is stored of admins and sessions. Rejects with DamageError. */
export async function openAccess(options: AccessOptions): Promise<Access> {
  const admins = await AdminTable.open(options.storage, options.clock);
  const sessions = await options.storage.records<StoredSession>("sessions", MAX_SESSIONS);
  return new AccessControl(
    options,
    admins,
    new SessionTable(sessions, options.clock, options.log.child("access"), {
      adminLife: () => {
        const { session_hours, idle_minutes } = options.settings?.() ?? DEFAULT_SETTINGS;
        return { longest_ms: session_hours * 3_600_000, idle_ms: idle_minutes * 60_000 };
      },
      stay: options.stay,
      onEnd: ({ kind, id }) => kind === "user" && options.userSessionEnded?.(id),
    }),
  );
}

/** Who may in, and what they may do there. */
class AccessControl implements Access {
  readonly #subscribers: Storage["subscribers"];
  readonly #audit: Storage["auditLog"];
  readonly #tokens: ApiTokens;
  readonly #clock: Clock;
  readonly #admins: AdminTable;
  readonly #sessions: SessionTable;
  readonly #hasher: PasswordHasher;
  readonly #throttle: LoginThrottle;
  readonly #logins: LoginRecord;
  readonly #pending: PendingTotp;
  readonly #settings: () => ConsoleSettings;

  constructor(options: AccessOptions, admins: AdminTable, sessions: SessionTable) {
    this.#settings = options.settings ?? (() => DEFAULT_SETTINGS);
    this.#subscribers = options.storage.subscribers;
    this.#audit = options.storage.auditLog;
    this.#tokens = options.tokens;
    this.#clock = options.clock;
    this.#admins = admins;
    this.#sessions = sessions;
    this.#hasher = options.hasher ?? new PasswordHasher();
    this.#throttle = new LoginThrottle(options.clock);
    this.#logins = new LoginRecord(options.storage.auditLog, options.clock);
    this.#pending = new PendingTotp(options.clock, options.issuer);
  }

  async logIn(
    request: { name: string; password: string; code: string; source: string; user_agent: string },
  ): Promise<Login> {
    const { password, code, source, user_agent } = request;
    const name = request.name.trim().toLowerCase().slice(0, 64);
    const actor = `admin:${name}`;
    const admin = this.#admins.get(name);
    const wait = this.#throttle.wait(`admin ${name}`, source, admin?.sources.includes(source) ?? false);
    if (wait > 0) return this.#throttled(actor, source, wait);
    const end = this.#throttle.begin(`admin ${name}`, source);
    // Without an answer until there is one: a store that fails is nobody's wrong password.
    let well: boolean | null = null;
    try {
      if (!await this.#hasher.matches(password, admin?.password ?? null) || admin === undefined) {
        well = false;
        return this.#refused(actor, "wrong password", source);
      }
      if (admin.totp !== null && code === "") {
        this.#logins.write(actor, "code wanted", source);
        return { outcome: "totp" };
      }
      const now = this.#clock.now();
      const use = admin.totp === null ? null : (totp: NonNullable<StoredAdmin["totp"]>) => useCode(code, totp, now);
      if (!await this.#admins.loggedIn(name, source, use)) {
        well = false;
        return this.#refused(actor, "wrong code", source);
      }
      well = true;
      const stamp = admin.password.salt;
      const { token, session } = await this.#sessions.begin({ kind: "admin", who: name, stamp, source, user_agent });
      this.#logins.write(actor, "ok", source);
      const principal: Principal = { kind: "admin", name, role: admin.role, session: session.id };
      return { outcome: "ok", token, session: this.#own(session.id), principal };
    } catch (error) {
      if (!(error instanceof HasherBusy)) throw error;
      this.#logins.write(actor, "busy", source);
      return { outcome: "throttled", retry_after_seconds: 2 };
    } finally {
      end(well);
    }
  }

  async logInUser(
    { uri, password, source, user_agent, stay = false }: {
      uri: string;
      password: string;
      source: string;
      user_agent: string;
      stay?: boolean;
    },
  ): Promise<Login> {
    const name = `user ${nameOfUri(uri)}`;
    const actor = `user:${nameOfUri(uri)}`;
    const known = this.#sessions.knows("user", nameOfUri(uri), source);
    const wait = this.#throttle.wait(name, source, known);
    if (wait > 0) return this.#throttled(actor, source, wait);
    const end = this.#throttle.begin(name, source);
    let well: boolean | null = null;
    try {
      const subscriber = userWithPassword(uri, password, this.#subscribers);
      if (subscriber === null) {
        well = false;
        return this.#refused(actor, "wrong password", source);
      }
      if (!mayLogIn(subscriber, this.#clock.now())) {
        return this.#refused(actor, "not allowed", source);
      }
      well = true;
      const { aor } = subscriber;
      const stamp = stampOf(subscriber);
      const { token, session } = await this.#sessions.begin({
        kind: "user",
        who: aor,
        stamp,
        source,
        user_agent,
        stay,
      });
      this.#logins.write(actor, "ok", source);
      return {
        outcome: "ok",
        token,
        session: this.#own(session.id),
        principal: { kind: "user", aor, session: session.id },
      };
    } finally {
      end(well);
    }
  }

  principalOf(token: string, quietly = false): Principal | null {
    const session = this.#sessions.find(token, !quietly);
    if (session !== null) return this.#principalOfSession(session);
    const known = this.#tokens.find(token, !quietly);
    if (known === null) return null;
    const role = known.scope === "admin" ? "owner" : known.scope;
    return { kind: "token", name: known.name === "" ? known.id : known.name, role };
  }

  userOf(session: string): string | null {
    const stored = this.#sessions.get(session);
    const principal = stored === null ? null : this.#principalOfSession(stored);
    return principal?.kind === "user" ? principal.aor : null;
  }

  /** Role and state as they are now, not as they were at the log-in. */
  #principalOfSession({ id, kind, who, stamp }: StoredSession): Principal | null {
    if (kind === "admin") {
      const admin = this.#admins.get(who);
      if (admin === undefined || admin.password.salt !== stamp) return null;
      return { kind: "admin", name: who, role: admin.role, session: id };
    }
    const subscriber = this.#subscribers.get(who);
    if (subscriber === undefined || !mayLogIn(subscriber, this.#clock.now())) return null;
    return stampOf(subscriber) === stamp ? { kind: "user", aor: who, session: id } : null;
  }

  may(principal: Principal, permission: Permission): boolean {
    if (principal.kind === "user") return false;
    if (principal.role === "metrics") return permission === "metrics.read";
    return (PERMISSIONS[permission] as readonly AdminRole[]).includes(principal.role);
  }

  mustEnrol(principal: Principal): boolean {
    if (principal.kind !== "admin") return false;
    const { require_totp } = this.#settings();
    if (require_totp === "none" || (require_totp === "owners" && principal.role !== "owner")) return false;
    return this.#admins.get(principal.name)?.totp === null;
  }

  async logOut(session: string): Promise<void> {
    const ended = await this.#sessions.end(session);
    if (ended !== null) this.#record("logout", `${ended.kind}:${ended.who}`, { session });
  }

  listSessions({ who, current }: { who: string; current: string }): SessionView[] {
    return this.#sessions.list().filter((session) => who === "" || session.who === who)
      .map((session) => session.id === current ? { ...session, current: true } : session);
  }

  async endSession(id: string, by: string): Promise<boolean> {
    const ended = await this.#sessions.end(id);
    if (ended === null) return false;
    this.#record("session.end", by, { session: id, who: ended.who });
    return true;
  }

  async endSessionsOf(kind: SessionKind, who: string, except: string): Promise<number> {
    const subscriber = kind === "user" ? this.#subscribers.get(who) : undefined;
    const stamp = subscriber === undefined ? this.#admins.get(who)?.password.salt ?? "" : stampOf(subscriber);
    return await this.#sessions.endAll(kind, who, except, stamp);
  }

  get empty(): boolean {
    return this.#admins.size === 0;
  }

  listAdmins(): AdminView[] {
    return this.#admins.list();
  }

  async addAdmin(
    admin: { name: string; display_name: string; role: AdminRole; password: string },
    by: string,
  ): Promise<AdminView> {
    checkAdminName(admin.name);
    checkRole(admin.role);
    checkAdminPassword(admin.password);
    const display_name = displayName(admin.display_name);
    const password = await this.#hashed(admin.password);
    const view = await this.#admins.add(admin.name, { display_name, role: admin.role, password });
    this.#record("admin.add", by, { admin: view.name, role: view.role });
    return view;
  }

  async changeAdmin(
    name: string,
    patch: { display_name?: string; role?: AdminRole; password?: string; totp?: false },
    version: number | null,
    by: string,
  ): Promise<AdminView> {
    const before = this.#admins.known(name);
    if (patch.role !== undefined) checkRole(patch.role);
    if (patch.password !== undefined) checkAdminPassword(patch.password);
    const display_name = patch.display_name === undefined ? undefined : displayName(patch.display_name);
    const password = patch.password === undefined ? undefined : await this.#hashed(patch.password);
    const view = await this.#admins.change(name, version, (old) => ({
      ...old,
      display_name: display_name ?? old.display_name,
      role: patch.role ?? old.role,
      password: password ?? old.password,
      totp: patch.totp === false ? null : old.totp,
    }));
    if (password !== undefined) await this.endSessionsOf("admin", name, "");
    const what = Object.keys(patch).filter((key) => patch[key as keyof typeof patch] !== undefined).join(" ");
    const facts: Record<string, string> = { admin: name, changed: what };
    if (view.role !== before.role) Object.assign(facts, { role: view.role, role_before: before.role });
    this.#record("admin.change", by, facts);
    return view;
  }

  async removeAdmin(name: string, by: string, version: number | null = null): Promise<AdminView> {
    const view = await this.#admins.remove(name, version);
    await this.endSessionsOf("admin", name, "");
    this.#record("admin.remove", by, { admin: name, role: view.role });
    return view;
  }

  async changeOwnPassword(name: string, old: string, next: string, session: string): Promise<AdminView> {
    const admin = this.#admins.known(name);
    checkAdminPassword(next);
    // A session that was left open must not be the place to guess the password.
    const place = `session ${session}`;
    const wait = this.#throttle.wait(`admin ${name}`, place, true);
    if (wait > 0) throw new OperationError("unavailable", `too many tries: try again in ${wait} seconds`);
    const end = this.#throttle.begin(`admin ${name}`, place);
    let well: boolean | null = null;
    try {
      well = await this.#hasher.matches(old, admin.password).catch(passBusy);
    } finally {
      end(well);
    }
    if (!well) throw new OperationError("invalid", "the old password is wrong");
    const password = await this.#hashed(next);
    const view = await this.#admins.change(name, null, (stored) => {
      if (stored.password.salt === admin.password.salt) return { ...stored, password };
      throw new OperationError("conflict", "the password was changed meanwhile: try again");
    });
    await this.endSessionsOf("admin", name, session);
    this.#record("admin.password", `admin:${name}`, { admin: name });
    return view;
  }

  beginTotp(name: string): Promise<{ readonly secret: string; readonly uri: string }> {
    this.#admins.known(name);
    return Promise.resolve(this.#pending.begin(name));
  }

  async confirmTotp(name: string, code: string): Promise<{ readonly recovery_codes: readonly string[] }> {
    this.#admins.known(name);
    const { totp, codes } = this.#pending.confirm(name, code);
    await this.#admins.change(name, null, (old) => ({ ...old, totp }));
    this.#pending.done(name);
    this.#record("admin.totp", `admin:${name}`, { admin: name });
    return { recovery_codes: codes };
  }

  async #hashed(password: string) {
    return await this.#hasher.hash(password).catch(passBusy);
  }

  #own(id: string): SessionView {
    const view = this.#sessions.viewOf(id);
    if (view === null) throw new OperationError("unavailable", "the session ended while it began: log in again");
    return { ...view, current: true };
  }

  #throttled(actor: string, source: string, seconds: number): Login {
    this.#logins.write(actor, "throttled", source);
    return { outcome: "throttled", retry_after_seconds: seconds };
  }

  #refused(actor: string, why: "wrong password" | "wrong code" | "not allowed", source: string): Login {
    this.#logins.write(actor, why, source);
    return { outcome: "refused" };
  }

  #record(event: string, actor: string, facts: Record<string, string>): void {
    this.#audit.append({ at: this.#clock.now(), event, actor, facts });
  }
}

function passBusy(error: unknown): never {
  if (error instanceof HasherBusy) throw new OperationError("unavailable", `${error.message}; try again`);
  throw error;
}

/** The address as it is counted: folded where it is one, so that other ways of writing it are no further tries. */
function nameOfUri(uri: string): string {
  try {
    return userAddress(uri.trim()).aor;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return uri.slice(0, 64).replace(/[^\u0021-\u007e]/g, "?");
  }
}
