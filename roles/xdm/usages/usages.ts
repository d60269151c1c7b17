import { xmlChildren } from "../../../transport/xml/mod.ts";
import type { Access, Principal, Usage } from "../usage.ts";
import { POLICY_GRAMMAR } from "./common_policy_grammar.ts";
import { checkGroupUsage } from "./group_usage_check.ts";
import { checkGroup, groupAccess } from "./groups_check.ts";
import { GROUPS_GRAMMAR } from "./groups_grammar.ts";
import { checkHistory } from "./history_check.ts";
import { CONV_HISTORY_GRAMMAR, DEFERRED_LIST_GRAMMAR } from "./history_grammar.ts";
import { IDENTIFIERS, type Identifiers, NS } from "./identifiers.ts";
import { CONTACT_REQUESTS_GRAMMAR, PRIVACY_GRAMMAR, QUICK_ANSWERS_GRAMMAR } from "./own_grammars.ts";
import { PIDF_GRAMMAR } from "./pidf_grammar.ts";
import { PRES_CONTENT_GRAMMAR } from "./pres_content_grammar.ts";
import { checkResourceLists } from "./entry_edit.ts";
import { RESOURCE_LISTS_GRAMMAR, RLS_SERVICES_GRAMMAR } from "./resource_lists_grammar.ts";
import { checkRlsServices } from "./rls_services_check.ts";
import { checkRuleset } from "./ruleset_check.ts";
import { foldedUris } from "./service_uris.ts";
import {
  checkContactRequests,
  checkLockedProfile,
  checkPidf,
  checkPresContent,
  checkProfileRemoval,
  checkQuickAnswers,
  checkUserProfile,
} from "./small_checks.ts";
import { USER_PROFILE_GRAMMAR } from "./user_profile_grammar.ts";

/** What most usages have (RFC 4825 §5): documents of users, of one name, that nobody else sees. */
type Rest = Partial<Usage> & Pick<Usage, "grammar">;

function usage({ auid, namespace, mediaType, document, limits }: Identifiers, rest: Rest): Usage {
  return {
    auid,
    namespace,
    mediaType,
    limits,
    trees: ["users"],
    documentName: document,
    namespaces: [],
    othersAccess: nobody,
    ...rest,
  };
}

function nobody(): Access {
  return "none";
}

/** Every user who is known by a credential. */
function everybody(principal: Principal): Access {
  return principal.kind === "user" ? "read" : "none";
}

/** A name that clients pick: one segment of a path that needs no explanation. */
function isName(name: string): boolean {
  return /^[^\/\p{Cc}]{1,128}$/u.test(name) && name !== "." && name !== ".." && name !== "~~";
}

function isIconName(name: string): boolean {
  return name.startsWith("oma_status-icon/") && isName(name.slice("oma_status-icon/".length));
}

const LIST_EXTENSIONS = [NS.uriUsage, NS.uriUsageOld, NS.appUsage];
const POLICY_EXTENSIONS = [NS.omaCommonPolicy, NS.omaExtensions, NS.pocRules];
const PRESENCE_EXTENSIONS = [NS.presRules, NS.omaPresRules, NS.omaCommonPolicy, NS.omaExtensions];

const ALL: readonly Usage[] = [
  usage(IDENTIFIERS.xcapCaps, { grammar: null, trees: ["global"], made: ["global"], othersAccess: everybody }),
  usage(IDENTIFIERS.omaDirectory, { grammar: null, made: ["users"], ownerAccess: "read" }),
  usage(IDENTIFIERS.directory, { grammar: null, made: ["users"], ownerAccess: "read" }),
  usage(IDENTIFIERS.resourceLists, {
    grammar: RESOURCE_LISTS_GRAMMAR,
    documentName: isName,
    namespaces: LIST_EXTENSIONS,
    check: checkResourceLists,
  }),
  usage(IDENTIFIERS.rlsServices, {
    grammar: RLS_SERVICES_GRAMMAR,
    trees: ["users", "global"],
    // The index of all services is for the resource list server alone (RFC 4826 §4.4.9).
    made: ["global"],
    documentName: isName,
    namespaces: [NS.resourceLists, ...LIST_EXTENSIONS],
    check: (document, _before, context) => checkRlsServices(document, context),
    serviceUris: ({ root }) => foldedUris(xmlChildren(root, NS.rlsServices, "service")),
  }),
  usage(IDENTIFIERS.groups, {
    grammar: GROUPS_GRAMMAR,
    trees: ["users", "global"],
    documentName: isName,
    namespaces: [NS.resourceLists, NS.commonPolicy, ...POLICY_EXTENSIONS, ...LIST_EXTENSIONS],
    documentAccess: groupAccess,
    check: (document, _before, context) => checkGroup(document, context),
    serviceUris: ({ root }) => foldedUris(xmlChildren(root, NS.listService, "list-service")),
  }),
  usage(IDENTIFIERS.groupUsageList, {
    grammar: RESOURCE_LISTS_GRAMMAR,
    namespaces: LIST_EXTENSIONS,
    check: (document, _before, context) => checkGroupUsage(document.root, context),
  }),
  usage(IDENTIFIERS.userProfile, {
    grammar: USER_PROFILE_GRAMMAR,
    // Only what is public stands there (oma-reference §5.7); what is not is in the privacy settings.
    othersAccess: everybody,
    check: (document, _before, context) => checkUserProfile(document, context),
    checkRemoval: (before, _context, by) => checkProfileRemoval(before, by),
  }),
  usage(IDENTIFIERS.lockedUserProfile, {
    grammar: USER_PROFILE_GRAMMAR,
    ownerAccess: "read",
    check: (document, _before, context, by) => checkLockedProfile(document, context, by),
  }),
  usage(IDENTIFIERS.accessRules, {
    grammar: POLICY_GRAMMAR,
    namespaces: POLICY_EXTENSIONS,
    check: (document, _before, context) => checkRuleset(document.root, context, NS.commonPolicy),
  }),
  usage(IDENTIFIERS.presRules, {
    grammar: POLICY_GRAMMAR,
    documentName: isName,
    namespaces: [NS.commonPolicy, ...PRESENCE_EXTENSIONS],
    check: (document, _before, context) => checkRuleset(document.root, context, NS.presRules),
  }),
  usage(IDENTIFIERS.omaPresRules, {
    grammar: POLICY_GRAMMAR,
    namespaces: PRESENCE_EXTENSIONS,
    check: (document, _before, context) => checkRuleset(document.root, context, NS.commonPolicy),
  }),
  usage(IDENTIFIERS.pidfManipulation, {
    grammar: PIDF_GRAMMAR,
    namespaces: [NS.dataModel, NS.rpid],
    check: checkPidf,
  }),
  usage(IDENTIFIERS.presContent, {
    grammar: PRES_CONTENT_GRAMMAR,
    documentName: isIconName,
    check: checkPresContent,
  }),
  usage(IDENTIFIERS.convHistory, {
    grammar: CONV_HISTORY_GRAMMAR,
    namespaces: [NS.history],
    check: (document, before, _context, by) => checkHistory(document, before, by),
  }),
  usage(IDENTIFIERS.deferredList, {
    grammar: DEFERRED_LIST_GRAMMAR,
    namespaces: [NS.deferredList, NS.delivery],
    check: (document, before, _context, by) => checkHistory(document, before, by),
  }),
  usage(IDENTIFIERS.quickAnswers, { grammar: QUICK_ANSWERS_GRAMMAR, check: checkQuickAnswers }),
  usage(IDENTIFIERS.contactRequests, {
    grammar: CONTACT_REQUESTS_GRAMMAR,
    ownerAccess: "read",
    check: checkContactRequests,
  }),
  usage(IDENTIFIERS.privacy, { grammar: PRIVACY_GRAMMAR }),
];

/** The application usages of the box, by AUID, in the order in which they are listed to clients. */
export const USAGES: ReadonlyMap<string, Usage> = new Map(ALL.map((usage) => [usage.auid, usage]));

export function usageOf(auid: string): Usage | undefined {
  return USAGES.get(auid);
}

/** All namespaces that documents here are understood in: for xcap-caps. */
export function knownNamespaces(): string[] {
  const known = new Set<string>();
  for (const { namespace, namespaces } of ALL) {
    known.add(namespace);
    for (const more of namespaces) known.add(more);
  }
  return [...known];
}
