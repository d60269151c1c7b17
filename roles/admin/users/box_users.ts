import type { NewUser } from "../../../operations/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import {
  checkPassword,
  e164Number,
  isReservedUser,
  type StoredOperations,
  subscriberOf,
  userAddress,
  type UserChange,
  type UserEdit,
  viewOf,
} from "../../../operations/stored/mod.ts";
import type { Subscriber, Subscribers } from "../../../storage/mod.ts";
import { credentialsFor, type Registrar } from "../../sip_core/mod.ts";
import type {
  DeviceView,
  Reachability,
  UserDetail,
  UserPage,
  UserPatch,
  UserQuery,
  UserService,
} from "../services/mod.ts";
import { deviceId, deviceView } from "./device_view.ts";
import { freeUserPart, generatedPassword, userPartOf } from "./generated.ts";
import { reachabilityOf, type ReachabilityParts } from "./reachability.ts";
import { findUsers } from "./user_search.ts";

/** What the user service stands on. */
export interface BoxUsersParts extends Omit<ReachabilityParts, "limits" | "location"> {
  readonly subscribers: Subscribers;
  readonly operations: StoredOperations;
  readonly registrar: Pick<Registrar, "location" | "reject">;
  /** What may wait for a user who has no quota of their own. */
  readonly boxLimits: () => { readonly messages: number; readonly octets: number };
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
}

const MAX_NOTE = 2000;

/** Users as the console sees them: the record, the devices, what waits, and why one cannot be reached. */
export class BoxUsers implements UserService {
  readonly #parts: BoxUsersParts;

  constructor(parts: BoxUsersParts) {
    this.#parts = parts;
  }

  find(query: UserQuery): UserPage {
    return findUsers(query, this.#parts.subscribers, this.#parts.registrar.location);
  }

  get(uri: string): UserDetail | null {
    const user = this.#known(uri);
    return user === undefined ? null : this.#detail(user);
  }

  async add(request: Parameters<UserService["add"]>[0], by: string): Promise<Awaited<ReturnType<UserService["add"]>>> {
    const passwords: { uri: string; password: string }[] = [];
    const taken = new Set<string>();
    const users = request.users.map((user): NewUser => {
      const uri = user.uri === "" ? this.#suggest(user.display_name, this.#parts.domains[0], taken) : user.uri;
      taken.add(uri);
      if (user.password !== "") return { ...user, uri };
      const password = generatedPassword();
      passwords.push({ uri, password });
      return { ...user, uri, password };
    });
    const { replace, dry_run, state } = request;
    const report = await this.#parts.operations.addUsers({ users, replace, dry_run, state }, by);
    return { ...report, passwords: dry_run || report.errors.length > 0 ? [] : passwords };
  }

  suggestUri(displayName: string, domain: string): string {
    return this.#suggest(displayName, domain, new Set());
  }

  async change(uri: string, patch: UserPatch, version: number | null, by: string): Promise<UserDetail> {
    return this.#detail(await this.#parts.operations.editUser(uri, version, (old) => edited(old, patch), by));
  }

  async remove(uri: string, version: number | null, by: string): Promise<UserDetail> {
    const detail = this.get(uri);
    if (detail === null) throw new OperationError("not-found", `there is no user ${uri}`);
    await this.#parts.operations.removeUser({ uri }, version, by);
    return detail;
  }

  async resetPassword(uri: string, by: string): Promise<{ readonly password: string }> {
    const password = generatedPassword();
    await this.change(uri, { password }, null, by);
    return { password };
  }

  async changeOwnPassword(uri: string, old: string, next: string): Promise<void> {
    const aor = aorOf(uri);
    await this.#parts.operations.editUser(uri, null, (user) => {
      const { user: name, domain } = userAddress(user.aor);
      // The same hash as is stored: the old password is right when they are equal.
      const known = old !== "" && credentialsFor(name, domain, old).sha256 === user.credentials.sha256;
      if (!known) throw new RangeError("the old password is wrong");
      return edited(user, { password: next });
    }, `user:${aor}`);
  }

  devices(uri: string): DeviceView[] {
    const { registrar, wires } = this.#parts;
    const aor = aorOf(uri);
    return registrar.location.bindings(aor).map((binding) => deviceView(aor, binding, wires));
  }

  revokeDevice(uri: string, id: string, by: string): Promise<boolean> {
    const aor = aorOf(uri);
    const ended = this.#parts.registrar.reject(aor, (binding) => deviceId(binding) === id);
    if (ended > 0) this.#parts.audit("device.revoke", by, { user: aor, device: id });
    return Promise.resolve(ended > 0);
  }

  revokeDevices(uri: string, by: string): Promise<number> {
    const aor = aorOf(uri);
    const ended = this.#parts.registrar.reject(aor);
    if (ended > 0) this.#parts.audit("device.revoke", by, { user: aor, devices: ended });
    return Promise.resolve(ended);
  }

  reachability(uri: string): Promise<Reachability> {
    const user = this.#known(uri);
    if (user === undefined) return Promise.reject(new OperationError("not-found", `there is no user ${uri}`));
    const { registrar } = this.#parts;
    return reachabilityOf(user, { ...this.#parts, location: registrar.location, limits: (of) => this.#limits(of) });
  }

  #known(uri: string): Subscriber | undefined {
    try {
      return this.#parts.subscribers.get(userAddress(uri).aor);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  #suggest(displayName: string, domain: string, taken: ReadonlySet<string>): string {
    const { subscribers } = this.#parts;
    const uriOf = (part: string) => `sip:${part}@${domain}`;
    const part = freeUserPart(
      userPartOf(displayName),
      (one) => isReservedUser(one) || taken.has(uriOf(one)) || subscribers.get(uriOf(one)) !== undefined,
    );
    return uriOf(part);
  }

  #limits({ quota }: Subscriber): { messages: number; octets: number } {
    return quota ?? this.#parts.boxLimits();
  }

  #detail(user: Subscriber): UserDetail {
    const { deferredMessages, registrar } = this.#parts;
    const entries = deferredMessages.pending(user.aor);
    return {
      ...viewOf(user),
      barred_until: user.barredUntil ?? 0,
      deferral: user.deferral,
      quota: user.quota ?? null,
      limits: this.#limits(user),
      waiting: { messages: entries.length, octets: entries.reduce((sum, { size }) => sum + size, 0) },
      note: user.note ?? "",
      devices: registrar.location.bindings(user.aor).length,
      version: user.changedAt,
    };
  }
}

/** The address-of-record that is meant; OperationError where it is none. */
function aorOf(uri: string): string {
  try {
    return userAddress(uri).aor;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OperationError("invalid", error.message, { cause: error });
  }
}

/** The record after a patch. Throws RangeError with what is allowed. */
function edited(old: Subscriber, patch: UserPatch): UserEdit {
  const { display_name, password } = patch;
  const e164 = patch.e164 === undefined ? old.e164 : e164Number(patch.e164);
  if (password !== undefined) checkPassword(password);
  // `subscriberOf` checks and folds what people type; without a new password the credentials stay as they are.
  const typed = { uri: old.aor, password: password ?? "unused", display_name: display_name ?? old.displayName, e164 };
  const checked = subscriberOf(typed, old, old.changedAt);
  const credentials = password !== undefined ? checked.credentials : e164 === old.e164 ? old.credentials : {
    // The number is hashed into its own credentials: without the password there are none for a new one.
    realm: old.credentials.realm,
    md5: old.credentials.md5,
    sha256: old.credentials.sha256,
    md5WithDomain: old.credentials.md5WithDomain,
    sha256WithDomain: old.credentials.sha256WithDomain,
  };
  const state = patch.state ?? old.state;
  const barredUntil = state === "barred" ? patch.barred_until ?? old.barredUntil ?? 0 : 0;
  if (!Number.isSafeInteger(barredUntil) || barredUntil < 0) {
    throw new RangeError("barred_until must be a time in ms, or 0");
  }
  const note = patch.note ?? old.note ?? "";
  if (note.length > MAX_NOTE) throw new RangeError(`the note must have at most ${MAX_NOTE} characters`);
  const quota = patch.quota === undefined ? old.quota : patch.quota ?? undefined;
  const { barredUntil: _until, quota: _quota, note: _note, ...rest } = old;
  const next: Subscriber = {
    ...rest,
    displayName: checked.displayName,
    e164,
    state,
    deferral: patch.deferral ?? old.deferral,
    credentials,
    ...(barredUntil === 0 ? {} : { barredUntil }),
    ...(quota === undefined ? {} : { quota }),
    ...(note === "" ? {} : { note }),
  };
  return { next, change: changeOf(old, next, password !== undefined), facts: factsOf(old, next) };
}

function changeOf(old: Subscriber, next: Subscriber, password: boolean): UserChange {
  if (next.state !== old.state) return next.state === "active" ? "resumed" : next.state;
  return password ? "password" : "changed";
}

/** What changed, before and after, for the audit log. */
function factsOf(old: Subscriber, next: Subscriber): Record<string, string | number> {
  const facts: Record<string, string | number> = {};
  const say = (name: string, before: string | number, after: string | number) => {
    if (before !== after) facts[name] = `${before} -> ${after}`;
  };
  say("state", old.state, next.state);
  say("barred_until", old.barredUntil ?? 0, next.barredUntil ?? 0);
  say("deferral", old.deferral, next.deferral);
  say("quota", JSON.stringify(old.quota ?? null), JSON.stringify(next.quota ?? null));
  if (old.displayName !== next.displayName) facts.display_name = "changed";
  if (old.e164 !== next.e164) facts.e164 = "changed";
  if (old.note !== next.note) facts.note = "changed";
  return facts;
}
