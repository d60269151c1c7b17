import type { Clock } from "../../foundation/mod.ts";
import {
  type Credentials,
  type ParleyStorage,
  type Storage,
  StorageError,
  type Subscriber,
} from "../../storage/mod.ts";
import { AdminTable, checkAdminName, checkRole, displayName } from "./admin_table.ts";
import { ApiTokens } from "./api_tokens.ts";
import { makeBackup } from "./backup_file.ts";
import { checkAdminPassword, PasswordHasher } from "./password_hash.ts";
import {
  type AddReport,
  type AdminRole,
  type AdminView,
  type AuditCheck,
  type AuditView,
  type BackupMade,
  type CertificateMade,
  type LiveStatus,
  type NewUser,
  OperationError,
  type Operations,
  type Status,
  type TokenScope,
  type TokenView,
  type UserView,
} from "../operations.ts";
import {
  checkPassword,
  PROFILE_DEFAULTS,
  type ProfileDefaults,
  subscriberOf,
  tidied,
  userAddress,
  viewOf,
  withDefaults,
} from "./user_record.ts";

/** How a user changed; the box drops what it must no longer hold (bindings, sessions). */
export type UserChange =
  | "added"
  | "replaced"
  | "changed"
  | "password"
  | "suspended"
  | "barred"
  | "unsubscribed"
  | "subscribed"
  | "resumed"
  | "removed";

/** What a change of one user does: the record as it is to be, and what that is called. */
export interface UserEdit {
  readonly next: Subscriber;
  readonly change: UserChange;
  /** For the audit log; no secrets. */
  readonly facts?: Readonly<Record<string, string | number>>;
}

export interface StoredOperationsOptions {
  readonly storage: Pick<ParleyStorage, keyof Storage | "rotateKey">;
  readonly clock: Clock;
  /** The data folder. */
  readonly data: string;
  readonly domains: readonly string[];
  readonly version: string;
  /** Who is written into the audit log: `cli`. */
  readonly actor: string;
  /** Told after the commit. */
  readonly changed?: (aor: string, change: UserChange) => void;
  /**
   * Removes documents and waiting messages of a user who goes, where a box runs that also holds them in memory. Default: from the
   * storage alone.
   */
  readonly forget?: (aor: string) => Promise<void>;
  /** What new users begin with; the provider's settings may change while the box runs (UPROF-3). */
  readonly defaults?: () => ProfileDefaults;
  /** Makes the box's own certificate anew; absent: it cannot be done from here. */
  readonly renewCertificate?: (use: boolean) => Promise<CertificateMade>;
  /** Where a box runs: what only it knows. */
  readonly live?: () => LiveStatus;
}

const MAX_LIST = 10_000;
/** Users of one import that get a line each in the audit log. */
const NAMED_IN_AUDIT = 1000;

/** The operations on the repositories: behind the control door of a running box, or in the command itself. */
export class StoredOperations implements Operations {
  readonly #options: StoredOperationsOptions;
  readonly #storage: StoredOperationsOptions["storage"];
  readonly #tokens: ApiTokens;
  readonly #hasher = new PasswordHasher();
  /** Writers take turns: each looks, then writes what it saw. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: StoredOperationsOptions) {
    this.#options = options;
    this.#storage = options.storage;
    this.#tokens = new ApiTokens(options.storage.settings, options.clock);
  }

  /** `state`: of those that are new. */
  addUsers(
    request: { users: readonly NewUser[]; replace: boolean; dry_run: boolean; state?: Subscriber["state"] },
    by = this.#options.actor,
  ): Promise<AddReport> {
    return this.#alone(async () => {
      const { report, subscribers: checked } = this.#checked(request.users, request.replace);
      if (report.errors.length > 0 || request.dry_run) return report;
      const { state = "active" } = request;
      const subscribers = checked.map((user) => this.#storage.subscribers.get(user.aor) ? user : { ...user, state });
      const known = new Set(subscribers.map(({ aor }) => aor).filter((aor) => this.#storage.subscribers.get(aor)));
      await this.#storage.subscribers.put(subscribers);
      const changeOf = (aor: string): UserChange => known.has(aor) ? "replaced" : "added";
      if (subscribers.length <= NAMED_IN_AUDIT) {
        for (const { aor } of subscribers) this.#tell(aor, changeOf(aor), by);
      } else {
        // A line for each would push everything else out of the log.
        this.#audit("user.import", { added: subscribers.length - known.size, replaced: known.size }, by);
        for (const { aor } of subscribers) this.#options.changed?.(aor, changeOf(aor));
      }
      return report;
    });
  }

  /**
   * Adds one user whose password is known by its digests alone: a sign-up that waited. Rejects with OperationError: `conflict`
   * where somebody has the address or the number.
   */
  addWithCredentials(
    user: Omit<NewUser, "password"> & { readonly credentials: Credentials; readonly state: Subscriber["state"] },
    by = this.#options.actor,
  ): Promise<Subscriber> {
    return this.#alone(async () => {
      const typed = { ...user, password: "not kept" };
      const made = invalid(() => subscriberOf(typed, undefined, this.#options.clock.now()));
      const { subscribers } = this.#storage;
      if (subscribers.get(made.aor) !== undefined) throw new OperationError("conflict", `${made.aor} exists already`);
      const holder = made.e164 === "" ? undefined : subscribers.byNumber(made.e164);
      if (holder !== undefined) {
        throw new OperationError("conflict", `${made.e164} is the number of ${holder.aor} already`);
      }
      const defaults = this.#options.defaults?.() ?? PROFILE_DEFAULTS;
      const subscriber = withDefaults({ ...made, state: user.state, credentials: user.credentials }, defaults);
      await subscribers.put([subscriber]);
      this.#tell(subscriber.aor, "added", by);
      return subscriber;
    });
  }

  listUsers({ after, limit }: { after: string; limit: number }): Promise<readonly UserView[]> {
    return Promise.resolve(this.#storage.subscribers.list(after, Math.min(limit, MAX_LIST)).map(viewOf));
  }

  setPassword({ uri, password }: { uri: string; password: string }): Promise<UserView> {
    return this.#alone(() =>
      this.#change(uri, "password", (old) => {
        const user: NewUser = { uri: old.aor, password, display_name: old.displayName, e164: old.e164 };
        invalid(() => checkPassword(password));
        return subscriberOf(user, old, this.#options.clock.now());
      })
    );
  }

  setState({ uri, state }: { uri: string; state: "active" | "suspended" }): Promise<UserView> {
    return this.#alone(() =>
      this.#change(uri, state === "active" ? "resumed" : "suspended", (old) => ({
        ...tidied({ ...old, state }),
        changedAt: this.#options.clock.now(),
      }))
    );
  }

  /**
   * Changes one user: `edit` sees the record and gives the next one. `version` is the `changedAt` that the caller saw; null:
   * whatever it is. Rejects with OperationError "stale" where it is another.
   */
  editUser(
    uri: string,
    version: number | null,
    edit: (old: Subscriber) => UserEdit,
    by = this.#options.actor,
  ): Promise<Subscriber> {
    return this.#alone(async () => {
      const old = this.#known(uri);
      this.#sameVersion(old, version);
      const { next, change, facts } = invalid(() => edit(old));
      const holder = next.e164 === "" ? undefined : this.#storage.subscribers.byNumber(next.e164);
      if (holder !== undefined && holder.aor !== old.aor) {
        throw new OperationError("conflict", `${next.e164} is the number of ${holder.aor} already`);
      }
      // The time of change is what a version is known by: it never stands still.
      const changed = { ...tidied(next), changedAt: Math.max(this.#options.clock.now(), old.changedAt + 1) };
      await this.#storage.subscribers.put([changed]);
      this.#tell(changed.aor, change, by, facts);
      return changed;
    });
  }

  removeUser({ uri }: { uri: string }, version: number | null = null, by = this.#options.actor): Promise<UserView> {
    return this.#alone(async () => {
      const old = this.#known(uri);
      this.#sameVersion(old, version);
      // Before the user goes: what a crash leaves would be found by the next user of that name.
      await (this.#options.forget?.(old.aor) ?? this.#forgetStored(old.aor));
      await this.#storage.subscribers.remove(old.aor);
      this.#tell(old.aor, "removed", by);
      return viewOf(old);
    });
  }

  /** No box runs: nobody can be told of the messages. */
  async #forgetStored(aor: string): Promise<void> {
    const { documents, deferredMessages, knownDevices } = this.#storage;
    await documents.removeOwner(aor);
    knownDevices.forget(aor);
    const removed = deferredMessages.pending(aor).map(({ id }) =>
      new Promise<StorageError | null>((done) => deferredMessages.remove(id, done))
    );
    for (const error of await Promise.all(removed)) if (error !== null) throw error;
  }

  createToken({ name, scope, days }: { name: string; scope: TokenScope; days: number }) {
    return this.#alone(async () => {
      const token = await this.#tokens.create(name, scope, days);
      this.#audit("token.create", { id: token.id, scope, days });
      return token;
    });
  }

  listTokens(): Promise<readonly TokenView[]> {
    return Promise.resolve(this.#tokens.list());
  }

  revokeToken({ id }: { id: string }): Promise<TokenView> {
    return this.#alone(async () => {
      const gone = await this.#tokens.revoke(id);
      if (gone === null) throw new OperationError("not-found", `there is no token "${id}"`);
      this.#audit("token.revoke", { id });
      return gone;
    });
  }

  async listAdmins(): Promise<readonly AdminView[]> {
    return (await this.#admins()).list();
  }

  async addAdmin(
    { name, display_name, role, password }: { name: string; display_name: string; role: AdminRole; password: string },
  ): Promise<AdminView> {
    checkAdminName(name);
    checkRole(role);
    checkAdminPassword(password);
    const shown = displayName(display_name);
    const admins = await this.#admins();
    const hash = await this.#hasher.hash(password);
    const view = await admins.add(name, { display_name: shown, role, password: hash });
    this.#audit("admin.add", { admin: name, role });
    return view;
  }

  /** Sessions name the password that they were made with: with another one they are over. */
  async resetAdmin({ name, password }: { name: string; password: string }): Promise<AdminView> {
    checkAdminPassword(password);
    const admins = await this.#admins();
    admins.known(name);
    const hash = await this.#hasher.hash(password);
    const view = await admins.change(name, null, (old) => ({ ...old, password: hash, totp: null }));
    this.#audit("admin.reset", { admin: name });
    return view;
  }

  renewCertificate({ use }: { use: boolean }): Promise<CertificateMade> {
    const renew = this.#options.renewCertificate;
    if (renew === undefined) throw new OperationError("unavailable", "certificates cannot be changed from here");
    return renew(use);
  }

  listAudit(
    { event, actor, before, limit }: { event: string; actor: string; before: number; limit: number },
  ): Promise<readonly AuditView[]> {
    return this.#storage.auditLog.list({
      limit: Math.min(limit, MAX_LIST),
      ...(event === "" ? {} : { event }),
      ...(actor === "" ? {} : { actor }),
      ...(before === 0 ? {} : { before }),
    });
  }

  async exportAudit({ from, limit }: { from: number; limit: number }): Promise<readonly AuditView[]> {
    const entries: AuditView[] = [];
    const most = Math.min(limit, MAX_LIST);
    for await (const entry of this.#storage.auditLog.walk(from)) {
      if (entries.push(entry) >= most) break;
    }
    return entries;
  }

  verifyAudit(): Promise<AuditCheck> {
    return this.#storage.auditLog.verify();
  }

  status(): Promise<Status> {
    const { storage, data, domains, version, live } = this.#options;
    return Promise.resolve({
      running: live !== undefined,
      version,
      domains,
      data,
      users: storage.subscribers.size,
      deferred_messages: storage.deferredMessages.count,
      deferred_octets: storage.deferredMessages.bytes,
      trouble: storage.trouble,
      ...(live === undefined ? {} : { live: live() }),
    });
  }

  backup(): Promise<BackupMade> {
    return this.#alone(async () => {
      const { data, clock } = this.#options;
      const { path, octets, facts: { recoveryKey } } = await makeBackup(this.#storage, data, clock.now());
      this.#audit("backup", { octets, recoveryKey });
      return { path, octets, recovery_key: recoveryKey };
    });
  }

  rotateKey(): Promise<{ readonly key: number; readonly resealed: number }> {
    return this.#alone(async () => {
      const rotation = await this.#storage.rotateKey();
      this.#audit("key.rotate", { key: rotation.key, resealed: rotation.resealed });
      return rotation;
    });
  }

  /** For the console: one object, so that writers take turns and uses are counted in one place. */
  get tokens(): ApiTokens {
    return this.#tokens;
  }

  /** Whether a bearer token is one of ours and of this scope. */
  tokenAllows(token: string, scope: TokenScope): boolean {
    return this.#tokens.allows(token, scope);
  }

  /** Checks a list as a whole: each user, and the users against each other. */
  #checked(users: readonly NewUser[], replace: boolean): { report: AddReport; subscribers: Subscriber[] } {
    const subscribers: Subscriber[] = [];
    const errors: { index: number; message: string }[] = [];
    const aors = new Map<string, number>();
    const numbers = new Map<string, number>();
    const strangers = new Set<string>();
    const now = this.#options.clock.now();
    const defaults = this.#options.defaults?.() ?? PROFILE_DEFAULTS;
    let replaced = 0;
    users.forEach((user, index) => {
      const wrong = (message: string) => errors.push({ index, message });
      let subscriber: Subscriber;
      let old: Subscriber | undefined;
      try {
        const { aor, domain } = userAddress(user.uri);
        old = this.#storage.subscribers.get(aor);
        subscriber = subscriberOf(user, old, now);
        if (old === undefined) subscriber = withDefaults(subscriber, defaults);
        if (!this.#options.domains.includes(domain)) strangers.add(domain);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return wrong(error.message);
      }
      const { aor, e164 } = subscriber;
      if (aors.has(aor)) return wrong(`${aor} is here twice (first as number ${aors.get(aor)! + 1})`);
      if (old !== undefined && !replace) return wrong(`${aor} exists already`);
      const holder = e164 === "" ? undefined : this.#storage.subscribers.byNumber(e164);
      if (holder !== undefined && holder.aor !== aor) return wrong(`${e164} is the number of ${holder.aor} already`);
      if (e164 !== "" && numbers.has(e164)) {
        return wrong(`${e164} is here twice (first as number ${numbers.get(e164)! + 1})`);
      }
      aors.set(aor, index);
      if (e164 !== "") numbers.set(e164, index);
      if (old !== undefined) replaced++;
      subscribers.push(subscriber);
    });
    const warnings = [...strangers].slice(0, 10).map((domain) =>
      `the domain ${domain} is not served here (served: ${
        this.#options.domains.join(", ")
      }): set \`domain\` or \`domains\``
    );
    const added = errors.length > 0 ? 0 : subscribers.length - replaced;
    return { report: { added, replaced: errors.length > 0 ? 0 : replaced, errors, warnings }, subscribers };
  }

  #admins(): Promise<AdminTable> {
    return AdminTable.open(this.#storage, this.#options.clock);
  }

  #known(uri: string): Subscriber {
    const { aor } = invalid(() => userAddress(uri));
    const subscriber = this.#storage.subscribers.get(aor);
    if (subscriber === undefined) throw new OperationError("not-found", `there is no user ${aor}`);
    return subscriber;
  }

  async #change(uri: string, change: UserChange, next: (old: Subscriber) => Subscriber): Promise<UserView> {
    const subscriber = next(this.#known(uri));
    await this.#storage.subscribers.put([subscriber]);
    this.#tell(subscriber.aor, change);
    return viewOf(subscriber);
  }

  #sameVersion(user: Subscriber, version: number | null): void {
    if (version === null || version === user.changedAt) return;
    throw new OperationError("stale", `${user.aor} was changed meanwhile`);
  }

  #tell(aor: string, change: UserChange, by = this.#options.actor, facts: UserEdit["facts"] = {}): void {
    this.#audit(`user.${change}`, { user: aor, ...facts }, by);
    this.#options.changed?.(aor, change);
  }

  #audit(event: string, facts: Record<string, string | number>, actor = this.#options.actor): void {
    this.#storage.auditLog.append({ at: this.#options.clock.now(), event, actor, facts });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work).catch((error: unknown) => {
      if (!(error instanceof StorageError)) throw error;
      throw new OperationError("unavailable", `cannot be stored: ${error.message}`, { cause: error });
    });
    this.#turn = result.catch(() => {});
    return result;
  }
}

function invalid<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OperationError("invalid", error.message, { cause: error });
  }
}
