/** Rules as they were read, and what they stand on. */
export interface LoadedRules<Rules> {
  readonly rules: Rules;
  /** Owners of the documents they stand on, beside their own; "" for the global tree. */
  readonly others: ReadonlySet<string>;
  /** People in lists and rules. */
  readonly people: number;
  /** Some lists went beyond the limits. */
  readonly cut: boolean;
  /** True while all documents are what they were. */
  readonly current: boolean;
}

/** How much is kept. */
export interface CacheLimits {
  readonly users: number;
  /** People in lists and rules, over all users: about 100 octets each. */
  readonly people: number;
}

export const CACHE_LIMITS: CacheLimits = { users: 20_000, people: 500_000 };

interface Held<Rules> {
  readonly rules: Rules;
  readonly cost: number;
}

/** What a user costs who has hardly any rules, in people. */
const BASE_COST = 8;

/**
 * The rules of the users who were asked about last. Whose documents rules stand on stays known when they have to make room, so
 * that a change of these is told: it is only known of users with such documents, a few names each.
 */
export class RulesCache<Rules> {
  readonly #held = new Map<string, Held<Rules>>();
  /** Other owners on whose documents somebody's rules stand. */
  readonly #others = new Map<string, ReadonlySet<string>>();
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

  get(owner: string): Rules | undefined {
    const held = this.#held.get(owner);
    if (held === undefined) return undefined;
    // The map is in order of use.
    this.#held.delete(owner);
    this.#held.set(owner, held);
    return held.rules;
  }

  put(owner: string, { rules, others, people }: Omit<LoadedRules<Rules>, "current" | "cut">): void {
    this.drop(owner);
    const cost = BASE_COST + people;
    this.#held.set(owner, { rules, cost });
    this.#cost += cost;
    if (others.size > 0) this.#others.set(owner, others);
    for (const other of others) {
      const standing = this.#standOn.get(other);
      if (standing === undefined) this.#standOn.set(other, new Set([owner]));
      else standing.add(owner);
    }
    // The one just read stays, however much it is: who asked for it is about to use it.
    for (const oldest of this.#held.keys()) {
      const full = this.#held.size > this.#limits.users || this.#cost > this.#limits.people;
      if (!full || oldest === owner) break;
      this.#letGo(oldest);
    }
  }

  drop(owner: string): void {
    this.#letGo(owner);
    for (const other of this.#others.get(owner) ?? []) {
      const standing = this.#standOn.get(other)!;
      standing.delete(owner);
      if (standing.size === 0) this.#standOn.delete(other);
    }
    this.#others.delete(owner);
  }

  /** Everybody whose rules stand on documents of this owner, beside the owner. */
  standingOn(owner: string): readonly string[] {
    return [...this.#standOn.get(owner) ?? []];
  }

  #letGo(owner: string): void {
    const held = this.#held.get(owner);
    if (held === undefined) return;
    this.#held.delete(owner);
    this.#cost -= held.cost;
  }
}
