const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const DATE =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), +)?([0-9]{1,2}) +([A-Za-z]{3}) +([0-9]{4}) +([0-9]{2}):([0-9]{2})(?::([0-9]{2}))? +([+-])([0-9]{2})([0-9]{2})$/;

/** A moment as RFC 5322 §3.3 writes it, in UTC with a numeric zone, as `file-date` wants it. `time`: ms since the epoch. */
export function fileDateText(time: number): string {
  const d = new Date(time);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${DAYS[d.getUTCDay()]}, ${two(d.getUTCDate())} ${MONTHS[d.getUTCMonth()]} ${
    String(d.getUTCFullYear()).padStart(4, "0")
  } ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} +0000`;
}

/** What such a text means, in ms since the epoch; undefined when it is no date with a numeric zone. */
export function fileDateTime(text: string): number | undefined {
  const found = DATE.exec(text.trim());
  if (found === null) return undefined;
  const [, day, monthName, year, hour, minute, second = "00", sign, zoneHour, zoneMinute] = found;
  const month = MONTHS.findIndex((name) => name.toLowerCase() === monthName.toLowerCase());
  const time = Date.UTC(+year, month, +day, +hour, +minute, +second);
  const inRange = month >= 0 && +hour < 24 && +minute < 60 && +second <= 60 && +zoneMinute < 60 &&
    new Date(Date.UTC(+year, month, +day)).getUTCDate() === +day;
  if (!inRange) return undefined;
  return time - (sign === "-" ? -1 : 1) * (+zoneHour * 60 + +zoneMinute) * 60_000;
}
