import { detached, randomToken } from "../../foundation/mod.ts";
import { type MsrpNode, type MsrpTransport, tryParseMsrpUri } from "../../transport/msrp/mod.ts";
import { connectTarget, type MsrpMedia, type MsrpProto } from "../../transport/payload/mod.ts";

/** Doors of ours by which sessions are reached. Both sides of one session are at the same doors. */
export type SessionDoors = Pick<MsrpNode, "uriFor">;

/** Where this box meets one party of a session: a URI of its own that nobody else can guess. */
export interface OwnSide {
  /** 144 random bits (RFC 4975 §14.1 asks for 80). */
  readonly sessionId: string;
  readonly uri: string;
  readonly transport: MsrpTransport;
  readonly proto: MsrpProto;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** Where its door is. */
  readonly doors: SessionDoors;
}

/** Null where there is no door of that transport. `host`: the name by which the party reaches us; "" for that of the door. */
export function ownSide(doors: SessionDoors, transport: MsrpTransport, host: string): OwnSide | null {
  const sessionId = randomToken(24);
  const uri = host === "" ? doors.uriFor(sessionId, transport) : doors.uriFor(sessionId, transport, host);
  const place = uri === null ? null : placeOf(uri, sessionId);
  if (uri === null || place === null) return null;
  const secure = transport === "tls" || transport === "wss";
  return {
    sessionId,
    uri,
    transport,
    proto: secure ? "TCP/TLS/MSRP" : "TCP/MSRP",
    host: place.host,
    port: place.port,
    secure,
    doors,
  };
}

interface Place {
  readonly host: string;
  readonly port: number;
}

const KNOWN_PLACES = 64;
let knownPlaces = new Map<string, Place>();
let latestBegin = "";
let latestPlace: Place | null = null;

/** Host and port of a URI of ours. All of one door begin alike, and are read once. */
function placeOf(uri: string, sessionId: string): Place | null {
  const begin = uri.slice(0, uri.indexOf(sessionId));
  // Mostly there is one door: to compare is cheaper than to look up a new text.
  if (begin === latestBegin) return latestPlace;
  const known = knownPlaces.get(begin);
  if (known !== undefined) {
    latestBegin = detached(begin);
    return latestPlace = known;
  }
  const parsed = tryParseMsrpUri(uri);
  if (parsed === null) return null;
  const place = { host: parsed.host, port: parsed.port === 0 ? 2855 : parsed.port };
  if (knownPlaces.size >= KNOWN_PLACES) knownPlaces = new Map();
  knownPlaces.set(begin, place);
  return place;
}

/** How a party's own description says that it is reached; null where its path is no MSRP URI. */
export function transportOf(media: MsrpMedia): MsrpTransport | null {
  // The last URI is the party's own, the first is whoever is next to us: a relay, or the party.
  const next = tryParseMsrpUri(media.path[0] ?? "");
  if (next === null) return null;
  const socket = next.transport === "ws" || media.proto === "TCP/WS/MSRP" || media.proto === "TCP/WSS/MSRP";
  if (!socket && next.transport !== "tcp") return null;
  const secure = next.secure || media.proto === "TCP/TLS/MSRP" || media.proto === "TCP/WSS/MSRP";
  return socket ? (secure ? "wss" : "ws") : secure ? "tls" : "tcp";
}

/** Where CEMA says to connect in place of the path (RFC 6714 §4.2); null: the path says. Ours says CEMA where the other's does. */
export function cemaAddress(media: MsrpMedia): { readonly host: string; readonly port: number } | null {
  if (tryParseMsrpUri(media.path[0] ?? "") === null) return null;
  const { by, host, port } = connectTarget(media, { cema: true });
  return by === "cema" ? { host, port } : null;
}

/** How a device is asked to come, by the transport it registered over. */
export function transportFor(sip: string): MsrpTransport {
  return sip === "ws" || sip === "wss" || sip === "tls" ? sip : "tcp";
}
