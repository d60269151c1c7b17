import type { Connection } from "../connection.ts";
import { sameSession, sameUriText } from "../forward/path.ts";
import type { SessionPeer } from "./session_user.ts";

/**
 * Whether a connection is the peer's, by its first request: RFC 4975 §5.4, §8.3. 200, or 403. Where the description has
 * fingerprints, the connection must have shown one of them (RFC 8122). `relays`: how many of our own stand in between; they put
 * themselves before the peer's path (RFC 4976 §5.1).
 */
export function peerStatus(peer: SessionPeer, relays: number, connection: Connection, fromPath: string): number {
  const { fingerprints = [] } = peer;
  if (relays === 0 && fingerprints.length > 0 && !fingerprints.some((text) => connection.hasFingerprint(text))) {
    return 403;
  }
  if (peer.cema === true) return sameSession(peer.path[peer.path.length - 1] ?? "", fromPath) ? 200 : 403;
  const uris = fromPath.split(" ");
  const before = uris.length - peer.path.length;
  if (before < 0 || before > relays || peer.path.length === 0) return 403;
  return peer.path.every((uri, i) => sameUriText(uri, uris[before + i])) ? 200 : 403;
}
