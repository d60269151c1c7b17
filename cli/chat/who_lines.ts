import type { Chat, ImClient } from "../../client/mod.ts";
import { presenceText } from "./event_text.ts";
import { short } from "./line_text.ts";
import { presenceFacts } from "./presence_facts.ts";
import { sizeText } from "./progress_bar.ts";

/** Who is there, and what is under way: the answer to `who`. `room`, `peer`: where lines go; null and "" for nowhere. */
export function whoLines(client: ImClient, room: Chat | null, peer: string): string[] {
  const lines = [`you are ${short(client.account.aor)}, ${client.registered ? "registered" : "not registered"}`];
  if (room !== null) lines.push(`lines go to the room ${short(room.target)}`);
  else if (peer !== "") lines.push(`lines go to ${short(peer)}`);
  for (const watched of client.watched) lines.push(presenceText(presenceFacts(watched)));
  for (const { isRoom, target, state, unfinished } of client.chats) {
    const what = isRoom ? "room" : "chat with";
    lines.push(`${what} ${short(target)}: ${state}${unfinished === 0 ? "" : `, ${unfinished} on their way`}`);
  }
  for (const { direction, name, peer: other, moved, size, state } of client.transfers) {
    const way = direction === "in" ? "from" : "to";
    lines.push(`file "${name}" ${way} ${short(other.uri)}: ${state}, ${sizeText(moved)} of ${sizeText(size)}`);
  }
  return lines;
}
