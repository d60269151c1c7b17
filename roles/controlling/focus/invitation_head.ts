import { type BodyPart, buildMultipart, SDP_TYPE } from "../../../transport/payload/mod.ts";
import { type Description, type HeaderName, quoteDisplayName, replacesValue } from "../../../transport/sip/mod.ts";
import type { GrowingSession } from "../../participating/mod.ts";
import { IM_CONTACT } from "../../session_media/mod.ts";
import type { Entrant, LiveRoom } from "../rooms/live_room.ts";
import type { Person } from "./addresses.ts";
import { toHead } from "./words.ts";

/** The group whose session it is: the room's own URI is gone with the session, and who was invited may want to come another day. */
const GROUP = "X-IM-Group";

/** In whose name an invitation goes out, and what it says. */
export interface InvitationHead {
  /** Values without tags. */
  readonly from: string;
  readonly to: string;
  readonly headers: readonly (readonly [HeaderName, string])[];
}

/**
 * The head of an invitation (oma-reference §3.3.1): From is the room; who invites is asserted beside it and named as the referrer, but
 * where the room hides identities, or they hide theirs. `trusted`: who gets it is told who asserts itself (RFC 3325 §4).
 */
export function invitationHead(
  room: LiveRoom,
  by: Entrant,
  to: Person,
  trusted: boolean,
  growing: GrowingSession | null,
): InvitationHead {
  const name = toHead(room.terms.displayName);
  const from = `${quoteDisplayName(name)}<${room.uri}>`;
  const named = !room.terms.hidesIdentity && !by.anonymous;
  const inviter = `${quoteDisplayName(toHead(by.name))}<${by.aor}>`;
  const headers: [HeaderName, string][] = [
    ["P-Asserted-Identity", named && trusted ? inviter : `<${room.uri}>`],
    ["Accept-Contact", `*${IM_CONTACT}`],
  ];
  if (named) headers.push(["Referred-By", `<${by.aor}>`]);
  if (room.group !== "") headers.push([GROUP as HeaderName, `<${room.group}>`]);
  if (room.subject !== "") headers.push(["Subject", toHead(room.subject)]);
  if (growing !== null) headers.push(["Replaces", replacesValue(growing.dialog)], ["Require", "replaces"]);
  return { from, to: `<${to.uri}>`, headers };
}

/** The offer, and beside it who else was asked (RFC 5364 §6); null: the offer alone. */
export function withHistory(offer: Description, history: BodyPart | null): Description {
  if (history === null) return offer;
  return buildMultipart("mixed", [{ headers: [["Content-Type", SDP_TYPE]], body: offer.body }, history]);
}
