import { language } from "../../texts/kit.ts";

/** From when until when, as short as it can be said: the day once where it is the same. */
export function spanText(from: number, until: number): string {
  return new Intl.DateTimeFormat(language.value.intl, { dateStyle: "medium", timeStyle: "short" })
    .formatRange(Math.min(from, until), until);
}
