import type { Rule } from "../usages/ruleset_reader.ts";
import { type Circumstances, CompiledRule, type ListMembers, type Says } from "./compiled_rule.ts";
import type { Person } from "./person.ts";

/** What some rules that apply say together (RFC 4745 §10.2: truths are joined, of values the highest holds). */
export class Opinion {
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

const NOTHING: readonly CompiledRule[] = [];

/** A user's access rules, ready to be asked: those that name single people are found without a look at the others. */
export class Ruleset {
  static readonly EMPTY = new Ruleset([]);

  readonly #byPerson = new Map<string, CompiledRule[]>();
  readonly #byDomain = new Map<string, CompiledRule[]>();
  readonly #ofAnyDomain: CompiledRule[] = [];
  readonly #external: CompiledRule[] = [];
  readonly #other: CompiledRule[] = [];
  readonly #anonymous: CompiledRule[] = [];
  readonly #any: CompiledRule[] = [];
  /** People that the rules name, and the rules themselves: what it costs to keep them. */
  readonly people: number;
  readonly empty: boolean;

  private constructor(rules: readonly CompiledRule[]) {
    let people = 0;
    for (const rule of rules) people += 2 + this.#place(rule);
    this.people = people;
    this.empty = rules.length === 0;
  }

  static of(rules: readonly Rule[], domains: ReadonlySet<string>, membersOf: ListMembers): Ruleset {
    const compiled = rules.map((rule) => CompiledRule.of(rule, domains, membersOf)).filter((rule) => rule !== null);
    return compiled.length === 0 ? Ruleset.EMPTY : new Ruleset(compiled);
  }

  /** What the rules say that mean this person: by identity, else by an external list (oma-reference §5.5). */
  named(person: Person, circumstances: Circumstances): Opinion {
    const opinion = this.#singly(person, circumstances);
    ask(this.#byDomain.get(person.domain) ?? NOTHING, person, circumstances, opinion);
    ask(this.#ofAnyDomain, person, circumstances, opinion);
    if (!opinion.matched) ask(this.#external, person, circumstances, opinion);
    return opinion;
  }

  /** The same without those rules that mean whole domains. */
  singledOut(person: Person, circumstances: Circumstances): Opinion {
    const opinion = this.#singly(person, circumstances);
    if (!opinion.matched) ask(this.#external, person, circumstances, opinion);
    return opinion;
  }

  /** For those whom no rule means. */
  others(person: Person, circumstances: Circumstances): Opinion {
    return ask(this.#other, person, circumstances, new Opinion());
  }

  anonymous(person: Person, circumstances: Circumstances): Opinion {
    return ask(this.#anonymous, person, circumstances, new Opinion());
  }

  /** Those that hold whoever it is. */
  anyone(person: Person, circumstances: Circumstances): Opinion {
    return ask(this.#any, person, circumstances, new Opinion());
  }

  #singly(person: Person, circumstances: Circumstances): Opinion {
    const opinion = new Opinion();
    ask(this.#byPerson.get(person.key) ?? NOTHING, person, circumstances, opinion);
    if (person.number !== "") {
      ask(this.#byPerson.get(person.number) ?? NOTHING, person, circumstances, opinion);
    }
    return opinion;
  }

  #place(rule: CompiledRule): number {
    switch (rule.tier) {
      case "external":
        this.#external.push(rule);
        return 0;
      case "other":
        this.#other.push(rule);
        return 0;
      case "anonymous":
        this.#anonymous.push(rule);
        return 0;
      case "any":
        this.#any.push(rule);
        return 0;
      case "identity": {
        const { ones, many } = rule.identities!;
        for (const key of ones) addTo(this.#byPerson, key, rule);
        let exceptions = 0;
        for (const domain of new Set(many.map((one) => one.domain))) {
          if (domain === null) this.#ofAnyDomain.push(rule);
          else addTo(this.#byDomain, domain, rule);
        }
        for (const { exceptKeys, exceptDomains } of many) exceptions += exceptKeys.size + exceptDomains.size;
        return 2 * ones.size + many.length + exceptions;
      }
    }
  }
}

function ask(
  rules: readonly CompiledRule[],
  person: Person,
  circumstances: Circumstances,
  opinion: Opinion,
): Opinion {
  for (const rule of rules) if (rule.holds(person, circumstances)) opinion.add(rule.says);
  return opinion;
}

function addTo(index: Map<string, CompiledRule[]>, key: string, rule: CompiledRule): void {
  const rules = index.get(key);
  if (rules === undefined) index.set(key, [rule]);
  else rules.push(rule);
}
