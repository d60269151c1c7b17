import { addressOf, needed } from "./command_words.ts";

/** What a line wants of a room, or of many people at once. */
export type RoomCommand =
  | { readonly do: "room"; readonly people: readonly string[]; readonly subject: string }
  | { readonly do: "join"; readonly who: string }
  /** `name`: "" gives it back. */
  | { readonly do: "nick"; readonly name: string }
  /** `who`: a SIP URI, or a name as the roster shows it; "" where the text begins with it. */
  | { readonly do: "tell"; readonly who: string; readonly text: string; readonly ref?: string }
  | { readonly do: "add"; readonly who: string }
  /** `who`: as for `tell`. */
  | { readonly do: "expel"; readonly who: string }
  | { readonly do: "members" }
  | { readonly do: "leave" }
  | { readonly do: "list"; readonly people: readonly string[]; readonly text: string; readonly ref?: string };

export const ROOM_HELP: readonly string[] = [
  "/room SIP-URI… [-- SUBJECT]   begin a room with these people; lines go there from then on",
  "/join SIP-URI     go into a room or a group's chat, or talk there again",
  "/members          who is in the room; /leave leaves it",
  "/tell WHO TEXT    send a text to one member alone: a SIP URI, or a name as /members shows it",
  "/nick NAME        be called so in the room; alone: no longer",
  "/add SIP-URI      bring somebody into the room; /expel WHO sends somebody out",
  "/list SIP-URI… -- TEXT        send one message to many, to each alone",
];

export const ROOM_NAMES = ["room", "join", "nick", "tell", "add", "expel", "members", "leave", "list"] as const;
type RoomName = typeof ROOM_NAMES[number];

/** URIs of one command. */
const PEOPLE = 500;

export function isRoomName(name: unknown): name is RoomName {
  return ROOM_NAMES.some((each) => each === name);
}

/** Reads what was typed behind `/name`. Throws SyntaxError with what is allowed. */
export function typedRoomCommand(name: RoomName, rest: string): RoomCommand {
  switch (name) {
    case "room": {
      const [people, subject] = peopleAnd(needed(rest, "/room SIP-URI… [-- SUBJECT]"));
      return { do: name, people: peopleOf(people.split(/\s+/)), subject };
    }
    case "list": {
      const usage = "/list SIP-URI… -- TEXT";
      const [people, text] = peopleAnd(needed(rest, usage));
      return { do: name, people: peopleOf(needed(people, usage).split(/\s+/)), text: needed(text, usage) };
    }
    case "join":
    case "add":
      return { do: name, who: addressOf(needed(rest, `/${name} SIP-URI`)) };
    case "expel":
      return { do: name, who: needed(rest, "/expel WHO") };
    case "tell":
      return { do: name, who: "", text: needed(rest, "/tell WHO TEXT") };
    case "nick":
      return { do: name, name: rest };
    case "members":
    case "leave":
      return { do: name };
  }
}

/** The same of a line of JSON. Throws SyntaxError with what is allowed. */
export function jsonRoomCommand(name: RoomName, fields: Readonly<Record<string, unknown>>): RoomCommand {
  const text = (key: string, otherwise?: string): string => {
    const found = fields[key] ?? otherwise;
    if (typeof found !== "string") throw new SyntaxError(`"${key}" of "${name}" must be text`);
    return found;
  };
  const people = (): readonly string[] => {
    const found = fields.people;
    if (Array.isArray(found) && found.every((each) => typeof each === "string")) return peopleOf(found);
    throw new SyntaxError(`"people" of "${name}" must be a list of SIP URIs`);
  };
  const ref = fields.ref === undefined ? {} : { ref: text("ref") };
  switch (name) {
    case "room":
      return { do: name, people: people(), subject: text("subject", "") };
    case "list":
      return { do: name, people: people(), text: text("text"), ...ref };
    case "join":
    case "add":
      return { do: name, who: addressOf(text("who")) };
    case "expel":
      return { do: name, who: needed(text("who"), '"who" of "expel"') };
    case "tell":
      return { do: name, who: needed(text("who"), '"who" of "tell"'), text: text("text"), ...ref };
    case "nick":
      return { do: name, name: text("name", "") };
    case "members":
    case "leave":
      return { do: name };
  }
}

/** What stands in front of ` -- `, and behind it. */
function peopleAnd(words: string): readonly [string, string] {
  const found = /^(.*?)(?:^|\s+)--(?:\s+(.*))?$/s.exec(words);
  return found === null ? [words.trim(), ""] : [found[1], (found[2] ?? "").trim()];
}

function peopleOf(words: readonly string[]): readonly string[] {
  const people = [...new Set(words.map(addressOf))];
  if (people.length === 0) throw new SyntaxError("nobody is named; allowed: 1 to 500 SIP URIs");
  if (people.length > PEOPLE) throw new SyntaxError(`${people.length} SIP URIs; allowed: 1 to ${PEOPLE}`);
  return people;
}
