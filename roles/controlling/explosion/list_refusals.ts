import type { RoomRefusal } from "../policy/terms.ts";

/** What senders to lists and groups are refused with (oma-reference §3.3.8, texts of §3.0). */
export const LIST_REFUSALS = {
  nested: {
    status: 403,
    reason: "Lists and groups are not sent to lists and groups",
    warning: "104 isfocus already assigned",
  },
  nobody: { status: 403, reason: "There is nobody to send it to", warning: "131 No destinations" },
  unknown: {
    status: 403,
    reason: "Only whom this service knows may write to lists",
    warning: "127 Service not authorised",
  },
} as const satisfies Record<string, RoomRefusal>;
