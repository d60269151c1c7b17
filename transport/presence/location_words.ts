import { parseXmlFragment, xmlAttribute, type XmlElement, XmlProblem, xmlTrim } from "../xml/mod.ts";
import { LOCATION_LIMITS, type LocationChunk, locationOf, type PresenceLocation } from "./location.ts";
import type { PresenceComponent } from "./presence_component.ts";
import { GML_NAMESPACE, OWN_SCOPE } from "./names.ts";

/** A place on earth, WGS 84. */
export interface LocationPoint {
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
  /** Metres around it; null where that is not said. */
  readonly radius: number | null;
}

/** Shapes of RFC 5491 §5.2 that have a centre. */
const CENTRED: ReadonlySet<string> = new Set(["Point", "Circle", "Sphere", "Ellipse", "Ellipsoid", "ArcBand"]);
const METRES = "urn:ogc:def:uom:EPSG::9001";

/** The first point, or middle of an area, that a location names; null for none. */
export function pointOf({ chunks }: PresenceLocation): LocationPoint | null {
  for (const chunk of chunks) {
    if (chunk.kind === "point") return { latitude: chunk.latitude, longitude: chunk.longitude, radius: null };
    const shape = chunk.kind === "other" ? shapeOf(chunk.text) : null;
    const centre = shape === null ? null : centreOf(shape);
    if (centre !== null) return centre;
  }
  return null;
}

/** Null for an element that stands on declarations around it: one of a publisher who mixes in what is of no namespace of ours. */
function shapeOf(text: string): XmlElement | null {
  try {
    return parseXmlFragment(text, OWN_SCOPE, LOCATION_LIMITS);
  } catch (error) {
    if (error instanceof XmlProblem) return null;
    throw error;
  }
}

/** A location in words; "" where it cannot be said in any: an address, else degrees (`52.52° N, 13.405° E`). */
export function locationWords(location: PresenceLocation): string {
  for (const chunk of location.chunks) {
    const address = chunk.kind === "civic" ? addressWords(chunk.fields) : "";
    if (address !== "") return address;
  }
  const point = pointOf(location);
  if (point === null) return "";
  const { latitude, longitude, radius } = point;
  const around = radius === null ? "" : `, within ${Math.round(radius)} m`;
  return `${degrees(latitude, "N", "S")}, ${degrees(longitude, "E", "W")}${around}`;
}

/** The first location that a composition, or a document that was read, tells; null for none. */
export function firstLocation(
  { components }: { readonly components: readonly PresenceComponent[] },
): PresenceLocation | null {
  for (const { attributes } of components) {
    for (const attribute of attributes) {
      const location = locationOf(attribute);
      if (location !== null) return location;
    }
  }
  return null;
}

/** What somebody typed, as a location: `52.52, 13.405` (latitude and longitude, WGS 84), or a place in words. */
export function typedLocation(text: string): PresenceLocation {
  const numbers = /^\s*(-?[0-9]{1,2}(?:\.[0-9]+)?)\s*,\s*(-?[0-9]{1,3}(?:\.[0-9]+)?)\s*$/.exec(text);
  const [latitude, longitude] = numbers === null ? [NaN, NaN] : [Number(numbers[1]), Number(numbers[2])];
  const chunk: LocationChunk = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
    ? { kind: "point", latitude, longitude }
    : { kind: "civic", fields: [["LOC", text.trim()]] };
  return { chunks: [chunk], method: "Manual", retransmissionAllowed: false, retentionExpiry: null };
}

/** A URI made of a template with `{latitude}` and `{longitude}`, such as `geo:{latitude},{longitude}` (RFC 5870). */
export function mapUri(template: string, { latitude, longitude }: LocationPoint): string {
  return template.replaceAll("{latitude}", shortly(latitude)).replaceAll("{longitude}", shortly(longitude));
}

function centreOf(shape: XmlElement): LocationPoint | null {
  if (!CENTRED.has(shape.name)) return null;
  const position = within(shape, "pos");
  if (position === null || position.namespace !== GML_NAMESPACE) return null;
  // Of a shape with height that is the third number, which no map asks for.
  const [latitude, longitude] = xmlTrim(position.text).split(/[ \t\r\n]+/).map(Number);
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return null;
  const radius = within(shape, "radius");
  const measure = radius === null ? NaN : Number(xmlTrim(radius.text));
  const inMetres = radius !== null && (xmlAttribute(radius, "uom") ?? METRES) === METRES;
  return { latitude, longitude, radius: inMetres && measure > 0 ? measure : null };
}

function within(element: XmlElement, name: string): XmlElement | null {
  for (const child of element.children) {
    const found = child.name === name ? child : within(child, name);
    if (found !== null) return found;
  }
  return null;
}

/** Five decimals are a metre. */
function shortly(value: number): string {
  return String(Number(value.toFixed(5)));
}

function degrees(value: number, positive: string, negative: string): string {
  return `${shortly(Math.abs(value))}° ${value < 0 ? negative : positive}`;
}

/** From the door to the country (RFC 5139 §3.1). */
function addressWords(fields: Extract<LocationChunk, { kind: "civic" }>["fields"]): string {
  const all = new Map(fields);
  const field = (name: string, before = ""): string => {
    const value = all.get(name) ?? "";
    return value === "" ? "" : before + value;
  };
  const joined = (...words: readonly string[]): string => words.filter((word) => word !== "").join(" ");
  const street = joined(field("PRD"), field("RD") || field("A6"), field("STS"), field("POD"));
  return [
    field("NAM"),
    joined(field("LOC"), field("ROOM", "room "), field("FLR", "floor "), field("UNIT", "unit ")),
    field("BLD"),
    field("LMK"),
    joined(street, field("HNO") + field("HNS")),
    joined(field("PC"), field("A3") || field("A2")),
    field("A1"),
    field("country"),
  ].filter((part) => part !== "").join(", ");
}
