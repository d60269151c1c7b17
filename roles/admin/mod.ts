/**
 * The IT admin's side of the box: the services that console and REST stand on (`services/`), who may what (`access/`), users,
 * backups, first boot, and what the box observes of itself. `api/` (REST) and `pages/` (the console) have doors of their own:
 * they are loaded when somebody first asks for them. Sources: UX notes; RFC 9457, 6238 (TOTP), OpenAPI 3.1.
 */
export * from "./services/mod.ts";
export { type AccessOptions, openAccess } from "./access/access_control.ts";
export { StoredTokenService } from "./access/token_service.ts";
export { BoxBackups, type BoxBackupsParts } from "./backups/box_backups.ts";
export { SetUp, type SetUpParts } from "./set_up/set_up.ts";
export { BoxUsers, type BoxUsersParts } from "./users/box_users.ts";
