import type { Clock } from "../../foundation/mod.ts";
import { type Records, type Storage, StorageError } from "../../storage/mod.ts";
import { ADMIN_ROLES, type AdminRole, type AdminView, OperationError } from "../operations.ts";
import type { StoredAdmin } from "./admin_record.ts";

const MAX_ADMINS = 200;
const MAX_DISPLAY_NAME = 128;
const MAX_SOURCES = 8;

/** One table for one collection of records, however many ask for it. */
const tables = new WeakMap<Records<StoredAdmin>, AdminTable>();

/** Admins by log-in name. Writers take turns, so that what was checked holds when it is written: an owner always remains. */
export class AdminTable {
  readonly #records: Records<StoredAdmin>;
  readonly #clock: Clock;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(records: Records<StoredAdmin>, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  /** The console and the command line's operations get the same table. Rejects with DamageError. */
  static async open(storage: Pick<Storage, "records">, clock: Clock): Promise<AdminTable> {
    const records = await storage.records<StoredAdmin>("admins", MAX_ADMINS);
    let table = tables.get(records);
    if (table === undefined) tables.set(records, table = new AdminTable(records, clock));
    return table;
  }

  get size(): number {
    return this.#records.size;
  }

  get(name: string): StoredAdmin | undefined {
    return this.#records.get(name);
  }

  /** Throws OperationError "not-found". */
  known(name: string): StoredAdmin {
    const admin = this.#records.get(name);
    if (admin === undefined) throw new OperationError("not-found", `there is no admin "${name}"`);
    return admin;
  }

  list(): AdminView[] {
    return [...this.#records.entries()].map(([name, admin]) => viewOf(name, admin));
  }

  add(name: string, admin: Pick<StoredAdmin, "display_name" | "role" | "password">): Promise<AdminView> {
    return this.#alone(async () => {
      if (this.#records.get(name) !== undefined) {
        throw new OperationError("conflict", `the admin "${name}" exists already`);
      }
      if (this.#records.size >= MAX_ADMINS) {
        throw new OperationError("conflict", `there are ${MAX_ADMINS} admins already; remove one first`);
      }
      const now = this.#clock.now();
      const stored: StoredAdmin = {
        ...admin,
        totp: null,
        created_at: now,
        changed_at: now,
        last_login_at: 0,
        sources: [],
        version: 1,
      };
      await this.#records.put(name, stored);
      return viewOf(name, stored);
    });
  }

  /** `version` null: whatever it is now. `next` gives the same object for no change. */
  change(name: string, version: number | null, next: (old: StoredAdmin) => StoredAdmin): Promise<AdminView> {
    return this.#alone(async () => {
      const old = this.#seen(name, version);
      const changed = next(old);
      if (changed === old) return viewOf(name, old);
      if (old.role === "owner" && changed.role !== "owner") this.#mustNotBeLast(name);
      const stored = { ...changed, changed_at: this.#clock.now(), version: old.version + 1 };
      await this.#records.put(name, stored);
      return viewOf(name, stored);
    });
  }

  remove(name: string, version: number | null): Promise<AdminView> {
    return this.#alone(async () => {
      const old = this.#seen(name, version);
      if (old.role === "owner") this.#mustNotBeLast(name);
      await this.#records.remove(name);
      return viewOf(name, old);
    });
  }

  /**
   * A log-in: when, from where, and what is left of the second factor. `use` null: nothing to use up; else it gives what is
   * left, or null where the code was taken by another log-in meanwhile: then nothing is stored, and the answer is false.
   */
  loggedIn(
    name: string,
    source: string,
    use: ((totp: NonNullable<StoredAdmin["totp"]>) => StoredAdmin["totp"]) | null,
  ): Promise<boolean> {
    return this.#alone(async () => {
      const old = this.#records.get(name);
      if (old === undefined) return false;
      let totp = old.totp;
      if (use !== null) {
        totp = totp === null ? null : use(totp);
        if (totp === null) return false;
      }
      const sources = [source, ...old.sources.filter((known) => known !== source)].slice(0, MAX_SOURCES);
      await this.#records.put(name, { ...old, totp, sources, last_login_at: this.#clock.now() });
      return true;
    });
  }

  #seen(name: string, version: number | null): StoredAdmin {
    const admin = this.known(name);
    if (version !== null && version !== admin.version) {
      throw new OperationError("conflict", `"${name}" was changed meanwhile: look at it again, then change it`);
    }
    return admin;
  }

  #mustNotBeLast(name: string): void {
    for (const [other, { role }] of this.#records.entries()) if (role === "owner" && other !== name) return;
    throw new OperationError("conflict", `"${name}" is the last owner: make another admin an owner first`);
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

export function viewOf(name: string, admin: StoredAdmin): AdminView {
  const { display_name, role, created_at, changed_at, last_login_at, version } = admin;
  return { name, display_name, role, totp: admin.totp !== null, created_at, changed_at, last_login_at, version };
}

/** Throws OperationError "invalid" with what is allowed. */
export function checkAdminName(name: string): void {
  if (/^[a-z0-9._-]{1,32}$/.test(name)) return;
  throw new OperationError(
    "invalid",
    `the log-in name is "${name.slice(0, 40)}"; allowed: 1 to 32 of a to z, 0 to 9, ".", "_" and "-"`,
  );
}

/** The name as it is kept. Throws OperationError "invalid". */
export function displayName(text: string): string {
  const name = text.normalize("NFC").trim();
  if (name.length <= MAX_DISPLAY_NAME && !/[\u0000-\u001f\u007f]/.test(name)) return name;
  throw new OperationError(
    "invalid",
    `the display name must have at most ${MAX_DISPLAY_NAME} characters and no control characters`,
  );
}

/** Throws OperationError "invalid". */
export function checkRole(role: AdminRole): void {
  if (ADMIN_ROLES.includes(role)) return;
  throw new OperationError("invalid", `the role is "${String(role).slice(0, 40)}"; allowed: ${ADMIN_ROLES.join(", ")}`);
}
