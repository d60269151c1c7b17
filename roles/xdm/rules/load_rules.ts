import { IDENTIFIERS } from "../usages/identifiers.ts";
import { statedPrivacy } from "../usages/own_readers.ts";
import { readRuleset } from "../usages/ruleset_reader.ts";
import type { DocumentVersion } from "../xdm_events.ts";
import type { ContactSettings } from "../xdm_settings.ts";
import { type ListLimits, ListReader, type ListSource } from "./list_reader.ts";
import type { LoadedRules } from "./rules_cache.ts";
import { Ruleset } from "./ruleset.ts";
import { lacksContacts, type UserRules } from "./user_rules.ts";

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
): Promise<LoadedRules<UserRules>> {
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
  const { contactsOnly = null, politeBlock = false } = chosen === null ? {} : statedPrivacy(chosen.document);
  const blocked = await reader.wellKnown(["blocked", "rcsBlocked"]);
  const rules: UserRules = {
    ruleset: access === null ? Ruleset.EMPTY : await readAccess(access, reader, domains),
    blocked,
    contacts: null,
    contactsOnly,
    polite: politeBlock,
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
  return Ruleset.of(rules, domains, await reader.membersFor(rules));
}
