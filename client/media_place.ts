import { randomToken } from "../foundation/mod.ts";
import { type MsrpNode, type MsrpTransport, tryParseMsrpUri } from "../transport/msrp/mod.ts";
import type { Fingerprint, MsrpMedia, MsrpProto } from "../transport/payload/mod.ts";

/** The relays in front of a client, as they are when somebody asks (RFC 4976). */
export interface RelayPath {
  /** Use-Path, the nearest relay first; empty while there is none. */
  readonly usePath: readonly string[];
}

export interface MediaPlaceOptions {
  readonly node: Pick<MsrpNode, "uriFor">;
  /** How our own sessions travel; an offer of somebody else says how theirs do. */
  readonly transport: MsrpTransport;
  /** Of the certificate that we show to TLS peers, whichever side connects; empty: we show none. */
  readonly fingerprints?: readonly Fingerprint[];
  readonly relay?: RelayPath;
}

/** One session's place: our end of its path. */
export interface OwnEnd {
  /** 144 random bits (RFC 4975 §14.1 asks for 80). */
  readonly sessionId: string;
  readonly uri: string;
  /** Our relays, the nearest first. */
  readonly relays: readonly string[];
  /** `a=path`: relays, then `uri`. */
  readonly path: readonly string[];
  readonly proto: MsrpProto;
  /** For `c=` and `m=`; port 9 where nobody can connect to us (RFC 4145 §4.1). */
  readonly host: string;
  readonly port: number;
  /** The other side can connect: to a door of ours, or to our relay. */
  readonly reachable: boolean;
  readonly fingerprints: readonly Fingerprint[];
}

/** Where a client's MSRP sessions are, and how others get there. */
export class MediaPlace {
  readonly #options: MediaPlaceOptions;
  /** Names the client in URIs that nobody connects to (RFC 7977 §5.1.1). */
  readonly #name = `${randomToken(12).replace(/[_-]/g, "x").toLowerCase()}.invalid`;

  constructor(options: MediaPlaceOptions) {
    this.#options = options;
  }

  /** A new end: for an offer of ours, or fit to answer `offered`. */
  newEnd(offered: MsrpMedia | null): OwnEnd {
    const { node, relay } = this.#options;
    const sessionId = randomToken(24);
    const relays = relay?.usePath ?? [];
    const transport = offered === null || relays.length > 0 ? this.#options.transport : transportOf(offered);
    const secure = transport === "tls" || transport === "wss";
    const socket = transport === "ws" || transport === "wss";
    const door = relays.length > 0 ? null : node.uriFor(sessionId, transport);
    const uri = door ?? `${secure ? "msrps" : "msrp"}://${this.#name}:2855/${sessionId};${socket ? "ws" : "tcp"}`;
    const near = tryParseMsrpUri(relays[0] ?? uri);
    const reachable = door !== null || relays.length > 0;
    return {
      sessionId,
      uri,
      relays,
      path: [...relays, uri],
      proto: offered?.proto ?? (near?.secure ?? secure ? "TCP/TLS/MSRP" : "TCP/MSRP"),
      host: near?.host ?? this.#name,
      port: !reachable || near === null ? 9 : near.port === 0 ? 2855 : near.port,
      reachable,
      fingerprints: secure && relays.length === 0 ? this.#options.fingerprints ?? [] : [],
    };
  }
}

/** How a description says that its writer is reached: by the URI next to us; `proto` where old clients say more. */
export function transportOf(media: MsrpMedia): MsrpTransport {
  const next = tryParseMsrpUri(media.path[0] ?? "");
  const socket = next?.transport === "ws" || media.proto === "TCP/WS/MSRP" || media.proto === "TCP/WSS/MSRP";
  const secure = next?.secure === true || media.proto === "TCP/TLS/MSRP" || media.proto === "TCP/WSS/MSRP";
  return socket ? (secure ? "wss" : "ws") : secure ? "tls" : "tcp";
}
