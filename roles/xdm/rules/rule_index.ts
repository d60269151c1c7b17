import type { Rule } from "../usages/ruleset_reader.ts";
import { type Circumstances, CompiledRule, type ListMembers } from "./compiled_rule.ts";
import type { Person } from "./person.ts";

/** Gathers what the rules say that apply. A rule that names somebody twice may be added twice. */
export interface Gathering<Says> {
  /** At least one rule applies. */
  readonly matched: boolean;
  add(says: Says): void;
}

const NOTHING: readonly never[] = [];

/** Somebody's rules, ready to be asked: those that name single people are found without a look at the others. */
export class RuleIndex<Says> {
  readonly #rules: CompiledRule<Says>[] = [];
  readonly #byPerson = new Map<string, CompiledRule<Says>[]>();
  readonly #byDomain = new Map<string, CompiledRule<Says>[]>();
  readonly #ofAnyDomain: CompiledRule<Says>[] = [];
  readonly #external: CompiledRule<Says>[] = [];
  readonly #other: CompiledRule<Says>[] = [];
  readonly #anonymous: CompiledRule<Says>[] = [];
  readonly #any: CompiledRule<Says>[] = [];
  readonly #domains: ReadonlySet<string>;
  readonly #membersOf: ListMembers;
  readonly #saysOf: (rule: Rule) => Says;
  #people = 0;

  constructor(domains: ReadonlySet<string>, membersOf: ListMembers, saysOf: (rule: Rule) => Says) {
    this.#domains = domains;
    this.#membersOf = membersOf;
    this.#saysOf = saysOf;
  }

  /** All that may ever apply. */
  get rules(): readonly CompiledRule<Says>[] {
    return this.#rules;
  }
  get empty(): boolean {
    return this.#rules.length === 0;
  }
  /** People that the rules name, and the rules themselves: what it costs to keep them. */
  get people(): number {
    return this.#people;
  }

  add(rule: Rule): void {
    const compiled = CompiledRule.of(rule, this.#domains, this.#membersOf, this.#saysOf);
    if (compiled === null) return;
    this.#rules.push(compiled);
    this.#people += 2 + this.#place(compiled);
  }

  /** What the rules say that mean this person: by identity, else by an external list (oma-reference §5.5). */
  named<G extends Gathering<Says>>(person: Person, circumstances: Circumstances, gathering: G): G {
    this.#singly(person, circumstances, gathering);
    ask(this.#byDomain.get(person.domain) ?? NOTHING, person, circumstances, gathering);
    ask(this.#ofAnyDomain, person, circumstances, gathering);
    if (!gathering.matched) ask(this.#external, person, circumstances, gathering);
    return gathering;
  }

  /** The same without those rules that mean whole domains. */
  singledOut<G extends Gathering<Says>>(person: Person, circumstances: Circumstances, gathering: G): G {
    this.#singly(person, circumstances, gathering);
    if (!gathering.matched) ask(this.#external, person, circumstances, gathering);
    return gathering;
  }

  /** For those whom no rule means. */
  others<G extends Gathering<Says>>(person: Person, circumstances: Circumstances, gathering: G): G {
    return ask(this.#other, person, circumstances, gathering);
  }

  anonymous<G extends Gathering<Says>>(person: Person, circumstances: Circumstances, gathering: G): G {
    return ask(this.#anonymous, person, circumstances, gathering);
  }

  /** Those that hold whoever it is. */
  anyone<G extends Gathering<Says>>(person: Person, circumstances: Circumstances, gathering: G): G {
    return ask(this.#any, person, circumstances, gathering);
  }

  #singly(person: Person, circumstances: Circumstances, gathering: Gathering<Says>): void {
    ask(this.#byPerson.get(person.key) ?? NOTHING, person, circumstances, gathering);
    if (person.number !== "") {
      ask(this.#byPerson.get(person.number) ?? NOTHING, person, circumstances, gathering);
    }
  }

  #place(rule: CompiledRule<Says>): number {
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

function ask<Says, G extends Gathering<Says>>(
  rules: readonly CompiledRule<Says>[],
  person: Person,
  circumstances: Circumstances,
  gathering: G,
): G {
  for (const rule of rules) if (rule.holds(person, circumstances)) gathering.add(rule.says);
  return gathering;
}

function addTo<Says>(index: Map<string, CompiledRule<Says>[]>, key: string, rule: CompiledRule<Says>): void {
  const rules = index.get(key);
  if (rules === undefined) index.set(key, [rule]);
  else rules.push(rule);
}
