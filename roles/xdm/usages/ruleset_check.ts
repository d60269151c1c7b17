import { xmlAttribute, xmlChildren, xmlCollapsed, type XmlElement } from "../../../transport/xml/mod.ts";
import type { UsageContext } from "../usage.ts";
import { constraintFailure, mustDiffer, overLimit, placeOf, quoted } from "./breach.ts";
import { COUNTS, IDENTIFIERS, NS } from "./identifiers.ts";
import { readAnchor } from "./references.ts";

const CP = NS.commonPolicy;

/** Usages whose lists an external list may be. */
const LIST_HOLDERS = [IDENTIFIERS.resourceLists.auid, IDENTIFIERS.groups.auid];

/**
 * The rules of RFC 4745 and OMA for a ruleset that its grammar cannot say: unique ids, periods that end after they begin,
 * exceptions that except somebody, external lists of this box. Throws XcapProblem 409.
 *
 * @param namespace the default one of the usage
 */
export function checkRuleset(ruleset: XmlElement, context: UsageContext, namespace: string): void {
  const rules = xmlChildren(ruleset, CP, "rule");
  if (rules.length > COUNTS.rules) throw overLimit(`${placeOf(ruleset)}: more than ${COUNTS.rules} rules.`);
  mustDiffer(rules, "id", namespace);
  const check = new ConditionCheck(context);
  for (const rule of rules) {
    for (const conditions of xmlChildren(rule, CP, "conditions")) check.conditions(conditions);
  }
}

class ConditionCheck {
  readonly #context: UsageContext;
  #identities = 0;
  #anchors = 0;

  constructor(context: UsageContext) {
    this.#context = context;
  }

  conditions(conditions: XmlElement): void {
    for (const condition of conditions.children) {
      if (condition.namespace === CP && condition.name === "identity") this.#identity(condition);
      else if (condition.namespace === CP && condition.name === "validity") checkPeriods(condition);
      else if (condition.namespace === NS.omaCommonPolicy && condition.name === "external-list") {
        this.#externals(condition);
      }
    }
  }

  #identity(identity: XmlElement): void {
    this.#count(identity, identity.children.length);
    for (const many of xmlChildren(identity, CP, "many")) {
      const domain = xmlAttribute(many, "domain");
      const exceptions = xmlChildren(many, CP, "except");
      this.#count(many, exceptions.length);
      for (const exception of exceptions) checkException(exception, domain);
    }
  }

  #externals(list: XmlElement): void {
    const entries = xmlChildren(list, NS.omaCommonPolicy, "entry");
    this.#count(list, entries.length);
    this.#anchors += entries.length;
    if (this.#anchors > COUNTS.references) {
      throw overLimit(`${placeOf(list)}: more than ${COUNTS.references} external lists in the rules of this document.`);
    }
    for (const entry of entries) {
      readAnchor(xmlAttribute(entry, "anc") ?? "", entry, "anc", this.#context, LIST_HOLDERS);
    }
  }

  #count(at: XmlElement, more: number): void {
    this.#identities += more;
    if (this.#identities > COUNTS.ruleIdentities) {
      throw overLimit(`${placeOf(at)}: more than ${COUNTS.ruleIdentities} identities in the rules of this document.`);
    }
  }
}

/** RFC 4745 §7.1.3: one user or one domain, and within a domain no other domain. */
function checkException(exception: XmlElement, within: string | undefined): void {
  const id = xmlAttribute(exception, "id"), domain = xmlAttribute(exception, "domain");
  if ((id === undefined) === (domain === undefined)) {
    throw constraintFailure(`${placeOf(exception)}: an exception has either an id or a domain.`);
  }
  if (within !== undefined && domain !== undefined) {
    throw constraintFailure(
      `${placeOf(exception)}: of the users of ${quoted(within)} only ids can be excepted, not the domain ${
        quoted(domain)
      }.`,
    );
  }
}

/** RFC 4745 §7.4: pairs, each from a time until a later one. */
function checkPeriods(validity: XmlElement): void {
  const { children } = validity;
  for (let i = 0; i + 1 < children.length; i += 2) checkSpan(children[i], children[i + 1]);
}

/** Throws constraint-failure where a span of time does not end after it begins. */
export function checkSpan(from: XmlElement, until: XmlElement): void {
  const begins = Date.parse(xmlCollapsed(from.text)), ends = Date.parse(xmlCollapsed(until.text));
  if (begins < ends) return;
  throw constraintFailure(
    `${placeOf(until)}: ${quoted(xmlCollapsed(until.text))} must be later than its <${from.name}> ${
      quoted(xmlCollapsed(from.text))
    }.`,
  );
}
