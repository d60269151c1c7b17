import type { Subscribers } from "../../../storage/mod.ts";
import { tryParseUri } from "../../../transport/sip/mod.ts";
import { XcapProblem } from "../../../transport/xcap/mod.ts";
import type { XmlDocument, XmlElement } from "../../../transport/xml/mod.ts";
import type { Usage } from "../usage.ts";
import { constraintFailure, overLimit, placeOf, quoted, uniquenessFailure } from "../usages/breach.ts";
import { IDENTIFIERS } from "../usages/identifiers.ts";
import type { ContactSettings } from "../xdm_settings.ts";
import { CONTACT_LISTS, contactEntries, foldedName, type PlacedEntry, RL, topLists } from "./contact_lists.ts";
import { type ContactsChange, contactsChange } from "./contacts_change.ts";
import { freeName } from "./contact_edits.ts";
import { lookUpUri } from "./person_lookup.ts";
import { unknownNumberText } from "./words.ts";

export interface ContactCheckParts {
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  readonly domains: ReadonlySet<string>;
  /** Read at each use. */
  readonly settings: Pick<ContactSettings, "same_names" | "max_contacts">;
  /** Where people can sign up; "" where they cannot. */
  readonly signUpLink: () => string;
}

/**
 * The usages with what holds for contact lists beyond RFC 4826, whoever writes them: names are unique (GM-6, GM-7), a number
 * that nobody has is no contact (SEC-8, GM-12), and there are not too many. Only what an edit adds or renames is looked at.
 */
export function withContactRules(
  usages: ReadonlyMap<string, Usage>,
  parts: ContactCheckParts,
): ReadonlyMap<string, Usage> {
  const { auid, document: name } = IDENTIFIERS.resourceLists;
  const usage = usages.get(auid);
  if (usage === undefined) return usages;
  const checked: Usage = {
    ...usage,
    check(document, before, context, by) {
      usage.check?.(document, before, context, by);
      if (context.key.name === name) checkContacts(document, before, parts);
    },
  };
  return new Map([...usages, [auid, checked]]);
}

/** Throws XcapProblem 409. */
export function checkContacts(document: XmlDocument, before: XmlDocument | null, parts: ContactCheckParts): void {
  const { added, named, local } = contactsChange(before, document);
  const facts = factsOf(document, before, local);
  known.set(document, facts);
  const { same_names, max_contacts } = parts.settings;
  if (added.length > 0) {
    const { count } = facts;
    if (count > max_contacts) {
      throw overLimit(`There may be ${max_contacts} contacts in a contact list; with this there would be ${count}.`);
    }
    for (const entry of added) refuseUnknownNumber(entry, parts);
  }
  if (!same_names) { for (const entry of named) refuseTakenName(entry, document, facts.plain); }
}

function refuseUnknownNumber({ element, uri }: PlacedEntry, parts: ContactCheckParts): void {
  const parsed = tryParseUri(uri);
  const meant = parsed === null ? null : lookUpUri(parsed, { ...parts, isService: () => true });
  if (meant?.kind !== "unknown-number") return;
  throw constraintFailure(`${placeOf(element)}: ${unknownNumberText(meant.number, parts.signUpLink())}`);
}

function refuseTakenName({ element, aor, name }: PlacedEntry, document: XmlDocument, plain: boolean): void {
  const folded = foldedName(name);
  if (folded === "" || (plain && standsOnce(name, document.text))) return;
  const other = contactEntries(document).find((one) => one.aor !== aor && foldedName(one.name) === folded);
  if (other === undefined) return;
  throw new XcapProblem(
    409,
    `${placeOf(element)}: ${quoted(other.uri)} is called ${quoted(name)} already; names of contacts are unique.`,
    withAlternative(element, freeName(document, name, aor)),
  );
}

function withAlternative(element: XmlElement, name: string): XcapProblem["condition"] {
  return uniquenessFailure("", element, "display-name", RL, [name]).condition;
}

/** True where a plain text certainly holds a name once. */
function standsOnce(name: string, text: string): boolean {
  if (/[&<>"']/.test(name)) return false;
  const at = text.indexOf(name);
  return at >= 0 && text.indexOf(name, at + 1) < 0;
}

/** What is known of documents that have been checked, so that the next edit need not look at everything again. */
const known = new WeakMap<XmlDocument, Facts>();

interface Facts {
  /** Entries of the contact lists. */
  readonly count: number;
  /** Characters stand for themselves alone: a search in the text finds every name. */
  readonly plain: boolean;
}

function factsOf(document: XmlDocument, before: XmlDocument | null, local: ContactsChange["local"]): Facts {
  const had = before === null ? undefined : known.get(before);
  if (had === undefined || local === null) return { count: countEntries(document), plain: isPlain(document.text) };
  return { count: had.count + local.growth, plain: had.plain && isPlain(local.text) };
}

function isPlain(text: string): boolean {
  if (text.includes("&#") || text.includes("<!") || text.indexOf("<?", 1) >= 0) return false;
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(text) || text.normalize("NFC") === text;
}

function countEntries(document: XmlDocument): number {
  let count = 0;
  const walk = (list: XmlElement) => {
    for (const child of list.children) {
      if (child.namespace !== RL) continue;
      if (child.name === "entry") count++;
      else if (child.name === "list") walk(child);
    }
  };
  for (const list of topLists(document, CONTACT_LISTS)) walk(list);
  return count;
}
