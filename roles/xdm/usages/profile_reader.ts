import { xmlAttribute, xmlChild, xmlChildren, type XmlDocument, type XmlElement } from "../../../transport/xml/mod.ts";
import { textOfChild } from "./breach.ts";
import { NS } from "./identifiers.ts";
import { ADDRESS_FIELDS, NAME_FIELDS } from "./user_profile_grammar.ts";

const UP = NS.userProfile;

/** A user profile (oma-reference §5.7); "" and [] stand for what it leaves out. */
export interface UserProfile {
  readonly uri: string;
  readonly addresses: readonly string[];
  readonly displayName: string;
  /** `YYYY-MM-DD`; what the user says, or the operator in the locked profile. */
  readonly birthDate: string;
  readonly name: Readonly<Record<(typeof NAME_FIELDS)[number], string>>;
  readonly address: Readonly<Record<(typeof ADDRESS_FIELDS)[number], string>>;
  readonly gender: "male" | "female" | "";
  readonly freetext: string;
  readonly communicationTypes: readonly string[];
  readonly hobbies: readonly string[];
  readonly links: readonly string[];
}

export function readUserProfile(document: XmlDocument): UserProfile {
  const profile = xmlChild(document.root, UP, "user-profile") ?? document.root;
  const field = (name: string) => textOfChild(profile, UP, name) ?? "";
  return {
    uri: xmlAttribute(profile, "uri") ?? "",
    addresses: several(profile, "communication-addresses", "comm-addr"),
    displayName: field("display-name"),
    birthDate: field("birth-date").slice(0, 10),
    name: fields(xmlChild(profile, UP, "name"), NAME_FIELDS),
    address: fields(xmlChild(profile, UP, "address"), ADDRESS_FIELDS),
    gender: field("gender") as UserProfile["gender"],
    freetext: field("freetext"),
    communicationTypes: several(profile, "communication-types", "comm-type"),
    hobbies: several(profile, "hobbies", "hobby"),
    links: several(profile, "favourite-links", "link"),
  };
}

function several(profile: XmlElement, name: string, member: string): string[] {
  const group = xmlChild(profile, UP, name);
  return group === undefined ? [] : xmlChildren(group, UP, member).map((element) => element.text.trim());
}

function fields<const F extends string>(group: XmlElement | undefined, names: readonly F[]): Record<F, string> {
  const values = {} as Record<F, string>;
  for (const name of names) values[name] = group === undefined ? "" : textOfChild(group, UP, name) ?? "";
  return values;
}
