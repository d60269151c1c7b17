/**
 * What must survive: typed repositories over DenoKV (an embedded file, or KV Connect), with group commit and sealed values.
 * Knows no role and no transport. Sources: docs/architecture.md "Storage"; RFC 8439 (ChaCha20-Poly1305); RFC 5869 (HKDF).
 */
export * from "./repositories.ts";
export * from "./history_types.ts";
export {
  openStorage,
  type ParleyStorage,
  restoreBackup,
  rotateKey,
  type Rotation,
  type StorageOptions,
} from "./open_storage.ts";
export { type AuditLimits, DEFAULT_AUDIT_LIMITS } from "./audit_log.ts";
export { DEFAULT_DOCUMENT_LIMITS, type DocumentLimits, MAX_DOCUMENT_OCTETS } from "./documents.ts";
export { DEFAULT_DEFERRED_LIMITS, type DeferredLimits } from "./deferred_limits.ts";
export { DEFAULT_ROOM_MESSAGE_LIMITS, type RoomMessageLimits } from "./room_messages.ts";
export { DamageError } from "./kv/blob_store.ts";
export { factsFromPrefix } from "./kv/backup_format.ts";
export { readBackupFacts, verifyBackup } from "./kv/backup_reader.ts";
export { receiveBackup, type ReceiveOptions } from "./kv/backup_receiver.ts";
export { newRecoveryKey, parseRecoveryKey, recoveryKeyFrom, recoveryKeyText } from "./kv/recovery_key.ts";
export type { RestoreOptions } from "./kv/restore.ts";
export { testRestore, type TestRestoreReport } from "./test_restore.ts";
export { LargeValues } from "./kv/large_values.ts";
export type { Place } from "./kv/place.ts";
export { sharedStates } from "./shared_states.ts";
export { StoreRefusal } from "./kv/refusal.ts";
