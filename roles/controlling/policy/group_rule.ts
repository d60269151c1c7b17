import { actionOf, CompiledRule, type ListMembers, NS, type Person, type Rule } from "../../xdm/mod.ts";
import type { RoomRights } from "./terms.ts";

const LS = NS.listService, OXE = NS.omaExtensions;

/** Actions of a group's rules (oma-reference §5.4), by the right they give; the place is that of its bit. */
const ACTIONS: readonly (readonly [right: keyof RoomRights, namespace: string, name: string])[] = [
  ["initiate", LS, "allow-initiate-conference"],
  ["join", LS, "join-handling"],
  ["invite", LS, "allow-invite-users-dynamically"],
  ["seeRoster", LS, "allow-conference-state"],
  ["anonymity", LS, "allow-anonymity"],
  ["privateMessages", OXE, "allow-private-message"],
  ["expel", OXE, "allow-expelling"],
  ["key", LS, "is-key-participant"],
];

/** Several rights as bits. */
export type RightBits = number;

export const ALL_RIGHTS: RightBits = (1 << ACTIONS.length) - 1;

export function bitOf(right: keyof RoomRights): RightBits {
  return 1 << ACTIONS.findIndex(([name]) => name === right);
}

export function rightsFrom(bits: RightBits): RoomRights {
  const rights = ACTIONS.map(([name], place) => [name, (bits & 1 << place) !== 0] as const);
  return Object.fromEntries(rights) as unknown as RoomRights;
}

/** What a rule says where it applies: rights that it gives, and those that it says nobody has by it. */
export interface GroupSays {
  readonly grants: RightBits;
  readonly denies: RightBits;
}

/** Who asks, as the rules of a group look at them. */
export interface Asker {
  readonly person: Person;
  /** Is in the group's own list. */
  readonly isMember: boolean;
  readonly anonymous: boolean;
}

/** Nobody in particular: for what of a rule is not about persons. */
const ANYBODY: Person = { key: "", number: "", domain: "" };
/** Conditions that everybody can meet. */
const OPEN: ReadonlySet<string> = new Set([
  "other-identity",
  "anonymous-request",
  "validity",
  "media-list",
  "service-list",
]);

/** A rule of a group, ready to be asked. */
export class GroupRule {
  readonly says: GroupSays;
  /** Means people by identity or an external list: whom it means is none of the others. */
  readonly isNamed: boolean;
  /** For whom no such rule applies. */
  readonly isForOthers: boolean;
  /** Everybody can meet its conditions, at some time or by hiding: what it gives it gives to the public. */
  readonly isForAll: boolean;
  readonly #compiled: CompiledRule<GroupSays>;
  readonly #needsMember: boolean;
  readonly #needsAnonymous: boolean;

  private constructor(rule: Rule, compiled: CompiledRule<GroupSays>) {
    const has = (kind: string) => rule.conditions.some((condition) => condition.kind === kind);
    this.#compiled = compiled;
    this.says = compiled.says;
    this.isNamed = compiled.tier !== "any";
    this.isForOthers = has("other-identity");
    this.#needsMember = has("list-member");
    this.#needsAnonymous = has("anonymous-request");
    this.isForAll = isForAll(rule);
  }

  /** Null for a rule that never applies: one with a condition we do not know (RFC 4745 §7), or that contradicts itself. */
  static of(rule: Rule, domains: ReadonlySet<string>, membersOf: ListMembers): GroupRule | null {
    // Those about the caller's relation to the group are asked here; they may stand beside any others.
    const conditions = rule.conditions.filter(({ kind }) =>
      kind !== "other-identity" && kind !== "anonymous-request" && kind !== "list-member"
    );
    const compiled = CompiledRule.of({ ...rule, conditions }, domains, membersOf, saysOf);
    if (compiled === null) return null;
    const group = new GroupRule(rule, compiled);
    return group.isNamed && group.isForOthers ? null : group;
  }

  /** When it begins and ends to apply: wall clock, ms. */
  get boundaries(): number[] {
    return this.#compiled.rest.flatMap((condition) =>
      condition.kind === "validity" ? condition.spans.flatMap(({ from, until }) => [from, until]) : []
    );
  }

  /** All but whether its conditions about others hold. */
  holds({ person, isMember, anonymous }: Asker, at: number): boolean {
    if (this.#needsMember && !isMember) return false;
    if (this.#needsAnonymous && !anonymous) return false;
    return this.#compiled.holds(person, { at, kind: "session" });
  }
}

/** What all rules that apply say together. */
export interface Saying extends GroupSays {
  /** Rights that are denied to this very caller: by a rule that means them, and not everybody. */
  readonly deniesNamed: RightBits;
}

/**
 * All rules that apply, together (RFC 4745 §10.2, oma-reference §5.4): any of them gives a right, none takes one away. Rules for
 * others apply where none does that means the caller by identity or external list.
 */
export function combined(rules: readonly GroupRule[], asker: Asker, at: number): Saying {
  let grants = 0, denies = 0, deniesNamed = 0, isNamed = false;
  for (const rule of rules) {
    if (rule.isForOthers || !rule.holds(asker, at)) continue;
    grants |= rule.says.grants;
    denies |= rule.says.denies;
    if (!rule.isNamed) continue;
    isNamed = true;
    if (!rule.isForAll) deniesNamed |= rule.says.denies;
  }
  if (!isNamed) {
    for (const rule of rules) {
      if (!rule.isForOthers || !rule.holds(asker, at)) continue;
      grants |= rule.says.grants;
      denies |= rule.says.denies;
    }
  }
  return { grants, denies, deniesNamed };
}

function saysOf(rule: Rule): GroupSays {
  let grants = 0, denies = 0;
  ACTIONS.forEach(([, namespace, name], place) => {
    const value = actionOf(rule, namespace, name)?.value;
    if (value === "true" || value === "1") grants |= 1 << place;
    else if (value !== undefined) denies |= 1 << place;
  });
  return { grants, denies };
}

function isForAll(rule: Rule): boolean {
  for (const condition of rule.conditions) {
    const everybody = condition.kind === "identity" &&
      condition.any.some((identity) => identity.kind === "many" && identity.domain === null);
    if (!everybody && !OPEN.has(condition.kind)) return false;
  }
  // Nobody comes by a rule about other media and services than ours.
  const conditions = rule.conditions.filter(({ kind }) => kind === "media-list" || kind === "service-list");
  const ours = CompiledRule.of({ ...rule, conditions }, new Set(), () => new Set(), saysOf);
  return ours !== null && ours.holds(ANYBODY, { at: 0, kind: "session" });
}
