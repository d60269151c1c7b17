/** Who watches rooms: the `conference` event package (RFC 4575). */
export { ConferencePackage, type ConferencePackageParts } from "./conference_package.ts";
