import {
  ANY_URI,
  attribute,
  BOOLEAN,
  choice,
  DATE_TIME,
  type ElementType,
  enumeration,
  type Grammar,
  many,
  maybe,
  NC_NAME,
  one,
  sequence,
  some,
  STRING,
  TOKEN,
} from "../../../transport/xml/mod.ts";
import { NS } from "./identifiers.ts";
import { flag, holding, leaf, OTHER, OTHERS, textOf } from "./words.ts";

const CP = NS.commonPolicy, OXE = NS.omaExtensions, OCP = NS.omaCommonPolicy;

const EXCEPT = leaf(CP, "except", [attribute("domain", STRING), attribute("id", ANY_URI)]);
const ONE = holding(CP, "one", [maybe(OTHER)], [attribute("id", ANY_URI, { required: true })]);
const MANY = holding(CP, "many", [many(choice([EXCEPT, OTHER]))], [attribute("domain", STRING)]);

const VALIDITY = holding(CP, "validity", [
  some(sequence([one(textOf(CP, "from", DATE_TIME)), one(textOf(CP, "until", DATE_TIME))])),
]);

const CONDITIONS = holding(CP, "conditions", [
  many(choice([
    holding(CP, "identity", [some(choice([ONE, MANY, OTHER]))]),
    leaf(CP, "sphere", [attribute("value", STRING, { required: true })]),
    VALIDITY,
    OTHER,
  ])),
]);

/** RFC 4745 §13; what others add to conditions, actions and transformations is checked where it is known. */
export const RULESET: ElementType = holding(CP, "ruleset", [
  many(
    holding(
      CP,
      "rule",
      [maybe(CONDITIONS), maybe(holding(CP, "actions", [OTHERS])), maybe(holding(CP, "transformations", [OTHERS]))],
      [attribute("id", NC_NAME, { required: true })],
    ),
  ),
]);

/** Media that `oxe` names (oma-reference §5.4). */
export const MEDIA = [
  "audio",
  "video",
  "poc-speech",
  "message-session",
  "file-transfer",
  "pager-mode-message",
  "group-advertisement",
] as const;

const MEDIUM = choice([...MEDIA.map((name) => leaf(OXE, name)), OTHER]);

/** Several media, or all but some. */
const MEDIA_SET = [maybe(choice([holding(OXE, "all-media-except", [many(MEDIUM)]), some(MEDIUM)]))];

const SERVICE = holding(
  OXE,
  "service",
  [maybe(holding(OXE, "group-media", MEDIA_SET)), OTHERS],
  [attribute("enabler", STRING, { required: true })],
);

/** A set of services under this name: some with their media, or all but some. */
export function serviceSet(name: "supported-services" | "service-list"): ElementType {
  return holding(OXE, name, [
    maybe(choice([holding(OXE, "all-services-except", [many(SERVICE)]), some(SERVICE)])),
  ]);
}

/** Conditions of OMA (oma-reference §5.4, §5.5). */
const OMA_CONDITIONS: readonly ElementType[] = [
  leaf(OCP, "other-identity"),
  leaf(OCP, "anonymous-request"),
  holding(OCP, "external-list", [many(leaf(OCP, "entry", [attribute("anc", ANY_URI, { required: true })]))]),
  holding(OXE, "media-list", MEDIA_SET),
  serviceSet("service-list"),
  leaf(NS.listService, "is-list-member"),
];

/** What a group's rule may allow, by namespace (oma-reference §5.4). */
export const GROUP_FLAGS = {
  [NS.listService]: [
    "allow-initiate-conference",
    "join-handling",
    "allow-invite-users-dynamically",
    "allow-conference-state",
    "allow-anonymity",
    "is-key-participant",
  ],
  [OXE]: [
    "allow-expelling",
    "allow-private-message",
    "allow-subconf",
    "block-group-advertisement-sending",
    "allow-auto-answermode",
    "allow-manual-answer-override",
  ],
} as const;

const MEDIA_HANDLING = enumeration(["own", "any", "none", "other"]);

/** Actions of groups and of IM. */
const OMA_ACTIONS: readonly ElementType[] = [
  ...GROUP_FLAGS[NS.listService].map((name) => flag(NS.listService, name)),
  ...GROUP_FLAGS[OXE].map((name) => flag(OXE, name)),
  ...["allow-media-handling", "remove-media-handling"].map((name) => textOf(OXE, name, MEDIA_HANDLING)),
  flag(OXE, "allow-reject-invite"),
  leaf(OXE, "allow-offline-storage", [attribute("allow", BOOLEAN, { required: true })]),
  textOf(NS.pocRules, "allow-invite", enumeration(["reject", "pass", "accept"])),
];

const PR = NS.presRules;
const TOKEN_MEMBERS = {
  devices: ["deviceID", "occurrence-id", "class"],
  persons: ["occurrence-id", "class"],
  services: ["service-uri", "service-uri-scheme", "occurrence-id", "class"],
} as const;

/** `provide-devices`, `provide-persons`, `provide-services`: all, or those that are listed (RFC 5025 §3.3.1). */
function provided(kind: keyof typeof TOKEN_MEMBERS): ElementType {
  const members = TOKEN_MEMBERS[kind].map((name) =>
    textOf(PR, name, name === "deviceID" || name === "service-uri" ? ANY_URI : TOKEN)
  );
  return holding(PR, `provide-${kind}`, [
    maybe(choice([leaf(PR, `all-${kind}`), some(choice([...members, OTHER]))])),
  ]);
}

/** Presence attributes whose permission is a boolean (RFC 5025 §3.3.2). */
export const PRESENCE_FLAGS = [
  "activities",
  "class",
  "deviceID",
  "mood",
  "place-is",
  "place-type",
  "privacy",
  "relationship",
  "status-icon",
  "sphere",
  "time-offset",
  "note",
] as const;

/** The same of OMA (oma-reference §5.6). */
export const OMA_PRESENCE_FLAGS = [
  "willingness",
  "network-availability",
  "session-participation",
  "registration-state",
  "barring-state",
] as const;

const PRESENCE_PERMISSIONS: readonly ElementType[] = [
  textOf(PR, "sub-handling", enumeration(["block", "confirm", "polite-block", "allow"])),
  provided("devices"),
  provided("persons"),
  provided("services"),
  ...PRESENCE_FLAGS.map((name) => flag(PR, `provide-${name}`)),
  textOf(PR, "provide-user-input", enumeration(["false", "bare", "thresholds", "full"])),
  textOf(PR, "provide-unknown-attribute", BOOLEAN, [
    attribute("name", STRING, { required: true }),
    attribute("ns", STRING, { required: true }),
  ]),
  leaf(PR, "provide-all-attributes"),
  ...OMA_PRESENCE_FLAGS.map((name) => flag(NS.omaPresRules, `provide-${name}`)),
  textOf(NS.omaPresRules, "provide-geopriv", enumeration(["false", "full"])),
  textOf(NS.omaPresRules, "service-id", STRING),
];

/** What extensions of common policy that we know look like: all wildcards find them here. */
export const POLICY_GLOBALS: readonly ElementType[] = [
  RULESET,
  ...OMA_CONDITIONS,
  ...OMA_ACTIONS,
  ...PRESENCE_PERMISSIONS,
];

/** Access rules, presence rules. */
export const POLICY_GRAMMAR: Grammar = { roots: [RULESET], globals: POLICY_GLOBALS };
