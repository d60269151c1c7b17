import type { ChatEvent, Named } from "./events.ts";
import { line, short } from "./line_text.ts";

type RoomEvent = Extract<ChatEvent, { event: "roster" | "members" | "nickname" | "asked" }>;

/** Names in one line; the rest is counted. */
const NAMED = 20;

/** What happens in a room, as lines for people. */
export function roomLines(event: RoomEvent): string[] {
  switch (event.event) {
    case "roster":
      return rosterLines(event);
    case "members": {
      const { members, subject, reason, state } = event;
      if (state === "ended" || members.length === 0) return [unknown(reason)];
      const about = subject === "" ? "" : ` "${line(subject)}"`;
      return [`in the room${about}, ${members.length}:`, ...members.map((member) => `  ${withStatus(member)}`)];
    }
    case "nickname": {
      const { name, ok, reason } = event;
      if (!ok) return [`you are not called "${line(name)}": ${line(reason)}`];
      return [name === "" ? "you have no nickname any more" : `you are called "${line(name)}" now`];
    }
    case "asked": {
      const { what, who, ok, reason, status } = event;
      if (ok && status !== 202) {
        return [`${short(who)} ${what === "add" ? "has been brought in" : "has been sent out"}`];
      }
      if (ok) return [`${short(who)} ${what === "add" ? "is being brought in" : "is being sent out"}`];
      return [`${short(who)} ${what === "add" ? "does not come in" : "is not sent out"}: ${line(reason)}`];
    }
  }
}

function rosterLines(event: Extract<RoomEvent, { event: "roster" }>): string[] {
  const { first, came, left, renamed, state, reason, subject } = event;
  if (state !== "active" || (reason !== "" && came.length + left.length + renamed.length === 0)) {
    return [unknown(reason)];
  }
  if (first) return [`in the room${subject === "" ? "" : ` "${line(subject)}"`}: ${names(came)}`];
  const lines: string[] = [];
  if (came.length > 0) lines.push(`${names(came)} ${came.length === 1 ? "has" : "have"} come`);
  if (left.length > 0) lines.push(`${names(left)} ${left.length === 1 ? "has" : "have"} left`);
  for (const { uri, name, before } of renamed.slice(0, NAMED)) {
    lines.push(`${before === "" ? short(uri) : line(before)} is called ${name === "" ? short(uri) : line(name)} now`);
  }
  return lines;
}

function unknown(reason: string): string {
  return `who is in the room is not known${reason === "" ? "" : `: ${line(reason)}`}`;
}

function names(of: readonly Named[]): string {
  if (of.length === 0) return "nobody";
  const shown = of.slice(0, NAMED).map(({ name, uri }) => name === "" ? short(uri) : line(name)).join(", ");
  return of.length > NAMED ? `${shown} and ${of.length - NAMED} more` : shown;
}

function withStatus({ name, uri, status }: Named & { readonly status: string }): string {
  const who = name === "" ? short(uri) : `${line(name)} <${short(uri)}>`;
  return status === "connected" ? who : `${who} (${line(status)})`;
}
