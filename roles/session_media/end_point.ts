import { randomDigits } from "../../foundation/mod.ts";
import type { SessionPeer } from "../../transport/msrp/mod.ts";
import {
  answerSetup,
  answerWith,
  type Direction,
  type FileOffer,
  type Fingerprint,
  type MsrpMedia,
  offererConnects,
  type SessionDescription,
  sessionLines,
  type SetupRole,
  writeMsrpMedia,
} from "../../transport/payload/mod.ts";
import type { Description } from "../../transport/sip/mod.ts";
import { cemaAddress, type OwnSide } from "./own_side.ts";
import { type SessionBody, withDescription } from "./session_body.ts";

/** A description of ours, to keep for what follows in the same session (RFC 3264 §8). */
export interface OwnDescription {
  readonly sdp: SessionDescription;
  readonly description: Description;
}

/** What the box says of itself where it is the end of an MSRP session, not its middle. */
export interface EndPointFacts {
  readonly acceptTypes: readonly string[];
  readonly acceptWrappedTypes?: readonly string[];
  /** Octets of the largest message we take; absent: not said. */
  readonly maxSize?: number;
  readonly direction: Direction;
  /** The file that is offered, or taken. */
  readonly file?: FileOffer;
  /** What a chat room knows (RFC 7701 §8); absent: it is none. */
  readonly chatroom?: readonly string[];
  /** Fingerprint of our certificate where no public authority signed it; null: not said. */
  readonly fingerprint: Fingerprint | null;
}

/** The offer of a session that ends here. */
export function endPointOffer(own: OwnSide, facts: EndPointFacts): OwnDescription {
  const section = writeMsrpMedia({ ...sectionOf(own, facts), setup: "actpass", cema: true });
  const sdp = { lines: sessionLines({ sessionId: sessionNumber(), host: own.host }), media: [section] };
  return { sdp, description: withDescription(null, sdp) };
}

/** The answer to an offer whose session ends here; its other sections are refused. */
export function endPointAnswer({ sdp, media, index }: SessionBody, own: OwnSide, facts: EndPointFacts): OwnDescription {
  const section = writeMsrpMedia({
    ...sectionOf(own, facts),
    proto: media.proto,
    ...(media.setup !== undefined && { setup: ourSetup(media.setup) }),
    cema: media.cema,
  });
  const lines = sessionLines({ sessionId: sessionNumber(), host: own.host });
  const answer = answerWith(sdp, lines, sdp.media.map((_, i) => i === index ? section : null));
  return { sdp: answer, description: withDescription(null, answer) };
}

/** What we do where a party offered so: we connect, unless it wants to (RFC 6135 §4.2). */
export function ourSetup(offered: SetupRole | undefined): "active" | "passive" {
  return answerSetup(offered);
}

/** What we do where we offered `actpass`: we connect, unless the answer says that the other side does. */
export function setupAfterAnswer(answered: SetupRole | undefined): "active" | "passive" {
  return offererConnects("actpass", answered) ? "active" : "passive";
}

/** A party as an end point of ours knows it, from its description. */
export function peerOf(media: MsrpMedia): SessionPeer {
  return {
    path: media.path,
    fingerprints: media.fingerprints.map(({ hash, value }) => `${hash} ${value}`),
    cema: media.cema,
    address: cemaAddress(media),
  };
}

function sectionOf(own: OwnSide, facts: EndPointFacts) {
  const { acceptTypes, acceptWrappedTypes = [], maxSize, direction, file, chatroom, fingerprint } = facts;
  return {
    proto: own.proto,
    port: own.port,
    address: "",
    path: [own.uri],
    acceptTypes,
    acceptWrappedTypes,
    ...(maxSize !== undefined && { maxSize }),
    direction,
    ...(file !== undefined && { file }),
    ...(chatroom !== undefined && { chatroom }),
    fingerprints: own.secure && fingerprint !== null ? [fingerprint] : [],
  };
}

/** A session id for `o=`: 48 random bits, below 2^63 as some peers want it. */
export function sessionNumber(): string {
  return randomDigits();
}
