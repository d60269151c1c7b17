// What the door of the room shows of contacts.
export type * from "./contact_service.ts";
export { type BondParts, Bonds } from "./bonds.ts";
export { BoxContacts, type BoxContactsParts } from "./box_contacts.ts";
export { forgetInContacts, type GoneAddressParts } from "./gone_address.ts";
export { ContactWatch, type ContactWatchParts } from "./contact_watch.ts";
export { type ContactCheckParts, withContactRules } from "./contact_check.ts";
export { consentWaits, withConsent } from "./consent_rules.ts";
