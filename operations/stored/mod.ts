/** The operations of `../mod.ts`, carried out on the repositories. Apart, for a command that talks to a running box needs none of it. */
export { ApiTokens } from "./api_tokens.ts";
export { StoredOperations, type StoredOperationsOptions, type UserChange, type UserEdit } from "./stored_operations.ts";
export type { PasswordHash, StoredAdmin, StoredTotp } from "./admin_record.ts";
export { AdminTable, checkAdminName, checkRole, displayName } from "./admin_table.ts";
export { checkAdminPassword, HasherBusy, PasswordHasher } from "./password_hash.ts";
export {
  checkPassword,
  e164Number,
  isReservedUser,
  subscriberOf,
  type UserAddress,
  userAddress,
  viewOf,
} from "./user_record.ts";
export { PROFILE_DEFAULTS, type ProfileDefaults, withDefaults } from "./user_record.ts";
export { type BackupFile, backupFolder, makeBackup } from "./backup_file.ts";
export {
  CURRENT_RECOVERY,
  keyOfRecord,
  MAX_RECOVERY_RECORDS,
  recordOf,
  RECOVERY_RECORDS,
  recoveryKeyOf,
  setRecoveryKey,
  type StoredRecoveryKey,
} from "./recovery.ts";
