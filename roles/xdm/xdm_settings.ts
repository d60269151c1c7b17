/** What an operator sets for documents; read at each use, as the console may change it meanwhile. */
export interface XdmSettings {
  /** Whether documents go to other machines without TLS. */
  plain: boolean;
  /** Octets of one document, where its usage does not say less. */
  max_document: number;
  /** Documents of one user over all usages. */
  max_documents: number;
  /** Octets of all documents of one user. */
  max_total: number;
}

/** What an operator sets for contact lists. */
export interface ContactSettings {
  /** Messages to people outside of one's own contact list (SND-4, SND-6). */
  strangers: "allowed" | "refused";
  /** From whom users get messages who have not chosen themselves (PRI-13). */
  reception: "everyone" | "contacts";
  /** Who blocks somebody cannot write to them either (PRI-9). */
  blocked_both_ways: boolean;
  /** Whether somebody has to agree before being added (GM-5). */
  authorisation: "asContactSays" | "always" | "never";
  /** NOT-11. */
  tell_added: boolean;
  /** Two contacts of one list may have the same name (GM-7). */
  same_names: boolean;
  max_contacts: number;
}

/** What the privacy of a new user begins with (REG-4, UPROF-2, UPROF-3). */
export interface PrivacyDefaults {
  found_by_number: boolean;
  show_status: boolean;
  locatable: boolean;
  invisible: boolean;
  ask_before_added: boolean;
}

/** What an operator sets for searches (UPROF-6 to UPROF-14, PRI-10). */
export interface SearchSettings {
  enabled: boolean;
  /** Fields of the public profile that who searches, and who is found, has filled in. */
  mandatory: readonly string[];
  /** Years; 0: age does not matter. */
  minimum_age: number;
  max_results: number;
}
