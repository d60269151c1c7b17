import {
  answerWith,
  type Direction,
  type Fingerprint,
  type MediaDescription,
  type MsrpMedia,
  receives,
  rewriteMsrpMedia,
  sends,
  type SessionDescription,
  sessionLines,
  typesCover,
  writeMsrpMedia,
} from "../../../transport/payload/mod.ts";
import {
  ourSetup,
  type OwnDescription,
  type OwnSide,
  type SessionBody,
  type SessionKind,
  sessionNumber,
  withDescription,
} from "../../session_media/mod.ts";
import { admitted, largest } from "./content_policy.ts";
import type { SessionSettings } from "./session_settings.ts";

/** What every description of ours is made with. */
export interface Negotiator {
  readonly settings: SessionSettings;
  /** Fingerprint of the certificate that our MSRP doors show where it is signed by nobody a peer knows; null: none needed. */
  readonly ownFingerprint: () => Fingerprint | null;
}

/** Attributes that belong to one hop, or to a service that is not this one (RFC 6135 §4.4; oma-reference §4.4). */
const NOT_PASSED = ["connection", "msrp-acm", "crypto", "label", "chatroom"] as const;

/** The types one side may be sent, as the other side is told: what it accepts, as far as policy admits it. */
interface Accepted {
  readonly types: readonly string[];
  readonly wrapped: readonly string[];
}

const CPIM = "message/cpim";

/**
 * The offer to the invitee, made from the inviter's: its section with our path in it, nothing else of its description. With
 * `convert` also what can be had by wrapping messages in CPIM or taking them out of it. Null where policy leaves no type.
 */
export function offerFrom(
  from: SessionBody,
  own: OwnSide,
  kind: SessionKind,
  negotiator: Negotiator,
  convert: boolean,
): OwnDescription | null {
  const { settings } = negotiator;
  let accepted = admittedOf(from.media, settings);
  if (accepted.types.length === 0) return null;
  if (convert) accepted = converted(accepted);
  const section = rewriteMsrpMedia(
    { ...from.section, portCount: 1 },
    {
      ...ourChanges(own, negotiator),
      acceptTypes: accepted.types,
      acceptWrappedTypes: accepted.wrapped,
      maxSize: smallest(from.media.maxSize, largest(accepted.types, kind, settings)),
      setup: "actpass",
      cema: true,
      direction: from.media.direction,
    },
    NOT_PASSED,
  );
  const sdp = { lines: ownLines(own, from.sdp), media: [section] };
  return { sdp, description: withDescription(from.parts, sdp) };
}

/** An offer of the box itself, for an INVITE that came without one: everything policy admits. */
export function ownOffer(own: OwnSide, kind: SessionKind, negotiator: Negotiator): OwnDescription {
  const { settings } = negotiator;
  const types = admitted(["*"], settings);
  const media: MsrpMedia = {
    proto: own.proto,
    port: own.port,
    address: "",
    path: [own.uri],
    acceptTypes: types,
    acceptWrappedTypes: [],
    maxSize: largest(types, kind, settings),
    setup: "actpass",
    direction: "sendrecv",
    fingerprints: fingerprintsFor(own, negotiator),
    cema: true,
  };
  const sdp = { lines: ownLines(own, null), media: [writeMsrpMedia(media)] };
  return { sdp, description: withDescription(null, sdp) };
}

/** What two sides have agreed on, from what each of them takes. */
export interface Agreement {
  /** What the inviter is told that it may send. */
  readonly types: readonly string[];
  readonly wrapped: readonly string[];
  /** Octets of one message each way. */
  readonly toInvitee: number;
  readonly toInviter: number;
  /** Messages to that side have to be taken out of CPIM, or put into it, where they come otherwise. */
  readonly inviteeTakes: Conversion;
  readonly inviterTakes: Conversion;
}

/** What a side takes: everything that the other one sends, plain messages only, or CPIM only. */
export type Conversion = "as it is" | "unwrapped" | "wrapped";

/** What both sides can have together; null where there is no type that one takes and the other may send. */
export function agreementOf(
  inviter: MsrpMedia,
  invitee: MsrpMedia,
  kind: SessionKind,
  settings: SessionSettings,
): Agreement | null {
  const fit = matchTypes(inviter, invitee, settings);
  if (fit === null) return null;
  const there = smallest(invitee.maxSize, largest(fit.types, kind, settings));
  // Of two that both send, neither sends what it would not take itself (§3.2); a file's receiver alone decides (RFC 5547).
  const toInvitee = inviter.direction === "sendrecv" ? smallest(inviter.maxSize, there) : there;
  const toInviter = smallest(inviter.maxSize, largest(admitted(inviter.acceptTypes, settings), kind, settings));
  const { types, wrapped, inviteeTakes, inviterTakes } = fit;
  return { types, wrapped, inviteeTakes, inviterTakes, toInvitee, toInviter };
}

/** The answer to the inviter, made from the invitee's. `own`: our side toward the inviter. */
export function answerFrom(
  offer: SessionBody,
  answer: SessionBody,
  own: OwnSide,
  agreed: Agreement,
  negotiator: Negotiator,
): OwnDescription {
  const { setup, cema, proto } = offer.media;
  const section = rewriteMsrpMedia(
    { ...answer.section, portCount: 1 },
    {
      ...ourChanges(own, negotiator),
      // As it was offered: `TCP/WS/MSRP` is answered with itself (RFC 3264 §6).
      proto,
      acceptTypes: agreed.types,
      acceptWrappedTypes: agreed.wrapped,
      maxSize: agreed.toInvitee,
      setup: setup === undefined ? undefined : ourSetup(setup),
      cema,
      direction: withinOffer(answer.media.direction, offer.media.direction),
    },
    NOT_PASSED,
  );
  const sections: (MediaDescription | null)[] = offer.sdp.media.map((_, i) => i === offer.index ? section : null);
  const sdp = answerWith(offer.sdp, ownLines(own, answer.sdp), sections);
  return { sdp, description: withDescription(answer.parts, sdp) };
}

/** No more than was offered, whatever the invitee says (RFC 3264 §6.1): it sends where the inviter receives, and so back. */
function withinOffer(answered: Direction, offered: Direction): Direction {
  const send = sends(answered) && receives(offered), receive = receives(answered) && sends(offered);
  return send ? (receive ? "sendrecv" : "sendonly") : receive ? "recvonly" : "inactive";
}

type Fit = Omit<Agreement, "toInvitee" | "toInviter">;

/** What the inviter is told that it may send, and what has to be done to messages on their way. */
function matchTypes(inviter: MsrpMedia, invitee: MsrpMedia, settings: SessionSettings): Fit | null {
  const accepted = admittedOf(invitee, settings);
  if (accepted.types.length === 0) return null;
  const iTakeCpim = takesCpim(inviter.acceptTypes), theyTakeCpim = takesCpim(accepted.types);
  const iOnlyWrapped = iTakeCpim && inviter.acceptTypes.every(isCpim);
  const theyOnlyWrapped = theyTakeCpim && accepted.types.every(isCpim);
  if (iOnlyWrapped && !theyTakeCpim) {
    return { types: [CPIM], wrapped: plainOf(accepted.types), inviteeTakes: "unwrapped", inviterTakes: "wrapped" };
  }
  if (theyOnlyWrapped && !iTakeCpim) {
    const inside = accepted.wrapped.length === 0 ? ["*"] : accepted.wrapped;
    return { types: plainOf(inside), wrapped: [], inviteeTakes: "wrapped", inviterTakes: "unwrapped" };
  }
  return {
    types: accepted.types,
    wrapped: accepted.wrapped,
    inviteeTakes: theyOnlyWrapped ? "wrapped" : "as it is",
    inviterTakes: iOnlyWrapped ? "wrapped" : "as it is",
  };
}

/** `*` takes everything; ranges may hold CPIM, too. */
function takesCpim(types: readonly string[]): boolean {
  return typesCover(types, CPIM);
}

/** The types that are messages by themselves. */
function plainOf(types: readonly string[]): string[] {
  return types.filter((type) => !isCpim(type));
}

function isCpim(type: string): boolean {
  return bare(type) === CPIM;
}

function bare(type: string): string {
  const semi = type.indexOf(";");
  return (semi < 0 ? type : type.slice(0, semi)).toLowerCase();
}

function admittedOf(media: MsrpMedia, settings: SessionSettings): Accepted {
  const types = admitted(media.acceptTypes.map(bare), settings);
  return { types, wrapped: admitted(media.acceptWrappedTypes.map(bare), settings) };
}

/** With what conversion gives besides: plain types for who takes only CPIM, CPIM around the plain ones of who does not. */
function converted({ types, wrapped }: Accepted): Accepted {
  if (types.includes("*")) return { types, wrapped };
  if (takesCpim(types)) {
    const inside = wrapped.length === 0 ? ["text/plain"] : wrapped;
    return { types: [...types, ...inside.filter((type) => !types.includes(type))], wrapped };
  }
  return { types: [...types, CPIM], wrapped: types };
}

function ourChanges(own: OwnSide, negotiator: Negotiator) {
  return {
    port: own.port,
    proto: own.proto,
    // That of the session: our own.
    address: "",
    path: [own.uri],
    fingerprints: fingerprintsFor(own, negotiator),
    chatroom: undefined,
  } as const;
}

function fingerprintsFor(own: OwnSide, { ownFingerprint }: Negotiator): readonly Fingerprint[] {
  const fingerprint = own.secure ? ownFingerprint() : null;
  return fingerprint === null ? [] : [fingerprint];
}

/** `o=` and `c=` are ours: who the other side is and where it sits is not told. What it named the session is. */
function ownLines(own: OwnSide, from: SessionDescription | null): string[] {
  const lines = sessionLines({ sessionId: sessionNumber(), host: own.host });
  const name = from?.lines.find((line) => line.startsWith("s=") && line.length > 2);
  if (name !== undefined) lines[2] = name;
  return lines;
}

/** The smaller of a limit that may not be said, and one that is. */
function smallest(said: number | undefined, limit: number): number {
  return said === undefined ? limit : Math.min(said, limit);
}
