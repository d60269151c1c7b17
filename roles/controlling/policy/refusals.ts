import { FUNCTION_NOT_ALLOWED, NO_ANONYMITY, NO_DESTINATIONS, NOT_AUTHORISED } from "../../participating/mod.ts";
import type { ResponseParts } from "../../../transport/sip/mod.ts";
import type { RoomRefusal } from "./terms.ts";

/** Why somebody may not do something with a group: oma-reference §3.3.2 with the texts of §3.0, which peers compare. */
export const REFUSALS = {
  noGroup: refusal(404, "No such group", "113 group document does not exist"),
  join: refusal(403, "You may not join this group", "106 user not authorised to join chat group"),
  stranger: refusal(403, "You are not in this group", "116 user is not part of the group"),
  initiate: refusal(
    403,
    "You may not begin a session of this group",
    "119 user is not authorised to initiate the IM session",
  ),
  anonymity: refusal(403, "This group is not for anonymous users", NO_ANONYMITY),
  full: refusal(486, "Too many participants", "122 too many participants"),
  age: notAllowed("Your age does not allow it", "age"),
  schedule: notAllowed("This group does not meet at this time", "schedule"),
  services: notAllowed("This group is not for messages", "services"),
  watch: refusal(
    403,
    "You may not watch who is in this group",
    "138 subscription of conference events not allowed",
  ),
  /** To bring in others, or to put them out. */
  unauthorised: refusal(403, "You have no right to do this here", NOT_AUTHORISED),
  noDestinations: refusal(403, "Nobody is left to be invited", NO_DESTINATIONS),
} as const;

function refusal(status: number, reason: string, warning: string): RoomRefusal {
  return { status, reason, warning };
}

function notAllowed(reason: string, why: string): RoomRefusal {
  return refusal(403, reason, `${FUNCTION_NOT_ALLOWED} ${why}`);
}

/**
 * What the caller of an address is told that neither a user nor a group has: which of them was meant cannot be known, and who meant a
 * group looks for these words.
 */
export function nobodyHere(host: string): ResponseParts {
  return { reason: "No such user or group here", headers: [["Warning", `399 ${host} "${REFUSALS.noGroup.warning}"`]] };
}
