import { detached } from "../../foundation/mod.ts";
import { xmlAttribute, xmlChild, type XmlElement, type XmlLimits, xmlTrim } from "../xml/mod.ts";
import { uriKey } from "./identity.ts";
import { placeIn, PresenceProblem } from "./presence_problem.ts";
import { parsePresenceXml } from "./read_presence.ts";

export const RESOURCE_LISTS_NAMESPACE = "urn:ietf:params:xml:ns:resource-lists";
export const RESOURCE_LISTS_TYPE = "application/resource-lists+xml";
/** The Content-Disposition of a list in a request (RFC 5363 §8), and the option tag of one in a SUBSCRIBE (RFC 5367 §9.2). */
export const RECIPIENT_LIST_DISPOSITION = "recipient-list";
export const RECIPIENT_LIST_SUBSCRIBE_TAG = "recipient-list-subscribe";

const XML: XmlLimits = { characters: 262_144, depth: 16, elements: 4000, attributes: 32 };

/** Somebody whom a list in a request names. */
export interface Recipient {
  readonly uri: string;
  /** "" for none. */
  readonly displayName: string;
}

/**
 * Those whom the list in a SUBSCRIBE names, each once (RFC 5367 §4): the entries of lists and of lists in lists. References to
 * other documents are passed over, and so are `copyControl` and `anonymize`, which say nothing about a subscription. Throws
 * PresenceProblem: `too-large` for more than `most`, `invalid` for an entry without a URI.
 */
export function readRecipients(body: Uint8Array | string, most: number): Recipient[] {
  const { root, text } = parsePresenceXml(body, XML);
  if (root.name !== "resource-lists" || root.namespace !== RESOURCE_LISTS_NAMESPACE) {
    const found = `the root is {${root.namespace}}${root.name}; allowed: {${RESOURCE_LISTS_NAMESPACE}}resource-lists`;
    throw new PresenceProblem("invalid", `${placeIn(text, root.start)}: ${found}`);
  }
  const found = new Map<string, Recipient>();
  const take = (entry: XmlElement) => {
    const uri = xmlTrim(xmlAttribute(entry, "uri") ?? "");
    if (!/^[A-Za-z][A-Za-z0-9+.-]*:./.test(uri)) {
      const what = `the uri of an entry is "${uri.slice(0, 80)}"; it must be an absolute URI`;
      throw new PresenceProblem("invalid", `${placeIn(text, entry.start)}: ${what}`);
    }
    const key = uriKey(uri);
    if (found.has(key)) return;
    if (found.size >= most) {
      throw new PresenceProblem("too-large", `${placeIn(text, entry.start)}: more than ${most} recipients`);
    }
    const name = xmlChild(entry, RESOURCE_LISTS_NAMESPACE, "display-name");
    found.set(key, { uri: detached(uri), displayName: name === undefined ? "" : detached(xmlTrim(name.text)) });
  };
  const walk = (parent: XmlElement) => {
    for (const child of parent.children) {
      if (child.namespace !== RESOURCE_LISTS_NAMESPACE) continue;
      if (child.name === "list") walk(child);
      else if (child.name === "entry" && parent !== root) take(child);
    }
  };
  walk(root);
  return [...found.values()];
}
