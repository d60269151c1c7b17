import { isTrue } from "../usages/breach.ts";
import { NS } from "../usages/identifiers.ts";
import { actionOf, imActionsOf, type Rule } from "../usages/ruleset_reader.ts";
import type { Circumstances, ListMembers } from "./compiled_rule.ts";
import type { Person } from "./person.ts";
import { type Gathering, RuleIndex } from "./rule_index.ts";

/** What a rule says of a communication (oma-reference §5.5); null where it says nothing. */
export interface Says {
  readonly rejects: boolean | null;
  readonly invite: "reject" | "pass" | "accept" | null;
  readonly stores: boolean | null;
  readonly overrides: boolean;
}

/** What some rules that apply say together (RFC 4745 §10.2: truths are joined, of values the highest holds). */
export class Opinion implements Gathering<Says> {
  /** At least one rule applies. */
  matched = false;
  overrides = false;
  /** Null: nothing is said of storing. */
  stores: boolean | null = null;
  #rejects: boolean | null = null;
  #invite: Says["invite"] = null;

  add(says: Says): void {
    this.matched = true;
    if (says.rejects !== null) this.#rejects = this.#rejects === true || says.rejects;
    if (says.invite !== null && (this.#invite === null || says.invite !== "reject")) this.#invite = says.invite;
    if (says.stores !== null) this.stores = this.stores === true || says.stores;
    if (says.overrides) this.overrides = true;
  }

  get blocks(): boolean {
    return this.#rejects === true || this.#invite === "reject";
  }
  /** Somebody's invitation is spoken of, and it is welcome. */
  get allows(): boolean {
    return !this.blocks && (this.#rejects !== null || this.#invite !== null);
  }
}

/** A user's access rules, ready to be asked. */
export class Ruleset {
  static readonly EMPTY = new Ruleset(new RuleIndex<Says>(new Set(), () => new Set(), saysOf));

  readonly #index: RuleIndex<Says>;

  private constructor(index: RuleIndex<Says>) {
    this.#index = index;
  }

  static of(rules: readonly Rule[], domains: ReadonlySet<string>, membersOf: ListMembers): Ruleset {
    const index = new RuleIndex(domains, membersOf, saysOf);
    for (const rule of rules) index.add(rule);
    return index.empty ? Ruleset.EMPTY : new Ruleset(index);
  }

  get empty(): boolean {
    return this.#index.empty;
  }
  /** People that the rules name, and the rules themselves: what it costs to keep them. */
  get people(): number {
    return this.#index.people;
  }

  /** What the rules say that mean this person: by identity, else by an external list (oma-reference §5.5). */
  named(person: Person, circumstances: Circumstances): Opinion {
    return this.#index.named(person, circumstances, new Opinion());
  }

  /** The same without those rules that mean whole domains. */
  singledOut(person: Person, circumstances: Circumstances): Opinion {
    return this.#index.singledOut(person, circumstances, new Opinion());
  }

  /** For those whom no rule means. */
  others(person: Person, circumstances: Circumstances): Opinion {
    return this.#index.others(person, circumstances, new Opinion());
  }

  anonymous(person: Person, circumstances: Circumstances): Opinion {
    return this.#index.anonymous(person, circumstances, new Opinion());
  }

  /** Those that hold whoever it is. */
  anyone(person: Person, circumstances: Circumstances): Opinion {
    return this.#index.anyone(person, circumstances, new Opinion());
  }
}

function saysOf(rule: Rule): Says {
  const override = actionOf(rule, NS.omaExtensions, "allow-manual-answer-override");
  return { ...imActionsOf(rule), overrides: override !== undefined && isTrue(override.value) };
}
