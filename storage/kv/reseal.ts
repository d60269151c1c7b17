import { concatBytes } from "../../foundation/mod.ts";
import { DamageError, PART_OCTETS } from "./blob_store.ts";
import type { KvStore } from "./group_commit.ts";
import { placeOf, type Sealer, SealError } from "./sealer.ts";

/**
 * Where sealed values stand on their own, each sealed for its own key. Chunks of contents are none of these: each content has a key
 * of its own, which only its record tells, and the record stands in a log.
 */
export const SINGLE: readonly Deno.KvKey[] = [["subscribers"], ["records"], ["large"], ["chunk"]];
const PAUSE_EVERY = 50;

/**
 * Seals everything that an older key sealed with the current one, in place, while the store is in use: each value is
 * replaced only if it is still the one that was read. Gives how many values were replaced. May be repeated at any time.
 */
export async function reseal(kv: KvStore, sealer: Sealer): Promise<number> {
  let replaced = 0;
  let seen = 0;
  for (const prefix of SINGLE) {
    for await (const entry of kv.list<Uint8Array>({ prefix }, { batchSize: 64 })) {
      if (sealer.isOld(entry.value) && await replaceOne(kv, sealer, entry)) replaced++;
      if (++seen % PAUSE_EVERY === 0) await breathe();
    }
  }
  return replaced + await resealLogs(kv, sealer);
}

async function replaceOne(kv: KvStore, sealer: Sealer, entry: Deno.KvEntry<Uint8Array>): Promise<boolean> {
  const place = placeOf(entry.key);
  const sealed = sealer.seal(open(sealer, entry.value, place), place);
  return (await kv.atomic().check(entry).set(entry.key, sealed).commit()).ok;
}

/** A log's blob is sealed as a whole and cut into parts, which share their first part's key number. */
async function resealLogs(kv: KvStore, sealer: Sealer): Promise<number> {
  let replaced = 0;
  let parts: Deno.KvEntry<Uint8Array>[] = [];
  const finish = async () => {
    if (parts.length > 0 && sealer.isOld(parts[0].value) && await replaceBlob(kv, sealer, parts)) replaced++;
    parts = [];
  };
  for await (const entry of kv.list<Uint8Array>({ prefix: ["log"] }, { batchSize: 64 })) {
    if (entry.key[3] === 0) await finish();
    parts.push(entry);
  }
  await finish();
  return replaced;
}

async function replaceBlob(kv: KvStore, sealer: Sealer, parts: readonly Deno.KvEntry<Uint8Array>[]): Promise<boolean> {
  const place = placeOf(parts[0].key.slice(0, 3));
  let plain: Uint8Array;
  try {
    plain = open(sealer, concatBytes(parts.map((part) => part.value)), place);
  } catch (error) {
    // A listing is of one moment only within its batches: the blob may have gone while its parts were listed.
    if ((await kv.get(parts[0].key)).versionstamp !== parts[0].versionstamp) return false;
    throw error;
  }
  const sealed = sealer.seal(plain, place);
  const atomic = kv.atomic();
  for (let i = 0; i < parts.length; i++) {
    atomic.check(parts[i]).set(parts[i].key, sealed.subarray(i * PART_OCTETS, (i + 1) * PART_OCTETS));
  }
  return (await atomic.commit()).ok;
}

function open(sealer: Sealer, sealed: Uint8Array, place: string): Uint8Array {
  try {
    return sealer.open(sealed, place);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new DamageError(`record ${place} is damaged: ${error.message}`, { cause: error });
  }
}

function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
