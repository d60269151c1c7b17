import {
  eachRule,
  IDENTIFIERS,
  type ListLimits,
  ListReader,
  type ListSource,
  type LoadedRules,
  type Privacy,
  type Rule,
  RuleIndex,
  statedPrivacy,
} from "../../xdm/mod.ts";
import { Combinations } from "./combination.ts";
import { type Grant, grantOf, sizeOf } from "./grant.ts";

/** What a presentity's documents say of who may see what. */
export interface PresentityRules {
  readonly index: RuleIndex<Grant>;
  readonly combinations: Combinations;
  /** Keys of those on the block lists, the contact lists, the Location List. */
  readonly blocked: ReadonlySet<string>;
  readonly contacts: ReadonlySet<string>;
  readonly locators: ReadonlySet<string>;
  /** What the user has chosen; the rest is the operator's. */
  readonly privacy: Partial<Privacy>;
  /** Some rules hold in some spheres alone. */
  readonly usesSphere: boolean;
  /** When rules begin or end to hold: wall clock, ms, in order. */
  readonly boundaries: readonly number[];
}

const { presRules, omaPresRules, privacy, resourceLists, groups } = IDENTIFIERS;

/** Usages whose documents they are made of. */
export const PRESENCE_RULE_USAGES: ReadonlySet<string> = new Set(
  [presRules, omaPresRules, privacy, resourceLists, groups].map(({ auid }) => auid),
);
/** Those of the presentity that alone would say something. */
const SPEAKING: ReadonlySet<string> = new Set(
  [presRules, omaPresRules, privacy, resourceLists].map(({ auid }) => auid),
);

/** False: nothing of the user's says anything about who may see what. */
export function hasPresenceRules(owner: string, { documents }: Pick<ListSource, "documents">): boolean {
  return documents.list(owner).some(({ auid }) => SPEAKING.has(auid));
}

/**
 * Reads a presentity's rules: all documents of `pres-rules` (RFC 5025 §9.7) and the one of OMA, as if they were one; lists and
 * privacy settings. Whether they are of one moment, `current` says. Rejects where a document cannot be read.
 */
export async function loadPresentityRules(
  owner: string,
  source: ListSource,
  limits?: ListLimits,
): Promise<LoadedRules<PresentityRules>> {
  const reader = new ListReader(source, owner, limits);
  const documents = await reader.all(presRules.auid);
  const oma = await reader.own(omaPresRules.auid, omaPresRules.document);
  if (oma !== null) documents.push(oma);
  const chosen = await reader.own(privacy.auid, privacy.document);
  const blocked = await reader.wellKnown(["blocked", "rcsBlocked"]);
  const contacts = await reader.wellKnown(["contacts", "rcs"]);
  const locators = await reader.wellKnown(["location"]);
  const rules: Rule[] = [];
  for (const { document } of documents) {
    for (const rule of eachRule(document.root)) {
      if (mayHold(rule)) rules.push(rule);
      await reader.worked(costOf(rule));
    }
  }
  const index = new RuleIndex(source.domains, await reader.membersFor(rules), grantOf);
  for (const rule of rules) {
    index.add(rule);
    await reader.worked(costOf(rule));
  }
  return {
    rules: {
      index,
      combinations: new Combinations(index.rules.length),
      blocked,
      contacts,
      locators,
      privacy: chosen === null ? {} : statedPrivacy(chosen.document),
      usesSphere: index.rules.some(({ rest }) => rest.some(({ kind }) => kind === "sphere")),
      boundaries: boundariesOf(index),
    },
    others: reader.others,
    people: reader.members + index.people + index.rules.reduce((sum, { says }) => sum + sizeOf(says), 0),
    cut: reader.cut,
    get current() {
      return reader.current;
    },
  };
}

/** What it costs to read a rule or to make it ready, in elements of lists. */
function costOf({ conditions, transformations }: Rule): number {
  let cost = 20 + 5 * transformations.length;
  for (const condition of conditions) if (condition.kind === "identity") cost += 2 * condition.any.length;
  return cost;
}

/** Who does not say who he is, is none of the others (oma-reference §5.5). */
function mayHold({ conditions }: Rule): boolean {
  return !conditions.some(({ kind }) => kind === "anonymous-request") ||
    !conditions.some(({ kind }) => kind === "other-identity");
}

function boundariesOf({ rules }: RuleIndex<Grant>): number[] {
  const found = new Set<number>();
  for (const { rest } of rules) {
    for (const condition of rest) {
      if (condition.kind !== "validity") continue;
      for (const { from, until } of condition.spans) found.add(from).add(until);
    }
  }
  return [...found].filter((at) => !Number.isNaN(at)).sort((a, b) => a - b);
}
