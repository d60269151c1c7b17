/**
 * What must survive: typed repositories over DenoKV (an embedded file, or KV Connect), with group commit and sealed values.
 * Knows no role and no transport. Sources: docs/architecture.md "Storage"; NIST SP 800-38D (AES-GCM); RFC 5869 (HKDF).
 */
export * from "./repositories.ts";
export {
  openStorage,
  type ParleyStorage,
  restoreBackup,
  rotateKey,
  type Rotation,
  type StorageOptions,
} from "./open_storage.ts";
export { type AuditLimits, DEFAULT_AUDIT_LIMITS } from "./audit_log.ts";
export { DEFAULT_DEFERRED_LIMITS, type DeferredLimits } from "./deferred_messages.ts";
export { type BackupManifest, type RestoreOptions, verifyBackup } from "./kv/backup.ts";
export { LargeValues } from "./kv/large_values.ts";
export type { Place } from "./kv/open.ts";
export { StoreRefusal } from "./kv/refusal.ts";
