import type { Clock, Timers } from "../../../foundation/mod.ts";
import type { Endpoint } from "../../net/mod.ts";
import type { MsrpNode } from "../node.ts";
import type { BridgeLeg } from "./bridge_leg.ts";
import type { ForwardRules, Side, TappedSide } from "./forward_rules.ts";

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
}

/** What a leg stands on; the bridge makes it. */
export interface LegParts {
  readonly node: MsrpNode;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly side: Side;
  readonly sessionId: string;
  /** Our URI as this peer knows it: `a=path` of our SDP to it. */
  readonly localUri: string;
  readonly tapped: TappedSide | null;
  readonly onBound: (leg: BridgeLeg) => void;
  readonly onLost: (leg: BridgeLeg, status: number, reason: string) => void;
}
