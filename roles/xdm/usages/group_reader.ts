import {
  xmlAttribute,
  xmlChild,
  xmlChildren,
  xmlCollapsed,
  type XmlDocument,
  type XmlElement,
} from "../../../transport/xml/mod.ts";
import { isTrue, textOfChild } from "./breach.ts";
import { NS } from "./identifiers.ts";
import { readServiceSet, type ServiceSet } from "./media_reader.ts";
import { foldedAddress } from "./references.ts";
import { readList, type ResourceList } from "./resource_lists_reader.ts";
import { readRules, type Rule } from "./ruleset_reader.ts";

const LS = NS.listService, OXE = NS.omaExtensions;

/** One group of a group document (oma-reference §5.4). */
export interface Group {
  /** As written, and folded. */
  readonly uri: string;
  readonly aor: string;
  readonly displayName: string;
  /** Its entries and externals; null where it has no list. */
  readonly list: ResourceList | null;
  /** Whether the server invites the members; false where it is not said. */
  readonly invitesMembers: boolean;
  /** Null: as many as the server allows. */
  readonly maxParticipants: number | null;
  /** Null where there is no ruleset. */
  readonly rules: readonly Rule[] | null;
  readonly subject: string;
  /** Null: all that the server has. */
  readonly services: ServiceSet | null;
  readonly ages: AgeRestrictions | null;
  readonly activePolicy: ActivePolicy | null;
  readonly qoe: "basic" | "premium" | "professional" | "government" | null;
  readonly advertised: boolean;
  /** Whether others find it in searches (CHAT-3). */
  readonly searchable: boolean;
}

/** Who is old enough: any of these spans of years, both ends inside; null is open. */
export interface AgeRestrictions {
  readonly mustUnderstand: boolean;
  readonly ages: readonly { readonly from: number | null; readonly until: number | null }[];
}

/** When and how long a session of the group may be. */
export interface ActivePolicy {
  readonly mustUnderstand: boolean;
  /** Seconds. */
  readonly maxDuration: number | null;
  /** Folded; without them there is no session. */
  readonly required: readonly string[];
  readonly minParticipants: number | null;
  /** Milliseconds since 1970; empty: at any time. */
  readonly schedule: readonly { readonly from: number; readonly until: number }[];
}

/** The groups of a document; most have one. */
export function readGroup(document: XmlDocument): Group[] {
  return xmlChildren(document.root, LS, "list-service").map(readService);
}

function readService(service: XmlElement): Group {
  const uri = xmlAttribute(service, "uri") ?? "";
  const list = xmlChild(service, LS, "list");
  const ruleset = xmlChild(service, NS.commonPolicy, "ruleset");
  const services = xmlChild(service, OXE, "supported-services");
  const ages = xmlChild(service, OXE, "age-restrictions");
  const policy = xmlChild(service, OXE, "session-active-policy");
  const invites = textOfChild(service, LS, "invite-members") ?? textOfChild(service, LS, "invite-member");
  return {
    uri,
    aor: foldedAddress(uri),
    displayName: textOfChild(service, LS, "display-name") ?? "",
    list: list === undefined ? null : readList(list),
    invitesMembers: isTrue(invites),
    maxParticipants: numberOf(textOfChild(service, LS, "max-participant-count")),
    rules: ruleset === undefined ? null : readRules(ruleset),
    subject: textOfChild(service, OXE, "subject") ?? "",
    services: services === undefined ? null : readServiceSet(services),
    ages: ages === undefined ? null : readAges(ages),
    activePolicy: policy === undefined ? null : readActivePolicy(policy),
    qoe: (textOfChild(service, OXE, "qoe") ?? null) as Group["qoe"],
    advertised: isTrue(textOfChild(service, OXE, "automatic-group-advertisement")),
    searchable: isTrue(textOfChild(service, OXE, "searchable")),
  };
}

function readAges(restrictions: XmlElement): AgeRestrictions {
  return {
    mustUnderstand: isTrue(xmlAttribute(restrictions, "must-understand")),
    ages: xmlChildren(restrictions, OXE, "age").map((age) => ({
      from: numberOf(xmlAttribute(age, "from")),
      until: numberOf(xmlAttribute(age, "until")),
    })),
  };
}

function readActivePolicy(policy: XmlElement): ActivePolicy {
  const required = xmlChild(policy, OXE, "required-participants-list");
  const schedule = xmlChild(policy, OXE, "schedule");
  const span = textOfChild(policy, OXE, "max-duration");
  return {
    mustUnderstand: isTrue(xmlAttribute(policy, "must-understand")),
    maxDuration: span === undefined ? null : secondsOf(span),
    required: required === undefined
      ? []
      : xmlChildren(required, OXE, "entry").map((entry) => foldedAddress(xmlAttribute(entry, "uri") ?? "")),
    minParticipants: numberOf(textOfChild(policy, OXE, "min-participant-count")),
    schedule: schedule === undefined ? [] : xmlChildren(schedule, OXE, "time-range").map((range) => ({
      from: Date.parse(xmlCollapsed(range.children[0].text)),
      until: Date.parse(xmlCollapsed(range.children[1].text)),
    })),
  };
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

/** Seconds of a number of them, or of a duration of days, hours, minutes and seconds. */
function secondsOf(span: string): number {
  if (!span.startsWith("P")) return Number(span);
  const [, days, hours, minutes, seconds] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(span) ?? [];
  return Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
}
