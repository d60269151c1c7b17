import { randomToken } from "../foundation/mod.ts";
import type { Description } from "../transport/sip/mod.ts";
import {
  type BodyPart,
  buildMultipart,
  firstMsrp,
  type MsrpMedia,
  originOf,
  parseMediaType,
  parseMultipart,
  parseSdp,
  partHeader,
  readMsrpMedia,
  SDP_TYPE,
  type SessionDescription,
  sessionLines,
  type SetupRole,
  withOrigin,
  writeMsrpMedia,
  writeSdp,
} from "../transport/payload/mod.ts";
import type { SessionPeer } from "../transport/msrp/session/mod.ts";
import type { OwnEnd } from "./media_place.ts";

/** What a session of ours is to carry, as its description says. */
export interface MediaWish {
  readonly acceptTypes: readonly string[];
  readonly acceptWrappedTypes?: readonly string[];
  readonly maxSize?: number;
  readonly direction: MsrpMedia["direction"];
  readonly file?: MsrpMedia["file"];
  /** What of rooms we know (RFC 7701 §8); absent: nothing is said of that. */
  readonly chatroom?: readonly string[];
}

/** A description of the other side with the section that we talk about. */
export interface TheirDescription {
  readonly sdp: SessionDescription;
  readonly index: number;
  readonly media: MsrpMedia;
}

/** What a body says of MSRP: a section, or why there is none. */
export type MediaReading = TheirDescription | { readonly status: 400 | 415 | 488; readonly text: string };

/** Reads a description, alone or among other parts (RFC 5621). Never throws. */
export function readMedia(description: Description): MediaReading {
  try {
    const octets = sdpOctets(description);
    if (octets === null) return { status: 415, text: "a session description is needed" };
    const sdp = parseSdp(octets);
    const found = firstMsrp(sdp);
    if (found === undefined) return { status: 488, text: "no MSRP section that is in use" };
    return { sdp, index: found.index, media: readMsrpMedia(sdp, found.section) };
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { status: 400, text: `the session description is malformed: ${error.message}` };
    }
    throw error;
  }
}

function sdpOctets({ contentType, body }: Description): Uint8Array | null {
  const { essence } = parseMediaType(contentType);
  if (essence === SDP_TYPE) return body;
  if (!essence.startsWith("multipart/")) return null;
  const part = parseMultipart(contentType, body.slice()).find((each) =>
    (partHeader(each, "Content-Type") ?? "").split(";", 1)[0].trim().toLowerCase() === SDP_TYPE
  );
  return part?.body ?? null;
}

/** Our section. */
export function ownSection(own: OwnEnd, wish: MediaWish, setup: SetupRole): ReturnType<typeof writeMsrpMedia> {
  return writeMsrpMedia({
    proto: own.proto,
    port: own.port,
    address: "",
    path: own.path,
    acceptTypes: wish.acceptTypes,
    acceptWrappedTypes: wish.acceptWrappedTypes ?? [],
    ...(wish.maxSize !== undefined && { maxSize: wish.maxSize }),
    setup,
    direction: wish.direction,
    fingerprints: own.fingerprints,
    cema: false,
    ...(wish.file !== undefined && { file: wish.file }),
    ...(wish.chatroom !== undefined && { chatroom: wish.chatroom }),
  });
}

/** The session lines of a new description of ours. */
export function ownLines(own: OwnEnd): string[] {
  return sessionLines({ sessionId: randomDigits(), host: own.host });
}

/** A later description of the same session: the same origin, a version more (RFC 3264 §8). */
export function later(previous: SessionDescription, next: SessionDescription): SessionDescription {
  const origin = originOf(previous);
  return withOrigin(next, { ...origin, version: String(BigInt(origin.version) + 1n) });
}

export function describedBy(sdp: SessionDescription): Description {
  return { contentType: SDP_TYPE, body: writeSdp(sdp) };
}

/** The other side as a session needs to know it. */
export function peerOf(media: MsrpMedia): SessionPeer {
  return { path: media.path, fingerprints: media.fingerprints.map(({ hash, value }) => `${hash} ${value}`) };
}

/** The same, with another part beside it. */
export function describedWith(sdp: SessionDescription, part: BodyPart): Description {
  const description = { headers: [["Content-Type", SDP_TYPE]] as const, body: writeSdp(sdp) };
  return buildMultipart("mixed", [description, part]);
}

function randomDigits(): string {
  let digits = "1";
  for (const c of randomToken(14)) digits += c.charCodeAt(0) % 10;
  return digits;
}
