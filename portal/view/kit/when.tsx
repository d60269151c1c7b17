import { language } from "../../texts/kit.ts";

/** `auto`: the hour today, the day of the week within six days, else the date. */
export type WhenLook = "auto" | "time" | "day" | "full";

/** A moment, in the language and the zone of who reads it. */
export function When({ at, look = "auto" }: { at: number; look?: WhenLook }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={look === "full" ? undefined : whenText(at, "full")}>
      {whenText(at, look)}
    </time>
  );
}

const DAY = 86_400_000;
const FORMS = {
  time: { timeStyle: "short" },
  weekday: { weekday: "long" },
  date: { dateStyle: "medium" },
  day: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  full: { dateStyle: "full", timeStyle: "short" },
} as const;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The same as text. */
export function whenText(at: number, look: WhenLook = "auto", now = Date.now()): string {
  if (look === "day") {
    const days = daysBetween(at, now);
    if (days === 0 || days === 1) {
      const word = new Intl.RelativeTimeFormat(language.value.intl, { numeric: "auto" }).format(-days, "day");
      return word.charAt(0).toLocaleUpperCase(language.value.intl) + word.slice(1);
    }
  }
  return formatOf(look === "auto" ? autoForm(at, now) : look).format(at);
}

/** The day of a moment, the same for all moments of a day here. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

function daysBetween(at: number, now: number): number {
  return Math.round((dayOf(now) - dayOf(at)) / DAY);
}

function autoForm(at: number, now: number): keyof typeof FORMS {
  const days = daysBetween(at, now);
  return days === 0 ? "time" : days > 0 && days < 7 ? "weekday" : "date";
}

function formatOf(form: keyof typeof FORMS): Intl.DateTimeFormat {
  const key = `${language.value.intl} ${form}`;
  let format = formats.get(key);
  if (format === undefined) formats.set(key, format = new Intl.DateTimeFormat(language.value.intl, FORMS[form]));
  return format;
}
