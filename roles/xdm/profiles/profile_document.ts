import { escapeXml, xmlChild, type XmlDocument, type XmlElement } from "../../../transport/xml/mod.ts";
import type { DocumentKey } from "../usage.ts";
import { IDENTIFIERS, NS } from "../usages/identifiers.ts";
import { readUserProfile, type UserProfile } from "../usages/profile_reader.ts";
import type { PublicProfile } from "./profile_service.ts";

const UP = NS.userProfile;

export const NO_PROFILE: PublicProfile = {
  display_name: "",
  birth_date: "",
  gender: "",
  given_name: "",
  family_name: "",
  country: "",
  region: "",
  locality: "",
  freetext: "",
  addresses: [],
  communication_types: [],
  hobbies: [],
  links: [],
};

export function profileKey(owner: string): DocumentKey {
  const { auid, document } = IDENTIFIERS.userProfile;
  return { auid, owner, name: document };
}

export function lockedProfileKey(owner: string): DocumentKey {
  const { auid, document } = IDENTIFIERS.lockedUserProfile;
  return { auid, owner, name: document };
}

export function publicProfile(document: XmlDocument): PublicProfile {
  const { name, address, ...profile } = readUserProfile(document);
  return {
    display_name: profile.displayName,
    birth_date: profile.birthDate,
    gender: profile.gender,
    given_name: name["given-name"],
    family_name: name["family-name"],
    country: address.country,
    region: address.region,
    locality: address.locality,
    freetext: profile.freetext,
    addresses: profile.addresses,
    communication_types: profile.communicationTypes,
    hobbies: profile.hobbies,
    links: profile.links,
  };
}

/** A new document of what is told. */
export function profileText(uri: string, profile: Partial<PublicProfile>): string {
  const lines = GROUPS.map(({ element }) => groupText(element, { ...NO_PROFILE, ...profile }, null, ""))
    .filter((text) => text !== "").map((text) => `    ${text}\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<user-profiles xmlns="${UP}">\n` +
    `  <user-profile uri="${escapeXml(uri)}">\n${lines.join("")}  </user-profile>\n</user-profiles>\n`;
}

/** The text with some fields changed: other elements, of other schemas too, stay as they are. Null where nothing is other. */
export function withFields(document: XmlDocument, patch: Partial<PublicProfile>): string | null {
  const before = publicProfile(document);
  const fields = Object.keys(patch) as (keyof PublicProfile)[];
  const changed = new Set(fields.filter((field) => !same(before[field], patch[field])));
  if (changed.size === 0) return null;
  const profile = xmlChild(document.root, UP, "user-profile") ?? document.root;
  const after = { ...before, ...patch };
  const read = readUserProfile(document);
  const groups = GROUPS.filter(({ fields }) => fields.some((field) => changed.has(field)));
  // The owner's document may have prefixes: then the namespace is bound where an element is written.
  const xmlns = profile.prefix === "" ? "" : ` xmlns="${UP}"`;
  const texts = groups.map(({ element }) => ({ element, insert: groupText(element, after, read, xmlns) }));
  let { text } = document;
  if (profile.selfClosing) {
    const name = profile.prefix === "" ? profile.name : `${profile.prefix}:${profile.name}`;
    const all = texts.map(({ insert }) => insert).join("");
    return `${text.slice(0, profile.end - 2)}>${all}</${name}>${text.slice(profile.end)}`;
  }
  // From behind, so that places before stay; of two at one place the one that stands behind goes in first.
  const edits = texts.map(({ element, insert }) => placeOf(profile, element, insert)).reverse();
  for (const { start, end, insert } of edits.sort((a, b) => b.start - a.start)) {
    text = text.slice(0, start) + insert + text.slice(end);
  }
  return text;
}

interface Group {
  readonly element: string;
  readonly fields: readonly (keyof PublicProfile)[];
}

/** The elements of a profile in their order (oma-reference §5.7), and the fields they hold. */
const GROUPS: readonly Group[] = [
  { element: "communication-addresses", fields: ["addresses"] },
  { element: "display-name", fields: ["display_name"] },
  { element: "birth-date", fields: ["birth_date"] },
  { element: "name", fields: ["given_name", "family_name"] },
  { element: "address", fields: ["country", "region", "locality"] },
  { element: "gender", fields: ["gender"] },
  { element: "freetext", fields: ["freetext"] },
  { element: "communication-types", fields: ["communication_types"] },
  { element: "hobbies", fields: ["hobbies"] },
  { element: "favourite-links", fields: ["links"] },
];
const ORDER = GROUPS.map(({ element }) => element);

/** An element of the profile; "" where it would say nothing. `read`: fields that are not ours to change, and stay. */
function groupText(element: string, profile: PublicProfile, read: UserProfile | null, xmlns: string): string {
  const tag = (content: string) => content === "" ? "" : `<${element}${xmlns}>${content}</${element}>`;
  switch (element) {
    case "communication-addresses":
      return tag(several("comm-addr", profile.addresses));
    case "display-name":
      return tag(escapeXml(profile.display_name));
    case "birth-date":
      return tag(escapeXml(profile.birth_date));
    case "name": {
      const { given_name, family_name } = profile;
      return tag(fields({ ...read?.name, "given-name": given_name, "family-name": family_name }, NAME_ORDER));
    }
    case "address": {
      const { country, region, locality } = profile;
      return tag(fields({ ...read?.address, country, region, locality }, ADDRESS_ORDER));
    }
    case "gender":
      return tag(escapeXml(profile.gender));
    case "freetext":
      return tag(escapeXml(profile.freetext));
    case "communication-types":
      return tag(several("comm-type", profile.communication_types));
    case "hobbies":
      return tag(several("hobby", profile.hobbies));
    default:
      return tag(several("link", profile.links));
  }
}

const NAME_ORDER = ["given-name", "family-name", "middle-name", "name-suffix", "name-prefix"];
const ADDRESS_ORDER = ["country", "region", "locality", "area", "street-name", "street-number", "postal-code"];

function several(member: string, texts: readonly string[]): string {
  return texts.map((text) => `<${member}>${escapeXml(text)}</${member}>`).join("");
}

function fields(values: Readonly<Record<string, string>>, order: readonly string[]): string {
  const said = order.filter((name) => (values[name] ?? "") !== "");
  return said.map((name) => `<${name}>${escapeXml(values[name])}</${name}>`).join("");
}

/** Where an element goes: in the place of the one there is, or before the first that comes after it. */
function placeOf(profile: XmlElement, element: string, insert: string): { start: number; end: number; insert: string } {
  const there = xmlChild(profile, UP, element);
  if (there !== undefined) return { start: there.start, end: there.end, insert };
  const at = ORDER.indexOf(element);
  const next = profile.children.find((child) => child.namespace !== UP || ORDER.indexOf(child.name) > at);
  const start = next?.start ?? profile.contentEnd;
  return { start, end: start, insert };
}

function same(one: string | readonly string[], other: string | readonly string[] | undefined): boolean {
  return typeof one === "string" || typeof other === "string" || other === undefined
    ? one === other
    : one.length === other.length && one.every((text, at) => text === other[at]);
}
