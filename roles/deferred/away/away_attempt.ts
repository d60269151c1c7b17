import type { Timed, Timer } from "../../../foundation/mod.ts";
import type { StoreOutcome } from "../../../storage/mod.ts";
import { type Branch, type Exchange, ForwardingFork, uriTarget } from "../../sip_core/mod.ts";
import { verdictOf } from "../outcome.ts";
import type { AwayElementParts } from "./away_element.ts";

/** One notification on its way to another domain. No answer in time, or none that is final: it is stored, and its sender gets 202. */
export class AwayAttempt extends ForwardingFork implements Timed {
  readonly #parts: AwayElementParts;
  readonly #aor: string;
  #timer: Timer | null = null;
  #storing = false;
  /** 0 until committed. */
  #stored = 0;
  /** It is not to be sent again. */
  #settled = false;

  constructor(parts: AwayElementParts, exchange: Exchange, aor: string) {
    super(parts.services, exchange);
    this.#parts = parts;
    this.#aor = aor;
  }

  start(): void {
    const breadth = this.breadth();
    if (breadth === 0) return this.exchange.reply(440);
    this.begin(uriTarget(this.exchange.target), breadth);
    if (this.open > 0) this.#timer = this.services.timers.start(this.#parts.pager.answerWithin_ms, this, 0);
  }

  onProvisional(): void {}

  onTimer(): void {
    this.#timer = null;
    this.#store();
  }

  onOutcome(branch: Branch): void {
    this.#timer?.stop();
    this.#timer = null;
    const { away } = this.#parts;
    switch (verdictOf(branch.status)) {
      case "taken":
        // What was stored meanwhile, because it came late, goes.
        this.#settle();
        if (!this.exchange.transaction.answered) this.relay(branch, branch.response!);
        return away.heard(this.#aor);
      case "refused":
        // Once it is stored nobody hears of it any more, and to try again would be of no use.
        if (this.#storing) return this.#settle();
        return this.#passOn(branch);
      case "later":
        if (this.#stored !== 0) away.release(this.#aor, this.#stored);
        return this.#store();
    }
  }

  #settle(): void {
    this.#settled = true;
    if (this.#stored !== 0) this.#parts.away.withdraw(this.#aor, this.#stored);
  }

  #store(): void {
    if (this.#storing) return;
    this.#storing = true;
    this.#parts.keeper.keep(this.exchange, this.#aor, "", true, (outcome: StoreOutcome) => this.#kept(outcome));
  }

  #kept(outcome: StoreOutcome): void {
    const safe = outcome.kind === "stored" || outcome.kind === "duplicate";
    if (outcome.kind === "stored") {
      this.#stored = outcome.id;
      if (this.#settled) this.#parts.away.withdraw(this.#aor, outcome.id);
      else if (this.open > 0) this.#parts.away.hold(this.#aor, outcome.id);
    }
    if (this.exchange.transaction.answered) return;
    if (safe) this.exchange.reply(202);
    else if (this.open === 0) this.#passOn(this.branches[0]);
    else this.exchange.reply(480, { reason: "Recipient did not answer in time" });
  }

  /** What the other side said. */
  #passOn(branch: Branch): void {
    if (branch.response !== null) this.relay(branch, branch.response);
    else this.exchange.reply(480, { reason: "Recipient not reachable" });
  }
}
