import { count, flag, lines, oneOf, table } from "./fields.ts";

/** `[xdm]`: documents over XCAP. */
export const xdm = table({
  plain: flag(false, "Documents go to other machines without TLS, too.", {
    apply: "live",
    words: "xcap http https tls security lab",
  }),
  max_document: count({
    min: 4096,
    max: 1_048_576,
    default: 524_288,
    unit: "octets",
    help: "One document; a larger one gets 413.",
    apply: "live",
    words: "xcap size limit contact list",
  }),
  max_documents: count({
    min: 10,
    max: 10_000,
    default: 100,
    help: "Documents of one user.",
    apply: "live",
    words: "xcap limit quota",
  }),
  max_total: count({
    min: 65_536,
    max: 268_435_456,
    default: 4_194_304,
    unit: "octets",
    help: "All documents of one user together.",
    apply: "live",
    words: "xcap limit quota size",
  }),
}, "Documents over XCAP: contact lists, rules, groups, profiles.");

/** `[contacts]`: GM-5, GM-7, GM-15, NOT-11, SND-4, PRI-9, PRI-13. */
export const contacts = table({
  strangers: oneOf(
    ["allowed", "refused"],
    "allowed",
    "Messages to people outside of one's own contact list.",
    { apply: "live", words: "contact list outside unknown send peers rooms" },
  ),
  reception: oneOf(
    ["everyone", "contacts"],
    "everyone",
    "From whom users get messages who have not chosen themselves: from everyone, or from their own contacts alone.",
    { apply: "live", words: "contact list only privacy receive default" },
  ),
  blocked_both_ways: flag(true, "Who blocks somebody cannot write to them either.", {
    apply: "live",
    words: "block filter outgoing",
  }),
  authorisation: oneOf(
    ["asContactSays", "always", "never"],
    "asContactSays",
    "Whether somebody has to agree before being added to a contact list: as their own profile says, always, or never.",
    { apply: "live", words: "consent request add contact" },
  ),
  tell_added: flag(true, "Users are told when somebody adds them to a contact list.", {
    apply: "live",
    words: "notification system message",
  }),
  same_names: flag(false, "Two contacts of one list may have the same name.", {
    apply: "live",
    words: "duplicate name unique rename",
  }),
  max_contacts: count({
    min: 10,
    max: 20_000,
    default: 2000,
    help: "Contacts of one user.",
    apply: "live",
    words: "limit contact list size",
  }),
}, "Contact lists and what follows from them.");

/** `[privacy]`: what a profile begins with (REG-4, UPROF-2, UPROF-3), the most private values unless the operator says else. */
export const privacy = table({
  found_by_number: flag(false, "Found in searches by telephone number.", {
    apply: "live",
    words: "default profile search e164",
  }),
  show_status: flag(false, "Others see whether the user is there.", {
    apply: "live",
    words: "default profile presence online",
  }),
  locatable: flag(false, "Others may ask where the user is.", { apply: "live", words: "default profile location" }),
  invisible: flag(false, "Shown as offline to everybody.", { apply: "live", words: "default profile presence hidden" }),
  ask_before_added: flag(true, "Asked before somebody adds them to a contact list.", {
    apply: "live",
    words: "default profile authorisation consent contact",
  }),
}, "What the privacy of a new user begins with.");

/** `[search]`: UPROF-6 to UPROF-14, PRI-10. */
export const search = table({
  enabled: flag(true, "Users may search for people and public rooms.", { apply: "live", words: "directory find" }),
  mandatory: lines({
    allowed: 'a field of the public profile, such as "display-name", "gender", "birth-date", "country" or "hobby"',
    max: 20,
    default: ["display-name"],
    help: "Who has not filled in these fields finds nobody and is not found.",
    read: profileField,
    apply: "live",
    words: "mandatory fields profile",
  }),
  minimum_age: count({
    min: 0,
    max: 99,
    default: 18,
    unit: "years",
    help: "Who is younger by their profile, or gives no age, is not found; 0: age does not matter.",
    apply: "live",
    words: "children minors protection age restriction",
  }),
  max_results: count({
    min: 1,
    max: 1000,
    default: 50,
    help: "Results of one search.",
    apply: "live",
    words: "limit",
  }),
}, "Searches over profiles and public rooms.");

/** The fields that a profile's owner may fill in (oma-reference §5.7). */
const PROFILE_FIELDS: ReadonlySet<string> = new Set([
  "display-name",
  "birth-date",
  "given-name",
  "family-name",
  "gender",
  "country",
  "region",
  "locality",
  "freetext",
  "comm-addr",
  "comm-type",
  "hobby",
  "link",
]);

function profileField(text: string): string {
  if (!PROFILE_FIELDS.has(text)) throw new RangeError(`no field of the profile: ${text}`);
  return text;
}
