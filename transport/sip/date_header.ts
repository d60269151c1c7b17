const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT$/;

/** A Date header (RFC 3261 §20.17), GMT and nothing else, as ms since the epoch; undefined when it is none. */
export function parseSipDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [, weekday, day, month, year, hours, minutes, seconds] = match;
  const at = Date.UTC(
    Number(year),
    MONTHS.indexOf(month),
    Number(day),
    Number(hours),
    Number(minutes),
    Number(seconds),
  );
  const date = new Date(at);
  // 30 Feb, 24:61, or a weekday that is another day's.
  const same = date.getUTCDate() === Number(day) && date.getUTCHours() === Number(hours) &&
    date.getUTCMinutes() === Number(minutes) && date.getUTCFullYear() === Number(year);
  return same && DAYS[date.getUTCDay()] === weekday ? at : undefined;
}

/** `at`, ms since the epoch, as a Date header: `Sat, 13 Nov 2010 23:29:00 GMT`. */
export function formatSipDate(at: number): string {
  return new Date(at).toUTCString();
}

/** A Timestamp header (RFC 3261 §20.38): seconds, and the seconds the other side took; undefined when it is none. */
export function parseTimestamp(text: string): { readonly seconds: number; readonly delay: number } | undefined {
  const match = /^([0-9]{1,15}(?:\.[0-9]{0,9})?)(?:[ \t]+([0-9]{0,15}(?:\.[0-9]{0,9})?))?$/.exec(text);
  if (match === null) return undefined;
  return { seconds: Number(match[1]), delay: Number(match[2] ?? 0) || 0 };
}
