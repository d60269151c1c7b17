import { xmlAttribute, type XmlElement } from "../../../transport/xml/mod.ts";
import type { UsageContext } from "../usage.ts";
import { constraintFailure, placeOf } from "./breach.ts";
import { NS } from "./identifiers.ts";
import { checkLists } from "./resource_lists_check.ts";

/** OMA's rules for a list of groups: lists have names, and nothing is by reference (oma-reference §5.3). Throws XcapProblem 409. */
export function checkGroupUsage(root: XmlElement, context: UsageContext): void {
  refuse(root);
  checkLists(root, context);
}

function refuse(parent: XmlElement): void {
  for (const child of parent.children) {
    if (child.namespace !== NS.resourceLists) continue;
    if (child.name === "external" || child.name === "entry-ref") {
      throw constraintFailure(`Not allowed: <${child.name}> at ${placeOf(child)}; allowed: <entry> and <list>.`);
    }
    if (child.name !== "list") continue;
    if (xmlAttribute(child, "name") === undefined) {
      throw constraintFailure(`Name attribute is required. The list at ${placeOf(child)} has none.`);
    }
    refuse(child);
  }
}
