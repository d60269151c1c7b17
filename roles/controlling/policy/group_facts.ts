import { tryParseUri } from "../../../transport/sip/mod.ts";
import { xmlAttribute, xmlChild, xmlChildren, type XmlDocument, type XmlElement } from "../../../transport/xml/mod.ts";
import { addressOf, subscriberOf } from "../../sip_core/mod.ts";
import {
  CompiledRule,
  type DocumentService,
  type Group,
  IDENTIFIERS,
  type ListLimits,
  ListReader,
  type ListSource,
  type LoadedRules,
  NS,
  personKey,
  readGroup,
  type ServiceSet,
} from "../../xdm/mod.ts";
import { bitOf, GroupRule } from "./group_rule.ts";

/** What groups are read from. */
export interface GroupSource extends ListSource {
  readonly service: Pick<DocumentService, "read" | "byServiceUri">;
}

/** What one version of a group's document says, made ready. */
export interface GroupFacts {
  /** Folded. */
  readonly uri: string;
  /** Address-of-record; "" for one of the operator's. */
  readonly owner: string;
  readonly group: Group;
  readonly rules: readonly GroupRule[];
  /** Everybody may come (CHAT-2). */
  readonly isPublic: boolean;
  /** All that its list names, each once, in order: address-of-record, or another address as it is folded. */
  readonly listed: readonly string[];
  /** The same as keys of persons. */
  readonly memberKeys: ReadonlySet<string>;
  /** False where its services leave out ours. */
  readonly takesChats: boolean;
  /** When rules begin or end to apply: wall clock, ms, in order. */
  readonly boundaries: readonly number[];
}

/** Usages whose documents groups stand on. */
export const GROUP_USAGES: ReadonlySet<string> = new Set(
  [IDENTIFIERS.groups, IDENTIFIERS.resourceLists].map(({ auid }) => auid),
);
/** Members that are read of one group; those beyond are left out. */
const MOST_MEMBERS = 10_000;
const LS = NS.listService;
const NOBODY: ReadonlySet<string> = new Set();

/** There is no group with this URI, or no longer. */
export class NoGroupError extends Error {}

/** Reads a group. Whether all of it is of one moment, `current` says. Rejects with NoGroupError, or where a document cannot be read. */
export async function loadGroup(
  uri: string,
  source: GroupSource,
  limits?: ListLimits,
): Promise<LoadedRules<GroupFacts>> {
  const key = source.service.byServiceUri(uri);
  if (key?.auid !== IDENTIFIERS.groups.auid) throw new NoGroupError();
  const reader = new ListReader(source, key.owner, limits);
  const version = await reader.own(key.auid, key.name);
  const group = version === null ? undefined : readGroup(version.document).find(({ aor }) => aor === uri);
  if (version === null || group === undefined) throw new NoGroupError();
  const { listed, memberKeys, cut } = await membersOf(listIn(version.document, group), reader, source);
  const written = group.rules ?? [];
  const lists = await reader.membersFor(written);
  const rules: GroupRule[] = [];
  for (const rule of written) {
    const compiled = GroupRule.of(rule, source.domains, lists);
    if (compiled !== null) rules.push(compiled);
    await reader.worked(costOf(rule));
  }
  return {
    rules: {
      uri,
      owner: key.owner,
      group,
      rules,
      isPublic: rules.some(({ isForAll, says }) => isForAll && (says.grants & bitOf("join")) !== 0),
      listed,
      memberKeys,
      takesChats: group.services === null || hasChats(group.services),
      boundaries: boundariesOf(rules),
    },
    others: reader.others.add(key.owner),
    people: reader.members + 2 * listed.length + written.reduce((sum, rule) => sum + costOf(rule), 0),
    get cut() {
      return cut || reader.cut;
    },
    get current() {
      return reader.current;
    },
  };
}

function listIn({ root }: XmlDocument, { uri }: Group): XmlElement | null {
  const service = xmlChildren(root, LS, "list-service").find((one) => xmlAttribute(one, "uri") === uri);
  return service === undefined ? null : xmlChild(service, LS, "list") ?? null;
}

/** The list with all lists it leads to (seed 003 §5.3.2.1.5): entries once each, a number of ours as the user who has it. */
async function membersOf(
  list: XmlElement | null,
  reader: ListReader,
  { subscribers, domains }: GroupSource,
): Promise<{ listed: readonly string[]; memberKeys: ReadonlySet<string>; cut: boolean }> {
  if (list === null) return { listed: [], memberKeys: NOBODY, cut: false };
  const listed = new Map<string, string>();
  let cut = false;
  await reader.inOrder(list, (entry) => {
    const uri = tryParseUri((xmlAttribute(entry, "uri") ?? "").trim());
    const aor = uri === null ? "" : subscriberOf(uri, subscribers, domains)?.aor ?? addressOf(uri).aor;
    const key = personKey(aor, domains);
    if (aor === "" || listed.has(key)) return true;
    cut = listed.size >= MOST_MEMBERS;
    if (!cut) listed.set(key, aor);
    return !cut;
  });
  return { listed: [...listed.values()], memberKeys: new Set(listed.keys()), cut };
}

/** The condition about services of a rule says it exactly as a group's services do. */
function hasChats(services: ServiceSet): boolean {
  const rule = { id: "", conditions: [{ kind: "service-list", services }], actions: [], transformations: [] } as const;
  const compiled = CompiledRule.of(rule, NOBODY, () => NOBODY, () => null);
  return compiled !== null && compiled.holds({ key: "", number: "", domain: "" }, { at: 0, kind: "session" });
}

/** What a rule costs to make ready and to keep, in people. */
function costOf({ conditions }: NonNullable<Group["rules"]>[number]): number {
  let cost = 4;
  for (const condition of conditions) if (condition.kind === "identity") cost += 2 * condition.any.length;
  return cost;
}

function boundariesOf(rules: readonly GroupRule[]): number[] {
  const found = new Set(rules.flatMap((rule) => rule.boundaries));
  return [...found].filter((at) => !Number.isNaN(at)).sort((a, b) => a - b);
}
