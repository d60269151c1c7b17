import { randomToken } from "../foundation/mod.ts";
import { MSRP_PORT, type MsrpTransport, tryParseMsrpUri } from "../transport/msrp/mod.ts";
import type { Fingerprint, MsrpMedia, MsrpProto } from "../transport/payload/mod.ts";

/** Where a client's MSRP sessions are, and how others get there. */
export interface MediaPlace {
  /** A seat for one call. Its user hears nothing before this has returned. */
  take(user: SeatUser): Seat;
}

/** Room for the sessions of one call: one at a time, another one where the connection breaks. */
export interface Seat {
  /** There can be a session now. */
  readonly ready: boolean;
  /** Why there will never be one; "" where there is one, or where it is being asked for. */
  readonly problem: string;
  /** Our relays, the nearest first; empty where there are none. They change only with `onSeat`. */
  readonly relays: readonly string[];
  /** A new end: for an offer of ours, or fit to answer `offered`. Only while it is `ready`. */
  newEnd(offered: MsrpMedia | null): OwnEnd;
  /** The call is over. */
  leave(): void;
}

/** Who sits there. */
export interface SeatUser {
  /** It is ready, or is another one now: sessions have to move, since the former one does not last. */
  onSeat(): void;
  /** It is not, or no longer. Unless it has a `problem`, it is being asked for again. */
  onNoSeat(reason: string): void;
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

/** A name that nobody can look up, for a client that nobody connects to (RFC 7977 §5.1.1). */
export function hiddenName(): string {
  return `${randomToken(12).replace(/[_-]/g, "x").toLowerCase()}.invalid`;
}

/** Host, port and security of an MSRP URI of our own side. */
export function placeOf(
  text: string,
): { readonly host: string; readonly port: number; readonly secure: boolean } {
  const uri = tryParseMsrpUri(text);
  return { host: uri?.host ?? "", port: (uri?.port ?? 0) === 0 ? MSRP_PORT : uri!.port, secure: uri?.secure === true };
}

/** The protocol that an offer of ours names; an answer repeats the other side's. */
export function protoFor(offered: MsrpMedia | null, secure: boolean): MsrpProto {
  return offered?.proto ?? (secure ? "TCP/TLS/MSRP" : "TCP/MSRP");
}

/** How a description says that its writer is reached: by the URI next to us; `proto` where old clients say more. */
export function transportOf(media: MsrpMedia): MsrpTransport {
  const next = tryParseMsrpUri(media.path[0] ?? "");
  const socket = next?.transport === "ws" || media.proto === "TCP/WS/MSRP" || media.proto === "TCP/WSS/MSRP";
  const secure = next?.secure === true || media.proto === "TCP/TLS/MSRP" || media.proto === "TCP/WSS/MSRP";
  return socket ? (secure ? "wss" : "ws") : secure ? "tls" : "tcp";
}
