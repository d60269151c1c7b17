import type { ChatEvent } from "./events.ts";
import { historyLines } from "./history_text.ts";
import { clean, line, short } from "./line_text.ts";
import { sizeText } from "./progress_bar.ts";
import { roomLines } from "./room_text.ts";
import { clockText, dayAndTime, dayText } from "./time_text.ts";

/** An event as lines for people; empty where there is nothing to say. `time`: now, ms since the epoch. */
export function eventLines(event: ChatEvent, time: number): string[] {
  const at = clockText(time);
  const note = (text: string) => [`${at} · ${text}`];
  switch (event.event) {
    case "ready":
      return [
        `You are ${line(event.as)} at ${line(event.server)}; sessions by ${event.msrp}. /help tells what can be typed.`,
      ];
    case "registered":
      return note("registered: others can reach you");
    case "unregistered":
      return note(`not registered: ${line(event.reason)}${event.status === 0 ? "" : ` (${event.status})`}`);
    case "published":
      return note(event.ok ? "published" : `not published: ${line(event.reason)}`);
    case "message":
      return messageLines(event, time);
    case "state":
      return stateNote(event).flatMap(note);
    case "composing":
      return note(`${short(event.from)} ${event.active ? "is writing …" : "has stopped writing"}`);
    case "invitation":
      return note(
        `${who(event.name, event.from)} wants to chat${
          event.subject === "" ? "" : `: ${line(event.subject)}`
        } (/accept or /refuse)`,
      );
    case "chat":
      return note(event.room === "" ? `chat with ${short(event.peer)}` : roomOpened(event));
    case "connection":
      return note(event.up ? "connected again" : "the connection broke; another one is being made");
    case "chat-ended":
      return note(`the chat with ${short(event.peer)} is over${event.reason === "" ? "" : `: ${line(event.reason)}`}`);
    case "file-offered":
      return note(`${short(event.peer)} offers the file "${line(event.name)}" (${sizeText(event.size)})`);
    case "file-asked":
      return note(`${short(event.peer)} asks for "${line(event.name)}"${event.found ? "" : ", which is not shared"}`);
    case "file-ended":
      return note(fileEnd(event));
    case "roster":
    case "members":
    case "nickname":
    case "asked":
      return roomLines(event).flatMap(note);
    case "recorded":
      return historyLines(event);
    case "history":
    case "history-ended":
    case "recordings":
    case "answered":
      return historyLines(event).flatMap(note);
    case "system": {
      const [first, ...more] = historyLines(event);
      return [...note(first), ...more];
    }
    case "presence":
      return note(presenceText(event));
    case "settings":
      return note(
        event.settings === null ? "no settings published" : `settings: ${line(JSON.stringify(event.settings))}`,
      );
    case "who":
    case "help":
      return event.lines.map(line);
    case "error":
      return [`${at} ! ${line(event.text)}`];
    case "notice":
      return note(line(event.text));
    case "queued":
    case "file":
    case "ended":
      return [];
  }
}

function messageLines(event: Extract<ChatEvent, { event: "message" }>, time: number): string[] {
  const sent = Date.parse(event.sent);
  // A message that waited shows when it was written.
  const waited = !Number.isNaN(sent) && time - sent > 60_000;
  const head = `${clockText(waited ? sent : time)} ${waited ? `(${dayText(sent)}) ` : ""}${
    who(event.name, event.from)
  }${event.private ? " (to you alone)" : ""}: `;
  if (event.type.toLowerCase().startsWith("application/pidf+xml") && event.text !== "") {
    return [`${head}I am at ${line(event.text)}`];
  }
  if (!event.type.toLowerCase().startsWith("text/")) return [`${head}[${line(event.type)}, ${sizeText(event.bytes)}]`];
  const [first, ...more] = clean(event.text).split("\n");
  return [head + first, ...more.map((each) => "      " + each)];
}

function roomOpened({ peer, incoming, room }: Extract<ChatEvent, { event: "chat" }>): string {
  return `in the room ${short(room.split(";", 1)[0])}${
    incoming ? `, where ${short(peer)} wants you` : ""
  } (/members, /leave)`;
}

function stateNote(event: Extract<ChatEvent, { event: "state" }>): string[] {
  const about = event.about === "" ? "" : ` "${line(event.about)}"`;
  switch (event.state) {
    case "failed":
      return [`not delivered${about}: ${line(event.reason)}`];
    case "delivered":
    case "displayed":
      return [`${event.state}${about}`];
    case "sent":
      return event.deferred ? [`stored, to be delivered later${about}`] : [];
    default:
      return [];
  }
}

/** How somebody is who is watched: `carol@example.test is busy until 15:00:00: in the lab`. */
export function presenceText({ of, state, status, note, until, place, reason }: Omit<PresenceEvent, "event">): string {
  const why = reason === "" ? "" : ` (${line(reason)})`;
  if (state === "pending") return `${short(of)} has not said yet whether you may see it${why}`;
  if (status === "" || state === "ended") return `${short(of)}: nothing is known${why}`;
  const end = until === "" ? "" : ` until ${dayAndTime(Date.parse(until))}`;
  const where = place === "" ? "" : ` at ${line(place)}`;
  return `${short(of)} is ${status}${where}${end}${note === "" ? "" : `: ${line(note)}`}${why}`;
}

type PresenceEvent = Extract<ChatEvent, { event: "presence" }>;

function fileEnd(event: Extract<ChatEvent, { event: "file-ended" }>): string {
  const name = `"${line(event.name)}"`;
  if (!event.ok) {
    return `${name} ${event.direction === "in" ? "did not arrive" : "was not sent"}: ${line(event.reason)}`;
  }
  if (event.direction === "in") return `${name} is at ${line(event.place)}`;
  return event.deferred ? `${name} is stored, to be delivered later` : `${name} has arrived`;
}

function who(name: string, uri: string): string {
  return name === "" ? short(uri) : line(name);
}
