import { timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { type Clock, type Log, type Timed, type Timer, type Timers } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import {
  backupFolder,
  CURRENT_RECOVERY,
  keyOfRecord,
  makeBackup,
  MAX_RECOVERY_RECORDS,
  recordOf,
  RECOVERY_RECORDS,
  type StoredRecoveryKey,
} from "../../../operations/stored/mod.ts";
import {
  type BackupFacts,
  newRecoveryKey,
  type ParleyStorage,
  parseRecoveryKey,
  readBackupFacts,
  receiveBackup,
  type Records,
  type RecoveryKey,
  recoveryKeyText,
  StorageError,
  StoreRefusal,
  testRestore,
  verifyBackup,
} from "../../../storage/mod.ts";
import type {
  BackupSchedule,
  BackupService,
  BackupTarget,
  BackupView,
  RecoveryView,
  TestRestoreView,
} from "../services/mod.ts";
import { TargetError } from "./target_error.ts";
import { DEFAULT_SCHEDULE, nextDue, TEST_EVERY_MS } from "./schedule.ts";

/** What backups stand on. */
export interface BoxBackupsParts {
  readonly storage: ParleyStorage;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** The data folder: `backups/` in it holds the files, `restore/` what is taken in. */
  readonly data: string;
  readonly audit: (event: string, actor: string, facts: Record<string, string | number>) => void;
  /** Restarts the box on this file; it has been verified. */
  readonly restore: (path: string, recoveryKey: string, by: string) => void;
  /** Octets that an upload may have. */
  readonly maxUpload: number;
  /** Told when something has changed that the health list tells of. */
  readonly changed?: () => void;
}

/** What is known of one file besides what it says itself. */
interface FileNote {
  readonly by: string;
  readonly tested: TestRestoreView | null;
}

interface State {
  readonly schedule: BackupSchedule;
  readonly secret: string;
  /** When this box began to make backups. */
  readonly since: number;
  readonly lastAt: number;
  readonly lastTestAt: number;
  /** Why the last one by schedule failed; "" when it did not. */
  readonly failure: string;
  readonly failedAt: number;
}

const FRESH: State = {
  schedule: DEFAULT_SCHEDULE,
  secret: "",
  since: 0,
  lastAt: 0,
  lastTestAt: 0,
  failure: "",
  failedAt: 0,
};
const CHECK_MS = 60_000;
/** After a failure. */
const RETRY_MS = 3_600_000;
const EARLIER = "earlier ";
/** As `receiveBackup` names what it takes in. */
const UPLOAD = /^received-.*\.parley(?:\.part)?$/;
const NAME = /^parley-[\w-]+\.parley$/;

const INSIDE = {
  included: [
    "users with their password digests, notes and quotas",
    "registrations of devices",
    "messages that wait for delivery",
    "settings made in the console, and their history",
    "admins, API tokens, sessions, invitations",
    "certificates and keys kept by the console, with the internal CA",
    "the audit log, and the figures of the dashboard",
    "the key that seals all of this, itself sealed with the recovery key",
  ],
  left_out: [
    "parley.toml and environment variables",
    "certificate and key files named in parley.toml, and the self-signed pair of the data folder",
    "the log, and earlier backups",
  ],
};

/** Backups of the box: made by hand or by schedule, tested, sent elsewhere, restored. One job at a time. */
export class BoxBackups implements BackupService, Timed {
  readonly inside = INSIDE;
  readonly #parts: BoxBackupsParts;
  readonly #state: Records<State>;
  readonly #notes: Records<FileNote>;
  readonly #recovery: Records<StoredRecoveryKey>;
  readonly #folder: string;
  #turn: Promise<unknown> = Promise.resolve();
  #timer: Timer | null = null;
  #stopped = false;

  private constructor(
    parts: BoxBackupsParts,
    state: Records<State>,
    notes: Records<FileNote>,
    recovery: Records<StoredRecoveryKey>,
  ) {
    this.#parts = parts;
    this.#state = state;
    this.#notes = notes;
    this.#recovery = recovery;
    this.#folder = backupFolder(parts.data);
  }

  static async open(parts: BoxBackupsParts): Promise<BoxBackups> {
    const { storage } = parts;
    const state = await storage.records<State>("backup_state", 1);
    const notes = await storage.records<FileNote>("backup_notes", 1000);
    const recovery = await storage.records<StoredRecoveryKey>(RECOVERY_RECORDS, MAX_RECOVERY_RECORDS);
    await dropUploads(join(parts.data, "restore"));
    const backups = new BoxBackups(parts, state, notes, recovery);
    if (backups.#now.since === 0) await backups.#set({ since: parts.clock.now() });
    return backups;
  }

  /** Begins with the schedule. */
  start(): void {
    this.#timer = this.#parts.timers.start(CHECK_MS, this, 0);
  }

  /** No job begins any more; resolves when the one that runs is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.stop();
    await this.#turn;
  }

  onTimer(): void {
    if (this.#stopped) return;
    this.#timer = this.#parts.timers.start(CHECK_MS, this, 0);
    const { schedule, since, lastAt, failedAt } = this.#now;
    const now = this.#parts.clock.now();
    if (!schedule.enabled || now < nextDue(schedule, lastAt, since) || now < failedAt + RETRY_MS) return;
    this.#scheduled().catch((error) => this.#parts.log.error("backup by schedule failed", { error: String(error) }));
  }

  /** For the health list. */
  get facts(): Omit<State, "schedule" | "secret"> & { readonly enabled: boolean } {
    const { schedule, secret: _secret, ...facts } = this.#now;
    return { ...facts, enabled: schedule.enabled };
  }

  async list(): Promise<BackupView[]> {
    const views: BackupView[] = [];
    for (const name of this.#names()) {
      try {
        views.push(this.#view(name, await readBackupFacts(join(this.#folder, name)), await this.#octets(name)));
      } catch (error) {
        if (!(error instanceof StoreRefusal || error instanceof Deno.errors.NotFound)) throw error;
        this.#parts.log.warn("a file among the backups is none", { name, reason: error.message });
      }
    }
    return views.sort((a, b) => b.created_at - a.created_at);
  }

  create(by: string): Promise<BackupView> {
    return this.#alone(() => this.#make(by));
  }

  remove(name: string, by: string): Promise<boolean> {
    return this.#alone(async () => {
      if (!this.#names().includes(name)) return false;
      await Deno.remove(join(this.#folder, name));
      await this.#notes.remove(name);
      this.#parts.audit("backup.remove", by, { name });
      return true;
    });
  }

  async open(name: string, by: string): ReturnType<BackupService["open"]> {
    if (!this.#names().includes(name)) return null;
    const file = await Deno.open(join(this.#folder, name), { read: true });
    this.#parts.audit("backup.download", by, { name });
    return { octets: (await file.stat()).size, stream: file.readable };
  }

  test(name: string, by: string): Promise<TestRestoreView> {
    return this.#alone(() => this.#test(name, by));
  }

  schedule(): BackupSchedule {
    return this.#now.schedule;
  }

  async setSchedule(schedule: BackupSchedule, secret: string | undefined, by: string): Promise<BackupSchedule> {
    if (!/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(schedule.at)) {
      throw invalid(`"${schedule.at}" is not a time; allowed: HH:MM`);
    }
    if (!Number.isInteger(schedule.keep) || schedule.keep < 1 || schedule.keep > 365) {
      throw invalid(`keep is ${schedule.keep}; allowed: 1 to 365`);
    }
    checkTarget(schedule.target);
    await this.#set({ schedule, ...(secret === undefined ? {} : { secret }) });
    const { enabled, at, every, keep, target } = schedule;
    this.#parts.audit("backup.schedule", by, { enabled: String(enabled), at, every, keep, target: target.kind });
    return schedule;
  }

  async testTarget(target: BackupTarget, secret: string | undefined): Promise<string | null> {
    if (target.kind === "none") return null;
    checkTarget(target);
    // Loaded when needed, as below: most boxes keep their backups.
    const { tryTarget } = await import("./remote_target.ts");
    try {
      await tryTarget(target, secret ?? this.#now.secret);
      return null;
    } catch (error) {
      if (error instanceof TargetError) return error.message;
      throw error;
    }
  }

  recovery(): RecoveryView {
    const stored = this.#recovery.get(CURRENT_RECOVERY);
    if (stored === undefined) return { id: "", created_at: 0, confirmed_at: 0 };
    return { id: keyOfRecord(stored).id, created_at: stored.createdAt, confirmed_at: stored.confirmedAt };
  }

  async newRecovery(by: string): Promise<{ readonly id: string; readonly text: string }> {
    const key = newRecoveryKey();
    await this.#recovery.put("pending", recordOf(key, { createdAt: this.#parts.clock.now(), confirmedAt: 0 }));
    this.#parts.audit("recovery.new", by, { id: key.id });
    return { id: key.id, text: recoveryKeyText(key) };
  }

  async confirmRecovery(text: string, by: string): Promise<boolean> {
    const pending = this.#recovery.get("pending");
    const typed = tryKey(text);
    if (pending === undefined || typed === null) return false;
    if (!timingSafeEqual(typed.octets, keyOfRecord(pending).octets)) return false;
    await this.#keepEarlier();
    await this.#recovery.put(CURRENT_RECOVERY, { ...pending, confirmedAt: this.#parts.clock.now() });
    await this.#recovery.remove("pending");
    this.#parts.changed?.();
    this.#parts.audit("recovery.confirm", by, { id: typed.id });
    return true;
  }

  /** Backups that were made with the present key are tested and restored by it also when another one counts. */
  async #keepEarlier(): Promise<void> {
    const present = this.#recovery.get(CURRENT_RECOVERY);
    if (present === undefined) return;
    const earlier = [...this.#recovery.entries()].filter(([id]) => id.startsWith(EARLIER))
      .sort(([, a], [, b]) => a.createdAt - b.createdAt);
    // Room for this one, `current` and `pending`.
    for (const [id] of earlier.slice(0, Math.max(0, earlier.length + 3 - MAX_RECOVERY_RECORDS))) {
      await this.#recovery.remove(id);
    }
    await this.#recovery.put(`${EARLIER}${keyOfRecord(present).id}`, present);
  }

  restore(
    upload: ReadableStream<Uint8Array>,
    { recovery_key, by }: { recovery_key: string; by: string },
  ): ReturnType<BackupService["restore"]> {
    return this.#alone(async () => {
      await Deno.mkdir(this.#scratch, { recursive: true, mode: 0o700 });
      const recovery = recovery_key.trim() === "" ? null : keyFrom(recovery_key);
      const { path } = await receiveBackup(upload, this.#scratch, { recovery, maxOctets: this.#parts.maxUpload });
      try {
        return await this.#restart(path, recovery, by);
      } catch (error) {
        await Deno.remove(path);
        throw error;
      }
    });
  }

  restoreNamed(
    name: string,
    { recovery_key, by }: { recovery_key: string; by: string },
  ): ReturnType<BackupService["restoreNamed"]> {
    return this.#alone(async () => {
      if (!this.#names().includes(name)) throw new OperationError("not-found", `there is no backup "${name}"`);
      const path = join(this.#folder, name);
      const facts = await readBackupFacts(path);
      const recovery = recovery_key.trim() === "" ? this.#keyFor(facts) : keyFrom(recovery_key);
      return await this.#restart(path, recovery, by);
    });
  }

  /** Verifies everything, by opening it, and asks for the restart; nothing of the box has been touched then. */
  async #restart(path: string, recovery: RecoveryKey | null, by: string) {
    await verifyBackup(path, recovery);
    const { facts, users, deferredMessages } = await testRestore(path, recovery, this.#scratch);
    this.#parts.audit("backup.restore", by, { createdAt: facts.createdAt, users });
    this.#parts.restore(path, recovery === null ? "" : recoveryKeyText(recovery), by);
    return { created_at: Date.parse(facts.createdAt), users, deferred_messages: deferredMessages };
  }

  async #scheduled(): Promise<void> {
    try {
      const view = await this.create("system");
      const { schedule, lastTestAt } = this.#now;
      if (schedule.test && this.#parts.clock.now() - lastTestAt >= TEST_EVERY_MS) await this.test(view.name, "system");
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      await this.#set({ failure: error.message, failedAt: this.#parts.clock.now() });
    }
  }

  async #make(by: string): Promise<BackupView> {
    const { storage, clock, data } = this.#parts;
    const now = clock.now();
    const { name, path, octets, facts } = await makeBackup(storage, data, now);
    await this.#notes.put(name, { by, tested: null });
    this.#parts.audit("backup", by, { name, octets });
    await this.#retain();
    // A target that is away must not make one file an hour, which would push the older ones out.
    await this.#set({ lastAt: now });
    const { schedule: { target }, secret } = this.#now;
    if (target.kind !== "none") {
      const { putFile } = await import("./remote_target.ts");
      try {
        await putFile(target, secret, name, path);
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        throw new OperationError(
          "unavailable",
          `the backup "${name}" is on the box, but not at the target: ${error.message}`,
        );
      }
    }
    await this.#set({ failure: "", failedAt: 0 });
    return this.#view(name, facts, octets);
  }

  async #test(name: string, by: string): Promise<TestRestoreView> {
    if (!this.#names().includes(name)) throw new OperationError("not-found", `there is no backup "${name}"`);
    const path = join(this.#folder, name);
    const at = this.#parts.clock.now();
    let tested: TestRestoreView;
    try {
      const recovery = this.#keyFor(await readBackupFacts(path));
      await verifyBackup(path, recovery);
      const { users, registrations, deferredMessages, ms } = await testRestore(path, recovery, this.#scratch);
      tested = { at, ok: true, reason: "", users, registrations, deferred_messages: deferredMessages, ms };
    } catch (error) {
      if (!(error instanceof StoreRefusal || error instanceof OperationError || error instanceof StorageError)) {
        throw error;
      }
      tested = { at, ok: false, reason: error.message, users: 0, registrations: 0, deferred_messages: 0, ms: 0 };
    }
    await this.#notes.update(name, (note) => ({ by: note?.by ?? "", tested }));
    await this.#set(tested.ok ? { lastTestAt: at } : { failure: `test restore: ${tested.reason}`, failedAt: at });
    this.#parts.audit("backup.test", by, {
      name,
      ok: String(tested.ok),
      ...(tested.ok ? {} : { reason: tested.reason }),
    });
    return tested;
  }

  /** The oldest beyond the number to keep go. */
  async #retain(): Promise<void> {
    const doomed = this.#names().sort().reverse().slice(this.#now.schedule.keep);
    for (const name of doomed) {
      await Deno.remove(join(this.#folder, name));
      await this.#notes.remove(name);
      this.#parts.audit("backup.remove", "system", { name });
    }
  }

  /** The key that opens a backup of this box. OperationError where the box does not have it. */
  #keyFor({ recoveryKey }: BackupFacts): RecoveryKey | null {
    if (recoveryKey === "") return null;
    for (const [, stored] of this.#recovery.entries()) {
      const key = keyOfRecord(stored);
      if (key.id === recoveryKey) return key;
    }
    throw invalid(`the recovery key ${recoveryKey} is needed; it is not this box's own`);
  }

  #names(): string[] {
    try {
      return [...Deno.readDirSync(this.#folder)].filter(({ isFile, name }) => isFile && NAME.test(name)).map((
        { name },
      ) => name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  async #octets(name: string): Promise<number> {
    return (await Deno.stat(join(this.#folder, name))).size;
  }

  /** Where uploads land and test restores happen. */
  get #scratch(): string {
    return join(this.#parts.data, "restore");
  }

  #view(name: string, { createdAt, version, recoveryKey, contents }: BackupFacts, octets: number): BackupView {
    const note = this.#notes.get(name);
    return {
      name,
      created_at: Date.parse(createdAt),
      octets,
      version,
      recovery_key: recoveryKey,
      contents: {
        users: contents.users,
        deferred_messages: contents.deferredMessages,
        registrations: contents.registrations,
      },
      made_by: note?.by ?? "",
      tested: note?.tested ?? null,
    };
  }

  get #now(): State {
    return { ...FRESH, ...this.#state.get("state") };
  }

  async #set(part: Partial<State>): Promise<void> {
    await this.#state.update("state", (old) => ({ ...FRESH, ...old, ...part }));
    this.#parts.changed?.();
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work).catch((error: unknown) => {
      if (error instanceof StorageError) throw new OperationError("unavailable", error.message, { cause: error });
      if (error instanceof StoreRefusal) throw new OperationError("invalid", error.message, { cause: error });
      throw error;
    });
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** What the life before has taken in: it is in place by now, or never will be. */
async function dropUploads(folder: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(folder)) if (UPLOAD.test(name)) await Deno.remove(join(folder, name));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function keyFrom(text: string): RecoveryKey {
  try {
    return parseRecoveryKey(text);
  } catch (error) {
    if (error instanceof RangeError) throw invalid(error.message);
    throw error;
  }
}

function tryKey(text: string): RecoveryKey | null {
  try {
    return parseRecoveryKey(text);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function checkTarget(target: BackupTarget): void {
  if (target.kind === "none") return;
  const url = URL.canParse(target.url) ? new URL(target.url) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw invalid(`"${target.url}" is not a target; allowed: an http(s) address without user and password in it`);
  }
}

function invalid(message: string): OperationError {
  return new OperationError("invalid", message);
}
