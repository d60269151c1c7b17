import { detached } from "../../../foundation/mod.ts";
import type { HistoryParty, Subscriber } from "../../../storage/mod.ts";
import { type Exchange, NO_WIRE } from "../../sip_core/mod.ts";
import { isAnonymous } from "../../participating/mod.ts";
import { receivingSide, sendingSide, type Side, writtenTo } from "./pager_parties.ts";
import { NO_SIDES, PagerSides } from "./pager_sides.ts";
import type { Wishes } from "./wishes.ts";

/** Sides, and what of a message they were made of. */
interface Made {
  readonly sides: PagerSides;
  readonly passed: boolean;
  /** How the sender names the other one, and itself. */
  readonly toName: string;
  readonly ownName: string;
  /** What the core says of the sender. */
  readonly aor: string;
  readonly displayName: string;
}

/** What is asked of wishes here. */
type Asked = Pick<Wishes, "version" | "mayRecord" | "wantsWith">;

/**
 * One who writes to another, and who of the two may have it recorded. From message to message it mostly stays the same, and so do the
 * sides that are made of it.
 */
export class PagerLine {
  readonly sender: Subscriber | null;
  readonly recipient: Subscriber | null;
  readonly #target: string;
  readonly #device: string;
  readonly #version: number;
  /** Whom the sender writes to; null where nothing of the sender's is recorded. */
  readonly #to: string | null;
  readonly #pager: boolean;
  readonly #large: boolean;
  #made: Made | null = null;
  /** A message went by it before: it is worth making something that is kept. */
  #again = false;

  constructor(exchange: Exchange, sender: Subscriber | null, wishes: Asked) {
    const { recipient, target, device } = exchange;
    this.sender = sender;
    this.recipient = recipient;
    // As most are written: nothing of the request is kept for it.
    this.#target = target === recipient?.aor ? recipient.aor : detached(target);
    this.#device = detached(device);
    this.#version = wishes.version;
    const to = this.#to = sender !== null && wishes.mayRecord(sender.aor) ? ownTo(exchange) : null;
    const receives = recipient !== null && wishes.mayRecord(recipient.aor);
    this.#pager = receives || (to !== null && wishes.wantsWith(sender!.aor, to, "pager"));
    this.#large = receives || (to !== null && wishes.wantsWith(sender!.aor, to, "large"));
  }

  /** True where this message goes by it, and all wish what they wished when it was made. */
  isOf({ recipient, target, device }: Exchange, sender: Subscriber | null, wishes: Asked): boolean {
    return this.sender === sender && this.recipient === recipient && this.#target === target &&
      this.#device === device && this.#version === wishes.version;
  }

  /** One of the two may want a message of that kind. */
  isWanted(kind: "pager" | "large"): boolean {
    return kind === "pager" ? this.#pager : this.#large;
  }

  /** Those who may record this message, each as they see it; the same object as long as they see the same. `passed`: it reaches its recipient. */
  sidesOf(exchange: Exchange, passed: boolean): PagerSides {
    const { request: { to, from }, flow, identity } = exchange;
    if (flow === NO_WIRE || identity === null || isAnonymous(exchange.request)) return this.#sidesOf(exchange, passed);
    const known = this.#made;
    if (
      known !== null && known.passed === passed && known.toName === to.displayName &&
      known.ownName === from.displayName && known.aor === identity.aor && known.displayName === identity.displayName
    ) return known.sides;
    const again = this.#again;
    this.#made = null;
    this.#again = !again;
    if (!again) return this.#sidesOf(exchange, passed);
    const sides = new PagerSides(this.#sidesOf(exchange, passed).all.map(ownSide));
    this.#made = {
      sides,
      passed,
      toName: detached(to.displayName),
      ownName: detached(from.displayName),
      aor: detached(identity.aor),
      displayName: detached(identity.displayName),
    };
    return sides;
  }

  #sidesOf(exchange: Exchange, passed: boolean): PagerSides {
    const { sender, recipient } = this;
    const sides: Side[] = [];
    if (this.#to !== null) sides.push(sendingSide(exchange, sender!, this.#to));
    // Who writes to their own address has it once.
    if (recipient !== null && passed && recipient.aor !== sender?.aor) sides.push(receivingSide(exchange, recipient));
    return sides.length === 0 ? NO_SIDES : new PagerSides(sides);
  }
}

function ownTo(exchange: Exchange): string {
  const to = writtenTo(exchange);
  return to === exchange.recipient?.aor ? to : detached(to);
}

/** In memory of its own: it outlives the request it came with. */
function ownSide({ listener: { aor, with: other, parties }, from, to, group }: Side): Side {
  const listener = { aor: detached(aor), with: detached(other), parties: parties.map(ownParty) };
  return { listener, from: ownParty(from), to: detached(to), group: ownParty(group) };
}

function ownParty({ uri, name }: HistoryParty): HistoryParty {
  return { uri: detached(uri), name: detached(name) };
}
