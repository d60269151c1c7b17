import { IDENTIFIERS } from "../usages/identifiers.ts";
import { DEFAULT_PRIVACY, readPrivacy } from "../usages/own_readers.ts";
import { readRuleset } from "../usages/ruleset_reader.ts";
import type { DocumentVersion } from "../xdm_events.ts";
import type { ContactSettings } from "../xdm_settings.ts";
import { type ListLimits, ListReader, type ListSource } from "./list_reader.ts";
import { Ruleset } from "./ruleset.ts";
import { lacksContacts, type UserRules } from "./user_rules.ts";

/** Rules as they were read, and what they stand on. */
export interface LoadedRules {
  readonly rules: UserRules;
  /** Owners of the documents they stand on, beside their own; "" for the global tree. */
  readonly others: ReadonlySet<string>;
  /** People in lists and rules. */
  readonly people: number;
  /** Some lists went beyond the limits. */
  readonly cut: boolean;
  /** True while all documents are what they were. */
  readonly current: boolean;
}

/** Usages whose documents rules are made of. */
export const RULE_USAGES: ReadonlySet<string> = new Set(
  [IDENTIFIERS.accessRules, IDENTIFIERS.privacy, IDENTIFIERS.resourceLists, IDENTIFIERS.groups].map(({ auid }) => auid),
);

/** False: nothing of the user's says anything about who may reach them. */
export function hasRules(owner: string, { documents }: Pick<ListSource, "documents">): boolean {
  const { resourceLists, privacy, accessRules } = IDENTIFIERS;
  return documents.find(resourceLists.auid, owner, resourceLists.document) !== undefined ||
    documents.find(privacy.auid, owner, privacy.document) !== undefined ||
    documents.find(accessRules.auid, owner, accessRules.document) !== undefined;
}

/** Reads a user's rules. Whether they are of one moment, `current` says. Rejects where a document cannot be read. */
export async function loadRules(
  owner: string,
  source: ListSource,
  settings: ContactSettings,
  limits?: ListLimits,
): Promise<LoadedRules> {
  const reader = new ListReader(source, owner, limits);
  const rules = await read(reader, source, settings);
  return {
    rules,
    others: reader.others,
    people: reader.members + rules.ruleset.people,
    cut: reader.cut,
    get current() {
      return reader.current;
    },
  };
}

async function read(reader: ListReader, { domains }: ListSource, settings: ContactSettings): Promise<UserRules> {
  const { accessRules, privacy } = IDENTIFIERS;
  const access = await reader.own(accessRules.auid, accessRules.document);
  const chosen = await reader.own(privacy.auid, privacy.document);
  const blocked = await reader.wellKnown(["blocked", "rcsBlocked"]);
  const rules: UserRules = {
    ruleset: access === null ? Ruleset.EMPTY : await readAccess(access, reader, domains),
    blocked,
    contacts: null,
    contactsOnly: contactsOnlyIn(chosen),
    polite: readPrivacy(chosen?.document ?? null).politeBlock,
  };
  if (!lacksContacts(rules, settings)) return rules;
  return { ...rules, contacts: await reader.wellKnown(["contacts", "rcs"]) };
}

async function readAccess(
  { document }: DocumentVersion,
  reader: ListReader,
  domains: ReadonlySet<string>,
): Promise<Ruleset> {
  const rules = readRuleset(document);
  const anchors = rules.flatMap(({ conditions }) =>
    conditions.flatMap((condition) => condition.kind === "external-list" ? condition.anchors : [])
  );
  const lists = await reader.external(anchors);
  return Ruleset.of(rules, domains, (anchor) => lists.get(anchor)!);
}

/** Null where the document leaves it to the operator. */
function contactsOnlyIn(version: DocumentVersion | null): boolean | null {
  const document = version?.document ?? null;
  const [where, other] = [false, true].map((contactsOnly) =>
    readPrivacy(document, { ...DEFAULT_PRIVACY, contactsOnly }).contactsOnly
  );
  return where === other ? where : null;
}
