import type { AccessDecision, AccessRules, Communication } from "../access.ts";

/** Rules that a test writes down. For tests only. */
export class FakeRules implements AccessRules {
  /** By `from > to`; what is not here is allowed. */
  readonly in = new Map<string, AccessDecision>();
  readonly out = new Map<string, AccessDecision>();
  /** All communications that were asked about, in order: `in pager sip:… > sip:…`, `(hidden)` behind it. */
  readonly asked: string[] = [];
  /** Rules of these users have to be read first. */
  readonly unread = new Set<string>();
  /** How often they were read. */
  prepared = 0;
  /** What reading waits for. */
  gate: Promise<void> = Promise.resolve();
  failure: Error | null = null;
  /** Reading is of no use: they have to be read again at once. */
  restless = false;

  incoming(communication: Communication): AccessDecision | undefined {
    return this.#decide("in", this.in, communication.to, communication);
  }
  outgoing(communication: Communication): AccessDecision | undefined {
    return this.#decide("out", this.out, communication.from, communication);
  }
  async prepare({ from, to }: Communication): Promise<void> {
    this.prepared++;
    await this.gate;
    if (this.failure !== null) throw this.failure;
    if (this.restless) return;
    this.unread.delete(from);
    this.unread.delete(to);
  }

  #decide(
    side: "in" | "out",
    rules: ReadonlyMap<string, AccessDecision>,
    owner: string,
    { from, to, kind, anonymous }: Communication,
  ): AccessDecision | undefined {
    if (this.unread.has(owner)) return undefined;
    this.asked.push(`${side} ${kind} ${from} > ${to}${anonymous ? " (hidden)" : ""}`);
    return rules.get(`${from} > ${to}`) ?? { verdict: "allow", overrides: false };
  }
}

export const BLOCK: AccessDecision = { verdict: "refuse", reason: "rules of the recipient" };
export const HIDDEN: AccessDecision = { ...BLOCK, anonymity: true };
export const DROP: AccessDecision = { verdict: "drop" };
