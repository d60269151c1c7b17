import type { Clock } from "../../../foundation/mod.ts";
import { type AddReport, type NewUser, OperationError, type UserView } from "../../../operations/mod.ts";
import { subscriberOf, userAddress, viewOf } from "../../../operations/stored/mod.ts";
import type { AuditLog, Subscriber } from "../../../storage/mod.ts";
import type {
  DeviceView,
  Reachability,
  UserDetail,
  UserPage,
  UserPatch,
  UserQuery,
  UserService,
} from "../services/mod.ts";
import type { FakeSubscribers } from "./fake_store.ts";

/** Users over subscribers in memory, with devices that a test sets. */
export class FakeUsers implements UserService {
  readonly #subscribers: FakeSubscribers;
  readonly #audit: AuditLog;
  readonly #clock: Clock;
  readonly #versions = new Map<string, number>();
  /** What is registered, by address. */
  readonly registered = new Map<string, DeviceView[]>();
  #made = 0;

  constructor(subscribers: FakeSubscribers, audit: AuditLog, clock: Clock) {
    this.#subscribers = subscribers;
    this.#audit = audit;
    this.#clock = clock;
  }

  find({ search, state, online, after, limit }: UserQuery): UserPage {
    const wanted = search.toLowerCase();
    const all = this.#subscribers.list("", Infinity).filter((user) =>
      `${user.aor} ${user.displayName} ${user.e164}`.toLowerCase().includes(wanted) &&
      (state === "" || user.state === state) && (online === null || online === this.devices(user.aor).length > 0)
    );
    const page = all.filter(({ aor }) => aor > after).slice(0, limit);
    const last = page.at(-1)?.aor ?? "";
    return {
      users: page.map((user) => ({
        ...viewOf(user),
        devices: this.devices(user.aor).length,
        version: this.#version(user.aor),
      })),
      next: last !== "" && last !== all.at(-1)!.aor ? last : "",
      total: Math.min(all.length, 10_000),
    };
  }

  get(uri: string): UserDetail | null {
    const user = this.#subscribers.get(uri);
    if (user === undefined) return null;
    const limits = user.quota ?? { messages: 1000, octets: 10_485_760 };
    return {
      ...viewOf(user),
      barred_until: user.barredUntil ?? 0,
      deferral: user.deferral,
      quota: user.quota ?? null,
      limits,
      waiting: { messages: 0, octets: 0 },
      note: user.note ?? "",
      devices: this.devices(uri).length,
      version: this.#version(uri),
    };
  }

  async add(
    request: { users: readonly NewUser[]; replace: boolean; dry_run: boolean; state: UserView["state"] },
    by: string,
  ): Promise<AddReport & { readonly passwords: readonly { readonly uri: string; readonly password: string }[] }> {
    const errors: { index: number; message: string }[] = [];
    const passwords: { uri: string; password: string }[] = [];
    const made: Subscriber[] = [];
    let replaced = 0;
    request.users.forEach((user, index) => {
      try {
        const password = user.password === "" ? this.#password() : user.password;
        const old = this.#subscribers.get(userAddress(user.uri).aor);
        if (old !== undefined && !request.replace) throw new RangeError(`${old.aor} exists already`);
        if (old !== undefined) replaced++;
        const subscriber = { ...subscriberOf({ ...user, password }, old, this.#clock.now()), state: request.state };
        if (user.password === "") passwords.push({ uri: subscriber.aor, password });
        made.push(subscriber);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        errors.push({ index, message: error.message });
      }
    });
    if (errors.length > 0) return { added: 0, replaced: 0, errors, warnings: [], passwords: [] };
    const report = { added: made.length - replaced, replaced, errors, warnings: [] };
    if (request.dry_run) return { ...report, passwords: [] };
    await this.#subscribers.put(made);
    for (const { aor } of made) this.#changed(aor, "user.added", by);
    return { ...report, passwords };
  }

  suggestUri(display_name: string, domain: string): string {
    const name = display_name.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, ".").replace(/^\.+|\.+$/g, "") ||
      "user";
    for (let n = 1;; n++) {
      const uri = `sip:${name}${n === 1 ? "" : n}@${domain}`;
      if (this.#subscribers.get(uri) === undefined) return uri;
    }
  }

  async change(uri: string, patch: UserPatch, version: number | null, by: string): Promise<UserDetail> {
    const old = this.#known(uri, version);
    let next: Subscriber = { ...old, changedAt: this.#clock.now() };
    if (patch.password !== undefined || patch.display_name !== undefined || patch.e164 !== undefined) {
      const user = {
        uri,
        password: patch.password ?? "kept-for-the-fake",
        display_name: patch.display_name ?? old.displayName,
        e164: patch.e164 ?? old.e164,
      };
      const made = invalid(() => subscriberOf(user, old, this.#clock.now()));
      next = { ...next, ...made, credentials: patch.password === undefined ? old.credentials : made.credentials };
    }
    if (patch.state !== undefined) next = { ...next, state: patch.state };
    if (patch.deferral !== undefined) next = { ...next, deferral: patch.deferral };
    if (patch.note !== undefined) next = { ...next, note: patch.note };
    if (patch.barred_until !== undefined) next = { ...next, barredUntil: patch.barred_until || undefined };
    if (patch.quota !== undefined) next = { ...next, quota: patch.quota ?? undefined };
    await this.#subscribers.put([next]);
    this.#changed(uri, "user.change", by);
    return this.get(uri)!;
  }

  async remove(uri: string, version: number | null, by: string): Promise<UserDetail> {
    this.#known(uri, version);
    const detail = this.get(uri)!;
    await this.#subscribers.remove(uri);
    this.registered.delete(uri);
    this.#changed(uri, "user.removed", by);
    return detail;
  }

  async resetPassword(uri: string, by: string): Promise<{ readonly password: string }> {
    const password = this.#password();
    await this.change(uri, { password }, null, by);
    return { password };
  }

  async changeOwnPassword(uri: string, old: string, next: string): Promise<void> {
    const user = this.#known(uri, null);
    const view = { uri, display_name: user.displayName, e164: user.e164 };
    const typed = invalid(() => subscriberOf({ ...view, password: old }, user, 0));
    if (typed.credentials.sha256 !== user.credentials.sha256) {
      throw new OperationError("invalid", "the old password is wrong");
    }
    await this.change(uri, { password: next }, null, `user:${uri}`);
  }

  devices(uri: string): DeviceView[] {
    return this.registered.get(uri) ?? [];
  }

  revokeDevice(uri: string, id: string, by: string): Promise<boolean> {
    const devices = this.devices(uri);
    const left = devices.filter((device) => device.id !== id);
    this.registered.set(uri, left);
    if (left.length < devices.length) this.#changed(uri, "device.revoke", by);
    return Promise.resolve(left.length < devices.length);
  }

  revokeDevices(uri: string, by: string): Promise<number> {
    const { length } = this.devices(uri);
    this.registered.delete(uri);
    if (length > 0) this.#changed(uri, "device.revoke", by);
    return Promise.resolve(length);
  }

  reachability(uri: string): Promise<Reachability> {
    const user = this.#known(uri, null);
    const reachable = user.state === "active" && this.devices(uri).some(({ live }) => live);
    return Promise.resolve({
      uri,
      reachable,
      summary: reachable ? "A device answers." : "No device is registered.",
      findings: [
        { code: "state", severity: user.state === "active" ? "ok" : "critical", text: user.state, repair: "" },
        {
          code: "devices",
          severity: reachable ? "ok" : "warning",
          text: `${this.devices(uri).length} devices are registered.`,
          repair: reachable ? "" : "Have the user sign in, or send an invitation.",
        },
      ],
    });
  }

  #known(uri: string, version: number | null): Subscriber {
    const user = this.#subscribers.get(uri);
    if (user === undefined) throw new OperationError("not-found", `there is no user ${uri}`);
    if (version !== null && version !== this.#version(uri)) {
      throw new OperationError("conflict", `${uri} was changed meanwhile`);
    }
    return user;
  }

  #version(uri: string): number {
    return this.#versions.get(uri) ?? 1;
  }

  #changed(uri: string, event: string, by: string): void {
    this.#versions.set(uri, this.#version(uri) + 1);
    this.#audit.append({ at: this.#clock.now(), event, actor: by, facts: { user: uri } });
  }

  #password(): string {
    return `made-up-${++this.#made}-password`;
  }
}

function invalid<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OperationError("invalid", error.message, { cause: error });
  }
}
