import { Buffer } from "node:buffer";
import { type RecoveryKey, recoveryKeyFrom, type Storage } from "../../storage/mod.ts";

/** The recovery key as the box keeps it: sealed, as everything is that `records` hold. */
export interface StoredRecoveryKey {
  /** Its octets in hexadecimal. */
  readonly key: string;
  readonly createdAt: number;
  /** When the admin proved to have it on paper; 0: not yet. */
  readonly confirmedAt: number;
}

/** The kind of record, how many there may be, and the one that new backups are sealed with. */
export const RECOVERY_RECORDS = "recovery";
export const MAX_RECOVERY_RECORDS = 10;
export const CURRENT_RECOVERY = "current";

type Recordkeeper = Pick<Storage, "records">;

/** The key that a record holds. */
export function keyOfRecord({ key }: StoredRecoveryKey): RecoveryKey {
  return recoveryKeyFrom(Buffer.from(key, "hex"));
}

/** A key as it is kept. */
export function recordOf(
  { octets }: RecoveryKey,
  times: { readonly createdAt: number; readonly confirmedAt: number },
): StoredRecoveryKey {
  return { key: Buffer.from(octets).toString("hex"), ...times };
}

/** The key that new backups are sealed with; null where the box has none. Rejects with DamageError. */
export async function recoveryKeyOf(storage: Recordkeeper): Promise<RecoveryKey | null> {
  const records = await storage.records<StoredRecoveryKey>(RECOVERY_RECORDS, MAX_RECOVERY_RECORDS);
  const stored = records.get(CURRENT_RECOVERY);
  return stored === undefined ? null : keyOfRecord(stored);
}

/** From now on, backups are sealed with this key; earlier ones keep theirs. Rejects with StorageError. */
export async function setRecoveryKey(
  storage: Recordkeeper,
  key: RecoveryKey,
  times: { readonly createdAt: number; readonly confirmedAt: number },
): Promise<void> {
  const records = await storage.records<StoredRecoveryKey>(RECOVERY_RECORDS, MAX_RECOVERY_RECORDS);
  await records.put(CURRENT_RECOVERY, recordOf(key, times));
}
