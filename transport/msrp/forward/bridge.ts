import type { Clock, Timers } from "../../../foundation/mod.ts";
import type { MsrpNode } from "../node.ts";
import { BridgeLeg } from "./bridge_leg.ts";
import type { BridgeTap, Side } from "./forward_rules.ts";
import type { LegPeer } from "./leg_options.ts";

/** Told what happens to the connections of a bridge. Every method returns at once. */
export interface BridgeOwner {
  /** The leg's connection is there: traffic flows. */
  onBound(leg: BridgeLeg): void;
  /**
   * The leg has none: lost (status 0), refused by the peer (its status), not made (481), or not opened by the peer in 30 s (408).
   * `update` and `start` make it wait for a new one; else the owner closes the bridge.
   */
  onLost(leg: BridgeLeg, status: number, reason: string): void;
}

/** One leg as it is known when the bridge is made. */
export interface LegOptions {
  /** Unguessable, 80 bits at least (RFC 4975 §14.1). */
  readonly sessionId: string;
  /** Our URI in the SDP to this peer; `node.uriFor(sessionId, …)`. */
  readonly localUri: string;
  /** Null until SDP of the peer is there. */
  readonly peer: LegPeer | null;
}

/** What a bridge stands on. */
export interface BridgeParts {
  readonly node: MsrpNode;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly owner: BridgeOwner;
  readonly tap: BridgeTap | null;
}

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
  constructor({ node, clock, timers, owner, tap }: BridgeParts, a: LegOptions, b: LegOptions) {
    const leg = (side: Side, { sessionId, localUri }: LegOptions) =>
      new BridgeLeg({
        node,
        clock,
        timers,
        side,
        sessionId,
        localUri,
        tapped: tap === null ? null : { tap, side },
        onBound: (leg) => owner.onBound(leg),
        onLost: (leg, status, reason) => owner.onLost(leg, status, reason),
      });
    this.#since = clock.monotonic();
    this.a = leg("a", a);
    this.b = leg("b", b);
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
