import type { Communication } from "../../participating/mod.ts";
import type { MediaSet, ServiceSet } from "../usages/media_reader.ts";
import type { Condition, Identity, Rule } from "../usages/ruleset_reader.ts";
import { names, type Person, personKey } from "./person.ts";

/** Keys of the members of an external list, by its anchor; empty where it leads to nothing that its owner may read. */
export type ListMembers = (anchor: string) => ReadonlySet<string>;

/** What stands behind a request, beside who makes it. */
export interface Circumstances {
  /** Wall clock, ms. */
  readonly at: number;
  /** Null where it is no communication: then no condition about media or services holds. */
  readonly kind: Communication["kind"] | null;
  /** Of whom the rules are, lower-case; absent where it is not known, and then no condition about it holds (RFC 4745 §7.3). */
  readonly sphere?: string;
}

/**
 * Which of a user's rules stand before which (oma-reference §3.2): `identity` and `external-list` mean somebody, `other` whom no
 * such rule means, `anonymous` senders who hide, `any` everybody.
 */
export type Tier = "identity" | "external" | "other" | "anonymous" | "any";

/** The media of `oxe` that a communication is, and the service (oma-reference §5.4). */
const MEDIUM: Readonly<Record<Communication["kind"], string>> = {
  pager: "pager-mode-message",
  large: "pager-mode-message",
  session: "message-session",
  file: "file-transfer",
};
const SERVICE = "org.openmobilealliance:IM-session";

interface Many {
  /** Null: of any domain. */
  readonly domain: string | null;
  readonly exceptKeys: ReadonlySet<string>;
  readonly exceptDomains: ReadonlySet<string>;
}

/** One identity condition: any of these. */
class Identities {
  readonly ones = new Set<string>();
  readonly many: Many[] = [];

  constructor(any: readonly Identity[], domains: ReadonlySet<string>) {
    for (const identity of any) {
      if (identity.kind === "many") {
        const exceptKeys = new Set([...identity.exceptAors].map((aor) => personKey(aor, domains)));
        this.many.push({ domain: identity.domain, exceptKeys, exceptDomains: identity.exceptDomains });
      } else if (identity.aor !== "") {
        this.ones.add(personKey(identity.aor, domains));
      }
    }
  }

  /** RFC 4745 §7.1: nobody who is not known. */
  holds(person: Person): boolean {
    if (person.key === "") return false;
    if (names(this.ones, person)) return true;
    for (const { domain, exceptKeys, exceptDomains } of this.many) {
      if (domain !== null && domain !== person.domain) continue;
      if (!names(exceptKeys, person) && !exceptDomains.has(person.domain)) return true;
    }
    return false;
  }
}

/** A rule, ready to be asked; `says` is what it says where it applies. */
export class CompiledRule<Says> {
  readonly tier: Tier;
  readonly says: Says;
  /** The first of its identity conditions, for an index; null where it has none. */
  readonly identities: Identities | null;
  readonly #more: readonly Identities[];
  /** For each external-list condition, its lists. */
  readonly #lists: readonly (readonly ReadonlySet<string>[])[];
  readonly #rest: readonly Condition[];

  private constructor(
    tier: Tier,
    says: Says,
    identities: readonly Identities[],
    lists: readonly (readonly ReadonlySet<string>[])[],
    rest: readonly Condition[],
  ) {
    this.tier = tier;
    this.says = says;
    this.identities = identities[0] ?? null;
    this.#more = identities.slice(1);
    this.#lists = lists;
    this.#rest = rest;
  }

  /** Null for a rule that never applies: RFC 4745 §7 has a condition that is not known (or not had) never hold. */
  static of<Says>(
    rule: Rule,
    domains: ReadonlySet<string>,
    membersOf: ListMembers,
    saysOf: (rule: Rule) => Says,
  ): CompiledRule<Says> | null {
    const identities: Identities[] = [];
    const lists: ReadonlySet<string>[][] = [];
    const rest: Condition[] = [];
    let other = false, anonymous = false;
    for (const condition of rule.conditions) {
      switch (condition.kind) {
        case "identity":
          identities.push(new Identities(condition.any, domains));
          break;
        case "external-list":
          lists.push(condition.anchors.map(membersOf));
          break;
        case "other-identity":
          other = true;
          break;
        case "anonymous-request":
          anonymous = true;
          break;
        case "sphere":
        case "validity":
        case "media-list":
        case "service-list":
          rest.push(condition);
          break;
        // These rules are no group's.
        case "list-member":
        case "unknown":
          return null;
      }
    }
    const named = identities.length > 0 || lists.length > 0;
    // Somebody whom a rule means is nobody else, and who hides is nobody who is meant.
    if (named && (other || anonymous)) return null;
    const tier = identities.length > 0
      ? "identity"
      : lists.length > 0
      ? "external"
      : anonymous
      ? "anonymous"
      : other
      ? "other"
      : "any";
    return new CompiledRule(tier, saysOf(rule), identities, lists, rest);
  }

  /** The conditions beside those about who it is. */
  get rest(): readonly Condition[] {
    return this.#rest;
  }

  holds(person: Person, circumstances: Circumstances): boolean {
    if (this.identities !== null && !this.identities.holds(person)) return false;
    for (const identities of this.#more) if (!identities.holds(person)) return false;
    for (const lists of this.#lists) if (!lists.some((members) => names(members, person))) return false;
    for (const condition of this.#rest) if (!holds(condition, circumstances)) return false;
    return true;
  }
}

function holds(condition: Condition, { at, kind, sphere }: Circumstances): boolean {
  switch (condition.kind) {
    case "sphere":
      return sphere !== undefined && condition.values.includes(sphere);
    case "validity":
      return condition.spans.some(({ from, until }) => at >= from && at < until);
    case "media-list":
      return kind !== null && inMedia(condition.media, kind);
    case "service-list":
      return kind !== null && inServices(condition.services, kind);
    default:
      return false;
  }
}

function inMedia({ except, media }: MediaSet, kind: Communication["kind"]): boolean {
  return media.has(MEDIUM[kind]) !== except;
}

function inServices({ except, services }: ServiceSet, kind: Communication["kind"]): boolean {
  const listed = services.some(({ enabler, media }) => enabler === SERVICE && (media === null || inMedia(media, kind)));
  return listed !== except;
}
