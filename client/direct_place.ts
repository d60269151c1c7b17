import { randomToken } from "../foundation/mod.ts";
import type { MsrpNode, MsrpTransport } from "../transport/msrp/mod.ts";
import type { Fingerprint, MsrpMedia } from "../transport/payload/mod.ts";
import { hiddenName, type MediaPlace, type OwnEnd, placeOf, protoFor, type Seat, transportOf } from "./media_place.ts";

export interface DirectPlaceOptions {
  readonly node: Pick<MsrpNode, "uriFor">;
  /** How our own sessions travel; an offer of somebody else says how theirs do. */
  readonly transport: MsrpTransport;
  /** Of the certificate that we show to TLS peers, whichever side connects; empty: we show none. */
  readonly fingerprints?: readonly Fingerprint[];
}

/** Sessions straight to the other side: it connects to a door of ours, or, where there is none, we connect to it. */
export class DirectPlace implements MediaPlace, Seat {
  readonly ready = true;
  readonly problem = "";
  readonly relays = [];
  readonly #options: DirectPlaceOptions;
  /** Names the client in URIs that nobody connects to. */
  readonly #name = hiddenName();

  constructor(options: DirectPlaceOptions) {
    this.#options = options;
  }

  /** One for all: there is nothing to ask for, and nothing to give back. */
  take(): Seat {
    return this;
  }

  newEnd(offered: MsrpMedia | null): OwnEnd {
    const { node, fingerprints } = this.#options;
    const sessionId = randomToken(24);
    const transport = offered === null ? this.#options.transport : transportOf(offered);
    const secure = transport === "tls" || transport === "wss";
    const socket = transport === "ws" || transport === "wss";
    const door = node.uriFor(sessionId, transport);
    const uri = door ?? `${secure ? "msrps" : "msrp"}://${this.#name}:2855/${sessionId};${socket ? "ws" : "tcp"}`;
    const { host, port } = placeOf(uri);
    return {
      sessionId,
      uri,
      relays: [],
      path: [uri],
      proto: protoFor(offered, secure),
      host,
      port: door === null ? 9 : port,
      reachable: door !== null,
      fingerprints: secure ? fingerprints ?? [] : [],
    };
  }

  leave(): void {}
}
