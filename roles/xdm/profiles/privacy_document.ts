import { NS } from "../usages/identifiers.ts";
import type { Privacy } from "../usages/own_readers.ts";
import type { DocumentKey } from "../usage.ts";
import { IDENTIFIERS } from "../usages/identifiers.ts";
import type { PrivacyDefaults } from "../xdm_settings.ts";

/** Elements of the privacy settings, in the order in which they are written. */
export const PRIVACY_ELEMENTS: Readonly<Record<keyof Privacy, string>> = {
  searchableByNumber: "searchable-by-number",
  showStatus: "show-status",
  locatable: "locatable",
  invisible: "invisible",
  addContactAuthorisation: "add-contact-authorisation",
  contactsOnly: "contacts-only",
  politeBlock: "polite-block",
};

export function privacyKey(owner: string): DocumentKey {
  const { auid, document } = IDENTIFIERS.privacy;
  return { auid, owner, name: document };
}

/** What holds for a user who has chosen nothing, by the operator's settings (UPROF-3). */
export function privacyDefaults(settings: PrivacyDefaults): Privacy {
  return {
    searchableByNumber: settings.found_by_number,
    showStatus: settings.show_status,
    locatable: settings.locatable,
    invisible: settings.invisible,
    addContactAuthorisation: settings.ask_before_added,
    contactsOnly: false,
    politeBlock: false,
  };
}

/** The document with these settings; what is absent is left to the operator's. */
export function privacyText(privacy: Partial<Privacy>): string {
  const lines = (Object.keys(PRIVACY_ELEMENTS) as (keyof Privacy)[])
    .filter((flag) => privacy[flag] !== undefined)
    .map((flag) => `  <${PRIVACY_ELEMENTS[flag]}>${privacy[flag]}</${PRIVACY_ELEMENTS[flag]}>\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<privacy xmlns="${NS.privacy}">\n${lines.join("")}</privacy>\n`;
}
