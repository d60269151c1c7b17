import type { LoadedRules } from "./load_rules.ts";
import type { UserRules } from "./user_rules.ts";

/** How much is kept. */
export interface CacheLimits {
  readonly users: number;
  /** People in lists and rules, over all users: about 100 octets each. */
  readonly people: number;
}

export const CACHE_LIMITS: CacheLimits = { users: 20_000, people: 500_000 };

interface Held {
  readonly rules: UserRules;
  readonly others: ReadonlySet<string>;
  readonly cost: number;
}

/** What a user costs who has hardly any rules, in people. */
const BASE_COST = 8;

/** The rules of the users who were asked about last. */
export class RulesCache {
  readonly #held = new Map<string, Held>();
  /** Who has rules that stand on documents of this owner. */
  readonly #standOn = new Map<string, Set<string>>();
  readonly #limits: CacheLimits;
  #cost = 0;

  constructor(limits: CacheLimits = CACHE_LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#held.size;
  }
  /** People in lists and rules. */
  get cost(): number {
    return this.#cost;
  }

  get(owner: string): UserRules | undefined {
    const held = this.#held.get(owner);
    if (held === undefined) return undefined;
    // The map is in order of use.
    this.#held.delete(owner);
    this.#held.set(owner, held);
    return held.rules;
  }

  put(owner: string, { rules, others, people }: Omit<LoadedRules, "current" | "cut">): void {
    this.drop(owner);
    const cost = BASE_COST + people;
    this.#held.set(owner, { rules, others, cost });
    this.#cost += cost;
    for (const other of others) {
      const standing = this.#standOn.get(other);
      if (standing === undefined) this.#standOn.set(other, new Set([owner]));
      else standing.add(owner);
    }
    // The one just read stays, however much it is: who asked for it is about to use it.
    for (const oldest of this.#held.keys()) {
      const full = this.#held.size > this.#limits.users || this.#cost > this.#limits.people;
      if (!full || oldest === owner) break;
      this.drop(oldest);
    }
  }

  drop(owner: string): void {
    const held = this.#held.get(owner);
    if (held === undefined) return;
    this.#held.delete(owner);
    this.#cost -= held.cost;
    for (const other of held.others) {
      const standing = this.#standOn.get(other)!;
      standing.delete(owner);
      if (standing.size === 0) this.#standOn.delete(other);
    }
  }

  /** Everybody whose rules stand on documents of this owner, beside the owner. */
  standingOn(owner: string): readonly string[] {
    return [...this.#standOn.get(owner) ?? []];
  }
}
