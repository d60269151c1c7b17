import { parseNodeSelector, parseXcapUri, XcapProblem, xcapUri } from "../../../transport/xcap/mod.ts";
import type { XmlDocument } from "../../../transport/xml/mod.ts";
import type { DocumentKey } from "../usage.ts";
import { IDENTIFIERS, NS, WELL_KNOWN_LISTS } from "../usages/identifiers.ts";
import { ownerOfXui } from "../usages/references.ts";
import { imActionsOf, readRuleset } from "../usages/ruleset_reader.ts";
import { edited } from "./list_edit.ts";

const CP = NS.commonPolicy;
/** As the rules of presence call theirs (oma-reference §5.5). */
const RULE_ID = "wp_im_blockedcontacts";

export function accessRulesKey(owner: string): DocumentKey {
  const { auid, document } = IDENTIFIERS.accessRules;
  return { auid, owner, name: document };
}

/**
 * The text of the access rules with a rule that refuses whoever stands in the owner's list of blocked contacts; null where there is
 * one. `root`: of all XCAP URIs, without a slash at its end.
 */
export function withBlockRule(document: XmlDocument | null, owner: string, root: string): string | null {
  if (document !== null && hasBlockRule(document, owner)) return null;
  const anchor = `${root}/${blockListUri(owner)}`;
  const taken = new Set(document === null ? [] : readRuleset(document).map(({ id }) => id));
  let id = RULE_ID;
  for (let n = 2; taken.has(id); n++) id = `${RULE_ID}-${n}`;
  // Namespaces are bound in the rule itself: its owner may have other prefixes.
  const rule = `  <rule xmlns="${CP}" id="${id}">
    <conditions>
      <external-list xmlns="${NS.omaCommonPolicy}"><entry anc="${anchor.replaceAll("&", "&amp;")}"/></external-list>
    </conditions>
    <actions>
      <allow-reject-invite xmlns="${NS.omaExtensions}">true</allow-reject-invite>
    </actions>
  </rule>
`;
  if (document === null || document.root.selfClosing) {
    return `<?xml version="1.0" encoding="UTF-8"?>\n<ruleset xmlns="${CP}">\n${rule}</ruleset>\n`;
  }
  const at = document.root.contentEnd;
  return edited(document.text, [{ start: at, end: at, insert: rule }]);
}

/** Whether a rule refuses the members of the owner's own list of blocked contacts, whatever name the box had when it was written. */
export function hasBlockRule(document: XmlDocument, owner: string): boolean {
  return readRuleset(document).some((rule) =>
    imActionsOf(rule).rejects === true &&
    rule.conditions.length === 1 && rule.conditions[0].kind === "external-list" &&
    rule.conditions[0].anchors.some((anchor) => isBlockList(anchor, owner))
  );
}

function isBlockList(anchor: string, owner: string): boolean {
  const url = URL.parse(anchor);
  const below = url?.pathname.indexOf("/resource-lists/") ?? -1;
  if (url === null || below < 0) return false;
  try {
    const { xui, document, selector } = parseXcapUri(url.pathname.slice(below), url.search.slice(1));
    const step = selector?.steps.at(-1);
    return ownerOfXui(xui ?? "") === owner && document === IDENTIFIERS.resourceLists.document &&
      selector?.steps.length === 2 && step?.attribute?.name === "name" &&
      step.attribute.value === WELL_KNOWN_LISTS.blocked;
  } catch (error) {
    // A URI that cannot be read leads nowhere.
    if (error instanceof XcapProblem) return false;
    throw error;
  }
}

function blockListUri(owner: string): string {
  const { auid, document } = IDENTIFIERS.resourceLists;
  const selector = parseNodeSelector(`resource-lists/list[@name="${WELL_KNOWN_LISTS.blocked}"]`, new Map());
  return xcapUri({ auid, tree: "users", xui: owner, document, selector });
}
