import { hkdfSync } from "node:crypto";
import type { Clock, Log, Metrics, Timers } from "../foundation/mod.ts";
import { type AuditLimits, KvAuditLog } from "./audit_log.ts";
import { KvContents } from "./contents.ts";
import { DEFAULT_DEFERRED_LIMITS, type DeferredLimits } from "./deferred_limits.ts";
import { LogDeferredMessages } from "./deferred_messages.ts";
import { type DocumentLimits, LogDocuments } from "./documents.ts";
import { examine, type Examined } from "./examine.ts";
import { type HistoryOptions, LogHistory } from "./history.ts";
import { DEFAULT_HISTORY_LIMITS, type HistoryLimits, type HistoryWords } from "./history_types.ts";
import { backup } from "./kv/backup.ts";
import { DamageError } from "./kv/blob_store.ts";
import { writeCanary } from "./kv/canary.ts";
import { GroupCommit } from "./kv/group_commit.ts";
import { withNewKey, writeKeyFile } from "./kv/key_file.ts";
import { LargeValues } from "./kv/large_values.ts";
import { type OpenStore, openStore } from "./kv/open.ts";
import { isRemote, lockPath, type Place } from "./kv/place.ts";
import { reasonOf, StoreRefusal } from "./kv/refusal.ts";
import { reseal } from "./kv/reseal.ts";
import { restore, type RestoreOptions } from "./kv/restore.ts";
import { StoreLock } from "./kv/store_lock.ts";
import { Vault, vaultPath } from "./kv/vault.ts";
import { WriteQueue } from "./kv/write_queue.ts";
import { type DeviceDays, KNOWN_DEVICES_KIND, MAX_KNOWN_AORS, RecordedDevices } from "./known_devices.ts";
import { RecordKinds } from "./records.ts";
import type { BackupFacts, Records, RecoveryKey, Storage, Subscriber } from "./repositories.ts";
import { KvSettings } from "./settings.ts";
import { LogRoomMessages, type RoomMessageLimits } from "./room_messages.ts";
import { LogStates } from "./states.ts";
import { KvSubscribers } from "./subscribers.ts";

export interface StorageOptions extends Place {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Parley's version, for backups. Default "". */
  readonly version?: string;
  readonly metrics?: Metrics;
  readonly deferred?: DeferredLimits;
  readonly audit?: AuditLimits;
  readonly documents?: DocumentLimits;
  readonly roomMessages?: RoomMessageLimits;
  readonly history?: HistoryLimits;
  /** What recorded messages are found by; absent: a search looks at all of them. */
  readonly historyWords?: HistoryWords;
  /** Writes and octets that may wait for the store. */
  readonly maxWaiting?: number;
  readonly maxWaitingOctets?: number;
  /** How long the store may take for one answer; then writes are refused until it comes. Default 10 s, 5 s over a network. */
  readonly patience_ms?: number;
}

const REMOTE_PATIENCE_MS = 5_000;
const PATIENCE_MS = 10_000;

/** What a rotation did. */
export interface Rotation {
  /** The number of the new key. */
  readonly key: number;
  /** Values that were sealed anew. */
  readonly resealed: number;
}

/** The box's storage, open. */
export interface ParleyStorage extends Storage {
  /** Values larger than a commit, for rooms to come. */
  readonly largeValues: LargeValues;
  /** Makes a new sealing key and seals everything with it; the old key stays in the file, for backups. */
  rotateKey(): Promise<Rotation>;
  /** 32 secret octets for a purpose, the same over restarts and rotations; nothing about one tells of another. */
  secret(purpose: string): Uint8Array;
}

/**
 * Opens the store and all repositories. Rejects with StoreRefusal, whose message is for the admin, when database or key file
 * are damaged, foreign, newer or in use; nothing is changed then.
 */
export async function openStorage(options: StorageOptions): Promise<ParleyStorage> {
  return (await open(options)).storage;
}

/**
 * Opens a store, reads every value of it, and closes it again. Rejects with StoreRefusal where something cannot be read. For a
 * copy: it writes as any opening does.
 */
export async function examineStorage(options: StorageOptions): Promise<Examined> {
  const { storage, store } = await open(options);
  try {
    return await orRefusal(options, () => examine(storage, store));
  } finally {
    await storage.close();
  }
}

async function open(options: StorageOptions): Promise<{ storage: KvStorage; store: OpenStore }> {
  const store = await openStore(options, options.clock);
  try {
    return { storage: await orRefusal(options, () => KvStorage.over(store, options)), store };
  } catch (error) {
    store.kv.close();
    store.lock.release();
    throw error;
  }
}

async function orRefusal<T>({ kv }: Place, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DamageError)) throw error;
    throw new StoreRefusal(kv, `is damaged: ${error.message}; restore it from a backup`, { cause: error });
  }
}

/**
 * Puts a backup in the place of a store. Rejects with StoreRefusal, with nothing changed, when the backup is not whole, when
 * something is there (unless `force`: then that is kept beside it as `*.before-restore`), or when a process has it open.
 */
export async function restoreBackup(
  path: string,
  place: Place,
  clock: Clock,
  options: RestoreOptions = {},
): Promise<BackupFacts> {
  const lock = StoreLock.take(lockPath(place), place.kv, clock.now());
  try {
    return await restore(path, place, options);
  } finally {
    lock.release();
  }
}

/** Rotates the key of a store that nobody has open; a live one does it by `rotateKey` of its Storage. */
export async function rotateKey(options: StorageOptions): Promise<Rotation> {
  const storage = await openStorage(options);
  try {
    return await storage.rotateKey();
  } finally {
    await storage.close();
  }
}

function quotaOf(subscriber: Subscriber | undefined): { readonly count: number; readonly octets: number } | null {
  const quota = subscriber?.quota;
  return quota === undefined ? null : { count: quota.messages, octets: quota.octets };
}

/** Opens the vault, or makes it for the first time, and what is recorded. */
async function openHistory(
  { ring }: OpenStore,
  options: StorageOptions,
  parts: Omit<HistoryOptions, "limits" | "words" | "vault" | "makeVault">,
): Promise<{ readonly history: LogHistory; readonly vault: Vault }> {
  const path = vaultPath(options);
  const { history: limits = DEFAULT_HISTORY_LIMITS, historyWords: words = null, timers } = options;
  let vault = Vault.open(path, ring.id, timers);
  try {
    const history = await LogHistory.open({
      ...parts,
      limits,
      words,
      vault,
      makeVault(needed) {
        if (needed) {
          throw new StoreRefusal(
            path,
            `is missing, and what is recorded in "${options.kv}" was encrypted with it; put it back, or restore a backup`,
          );
        }
        return vault = Vault.create(path, ring.id, timers);
      },
    });
    return { history, vault: vault! };
  } catch (error) {
    await vault?.close();
    throw error;
  }
}

interface Parts {
  readonly store: OpenStore;
  readonly commit: GroupCommit;
  readonly largeValues: LargeValues;
  readonly settings: KvSettings;
  readonly kinds: RecordKinds;
  readonly subscribers: KvSubscribers;
  readonly registrations: LogStates;
  readonly subscriptions: LogStates;
  readonly publications: LogStates;
  readonly rooms: LogStates;
  readonly roomMessages: LogRoomMessages;
  readonly contents: KvContents;
  readonly knownDevices: RecordedDevices;
  readonly deferredMessages: LogDeferredMessages;
  readonly auditLog: KvAuditLog;
  readonly documents: LogDocuments;
  readonly history: LogHistory;
  readonly vault: Vault;
}

class KvStorage implements ParleyStorage {
  readonly subscribers: KvSubscribers;
  readonly registrations: LogStates;
  readonly subscriptions: LogStates;
  readonly publications: LogStates;
  readonly rooms: LogStates;
  readonly roomMessages: LogRoomMessages;
  readonly contents: KvContents;
  readonly knownDevices: RecordedDevices;
  readonly deferredMessages: LogDeferredMessages;
  readonly auditLog: KvAuditLog;
  readonly documents: LogDocuments;
  readonly history: LogHistory;
  readonly settings: KvSettings;
  readonly largeValues: LargeValues;
  readonly #vault: Vault;
  readonly #store: OpenStore;
  readonly #commit: GroupCommit;
  readonly #kinds: RecordKinds;
  readonly #options: StorageOptions;
  #rotating: Promise<Rotation> | null = null;

  private constructor(parts: Parts, options: StorageOptions) {
    this.subscribers = parts.subscribers;
    this.registrations = parts.registrations;
    this.subscriptions = parts.subscriptions;
    this.publications = parts.publications;
    this.rooms = parts.rooms;
    this.roomMessages = parts.roomMessages;
    this.contents = parts.contents;
    this.knownDevices = parts.knownDevices;
    this.deferredMessages = parts.deferredMessages;
    this.auditLog = parts.auditLog;
    this.documents = parts.documents;
    this.history = parts.history;
    this.#vault = parts.vault;
    this.settings = parts.settings;
    this.largeValues = parts.largeValues;
    this.#store = parts.store;
    this.#commit = parts.commit;
    this.#kinds = parts.kinds;
    this.#options = options;
  }

  static async over(store: OpenStore, options: StorageOptions): Promise<KvStorage> {
    const { kv, sealer } = store;
    const { clock, timers, log } = options;
    const patience_ms = options.patience_ms ?? (isRemote(options.kv) ? REMOTE_PATIENCE_MS : undefined);
    const commit = new GroupCommit({ ...options, kv, patience_ms });
    const queue = new WriteQueue(kv, commit);
    const largeValues = new LargeValues(queue, sealer, log);
    const settings = await KvSettings.open(kv, queue);
    const kinds = new RecordKinds({ kv, queue, sealer });
    const subscribers = await KvSubscribers.open(kv, queue, sealer, largeValues, log);
    const logs = { kv, sealer, commit, log };
    const registrations = await LogStates.open({ ...logs, name: "registrations" });
    const subscriptions = await LogStates.open({ ...logs, name: "subscriptions" });
    const publications = await LogStates.open({ ...logs, name: "publications" });
    const rooms = await LogStates.open({ ...logs, name: "rooms" });
    const deferred: DeferredLimits = options.deferred ?? DEFAULT_DEFERRED_LIMITS;
    // Read at each use: the operator may change them while the box runs.
    const limits: DeferredLimits = {
      get count() {
        return deferred.count;
      },
      get octets() {
        return deferred.octets;
      },
      get totalCount() {
        return deferred.totalCount;
      },
      get totalOctets() {
        return deferred.totalOctets;
      },
      quotaOf: deferred.quotaOf ?? ((recipient) => quotaOf(subscribers.get(recipient))),
    };
    const contents = new KvContents({ ...logs, timers, patience_ms });
    const deferredMessages = await LogDeferredMessages.open({ ...logs, clock, contents, limits });
    const roomMessages = await LogRoomMessages.open({ ...logs, contents, limits: options.roomMessages });
    const auditLog = await KvAuditLog.open({ ...logs, clock, timers, limits: options.audit });
    const documents = await LogDocuments.open({ ...logs, clock, timers, limits: options.documents, patience_ms });
    const { history, vault } = await openHistory(store, options, {
      ...logs,
      clock,
      timers,
      contents,
      queue,
      patience_ms: patience_ms ?? PATIENCE_MS,
    });
    await largeValues.sweep();
    const devices = await kinds.open<DeviceDays>(KNOWN_DEVICES_KIND, MAX_KNOWN_AORS);
    const knownDevices = new RecordedDevices({ records: devices, clock, timers, log });
    // Beside what begins now; what it cannot do, the next start does.
    contents.begin().catch((error) => log.warn("contents could not be swept", { reason: reasonOf(error) }));
    const repositories = {
      settings,
      kinds,
      subscribers,
      registrations,
      subscriptions,
      publications,
      rooms,
      roomMessages,
      contents,
      knownDevices,
      deferredMessages,
      auditLog,
      documents,
      history,
      vault,
    };
    const storage = new KvStorage({ store, commit, largeValues, ...repositories }, options);
    storage.#measure();
    return storage;
  }

  get trouble(): string | null {
    return this.#commit.trouble;
  }

  async backup(path: string, recovery: RecoveryKey | null): Promise<BackupFacts> {
    await this.knownDevices.flush();
    await this.#commit.flush();
    const { clock, version = "" } = this.#options;
    const counts = () => ({
      deferredMessages: this.deferredMessages.count,
      registrations: this.registrations.size,
      subscriptions: this.subscriptions.size,
      publications: this.publications.size,
      rooms: this.rooms.size,
      roomMessages: this.roomMessages.count,
      documents: this.documents.count,
      recordings: this.history.recordings,
    });
    const vault = () => this.#vault.packed();
    return await backup({ place: this.#options, path, recovery, version, now: clock.now(), counts, vault });
  }

  records<T>(name: string, max: number): Promise<Records<T>> {
    return this.#kinds.open(name, max);
  }

  rotateKey(): Promise<Rotation> {
    return this.#rotating ??= this.#rotate().finally(() => this.#rotating = null);
  }

  secret(purpose: string): Uint8Array {
    return new Uint8Array(hkdfSync("sha256", this.#store.ring.names, "", `parley secret ${purpose}`, 32));
  }

  async close(): Promise<void> {
    await this.contents.stop();
    await this.knownDevices.flush();
    await this.#commit.close();
    await this.#vault.close();
    this.#store.kv.close();
    this.#store.lock.release();
  }

  async #rotate(): Promise<Rotation> {
    const { kv, sealer } = this.#store;
    const { keyFile, clock, log } = this.#options;
    const ring = withNewKey(this.#store.ring, clock.now());
    // On disk before it seals anything.
    writeKeyFile(keyFile, ring);
    this.#store.ring = ring;
    sealer.use(ring);
    // What was sealed with the old key and is on its way is in the store after this.
    await this.#commit.flush();
    await writeCanary(kv, ring, sealer);
    const resealed = await reseal(kv, sealer);
    log.info("sealing key rotated", { key: ring.current, resealed });
    return { key: ring.current, resealed };
  }

  #measure(): void {
    const { metrics } = this.#options;
    if (metrics === undefined) return;
    metrics.gauge("parley_storage_trouble", "1 while nothing can be stored", () => this.trouble === null ? 0 : 1);
    metrics.gauge("parley_storage_waiting", "Writes that wait for the store", () => this.#commit.waiting);
    metrics.gauge("parley_storage_commits", "Commits since start", () => this.#commit.commits);
    metrics.gauge("parley_storage_octets", "Octets of them with their keys, about", () => this.#commit.octets);
    metrics.gauge("parley_deferred_messages", "Messages that wait for delivery", () => this.deferredMessages.count);
    metrics.gauge("parley_deferred_octets", "Octets that wait for delivery", () => this.deferredMessages.bytes);
    metrics.gauge(
      "parley_room_messages",
      "Messages of rooms that somebody has still to get",
      () => this.roomMessages.count,
    );
    metrics.gauge("parley_room_message_octets", "Octets of them", () => this.roomMessages.octets);
    metrics.gauge("parley_content_octets", "Octets of stored contents", () => this.contents.octets);
    metrics.gauge("parley_contents_in_writing", "Contents being written", () => this.contents.writing);
    metrics.gauge("parley_subscribers", "Users", () => this.subscribers.size);
  }
}
