import { xmlChild, xmlChildren, xmlCollapsed, type XmlDocument } from "../../../transport/xml/mod.ts";
import type { UsageContext } from "../usage.ts";
import { constraintFailure, overLimit, placeOf, quoted } from "./breach.ts";
import { COUNTS, IDENTIFIERS, NS } from "./identifiers.ts";
import { ownerOfXui, readAnchor } from "./references.ts";
import { checkLists } from "./resource_lists_check.ts";
import { checkServiceUris } from "./service_uris.ts";

/** The rules of RFC 4826 §4.4.5: unique addresses, lists of the same user. Throws XcapProblem 409. */
export function checkRlsServices(document: XmlDocument, context: UsageContext): void {
  const services = xmlChildren(document.root, NS.rlsServices, "service");
  if (services.length > COUNTS.services) {
    throw overLimit(`${placeOf(document.root)}: more than ${COUNTS.services} services.`);
  }
  checkServiceUris(services, context, NS.rlsServices);
  for (const service of services) {
    const reference = xmlChild(service, NS.rlsServices, "resource-list");
    if (reference === undefined) continue;
    const text = xmlCollapsed(reference.text);
    const target = readAnchor(text, reference, "resource-list", context, [IDENTIFIERS.resourceLists.auid]);
    if (target.xui === null || (context.key.owner !== "" && ownerOfXui(target.xui) !== context.key.owner)) {
      throw constraintFailure(
        `${placeOf(reference)}: the resource-list ${quoted(text)} is in the tree of another user; allowed: ` +
          `${context.root}/resource-lists/users/${context.key.owner || "<XUI>"}/…`,
      );
    }
  }
  checkLists(document.root, context);
}
