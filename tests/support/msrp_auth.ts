import { equal } from "node:assert/strict";
import { hash, randomUUID } from "node:crypto";
import type { MsrpFrame, MsrpPeer } from "./msrp_peer.ts";

/** AUTH at the relay behind a TLS door of that port, with digest, MD5; the first challenge for it is asked for. */
export async function authAt(
  port: number,
  peer: MsrpPeer,
  user: string,
  password: string,
): Promise<MsrpFrame> {
  const to = `msrps://127.0.0.1:${port};tcp`;
  const challenge = await peer.ask({ method: "AUTH", to });
  equal(challenge.status, 401, `${challenge.status} ${challenge.comment}`);
  // Of several challenges under one name the peer keeps the last: MD5, behind SHA-256.
  const offer = challenge.headers.get("www-authenticate")!;
  const part = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(offer)?.[1] ?? "";
  const md5 = (text: string) => hash("md5", text);
  const [realm, nonce, cnonce] = [part("realm"), part("nonce"), randomUUID().slice(0, 8)];
  const ha1 = md5(`${user}:${realm}:${password}`);
  const response = md5(`${ha1}:${nonce}:00000001:${cnonce}:auth:${md5(`AUTH:${to}`)}`);
  const credentials = `Authorization: Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${to}", ` +
    `response="${response}", algorithm=MD5, cnonce="${cnonce}", qop=auth, nc=00000001, opaque="${part("opaque")}"`;
  return await peer.ask({ method: "AUTH", to, headers: [credentials] });
}
