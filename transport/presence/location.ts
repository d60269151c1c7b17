import { escapeXml, parseXmlFragment, xmlChild, type XmlElement, type XmlLimits, xmlTrim } from "../xml/mod.ts";
import { dateTimeText, timeOf } from "./date_time.ts";
import { CIVIC_NAMESPACE, GEOPRIV_NAMESPACE, GML_NAMESPACE, OWN_PREFIXES, OWN_SCOPE } from "./names.ts";
import type { PresenceAttribute } from "./presence_component.ts";

/** One description of a place (RFC 5491 §3). Those that are neither a point nor civic are kept as they are. */
export type LocationChunk =
  /** WGS 84, degrees. */
  | { readonly kind: "point"; readonly latitude: number; readonly longitude: number }
  /** RFC 5139 §3.1: `country`, `A1`, `RD`, …, in their order. */
  | { readonly kind: "civic"; readonly fields: readonly (readonly [name: string, value: string])[] }
  /** An element in our prefixes or with its own declarations. */
  | { readonly kind: "other"; readonly text: string };

/** A location object (RFC 4119 §2.2). */
export interface PresenceLocation {
  readonly chunks: readonly LocationChunk[];
  /** How it was found, `GPS` or `Manual`; "" for unknown. */
  readonly method: string;
  /** Whether who gets it may give it to others. */
  readonly retransmissionAllowed: boolean;
  /** Until when it may be kept, ms since 1970; null for not said. */
  readonly retentionExpiry: number | null;
}

/** Of what was read within limits already, and has become longer by our escaping. */
export const LOCATION_LIMITS: XmlLimits = { characters: Infinity, depth: 64, elements: Infinity, attributes: Infinity };

const CRS = "urn:ogc:def:crs:EPSG::4326";

/** What namespaces of location objects begin with: RFC 4119 §2.2, RFC 5139, GML and its shapes of RFC 5491. */
const LOCATION_NAMESPACES = [
  "urn:ietf:params:xml:ns:pidf:geopriv10",
  "urn:ietf:params:xml:ns:geopriv:",
  "http://www.opengis.net/",
] as const;
const LOCATION_BITS = OWN_PREFIXES.reduce(
  (bits, { namespace, bit }) => LOCATION_NAMESPACES.some((one) => namespace.startsWith(one)) ? bits | bit : bits,
  0,
);
/** In the words of a publisher: a declaration of one of them, or one that hides what it says behind references. */
const DECLARES_LOCATION = new RegExp(
  `\\sxmlns(?::[^\\s=]+)?\\s*=\\s*(?:"|')(?:${LOCATION_NAMESPACES.join("|").replaceAll(".", "\\.")}|[^"']*&)`,
);

/** Whether anything in it is of a location object, however deep: as `geopriv`, or within an element of another kind. */
export function saysLocation({ bits, text }: Pick<PresenceAttribute, "bits" | "text">): boolean {
  return (bits & LOCATION_BITS) !== 0 || (text.includes("xmlns") && DECLARES_LOCATION.test(text));
}

/** What a `geopriv` attribute says; null for any other. */
export function locationOf(
  attribute: Pick<PresenceAttribute, "namespace" | "name" | "text">,
): PresenceLocation | null {
  if (attribute.name !== "geopriv" || attribute.namespace !== GEOPRIV_NAMESPACE) return null;
  const { text } = attribute;
  const geopriv = parseXmlFragment(text, OWN_SCOPE, LOCATION_LIMITS);
  const info = xmlChild(geopriv, GEOPRIV_NAMESPACE, "location-info");
  const rules = xmlChild(geopriv, GEOPRIV_NAMESPACE, "usage-rules");
  const rule = (name: string) => xmlTrim(rules?.children.find((one) => one.name === name)?.text ?? "");
  const expiry = timeOf(rule("retention-expiry"));
  return {
    chunks: (info?.children ?? []).map((chunk) => chunkOf(chunk, text)),
    method: xmlTrim(xmlChild(geopriv, GEOPRIV_NAMESPACE, "method")?.text ?? ""),
    // RFC 4119 §2.2.2: no, where nothing is said.
    retransmissionAllowed: ["yes", "true", "1"].includes(rule("retransmission-allowed")),
    retentionExpiry: Number.isNaN(expiry) ? null : expiry,
  };
}

function chunkOf(chunk: XmlElement, text: string): LocationChunk {
  if (chunk.name === "civicAddress" && chunk.namespace === CIVIC_NAMESPACE) {
    return { kind: "civic", fields: chunk.children.map(({ name, text }) => [name, xmlTrim(text)]) };
  }
  if (chunk.name === "Point" && chunk.namespace === GML_NAMESPACE) {
    const numbers = xmlTrim(xmlChild(chunk, GML_NAMESPACE, "pos")?.text ?? "").split(/[ \t\r\n]+/).map(Number);
    const system = chunk.attributes.find(({ name }) => name === "srsName")?.value ?? CRS;
    const [latitude, longitude] = numbers;
    const isOnEarth = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
    if (numbers.length === 2 && isOnEarth && system === CRS) return { kind: "point", latitude, longitude };
  }
  return { kind: "other", text: text.slice(chunk.start, chunk.end) };
}

/** A location as the text of a `geopriv` element, in our prefixes. */
export function locationText({ chunks, method, retransmissionAllowed, retentionExpiry }: PresenceLocation): string {
  const allowed = `<gbp:retransmission-allowed>${retransmissionAllowed}</gbp:retransmission-allowed>`;
  const expiry = retentionExpiry === null
    ? ""
    : `<gbp:retention-expiry>${dateTimeText(retentionExpiry)}</gbp:retention-expiry>`;
  const rules = `<gp:usage-rules>${allowed}${expiry}</gp:usage-rules>`;
  const found = method === "" ? "" : `<gp:method>${escapeXml(method)}</gp:method>`;
  const info = `<gp:location-info>${chunks.map(chunkText).join("")}</gp:location-info>`;
  return `<gp:geopriv>${info}${rules}${found}</gp:geopriv>`;
}

function chunkText(chunk: LocationChunk): string {
  switch (chunk.kind) {
    case "point":
      return `<gml:Point srsName="${CRS}"><gml:pos>${chunk.latitude} ${chunk.longitude}</gml:pos></gml:Point>`;
    case "civic":
      return `<ca:civicAddress>${
        chunk.fields.map(([name, value]) => `<ca:${name}>${escapeXml(value)}</ca:${name}>`).join("")
      }</ca:civicAddress>`;
    case "other":
      return chunk.text;
  }
}
