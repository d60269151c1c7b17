import { BridgeLeg } from "./bridge_leg.ts";
import type { BridgeParts, LegOptions } from "./leg_options.ts";

/**
 * Two MSRP sessions joined into one: a back-to-back user agent's media (RFC 4975 §5.1; RFC 6714 §2 calls it MSRP B2BUA). Each
 * leg lets only its owner in; requests go across with paths of the other leg and nothing else changed but what a `Rewriter`
 * changes. Nothing is kept but what a peer that has not connected yet is owed, 64 KiB at most.
 */
export class Bridge {
  readonly a: BridgeLeg;
  readonly b: BridgeLeg;
  readonly #since: number;

  /** Throws RangeError where a session id is taken. */
  constructor(parts: BridgeParts, a: LegOptions, b: LegOptions) {
    const { node, clock } = parts;
    this.#since = clock.monotonic();
    this.a = new BridgeLeg(parts, "a", a);
    this.b = new BridgeLeg(parts, "b", b);
    this.a.join(this.b);
    this.b.join(this.a);
    node.add(a.sessionId, this.a);
    try {
      node.add(b.sessionId, this.b);
    } catch (error) {
      node.remove(a.sessionId);
      throw error;
    }
    if (a.peer !== null) this.a.update(a.peer);
    if (b.peer !== null) this.b.update(b.peer);
  }

  /** Monotonic ms of the last octet either way; of its making before the first. */
  get lastTraffic(): number {
    return Math.max(this.#since, this.a.lastTraffic, this.b.lastTraffic);
  }

  /** Ends both sessions. Chunks under way end with `#`; connections that carry nothing else are closed by the node. */
  close(reason: string): void {
    this.a.giveUp(reason);
    this.b.giveUp(reason);
    this.a.close(reason);
    this.b.close(reason);
  }
}
