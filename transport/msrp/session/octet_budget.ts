/** Memory for messages that come in pieces, shared by whoever is given the same budget: all sessions of a role, as a rule. */
export class OctetBudget {
  readonly limit: number;
  #used = 0;

  /** `limit`: octets. */
  constructor(limit: number) {
    if (!(limit >= 0)) throw new RangeError(`a budget of ${limit} octets`);
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** False, and nothing taken, where not so many are left. */
  take(octets: number): boolean {
    if (this.#used + octets > this.limit) return false;
    this.#used += octets;
    return true;
  }

  give(octets: number): void {
    this.#used -= octets;
  }
}
