import type { MessageModel } from "../../model/mod.ts";
import { plainName } from "../kit/plain_name.ts";
import { t } from "./texts.ts";

const LETTERS = 160;

/** A message in a line: for the list, and to be read out. */
export function briefly({ part }: MessageModel): string {
  if (part.kind === "text") {
    return part.text.slice(0, LETTERS * 2).replace(/[\s\u202a-\u202e\u2066-\u2069]+/g, " ").trim().slice(0, LETTERS);
  }
  if (part.kind === "picture") return t("picture");
  if (part.kind === "file") return part.name;
  if (part.kind === "location") return part.place === "" ? t("location") : `${t("location")}: ${part.place}`;
  if (part.kind === "event") return eventText(part.code, part.who);
  return t("unreadable.plain");
}

/** Something that happened, in words. */
export function eventText(code: Extract<MessageModel["part"], { kind: "event" }>["code"], who: string): string {
  return code === "joined" || code === "left" || code === "expelled" || code === "blocked-present" || code === "renamed"
    ? t(`event.${code}`, { who: plainName(who) })
    : t(`event.${code}`);
}
