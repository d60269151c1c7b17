// What the door of the room shows of the Presence Source.
export { BoxPresence, type BoxPresenceParts } from "./box_presence.ts";
export { IM_SERVICE } from "./im_service.ts";
export type { PrivacyDocuments } from "./visibility.ts";
