import { type MediaDescription, SDP_TYPE, sessionLines, writeSdp } from "../../../transport/payload/mod.ts";
import type { CallParts, ResponseParts } from "../../../transport/sip/mod.ts";
import { IM_CONTACT } from "../../session_media/mod.ts";
import type { Meant } from "./addresses.ts";
import { FOCUS_CONTACT } from "./attendee.ts";
import type { FocusDeps } from "./focus_deps.ts";
import { ACCEPTED, chatroomWords, ROOM_TYPES } from "./room_media.ts";

/** What is understood outside of dialogs. */
const ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, SUBSCRIBE, NOTIFY, MESSAGE";
const SUPPORTED = "replaces, timer, 100rel, norefersub, multiple-refer, recipient-list-invite, pref, privacy";

/**
 * The 200 to OPTIONS (RFC 4579 §4.3, §5.13): that a URI is a conference's, and what the focus there can do. Nothing of who is there, nor
 * whether anybody is. The factory begins conferences and is none.
 */
export function capabilities(deps: FocusDeps, meant: Exclude<Meant, { kind: "over" }>, factory: string): Answer {
  const { host, rules, types } = deps;
  const uri = meant.kind === "room" ? meant.room.uri : meant.kind === "group" ? meant.uri : factory;
  const lines = [
    `a=accept-types:${ROOM_TYPES.join(" ")}`,
    `a=accept-wrapped-types:${types().join(" ")}`,
    `a=max-size:${rules.message_bytes}`,
  ];
  const words = meant.kind === "room" ? chatroomWords(meant.room.terms) : [];
  if (words.length > 0) lines.push(`a=chatroom:${words.join(" ")}`);
  // A section that is not in use (RFC 3264 §9).
  const section: MediaDescription = {
    media: "message",
    port: 0,
    portCount: 1,
    proto: "TCP/MSRP",
    formats: ["*"],
    lines,
  };
  return {
    headers: [
      ["Contact", `<${uri}>${meant.kind === "factory" ? IM_CONTACT : FOCUS_CONTACT}`],
      ["Allow", ALLOW],
      ["Allow-Events", "conference, refer"],
      ["Accept", ACCEPTED],
      ["Accept-Language", "en"],
      ["Supported", SUPPORTED],
    ],
    contentType: SDP_TYPE,
    body: writeSdp({ lines: sessionLines({ sessionId: "1", host }), media: [section] }),
  };
}

type Answer = ResponseParts & Pick<CallParts, "headers"> & { readonly contentType: string; readonly body: Uint8Array };
