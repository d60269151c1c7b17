import { REFUSALS } from "./refusals.ts";
import type { RoomRefusal, RoomSettings, RoomTerms } from "./terms.ts";

/** The terms of a chat that somebody begins with others (oma-reference §3.3.1): private, for as long as there are two. */
export function adhocTerms({ adhoc_size }: Pick<RoomSettings, "adhoc_size">, subject: string): RoomTerms {
  return {
    owner: "",
    displayName: "",
    subject,
    isPublic: false,
    hidesIdentity: false,
    nicknames: true,
    privateMessages: true,
    invitesMembers: false,
    maxParticipants: adhoc_size,
    minParticipants: 2,
    required: [],
    endsAt: Infinity,
    history: 0,
  };
}

/**
 * Why there may be no such chat; null: may.
 *
 * @param listed people in the list of the request, each once, without who asks; 0: there is no list, others are brought in later
 * @param left those of them who may be invited
 */
export function mayAdhoc(
  { adhoc_size }: Pick<RoomSettings, "adhoc_size">,
  listed: number,
  left = listed,
): RoomRefusal | null {
  if (listed + 1 > adhoc_size) return REFUSALS.full;
  return listed > 0 && left === 0 ? REFUSALS.noDestinations : null;
}
