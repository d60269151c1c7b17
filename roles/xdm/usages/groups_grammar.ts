import {
  ANY_URI,
  attribute,
  BOOLEAN,
  choice,
  DATE_TIME,
  enumeration,
  type Grammar,
  many,
  maybe,
  NON_NEGATIVE_INTEGER,
  one,
  pattern,
  some,
  STRING,
} from "../../../transport/xml/mod.ts";
import { POLICY_GLOBALS, RULESET, serviceSet } from "./common_policy_grammar.ts";
import { NS } from "./identifiers.ts";
import { flag, holding, LANG, leaf, OTHER_ATTRIBUTES, OTHERS, textOf } from "./words.ts";
import { displayName, LIST_USAGES, listMember } from "./resource_lists_grammar.ts";

const LS = NS.listService, OXE = NS.omaExtensions;

/** Seconds, or an XML Schema duration without years and months: what a session may last. */
export const SPAN = pattern(
  "span",
  /[0-9]{1,9}|P(?=.)(?:[0-9]{1,5}D)?(?:T(?=.)(?:[0-9]{1,6}H)?(?:[0-9]{1,7}M)?(?:[0-9]{1,9}S)?)?/,
  "neither seconds nor a duration such as PT1H",
);

const AGE_LIMITS = holding(OXE, "age-restrictions", [
  many(
    leaf(OXE, "age", [
      attribute("from", NON_NEGATIVE_INTEGER),
      attribute("until", NON_NEGATIVE_INTEGER),
    ]),
  ),
], [attribute("must-understand", BOOLEAN)]);

const TIME_RANGE = holding(OXE, "time-range", [
  one(textOf(OXE, "start-time", DATE_TIME)),
  one(textOf(OXE, "end-time", DATE_TIME)),
]);

const ACTIVE_POLICY = holding(OXE, "session-active-policy", [
  maybe(textOf(OXE, "max-duration", SPAN)),
  maybe(holding(OXE, "required-participants-list", [
    many(leaf(OXE, "entry", [attribute("uri", ANY_URI, { required: true })], OTHER_ATTRIBUTES)),
  ])),
  maybe(textOf(OXE, "min-participant-count", NON_NEGATIVE_INTEGER)),
  maybe(holding(OXE, "schedule", [some(TIME_RANGE)])),
  OTHERS,
], [attribute("must-understand", BOOLEAN)]);

/** Extensions of `list-service` that we know. */
const EXTENSIONS = [
  textOf(OXE, "subject", STRING, [LANG]),
  serviceSet("supported-services"),
  AGE_LIMITS,
  ACTIVE_POLICY,
  textOf(OXE, "qoe", enumeration(["basic", "premium", "professional", "government"])),
  flag(OXE, "automatic-group-advertisement"),
  flag(OXE, "searchable"),
];

const LIST_SERVICE = holding(
  LS,
  "list-service",
  [
    maybe(displayName(LS)),
    maybe(holding(LS, "list", [many(listMember(LS, "entry")), many(listMember(LS, "external")), OTHERS])),
    // Both spellings are about (oma-reference §5.4).
    maybe(choice([flag(LS, "invite-members"), flag(LS, "invite-member")])),
    maybe(textOf(LS, "max-participant-count", NON_NEGATIVE_INTEGER)),
    maybe(RULESET),
    OTHERS,
  ],
  [attribute("uri", ANY_URI, { required: true })],
  OTHER_ATTRIBUTES,
);

/** The group document (oma-reference §5.4): elements in this order. */
export const GROUPS_GRAMMAR: Grammar = {
  roots: [holding(LS, "group", [some(LIST_SERVICE)])],
  globals: [...EXTENSIONS, ...POLICY_GLOBALS, ...LIST_USAGES],
};
