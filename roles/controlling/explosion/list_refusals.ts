import { IS_FOCUS_ALREADY, NO_DESTINATIONS, NOT_AUTHORISED } from "../../participating/mod.ts";
import type { RoomRefusal } from "../policy/terms.ts";

/** What senders to lists and groups are refused with (oma-reference §3.3.8). */
export const LIST_REFUSALS = {
  nested: {
    status: 403,
    reason: "Lists and groups are not sent to lists and groups",
    warning: IS_FOCUS_ALREADY,
  },
  nobody: { status: 403, reason: "There is nobody to send it to", warning: NO_DESTINATIONS },
  unknown: {
    status: 403,
    reason: "Only whom this service knows may write to lists",
    warning: NOT_AUTHORISED,
  },
} as const satisfies Record<string, RoomRefusal>;
