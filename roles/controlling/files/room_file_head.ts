import { type HeaderName, quoteDisplayName } from "../../../transport/sip/mod.ts";
import { roomLine } from "../../deferred/mod.ts";
import type { RecordedCopy } from "../explosion/copy_recorder.ts";
import { toHead } from "../focus/words.ts";
import type { Participant } from "../room.ts";
import type { LiveRoom } from "../rooms/live_room.ts";

/** What a file's room is called by those who come another day: the group; for a chat without one the session itself. */
export function nameOfRoom({ group, uri }: Pick<LiveRoom, "group" | "uri">): string {
  return group === "" ? uri : group;
}

/** Somebody as the others in the room know them. */
export function authorOf({ shown, nickname }: Participant): RecordedCopy["sender"] {
  return { aor: shown.uri, displayName: nickname === "" ? shown.name : nickname, anonymous: false };
}

/**
 * The header lines of a file that a room passes on, From and To first, each with CRLF: it comes from the room, as an invitation does.
 * Who sends it is asserted beside it, and named as the referrer; of somebody whom others know by an alias there is the alias alone. All
 * of it is written anew: what the sender's INVITE said goes no further.
 */
export function roomFileHead(room: LiveRoom, sender: Participant): string {
  const { aor, displayName } = authorOf(sender);
  const named = aor === sender.aor;
  const from = toHead(named ? room.terms.displayName : displayName);
  const author = `${quoteDisplayName(toHead(displayName))}<${aor}>`;
  const lines: (readonly [HeaderName, string])[] = [
    ["From", `${quoteDisplayName(from)}<${room.uri}>`],
    ["To", `<${room.uri}>`],
    ["P-Asserted-Identity", named ? author : `<${room.uri}>`],
  ];
  if (named) lines.push(["Referred-By", author]);
  return lines.map(([name, value]) => `${name}: ${value}\r\n`).join("") + roomLine(nameOfRoom(room));
}
