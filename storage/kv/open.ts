import { dirname } from "node:path";
import type { Clock } from "../../foundation/mod.ts";
import { checkCanary, hasCanary, writeCanary } from "./canary.ts";
import { fileInfo } from "./durable_file.ts";
import type { KvStore } from "./group_commit.ts";
import { inspect } from "./inspect.ts";
import { type KeyRing, newKeyRing, readKeyFile, writeKeyFile } from "./key_file.ts";
import { migrate, readSchema } from "./migrations.ts";
import { isRemote, lockPath, type Place } from "./place.ts";
import { reasonOf, StoreRefusal } from "./refusal.ts";
import { finishRestore } from "./restore.ts";
import { Sealer } from "./sealer.ts";
import { StoreLock } from "./store_lock.ts";

/** DenoKV takes the token of a KV Connect service from the environment and from nowhere else. */
const TOKEN = "DENO_KV_ACCESS_TOKEN";
const CONNECT_MS = 20_000;

/** An open store, checked, migrated, and locked against a second process. */
export interface OpenStore {
  readonly kv: KvStore;
  ring: KeyRing;
  readonly sealer: Sealer;
  readonly lock: StoreLock;
}

/** Throws StoreRefusal, with nothing changed, for a store or key file that is damaged, foreign, newer or in use. */
export async function openStore(place: Place, clock: Clock): Promise<OpenStore> {
  checkUrl(place.kv);
  const embedded = !isRemote(place.kv) && place.kv !== ":memory:";
  for (const folder of new Set([dirname(place.keyFile), ...(embedded ? [dirname(place.kv)] : [])])) makeFolder(folder);
  const lock = StoreLock.take(lockPath(place), place.kv, clock.now());
  let kv: Deno.Kv | undefined;
  try {
    if (embedded) finishRestore(place);
    const found = readKeyFile(place.keyFile);
    if (embedded) prepareFile(place, found);
    kv = await openKv(place);
    if (!embedded && found === null && await hasCanary(kv)) throw missingKey(place);
    // All that can refuse comes before anything is written.
    const schema = await readSchema(kv, place.kv);
    const ring = found ?? newKeyRing(clock.now());
    const sealer = new Sealer(ring);
    const sealedBefore = await checkCanary(kv, place.kv, place.keyFile, ring, sealer);
    // The key is on disk before anything is sealed with it.
    if (found === null) writeKeyFile(place.keyFile, ring);
    await migrate(kv, schema, clock.now());
    if (!sealedBefore) await writeCanary(kv, ring, sealer);
    return { kv, ring, sealer, lock };
  } catch (error) {
    kv?.close();
    lock.release();
    if (error instanceof StoreRefusal) throw error;
    throw new StoreRefusal(place.kv, whyNot(place, error), { cause: error });
  }
}

function whyNot(place: Place, error: unknown): string {
  const reason = reasonOf(error);
  if (!isRemote(place.kv) || !/\bstatus 40[13]\b/.test(reason)) return `cannot be opened: ${reason}`;
  return `does not take the access token in ${TOKEN}: ${reason}`;
}

function prepareFile(place: Place, ring: KeyRing | null): void {
  if (inspect(place.kv) === "ours") {
    if (ring === null) throw missingKey(place);
  } else if (fileInfo(place.kv) === null) {
    // SQLite gives its log the mode of the database.
    Deno.openSync(place.kv, { write: true, create: true, mode: 0o600 }).close();
  }
}

function missingKey(place: Place): StoreRefusal {
  return new StoreRefusal(
    place.keyFile,
    `is missing, and "${place.kv}" was sealed with it; put the key file back, or restore a backup`,
  );
}

function checkUrl(kv: string): void {
  if (!/^http:\/\//i.test(kv)) return;
  const { hostname } = new URL(kv);
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) {
    throw new StoreRefusal(kv, "is not encrypted: KV Connect over http:// is for loopback only; use https://");
  }
}

async function openKv(place: Place): Promise<Deno.Kv> {
  if (!isRemote(place.kv)) return await connect(place.kv);
  if ((Deno.env.get(TOKEN) ?? "") === "") {
    throw new StoreRefusal(place.kv, `is a KV Connect service and wants an access token: set ${TOKEN}`);
  }
  // Its client waits without end, or asks again and again.
  const { promise, reject } = Promise.withResolvers<never>();
  const patience = place.connect_ms ?? CONNECT_MS;
  const timer = setTimeout(() => reject(new Error(`it has not answered for ${patience / 1000} s`)), patience);
  const connecting = connect(place.kv);
  try {
    return await Promise.race([connecting, promise]);
  } catch (error) {
    connecting.then((kv) => kv.close(), () => {}); // too late, or the error itself
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function connect(path: string): Promise<Deno.Kv> {
  const kv = await Deno.openKv(path);
  try {
    await kv.get(["parley"]);
    return kv;
  } catch (error) {
    kv.close();
    throw error;
  }
}

function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StoreRefusal(path, `cannot be made: ${reasonOf(error)}`, { cause: error });
  }
}
