import { xmlAttribute, xmlChild, xmlChildren, type XmlDocument, type XmlElement } from "../../../transport/xml/mod.ts";
import type { Access, Principal, UsageContext } from "../usage.ts";
import { constraintFailure, mustDiffer, overLimit, placeOf, quoted, textOfChild } from "./breach.ts";
import { COUNTS, IDENTIFIERS, NS } from "./identifiers.ts";
import { foldedAddress, readAnchor } from "./references.ts";
import { checkRuleset, checkSpan } from "./ruleset_check.ts";
import { checkServiceUris } from "./service_uris.ts";

const LS = NS.listService, OXE = NS.omaExtensions;

/** Nobody gets older. */
const OLDEST = 150;

/** The rules of a group document (oma-reference §5.4). Throws XcapProblem 409. */
export function checkGroup(document: XmlDocument, context: UsageContext): void {
  const services = xmlChildren(document.root, LS, "list-service");
  if (services.length > COUNTS.services) {
    throw overLimit(`${placeOf(document.root)}: more than ${COUNTS.services} groups in one document.`);
  }
  checkServiceUris(services, context, LS);
  for (const service of services) checkService(service, context);
}

function checkService(service: XmlElement, context: UsageContext): void {
  const list = xmlChild(service, LS, "list");
  if (list !== undefined) checkMembers(list, context);
  const most = countOf(service, "max-participant-count", LS);
  if (most !== undefined && most < 1) {
    throw constraintFailure(`${placeOf(service)}: max-participant-count is 0; allowed: 1 and more.`);
  }
  checkRules(service, context);
  for (
    const name of [
      "subject",
      "supported-services",
      "age-restrictions",
      "session-active-policy",
      "qoe",
      "automatic-group-advertisement",
      "searchable",
    ]
  ) {
    const again = xmlChildren(service, OXE, name)[1];
    if (again !== undefined) throw constraintFailure(`${placeOf(again)}: <${name}> stands there once at most.`);
  }
  const ages = xmlChild(service, OXE, "age-restrictions");
  if (ages !== undefined) checkAges(ages);
  const policy = xmlChild(service, OXE, "session-active-policy");
  if (policy !== undefined) checkActivePolicy(policy, most);
}

/** One ruleset, before what extends the group: behind it the schema's wildcard would take it for an extension. */
function checkRules(service: XmlElement, context: UsageContext): void {
  const [ruleset, another] = xmlChildren(service, NS.commonPolicy, "ruleset");
  if (ruleset === undefined) return;
  const before = service.children[service.children.indexOf(ruleset) - 1];
  if (another !== undefined || (before !== undefined && before.namespace !== LS)) {
    throw constraintFailure(
      `${
        placeOf(another ?? ruleset)
      }: allowed is one <ruleset>, behind <max-participant-count> and before all extensions.`,
    );
  }
  checkRuleset(ruleset, context, LS);
}

function checkMembers(list: XmlElement, context: UsageContext): void {
  const entries = xmlChildren(list, LS, "entry"), externals = xmlChildren(list, LS, "external");
  if (entries.length + externals.length > COUNTS.groupMembers) {
    throw overLimit(`${placeOf(list)}: more than ${COUNTS.groupMembers} members.`);
  }
  if (externals.length > COUNTS.groupExternals) {
    throw overLimit(`${placeOf(list)}: more than ${COUNTS.groupExternals} external lists.`);
  }
  mustDiffer(entries, "uri", LS);
  mustDiffer(externals, "anchor", LS);
  for (const external of externals) {
    const anchor = xmlAttribute(external, "anchor");
    if (anchor !== undefined) readAnchor(anchor, external, "anchor", context, [IDENTIFIERS.resourceLists.auid]);
  }
}

function checkAges(restrictions: XmlElement): void {
  for (const age of xmlChildren(restrictions, OXE, "age")) {
    const from = xmlAttribute(age, "from"), until = xmlAttribute(age, "until");
    if (from === undefined && until === undefined) {
      throw constraintFailure(`${placeOf(age)}: an age has a from, an until, or both.`);
    }
    if (Number(from ?? 0) > OLDEST || Number(until ?? 0) > OLDEST) {
      throw constraintFailure(`${placeOf(age)}: ages are years, allowed: 0 to ${OLDEST}.`);
    }
    if (from !== undefined && until !== undefined && Number(from) > Number(until)) {
      throw constraintFailure(`${placeOf(age)}: until is ${quoted(until)}; allowed: ${from} (its from) and more.`);
    }
  }
}

function checkActivePolicy(policy: XmlElement, most: number | undefined): void {
  const least = countOf(policy, "min-participant-count", OXE);
  if (least !== undefined && most !== undefined && least > most) {
    throw constraintFailure(
      `${placeOf(policy)}: min-participant-count is ${least}; allowed: up to the max-participant-count of ${most}.`,
    );
  }
  const required = xmlChild(policy, OXE, "required-participants-list");
  if (required !== undefined) {
    const entries = xmlChildren(required, OXE, "entry");
    mustDiffer(entries, "uri", LS);
    if (most !== undefined && entries.length > most) {
      throw constraintFailure(
        `${placeOf(required)}: ${entries.length} participants are required; max-participant-count allows ${most}.`,
      );
    }
  }
  const schedule = xmlChild(policy, OXE, "schedule");
  if (schedule === undefined) return;
  for (const range of xmlChildren(schedule, OXE, "time-range")) checkSpan(range.children[0], range.children[1]);
}

function countOf(parent: XmlElement, name: string, namespace: string): number | undefined {
  const text = textOfChild(parent, namespace, name);
  return text === undefined ? undefined : Number(text);
}

/**
 * What a group document lets somebody else do with it: those in its list read it (oma-reference §5.10, server policy). Members by
 * external lists are known to the server alone and ask the operator.
 */
export function groupAccess(document: XmlDocument, principal: Principal): Access {
  if (principal.kind !== "user" || principal.aor === "") return "none";
  for (const service of xmlChildren(document.root, LS, "list-service")) {
    const list = xmlChild(service, LS, "list");
    if (list === undefined) continue;
    for (const entry of xmlChildren(list, LS, "entry")) {
      if (foldedAddress(xmlAttribute(entry, "uri") ?? "") === principal.aor) return "read";
    }
  }
  return "none";
}
