import { LONGEST_KEYWORD, MOST_KEYWORDS } from "../preferences.ts";

/** Words that stand with commas between; null where they are too many or too long. */
export function keywordsTyped(text: string): readonly string[] | null {
  const words = [...new Set(text.split(/[,;\n]/).map((word) => word.trim()).filter((word) => word !== ""))];
  return words.length <= MOST_KEYWORDS && words.every((word) => word.length <= LONGEST_KEYWORD) ? words : null;
}

/** Minutes of the day as `<input type=time>` has them: `07:30`. */
export function clockOf(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((n) => String(n).padStart(2, "0")).join(":");
}

/** The other way; null while nothing whole stands there. */
export function minutesOf(clock: string): number | null {
  const [, hours, minutes] = /^(\d\d):(\d\d)/.exec(clock) ?? [];
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}
