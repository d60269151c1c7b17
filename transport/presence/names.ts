import type { PrefixLookup } from "../xml/mod.ts";

export const PIDF_NAMESPACE = "urn:ietf:params:xml:ns:pidf";
export const PIDF_DIFF_NAMESPACE = "urn:ietf:params:xml:ns:pidf-diff";
export const DATA_MODEL_NAMESPACE = "urn:ietf:params:xml:ns:pidf:data-model";
export const RPID_NAMESPACE = "urn:ietf:params:xml:ns:pidf:rpid";
export const CIPID_NAMESPACE = "urn:ietf:params:xml:ns:pidf:cipid";
export const CAPS_NAMESPACE = "urn:ietf:params:xml:ns:pidf:caps";
export const TIMED_STATUS_NAMESPACE = "urn:ietf:params:xml:ns:pidf:timed-status";
export const OMA_PRESENCE_NAMESPACE = "urn:oma:xml:prs:pidf:oma-pres";
export const OMA_PRESENCE_EXTENSIONS_NAMESPACE = "urn:oma:xml:pde:pidf:ext";
/** The same with links (version 1.1). */
export const OMA_PRESENCE_LINKS_NAMESPACE = "urn:oma:xml:pde:pidf:ext:1.1";
export const GEOPRIV_NAMESPACE = "urn:ietf:params:xml:ns:pidf:geopriv10";
export const CIVIC_NAMESPACE = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr";
export const GML_NAMESPACE = "http://www.opengis.net/gml";

/** Media types of presence documents (RFC 3863 §5.1, RFC 5262 §5.2). */
export const PIDF_TYPE = "application/pidf+xml";
export const PIDF_DIFF_TYPE = "application/pidf-diff+xml";

/** The prefixes that every document we write uses, so that parts of several documents can stand in one. At most 31. */
const PREFIXES: readonly (readonly [prefix: string, namespace: string])[] = [
  ["", PIDF_NAMESPACE],
  ["dm", DATA_MODEL_NAMESPACE],
  ["rpid", RPID_NAMESPACE],
  ["op", OMA_PRESENCE_NAMESPACE],
  ["opd", OMA_PRESENCE_EXTENSIONS_NAMESPACE],
  ["ci", CIPID_NAMESPACE],
  ["caps", CAPS_NAMESPACE],
  ["ts", TIMED_STATUS_NAMESPACE],
  ["gp", GEOPRIV_NAMESPACE],
  ["gbp", "urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy"],
  ["ca", CIVIC_NAMESPACE],
  ["gml", GML_NAMESPACE],
  ["gs", "http://www.opengis.net/pidflo/1.0"],
  ["lt", "urn:ietf:params:xml:ns:location-type"],
  ["opd11", OMA_PRESENCE_LINKS_NAMESPACE],
];

/** A prefix of ours. */
export interface OwnPrefix {
  readonly prefix: string;
  readonly namespace: string;
  /** In the sets of namespaces that a text needs. */
  readonly bit: number;
}

export const OWN_PREFIXES: readonly OwnPrefix[] = PREFIXES.map(([prefix, namespace], index) => ({
  prefix,
  namespace,
  bit: 1 << index,
}));
const byNamespace = new Map(OWN_PREFIXES.map((own) => [own.namespace, own]));
const byPrefix = new Map(OWN_PREFIXES.map((own) => [own.prefix, own]));

/** Our prefix for a namespace; undefined where we have none. */
export function ownPrefix(namespace: string): OwnPrefix | undefined {
  return byNamespace.get(namespace);
}

/** What one of our prefixes stands for. */
export function ownPrefixNamed(prefix: string): OwnPrefix | undefined {
  return byPrefix.get(prefix);
}

/** The namespaces in scope in every document we write. */
export const OWN_SCOPE: PrefixLookup = (prefix) => byPrefix.get(prefix)?.namespace;

const declared = new Map<number, string>();

/** The declarations of a set of namespaces, ` xmlns="…" xmlns:dm="…"`; that of PIDF is always there. */
export function declarationsOf(bits: number): string {
  const wanted = bits | 1;
  let text = declared.get(wanted);
  if (text !== undefined) return text;
  text = "";
  for (const { prefix, namespace, bit } of OWN_PREFIXES) {
    if ((wanted & bit) !== 0) text += ` xmlns${prefix === "" ? "" : ":" + prefix}="${namespace}"`;
  }
  // Few of the sets that could be are ever met; a hostile publisher shall not fill memory with the others.
  if (declared.size >= 1024) declared.clear();
  declared.set(wanted, text);
  return text;
}
