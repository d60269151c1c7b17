import {
  ANY_URI,
  attribute,
  DATE,
  type ElementType,
  enumeration,
  type Grammar,
  many,
  maybe,
  one,
  STRING,
} from "../../../transport/xml/mod.ts";
import { NS } from "./identifiers.ts";
import { holding, LANG, OTHER_ATTRIBUTES, OTHERS, textOf } from "./words.ts";

const UP = NS.userProfile;

function field(name: string): ElementType {
  return { ...textOf(UP, name, STRING, [LANG]), moreAttributes: OTHER_ATTRIBUTES };
}

function fields(name: string, members: readonly string[]): ElementType {
  return holding(UP, name, [...members.map((member) => maybe(field(member))), OTHERS]);
}

function several(name: string, member: string): ElementType {
  return holding(UP, name, [many(field(member)), OTHERS]);
}

export const NAME_FIELDS = ["given-name", "family-name", "middle-name", "name-suffix", "name-prefix"] as const;

export const ADDRESS_FIELDS = [
  "country",
  "region",
  "locality",
  "area",
  "street-name",
  "street-number",
  "postal-code",
] as const;

/** The user profile (oma-reference §5.7): elements in this order. */
export const USER_PROFILE_GRAMMAR: Grammar = {
  roots: [
    holding(UP, "user-profiles", [
      one(
        holding(
          UP,
          "user-profile",
          [
            maybe(several("communication-addresses", "comm-addr")),
            maybe(field("display-name")),
            maybe(textOf(UP, "birth-date", DATE)),
            maybe(fields("name", NAME_FIELDS)),
            maybe(fields("address", ADDRESS_FIELDS)),
            maybe(textOf(UP, "gender", enumeration(["male", "female"]))),
            maybe(field("freetext")),
            maybe(several("communication-types", "comm-type")),
            maybe(several("hobbies", "hobby")),
            maybe(several("favourite-links", "link")),
            OTHERS,
          ],
          [attribute("uri", ANY_URI, { required: true })],
          OTHER_ATTRIBUTES,
        ),
      ),
      OTHERS,
    ]),
  ],
  globals: [],
};
