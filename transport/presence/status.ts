import type { PersonContent, PresenceNote, RpidValues } from "./presence_content.ts";
import type { PresenceComponent } from "./presence_component.ts";
import { personOf, serviceOf } from "./presence_facts.ts";

/** The statuses that people choose from (PRE-6). */
export const PRESENCE_STATUSES = [
  "available",
  "busy",
  "do-not-disturb",
  "working",
  "meeting",
  "on-the-phone",
  "out-to-lunch",
  "discrete",
  "away",
  "vacation",
] as const;

export type PresenceStatus = (typeof PRESENCE_STATUSES)[number];

/** How somebody is, in few words. */
export interface UserStatus {
  /** `offline`: no service of theirs is open. */
  readonly status: PresenceStatus | "offline";
  /** Their own words; "" for none. */
  readonly note: string;
  /** When it ends by itself, ms since 1970; null where that is not said. */
  readonly until: number | null;
}

/** As RPID calls them (RFC 4480 §3.2); of what it has no word for, the words of people. */
const ACTIVITIES: Readonly<Record<PresenceStatus, Pick<RpidValues, "values" | "others">>> = {
  "available": { values: [], others: [] },
  "busy": { values: ["busy"], others: [] },
  "do-not-disturb": { values: ["busy"], others: ["do-not-disturb"] },
  "working": { values: ["working"], others: [] },
  "meeting": { values: ["meeting"], others: [] },
  "on-the-phone": { values: ["on-the-phone"], others: [] },
  "out-to-lunch": { values: ["lunch"], others: [] },
  "discrete": { values: [], others: ["discrete"] },
  "away": { values: ["away"], others: [] },
  "vacation": { values: ["vacation"], others: [] },
};

/** What others publish, by the status that comes nearest. */
const NEAREST = new Map<string, PresenceStatus>([
  ["busy", "busy"],
  ["presentation", "busy"],
  ["performance", "busy"],
  ["steering", "busy"],
  ["working", "working"],
  ["meeting", "meeting"],
  ["appointment", "meeting"],
  ["on-the-phone", "on-the-phone"],
  ["lunch", "out-to-lunch"],
  ["breakfast", "out-to-lunch"],
  ["dinner", "out-to-lunch"],
  ["meal", "out-to-lunch"],
  ["away", "away"],
  ["permanent-absence", "away"],
  ["sleeping", "away"],
  ["travel", "away"],
  ["in-transit", "away"],
  ["vacation", "vacation"],
  ["holiday", "vacation"],
]);

/**
 * A status as a person to publish. `until`: ms since 1970; the status ends then, and its note with it. Who is not to be disturbed
 * is unwilling in all services (`overriding-willingness`). Of `available` only a note is said: it ends with its publication.
 */
export function presenceOfStatus(
  status: PresenceStatus,
  { note = "", until = null }: { readonly note?: string; readonly until?: number | null } = {},
): PersonContent {
  const { values, others } = ACTIVITIES[status];
  const notes: readonly PresenceNote[] = note === "" ? [] : [{ text: note, language: "" }];
  const end = until === null ? {} : { until };
  const says = values.length > 0 || others.length > 0;
  // A note of the person itself has no end (RFC 4479 §3.2): that of an activity ends with it.
  const ends = says && until !== null;
  return {
    id: "status",
    ...(says && { activities: [{ values, others, notes: ends ? notes : [], ...end }] }),
    ...(status === "do-not-disturb" && { overridingWillingness: { value: "closed", ...end } }),
    ...(!ends && notes.length > 0 && { notes }),
  };
}

/** What a composition, a document or a view that was read says of somebody. `now`: ms since 1970. */
export function statusOf(
  { components }: { readonly components: readonly PresenceComponent[] },
  now: number,
): UserStatus {
  const services = components.filter(({ kind }) => kind === "tuple").map((tuple) => serviceOf(tuple));
  const isOffline = services.some(({ basic }) => basic === "closed") && !services.some(({ basic }) => basic === "open");
  let found: UserStatus = { status: "available", note: "", until: null };
  for (const component of components) {
    if (component.kind !== "person") continue;
    const said = statusOfPerson(personOf(component), now);
    if (found.status === "available" && (said.status !== "available" || found.note === "")) found = said;
  }
  return isOffline ? { ...found, status: "offline", until: null } : found;
}

/** The same of one person. */
export function statusOfPerson(
  { activities, overridingWillingness: override, notes }: PersonContent,
  now: number,
): UserStatus {
  const current = (activities ?? []).filter(({ from = -Infinity, until = Infinity }) => from <= now && now < until);
  const note = [...current.flatMap((values) => values.notes), ...notes ?? []][0]?.text ?? "";
  const isClosed = override?.value === "closed" && (override.until ?? Infinity) > now;
  if (isClosed) return { status: "do-not-disturb", note, until: override.until ?? null };
  for (const { values, others, until = null } of current) {
    const status = others.map(named).find(isSome) ?? values.map((value) => NEAREST.get(value)).find(isSome);
    if (status !== undefined) return { status, note, until };
  }
  return { status: "available", note, until: null };
}

/** Words of people that are the name of a status. */
function named(word: string): PresenceStatus | undefined {
  const wanted = word.toLowerCase().replace(/[\s_]+/g, "-");
  return PRESENCE_STATUSES.find((status) => status === wanted);
}

function isSome<T>(value: T | undefined): value is T {
  return value !== undefined;
}
