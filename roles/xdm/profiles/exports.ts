// What the door of the room shows of profiles.
export type * from "./profile_service.ts";
export { BoxProfiles, type BoxProfilesParts } from "./box_profiles.ts";
export { privacyDefaults } from "./privacy_document.ts";
