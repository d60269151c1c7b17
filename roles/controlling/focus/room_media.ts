import {
  acceptsType,
  answerDirection,
  type Direction,
  type MsrpMedia,
  nextDescription,
} from "../../../transport/payload/mod.ts";
import { type Description, type SipRequest } from "../../../transport/sip/mod.ts";
import {
  type BodyReading,
  endPointAnswer,
  type EndPointFacts,
  namesLargeMode,
  type OwnDescription,
  type OwnSide,
  readSessionBody,
  type SessionBody,
  withDescription,
} from "../../session_media/mod.ts";
import { offersFile } from "../../participating/mod.ts";
import type { RoomRefusal, RoomTerms } from "../policy/terms.ts";
import type { LegFacts } from "../rooms/live_room.ts";
import type { FocusDeps } from "./focus_deps.ts";
import { notAcceptable, refused } from "./focus_refusals.ts";

/** Everything that is said in a room is said in CPIM (RFC 7701 §5). */
const CPIM = "message/cpim";
const PRIVATE = "private-messages";
export const ROOM_TYPES: readonly string[] = [CPIM];

/** Words of the `a=chatroom` of ours (RFC 7701 §8). */
export function chatroomWords({ nicknames, privateMessages }: RoomTerms): string[] {
  return [...nicknames ? ["nickname"] : [], ...privateMessages ? [PRIVATE] : []];
}

/** What we say of ourselves as the end of a session in a room. */
export function roomFacts(deps: FocusDeps, terms: RoomTerms, direction: Direction): EndPointFacts {
  return {
    acceptTypes: ROOM_TYPES,
    acceptWrappedTypes: deps.types(),
    maxSize: deps.rules.message_bytes,
    direction,
    chatroom: chatroomWords(terms),
    fingerprint: deps.ownFingerprint(),
  };
}

/** What the switch has to know of the other end. */
export function legFacts(own: OwnSide, media: MsrpMedia): LegFacts {
  return {
    sessionId: own.sessionId,
    uri: own.uri,
    acceptTypes: ROOM_TYPES,
    peerTypes: media.acceptTypes.map(bareType),
    peerMaxSize: media.maxSize ?? 0,
    // RFC 7701 §6.2, §8: to a device that does not say so a private message would look like one to all.
    privateMessages: media.chatroom?.includes(PRIVATE) ?? false,
  };
}

/** Our answer, as the next one after `previous` in the same session; null: the first. */
export function roomAnswer(
  deps: FocusDeps,
  terms: RoomTerms,
  offer: SessionBody,
  own: OwnSide,
  previous: OwnDescription | null,
): OwnDescription {
  const direction = answerDirection(offer.media.direction, true, true);
  const ours = endPointAnswer(offer, own, roomFacts(deps, terms, direction));
  if (previous === null) return ours;
  const sdp = nextDescription(previous.sdp, ours.sdp);
  return { sdp, description: withDescription(null, sdp) };
}

/** The body of an INVITE for a room. Null: it brings no offer. */
export function offerIn(request: SipRequest, speech: boolean): SessionBody | null | RoomRefusal {
  const { body } = request;
  if (body.length === 0) return null;
  const coding = request.get("Content-Encoding");
  if (coding !== undefined && coding.toLowerCase() !== "identity") {
    return refused(415, "Content encoding not understood");
  }
  if (namesLargeMode(request)) {
    return notAcceptable(399, "Large messages are sent inside the session of a room");
  }
  return usable(readSessionBody({ contentType: request.get("Content-Type") ?? "", body }), speech);
}

/** The body of an INVITE that offers a file, or asks for one (RFC 5547); null: it does neither. */
export function fileIn(request: SipRequest): SessionBody | null {
  if (request.body.length === 0) return null;
  const reading = readSessionBody({ contentType: request.get("Content-Type") ?? "", body: request.body });
  return reading.kind === "session" && offersFile(reading.body) ? reading.body : null;
}

/** The session in a description that a device sends us, where a room can have it. */
export function usable(reading: BodyReading, speech = false): SessionBody | RoomRefusal {
  switch (reading.kind) {
    case "none":
      return refused(415, "A session description is needed");
    case "malformed":
      return refused(400, `Body malformed: ${reading.reason}`);
    case "other": {
      const speaks = reading.sdp.media.some(({ media, port }) =>
        port !== 0 && (media === "audio" || media === "video")
      );
      if (speaks && speech) return MOVED;
      return notAcceptable(304, speaks ? "This room is for messages; it has no speech" : "No message section in use");
    }
    case "session": {
      const { media } = reading.body;
      if (offersFile(reading.body)) {
        return notAcceptable(
          399,
          "A file has a session of its own; a room takes it inside its session as a message, up to max-size",
        );
      }
      if (!acceptsType(media, CPIM)) return notAcceptable(305, "Rooms need message/cpim");
      return reading.body;
    }
  }
}

/** Who wants to speak is sent to the conference bridge (CHAT-14): its Contact is put in by whoever answers. */
export const MOVED: RoomRefusal = refused(302, "Speech is at the conference bridge");

/** Types that may stand in the Accept of a 415. */
export const ACCEPTED = "application/sdp, multipart/mixed, application/resource-lists+xml";

/** The peer neither receives for now (RFC 3264 §8.4), nor do we send. */
export function onHold({ direction }: MsrpMedia): boolean {
  return direction === "sendonly" || direction === "inactive";
}

/** The same end point at the same place: nothing of the media changes. */
export function samePath(one: MsrpMedia, other: MsrpMedia): boolean {
  return one.path.join(" ") === other.path.join(" ");
}

/** The body of an answer or offer inside a dialog. */
export function readInside(description: Description | null): SessionBody | RoomRefusal {
  return usable(readSessionBody(description));
}

function bareType(entry: string): string {
  const semi = entry.indexOf(";");
  const type = (semi < 0 ? entry : entry.slice(0, semi)).toLowerCase();
  return type === "*/*" ? "*" : type;
}
