import {
  ANY_URI,
  attribute,
  DATE_TIME,
  type ElementType,
  enumeration,
  type Grammar,
  INTEGER,
  many,
  maybe,
  NC_NAME,
  one,
  pattern,
  POSITIVE_INTEGER,
  STRING,
} from "../../../transport/xml/mod.ts";
import { NS } from "./identifiers.ts";
import { holding, LANG, OTHERS, textOf } from "./words.ts";

const PIDF = NS.pidf, DM = NS.dataModel, RPID = NS.rpid;

function note(namespace: string): ElementType {
  return textOf(namespace, "note", STRING, [LANG]);
}

const PRIORITY = pattern(
  "priority",
  /0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?/,
  "no number from 0 to 1 with at most three decimals",
);

/** RFC 3863 §4.4. */
const TUPLE = holding(PIDF, "tuple", [
  one(holding(PIDF, "status", [maybe(textOf(PIDF, "basic", enumeration(["open", "closed"]))), OTHERS])),
  OTHERS,
  maybe(textOf(PIDF, "contact", ANY_URI, [attribute("priority", PRIORITY)])),
  many(note(PIDF)),
  maybe(textOf(PIDF, "timestamp", DATE_TIME)),
], [attribute("id", NC_NAME, { required: true })]);

/** RFC 4479 §7: what stands in persons and devices is of other namespaces and comes first. */
const DATA_MODEL: readonly ElementType[] = [
  holding(DM, "person", [OTHERS, many(note(DM)), maybe(textOf(DM, "timestamp", DATE_TIME))], [
    attribute("id", NC_NAME, { required: true }),
  ]),
  holding(
    DM,
    "device",
    [OTHERS, one(textOf(DM, "deviceID", ANY_URI)), many(note(DM)), maybe(textOf(DM, "timestamp", DATE_TIME))],
    [attribute("id", NC_NAME, { required: true })],
  ),
  textOf(DM, "deviceID", ANY_URI),
];

const ANY_ATTRIBUTES = { namespaces: "any", process: "lax" } as const;
const WHEN = [attribute("from", DATE_TIME), attribute("until", DATE_TIME), attribute("id", NC_NAME)];

/** The values of RFC 4480 §5 that are text; its lists of activities, moods and places are open and taken as they are. */
const RPID_VALUES: readonly ElementType[] = [
  textOf(RPID, "class", STRING),
  textOf(RPID, "status-icon", ANY_URI, WHEN, ANY_ATTRIBUTES),
  {
    ...textOf(RPID, "time-offset", INTEGER, [...WHEN, attribute("description", STRING)]),
    moreAttributes: ANY_ATTRIBUTES,
  },
  {
    ...textOf(RPID, "user-input", enumeration(["active", "idle"]), [
      attribute("idle-threshold", POSITIVE_INTEGER),
      attribute("last-input", DATE_TIME),
      attribute("id", NC_NAME),
    ]),
    moreAttributes: ANY_ATTRIBUTES,
  },
];

/** Presence that is set by hand (RFC 4827 §6, RFC 3863 §4.4). */
export const PIDF_GRAMMAR: Grammar = {
  roots: [
    holding(PIDF, "presence", [many(TUPLE), many(note(PIDF)), OTHERS], [
      attribute("entity", ANY_URI, { required: true }),
    ]),
  ],
  globals: [...DATA_MODEL, ...RPID_VALUES],
};
