import type { Timed, Timer } from "../../foundation/mod.ts";
import type { StoreOutcome } from "../../storage/mod.ts";
import { bestBranch, type Binding, type Branch, type Exchange, ForwardingFork, type Target } from "../sip_core/mod.ts";
import { type Holder, verdictOf } from "../deferred/mod.ts";
import { factsOf } from "./pager_events.ts";
import { answerStored } from "./store_answer.ts";
import type { Straggler, Stragglers } from "./stragglers.ts";
import type { TerminatingDeps } from "./terminating.ts";

/** A copy in the store, or on its way there. */
interface Copy {
  /** "" for any device. */
  readonly device: string;
  /** 0 until committed. */
  id: number;
  withdrawn: boolean;
}

/**
 * One MESSAGE on its way to all devices of its recipient (oma-reference §3.2, §3.8).
 *
 * - The first 2xx goes back at once; the others are absorbed. A device that stays silent meanwhile gets a copy of its own.
 * - When every device is unreachable, or time is up: one copy for whichever device comes first, and 202.
 * - When every device refuses, or one refuses for the user as a whole (6xx): that answer goes back, and nothing is stored.
 * - When some refuse and others are unreachable: the unreachable ones get it later, 202.
 * - A 2xx that comes after its copy was stored withdraws the copy.
 */
export class Delivery extends ForwardingFork implements Timed, Holder, Straggler {
  readonly #deps: TerminatingDeps;
  readonly #recipient: string;
  readonly #keeps: boolean;
  /** Devices left out because older messages wait for them. */
  readonly #behind: readonly string[] | null;
  readonly #stragglers: Stragglers;
  #copies: Copy[] | null = null;
  /** 0 until the first copy is kept. */
  #arrivedAt = 0;
  #delivered = false;
  #decided = false;
  #timer: Timer | null = null;

  constructor(
    deps: TerminatingDeps,
    exchange: Exchange,
    recipient: string,
    keeps: boolean,
    behind: readonly string[] | null,
    stragglers: Stragglers,
  ) {
    super(deps.services, exchange);
    this.#deps = deps;
    this.#recipient = recipient;
    this.#keeps = keeps;
    this.#behind = behind;
    this.#stragglers = stragglers;
  }

  start(targets: readonly Target[]): void {
    const all = this.breadth();
    if (all < targets.length) {
      this.exchange.reply(440);
      return;
    }
    const share = Math.floor(all / targets.length);
    // Held open until all have begun: a branch that fails inside its start must not decide for the others.
    this.open++;
    for (let i = 0; i < targets.length; i++) {
      this.begin(targets[i], i === 0 ? all - share * (targets.length - 1) : share);
    }
    this.open--;
    if (this.open === 0) this.#decide();
    else this.#timer = this.services.timers.start(this.#deps.settings.answerWithin_ms, this, 0);
  }

  onProvisional(): void {}

  onOutcome(branch: Branch): void {
    if (branch.status < 300) this.#taken(branch);
    if (this.open > 0) return;
    this.#stragglers.delete(this.#recipient, this);
    if (this.#decided) this.#releaseAll();
    else this.#decide();
  }

  onTimer(): void {
    this.#timer = null;
    if (!this.#decided) this.#decide();
  }

  /** True while one of these devices may still take the first attempt. */
  covers(bindings: readonly Binding[]): boolean {
    return this.branches.some((branch) => {
      const mine = branch.target.binding;
      if (branch.status !== 0 || mine === null) return false;
      return bindings.some((binding) =>
        binding.contact === mine.contact && binding.source.host === mine.source.host &&
        binding.source.port === mine.source.port
      );
    });
  }

  lacks(instance: string): boolean {
    return this.branches.some((branch) =>
      branch.target.binding?.instance === instance && verdictOf(branch.status) === "later"
    );
  }

  keepNow(): void {
    if (!this.#decided && this.#delivered) this.#decide();
  }

  #taken(branch: Branch): void {
    const first = !this.#delivered;
    this.#delivered = true;
    const late = this.exchange.transaction.answered;
    if (first && !late) this.relay(branch, branch.response!);
    if (first && this.open > 0) this.#stragglers.add(this.#recipient, this);
    this.#tellDelivered(branch, this.#decided);
    if (!this.#decided) return;
    // Time was up, and copies were stored.
    const device = branch.target.binding?.instance ?? "";
    for (const copy of this.#copies ?? []) {
      if (copy.device === "" || copy.device === device) this.#withdraw(copy);
    }
    if (first) this.#keepForSilent();
  }

  /** Every branch has its outcome, or time is up. */
  #decide(): void {
    this.#decided = true;
    this.#timer?.stop();
    if (this.#delivered) {
      this.#keepForSilent();
      this.#keepBehind();
      return;
    }
    const best = bestBranch(this.branches);
    const silent = this.branches.filter((branch) => verdictOf(branch.status) === "later");
    if ((best !== null && best.status >= 600) || silent.length === 0) {
      this.#refuse(best);
      return;
    }
    if (!this.#keeps) {
      this.exchange.reply(480, {
        reason: this.open > 0 ? "Recipient did not answer in time" : "Recipient not reachable",
      });
      this.#tellRefused(480);
      return;
    }
    this.#stragglers.keepNow(this.#recipient);
    const devices = silent.map((branch) => branch.target.binding?.instance ?? "");
    const some = silent.length < this.branches.length && !devices.includes("");
    if (some) { for (const device of devices) this.#keep(device, true, true); }
    else this.#keep(this.exchange.device, true, true);
    // What waits for any device is for those behind, too.
    if (some) this.#keepBehind();
  }

  #refuse(best: Branch | null): void {
    // Nobody took it, so that those left out have it as the only ones.
    if (this.#behind !== null && (best === null || best.status < 600)) {
      this.#stragglers.keepNow(this.#recipient);
      for (const device of this.#behind) this.#keep(device, true, false);
      return;
    }
    const status = best?.status ?? 480;
    if (best !== null && best.response !== null) this.relay(best, best.response);
    else this.exchange.reply(status);
    this.#tellRefused(status);
  }

  /** One device has it: copies for those that did not answer and can be known again. */
  #keepForSilent(): void {
    if (!this.#keeps) return;
    for (const branch of this.branches) {
      const device = branch.target.binding?.instance ?? "";
      if (device !== "" && verdictOf(branch.status) === "later") this.#keep(device, false, true);
    }
  }

  #keepBehind(): void {
    if (this.#behind !== null) { for (const device of this.#behind) this.#keep(device, false, false); }
  }

  /** `answers`: the sender waits for this copy to be safe. `tried`: the device was asked, in vain so far. */
  #keep(device: string, answers: boolean, tried: boolean): void {
    const copies = this.#copies ??= [];
    if (copies.some((copy) => copy.device === device && !copy.withdrawn)) return;
    const copy: Copy = { device, id: 0, withdrawn: false };
    copies.push(copy);
    const { deferred, events } = this.#deps;
    if (this.#arrivedAt === 0) this.#arrivedAt = deferred.arrival(this.#recipient);
    const done = (outcome: StoreOutcome) => {
      if (outcome.kind === "stored") {
        copy.id = outcome.id;
        if (copy.withdrawn) deferred.withdraw(copy.id);
        else if (this.open > 0) deferred.hold(copy.id, this);
      }
      if (!answers || this.exchange.transaction.answered) return;
      if (answerStored(this.exchange, outcome) && events.heard("messageDeferred")) {
        const facts = factsOf(this.exchange, this.#recipient, this.services.clock.now());
        events.emit("messageDeferred", { ...facts, why: "unreachable" });
      }
    };
    deferred.keep(this.exchange, this.#recipient, device, tried, done, this.#arrivedAt);
  }

  #withdraw(copy: Copy): void {
    if (copy.withdrawn) return;
    copy.withdrawn = true;
    if (copy.id !== 0) this.#deps.deferred.withdraw(copy.id);
  }

  #releaseAll(): void {
    for (const copy of this.#copies ?? []) {
      if (copy.id !== 0) this.#deps.deferred.release(copy.id, this.#recipient, this, this.#delivered);
    }
  }

  #tellDelivered(branch: Branch, late: boolean): void {
    const { events } = this.#deps;
    if (!events.heard("messageDelivered")) return;
    const binding = branch.target.binding;
    events.emit("messageDelivered", {
      ...factsOf(this.exchange, this.#recipient, this.services.clock.now()),
      device: binding?.instance ?? "",
      deviceAccessNetwork: binding?.accessNetwork ?? "",
      late,
    });
  }

  #tellRefused(status: number): void {
    const { events } = this.#deps;
    if (!events.heard("messageRefused")) return;
    const facts = factsOf(this.exchange, this.#recipient, this.services.clock.now());
    events.emit("messageRefused", { ...facts, status, by: "device" });
  }
}
