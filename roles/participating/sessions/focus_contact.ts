import { type Call, tryParseUri } from "../../../transport/sip/mod.ts";
import { contactParams, type SessionKind } from "../../session_media/mod.ts";

/**
 * What our Contact says to the other side of a focus: that there is a room, by the name that the focus has for it (RFC 4579 §5.1), or
 * nobody could write to it. Null where that call is with none.
 */
export function focusContact(
  call: Call | null,
  kind: SessionKind,
): { readonly contact: string; readonly contactParams: string } | null {
  if (call === null || !call.peerIsFocus) return null;
  const room = tryParseUri(call.dialog?.remoteTarget ?? "")?.user ?? "";
  return room === "" ? null : { contact: room, contactParams: `;isfocus${contactParams(kind)}` };
}
