import { randomToken } from "../foundation/mod.ts";
import { hiddenName } from "./relay_place.ts";
import { MSRP_PORT, type MsrpNode, type MsrpTransport, tryParseMsrpUri } from "../transport/msrp/mod.ts";
import type { Fingerprint, MsrpMedia, MsrpProto } from "../transport/payload/mod.ts";

/** The relays in front of a client, as they are when somebody asks (RFC 4976). */
export interface RelayPath {
  /** Use-Path, the nearest relay first; empty while there is none. */
  readonly usePath: readonly string[];
  /** The same for `a=path`: the farthest first. */
  readonly descriptionPath: readonly string[];
  /** What our own URIs begin with: the relays know us by it. */
  readonly authority: string;
  readonly transport: "tcp" | "ws";
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
  /** Names the client in URIs that nobody connects to. */
  readonly #name = hiddenName();

  constructor(options: MediaPlaceOptions) {
    this.#options = options;
  }

  /** Why there can be no session at present; "" where there can. */
  get problem(): string {
    const { relay } = this.#options;
    return relay !== undefined && relay.usePath.length === 0 ? "the relay has not given a place for sessions" : "";
  }

  /** A new end: for an offer of ours, or fit to answer `offered`. */
  newEnd(offered: MsrpMedia | null): OwnEnd {
    const { relay } = this.#options;
    const sessionId = randomToken(24);
    return relay === undefined ? this.#direct(sessionId, offered) : this.#behind(relay, sessionId, offered);
  }

  #direct(sessionId: string, offered: MsrpMedia | null): OwnEnd {
    const { node, fingerprints } = this.#options;
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
      proto: offered?.proto ?? (secure ? "TCP/TLS/MSRP" : "TCP/MSRP"),
      host,
      port: door === null ? 9 : port,
      reachable: door !== null,
      fingerprints: secure ? fingerprints ?? [] : [],
    };
  }

  #behind(relay: RelayPath, sessionId: string, offered: MsrpMedia | null): OwnEnd {
    const { usePath, descriptionPath, authority, transport } = relay;
    const uri = `${authority}/${sessionId};${transport}`;
    const path = [...descriptionPath, uri];
    const { host, port, secure } = placeOf(path[0]);
    return {
      sessionId,
      uri,
      relays: usePath,
      path,
      proto: offered?.proto ?? (secure ? "TCP/TLS/MSRP" : "TCP/MSRP"),
      host,
      port,
      reachable: true,
      fingerprints: [],
    };
  }
}

/** Host, port and security of an MSRP URI of our own side. */
function placeOf(text: string): { readonly host: string; readonly port: number; readonly secure: boolean } {
  const uri = tryParseMsrpUri(text);
  return { host: uri?.host ?? "", port: (uri?.port ?? 0) === 0 ? MSRP_PORT : uri!.port, secure: uri?.secure === true };
}

/** How a description says that its writer is reached: by the URI next to us; `proto` where old clients say more. */
export function transportOf(media: MsrpMedia): MsrpTransport {
  const next = tryParseMsrpUri(media.path[0] ?? "");
  const socket = next?.transport === "ws" || media.proto === "TCP/WS/MSRP" || media.proto === "TCP/WSS/MSRP";
  const secure = next?.secure === true || media.proto === "TCP/TLS/MSRP" || media.proto === "TCP/WSS/MSRP";
  return socket ? (secure ? "wss" : "ws") : secure ? "tls" : "tcp";
}
