import type { Clock, Timers } from "../../../foundation/mod.ts";
import type { Endpoint } from "../../net/mod.ts";
import type { MsrpNode } from "../node.ts";
import type { BridgeLeg } from "./bridge_leg.ts";
import type { BridgeTap, ForwardRules } from "./forward_rules.ts";
import type { KeepParts } from "./undelivered.ts";

/** What SIP says about the peer of one leg. */
export interface LegPeer {
  /** `a=path` of its SDP. */
  readonly path: string;
  /** `a=fingerprint` of its SDP; one of them must be that of the certificate the peer shows. Empty: none is asked for. */
  readonly fingerprints: readonly string[];
  /** Who opens the connection (RFC 6135): we are `active` where it is `us`. */
  readonly connects: "us" | "peer";
  /**
   * How the owner is known by its From-Path: equal to its SDP path URI by URI, or only by the session id of the end point, where
   * something on the way writes other hosts into one of them (RFC 6714, old middleboxes).
   */
  readonly matching: "path" | "session";
  /** Where to connect in place of the path's host and port (CEMA); null: the path says. */
  readonly address: Endpoint | null;
  /** False: no connection that carries other sessions. */
  readonly share: boolean;
  /** What it takes, within what policy allows. */
  readonly accepts: ForwardRules;
  /** Small messages to it are kept until it has them, and handed over where it is gone; absent: they fail. */
  readonly keeps?: boolean;
}

/** Told what happens to the connections of a bridge. Every method returns at once. */
export interface BridgeOwner {
  /** The leg's connection is there: traffic flows. */
  onBound(leg: BridgeLeg): void;
  /**
   * The leg has none: lost (status 0), refused by the peer (its status), not made (481), or not opened by the peer in 30 s (408).
   * `update` and `start` make it wait for a new one; else the owner closes the bridge.
   */
  onLost(leg: BridgeLeg, status: number, reason: string): void;
  /** Nothing of a closed bridge is left: what was kept has arrived, or whoever was handed it has said what became of it. */
  onOver?(): void;
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
  /** What keeps messages for legs that want it; absent: none are kept. */
  readonly keep?: KeepParts;
}
