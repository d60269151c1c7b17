import { nearest } from "../../config.ts";
import type { MessageMode, OwnSettings } from "../../client/mod.ts";
import { PRESENCE_STATUSES, type PresenceStatus } from "../../transport/presence/mod.ts";
import { addressOf, needed } from "./command_words.ts";
import {
  HISTORY_HELP,
  HISTORY_NAMES,
  type HistoryCommandLine,
  isHistoryName,
  jsonHistoryCommand,
  typedHistoryCommand,
} from "./history_commands.ts";
import {
  isRoomName,
  jsonRoomCommand,
  ROOM_HELP,
  ROOM_NAMES,
  type RoomCommand,
  typedRoomCommand,
} from "./room_commands.ts";

/** What a line typed, or a JSON line, wants. */
export type ChatCommand =
  | {
    readonly do: "send";
    readonly text: string;
    /** Comes back in all events about the message. */
    readonly ref?: string;
    readonly mode?: MessageMode;
    readonly to?: string;
  }
  | { readonly do: "file"; readonly path: string; readonly to?: string }
  | { readonly do: "get"; readonly name: string }
  | { readonly do: "share"; readonly path: string }
  | { readonly do: "typing" }
  | { readonly do: "settings"; readonly settings: OwnSettings | null }
  /** `for`: seconds until it ends by itself; 0 for never. */
  | { readonly do: "status"; readonly status: PresenceStatus; readonly for: number; readonly note: string }
  | { readonly do: "watch" | "unwatch"; readonly who: string }
  /** `here`: for those who watch; "" for nowhere. `location`: for one, as a message. */
  | { readonly do: "here"; readonly place: string }
  | { readonly do: "location"; readonly place: string; readonly to?: string }
  | RoomCommand
  | HistoryCommandLine
  | { readonly do: "accept" }
  | { readonly do: "refuse"; readonly text: string }
  | { readonly do: "cancel" }
  | { readonly do: "who" }
  | { readonly do: "end" }
  | { readonly do: "quit" }
  | { readonly do: "help" };

/** What people can type, for `/help`. */
export const HELP: readonly string[] = [
  "TEXT              send it",
  "/large TEXT       send it as a large message, in a session of its own",
  "/pager TEXT       send it by SIP MESSAGE",
  "/file PATH        send a file",
  "/get              take the file that is offered; /get NAME asks the other side for that file",
  "/share PATH       let the other side ask for that file",
  "/typing           say that you are writing",
  "/settings WORDS   publish settings: barred=yes|no answer=automatic|manual override=yes|no",
  "                  deferral=push|notify|reject visible=yes|no recording=session,pager|none; alone: show them",
  "/status WORD      tell how you are: /status busy, /status meeting 2h, /status away 1d back on Monday",
  "/here PLACE       tell where you are: /here 52.52,13.405 or /here Room 5; alone: no longer",
  "/location PLACE   send the other side where you are",
  "/watch SIP-URI    see how somebody is; /unwatch SIP-URI no longer",
  ...ROOM_HELP,
  ...HISTORY_HELP,
  "/accept           take the chat that is asked for; /refuse [TEXT] declines it, or a file",
  "/cancel           give up the files on their way",
  "/who              who is there, and what is under way",
  "/end              end the chat, and leave all rooms",
  "/quit             leave",
  "//TEXT            send a text that begins with a slash",
];

const NAMES = [
  "large",
  "pager",
  "file",
  "get",
  "share",
  "typing",
  "settings",
  "status",
  "here",
  "location",
  "watch",
  "unwatch",
  "accept",
  "refuse",
  "cancel",
  "who",
  "end",
  ...ROOM_NAMES,
  ...HISTORY_NAMES,
];

/** Reads a line that was typed; null for an empty one. Throws SyntaxError with what is allowed. */
export function typedCommand(line: string): ChatCommand | null {
  if (line === "") return null;
  if (!line.startsWith("/")) return { do: "send", text: line };
  if (line.startsWith("//")) return { do: "send", text: line.slice(1) };
  const [, name, rest] = /^\/(\S*)\s*(.*)$/s.exec(line)!;
  if (isRoomName(name)) return typedRoomCommand(name, rest);
  if (isHistoryName(name)) return typedHistoryCommand(name, rest);
  switch (name) {
    case "large":
    case "pager":
      return { do: "send", text: needed(rest, `/${name} TEXT`), mode: name };
    case "file":
      return { do: "file", path: needed(rest, "/file PATH") };
    case "share":
      return { do: "share", path: needed(rest, "/share PATH") };
    case "get":
      return { do: "get", name: rest };
    case "settings":
      return { do: "settings", settings: rest === "" ? null : settingsOf(rest) };
    case "status":
      return statusOf(needed(rest, `/status WORD [2h] [NOTE]; WORD is one of ${PRESENCE_STATUSES.join(", ")}`));
    case "here":
      return { do: "here", place: rest };
    case "location":
      return { do: "location", place: needed(rest, "/location PLACE") };
    case "watch":
    case "unwatch":
      return { do: name, who: addressOf(needed(rest, `/${name} SIP-URI`)) };
    case "refuse":
      return { do: "refuse", text: rest };
    case "typing":
    case "accept":
    case "cancel":
    case "who":
    case "end":
    case "quit":
    case "help":
      return { do: name };
    default: {
      const near = nearest(name, [...NAMES, "quit", "help"]);
      throw new SyntaxError(
        `unknown command "/${name}"${near === undefined ? "" : `; did you mean /${near}?`} (/help tells them all)`,
      );
    }
  }
}

/** Reads `busy 2h in the lab`. Throws SyntaxError with what is allowed. */
function statusOf(words: string): ChatCommand {
  const [, name, duration, note] = /^(\S+)(?:\s+(\d{1,5}[mhd])(?=\s|$))?\s*(.*)$/s.exec(words)!;
  const seconds = duration === undefined
    ? 0
    : Number(duration.slice(0, -1)) * { m: 60, h: 3600, d: 86_400 }[duration.at(-1)!]!;
  return { do: "status", status: presenceStatus(name), for: seconds, note };
}

function presenceStatus(name: string): PresenceStatus {
  const found = PRESENCE_STATUSES.find((status) => status === name);
  if (found === undefined) throw new SyntaxError(`status is "${name}"; allowed: ${PRESENCE_STATUSES.join(", ")}`);
  return found;
}

/** Reads a JSON line. Throws SyntaxError with what is allowed. */
export function jsonCommand(line: string): ChatCommand | null {
  if (line.trim() === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new SyntaxError(`not a line of JSON: ${line.slice(0, 100)}`);
  }
  if (typeof value !== "object" || value === null) {
    throw new SyntaxError('a command is an object: {"do":"send","text":"…"}');
  }
  const fields = value as Record<string, unknown>;
  const text = (key: string): string => {
    const found = fields[key];
    if (typeof found !== "string") throw new SyntaxError(`"${key}" of "${fields.do}" must be text`);
    return found;
  };
  const optional = (key: string): Record<string, string> => fields[key] === undefined ? {} : { [key]: text(key) };
  if (isRoomName(fields.do)) return jsonRoomCommand(fields.do, fields);
  if (isHistoryName(fields.do)) return jsonHistoryCommand(fields.do, fields);
  switch (fields.do) {
    case "send": {
      const mode = fields.mode;
      if (mode !== undefined && mode !== "session" && mode !== "pager" && mode !== "large") {
        throw new SyntaxError(`"mode" is ${JSON.stringify(mode)}; allowed: session, pager, large`);
      }
      return { do: "send", text: text("text"), ...optional("ref"), ...optional("to"), ...(mode && { mode }) };
    }
    case "file":
      return { do: "file", path: text("path"), ...optional("to") };
    case "share":
      return { do: "share", path: text("path") };
    case "get":
      return { do: "get", name: optional("name").name ?? "" };
    case "refuse":
      return { do: "refuse", text: optional("text").text ?? "" };
    case "settings":
      return { do: "settings", settings: fields.words === undefined ? null : settingsOf(text("words")) };
    case "status": {
      const seconds = fields.for ?? 0;
      if (typeof seconds !== "number" || !(seconds >= 0 && seconds <= 100 * 86_400)) {
        throw new SyntaxError(`"for" is ${JSON.stringify(seconds)}; allowed: seconds, 0 to 8640000`);
      }
      return {
        do: "status",
        status: presenceStatus(text("status")),
        for: seconds,
        note: optional("note").note ?? "",
      };
    }
    case "here":
      return { do: "here", place: optional("place").place ?? "" };
    case "location":
      return { do: "location", place: text("place"), ...optional("to") };
    case "watch":
    case "unwatch":
      return { do: fields.do, who: addressOf(text("who")) };
    case "typing":
    case "accept":
    case "cancel":
    case "who":
    case "end":
    case "quit":
    case "help":
      return { do: fields.do };
    default:
      throw new SyntaxError(
        `"do" is ${JSON.stringify(fields.do)}; allowed: send, ${NAMES.slice(2).join(", ")}, quit, help`,
      );
  }
}

/** Reads `barred=yes answer=manual …`. Throws SyntaxError with what is allowed. */
export function settingsOf(words: string): OwnSettings {
  const settings: { -readonly [K in keyof OwnSettings]: OwnSettings[K] } = {};
  for (const word of words.trim().split(/\s+/)) {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? "" : word.slice(equals + 1);
    const choice = <const T extends string>(...allowed: readonly T[]): T => {
      const found = allowed.find((each) => each === value);
      if (found === undefined) throw new SyntaxError(`${name} is "${value}"; allowed: ${allowed.join(", ")}`);
      return found;
    };
    switch (name) {
      case "barred":
        settings.barred = choice("yes", "no") === "yes";
        break;
      case "answer":
        settings.answerMode = choice("automatic", "manual");
        break;
      case "override":
        settings.manualOverride = choice("yes", "no") === "yes";
        break;
      case "deferral":
        settings.deferral = choice("push", "notify", "reject");
        break;
      case "visible":
        settings.visible = choice("yes", "no") === "yes";
        break;
      case "recording": {
        const parts = value.split(",");
        for (const part of parts) {
          if (!["session", "pager", "none"].includes(part)) {
            throw new SyntaxError(`recording is "${value}"; allowed: session, pager, session,pager, none`);
          }
        }
        settings.recording = { session: parts.includes("session"), pagerAndLarge: parts.includes("pager") };
        break;
      }
      default:
        throw new SyntaxError(
          `unknown setting "${name}"; allowed: barred, answer, override, deferral, visible, recording`,
        );
    }
  }
  return settings;
}
