const MAX_KEPT = 40;
const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const kept = new Map<string, Format>();

/** Writes numbers and times as a language does. `Intl` objects are dear to make: one of each for a language and a zone. */
export class Format {
  readonly zone: string;
  readonly #number: Intl.NumberFormat;
  readonly #dateTime: Intl.DateTimeFormat;
  readonly #full: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #precise: Intl.DateTimeFormat;
  readonly #relative: Intl.RelativeTimeFormat;
  readonly #plural: Intl.PluralRules;
  readonly #list: Intl.ListFormat;
  readonly #tag: string;

  private constructor(tag: string, timeZone: string) {
    this.#tag = tag;
    this.zone = timeZone;
    this.#number = new Intl.NumberFormat(tag, { maximumFractionDigits: 2 });
    this.#dateTime = new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short", timeZone });
    this.#full = new Intl.DateTimeFormat(tag, { dateStyle: "full", timeStyle: "long", timeZone });
    this.#date = new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeZone });
    this.#time = new Intl.DateTimeFormat(tag, { timeStyle: "short", timeZone });
    this.#precise = new Intl.DateTimeFormat(tag, {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      fractionalSecondDigits: 3,
      hourCycle: "h23",
      timeZone,
    });
    this.#relative = new Intl.RelativeTimeFormat(tag, { numeric: "auto" });
    this.#plural = new Intl.PluralRules(tag);
    this.#list = new Intl.ListFormat(tag);
  }

  /** `zone`: an IANA name that was checked, see `zoneOf`. */
  static of(tag: string, zone: string): Format {
    const key = `${tag} ${zone}`;
    let format = kept.get(key);
    if (format === undefined) {
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(key, format = new Format(tag, zone));
    }
    return format;
  }

  number(value: number): string {
    return this.#number.format(value);
  }

  /** `part` of 1. */
  percent(part: number): string {
    return new Intl.NumberFormat(this.#tag, { style: "percent", maximumFractionDigits: 0 }).format(part);
  }

  /** Octets in the unit that reads best: `1.3 kB`, `42 MB`. */
  octets(octets: number): string {
    const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
    let power = 0;
    while (octets >= 1000 && power < units.length - 1) [octets, power] = [octets / 1000, power + 1];
    const style = { style: "unit", unit: units[power], unitDisplay: power === 0 ? "long" : "short" } as const;
    return new Intl.NumberFormat(this.#tag, { ...style, maximumFractionDigits: octets < 10 && power > 0 ? 1 : 0 })
      .format(octets);
  }

  /** Which plural a number takes. */
  plural(n: number): "one" | "other" {
    return this.#plural.select(n) === "one" ? "one" : "other";
  }

  list(items: readonly string[]): string {
    return this.#list.format(items);
  }

  dateTime(at: number): string {
    return this.#dateTime.format(at);
  }

  /** With weekday, seconds and zone. */
  full(at: number): string {
    return this.#full.format(at);
  }

  date(at: number): string {
    return this.#date.format(at);
  }

  time(at: number): string {
    return this.#time.format(at);
  }

  /** When a day of this zone begins: `2026-11-21`, as date fields have it. NaN where it is no day. */
  dayStart(day: string): number {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return NaN;
    const utc = Date.parse(`${day}T00:00:00Z`);
    if (Number.isNaN(utc)) return NaN;
    // Twice: the first guess may lie on the other side of a change of the clocks.
    return utc - this.#offset(utc - this.#offset(utc));
  }

  /** How far this zone is ahead of UTC at that time, in ms. */
  #offset(at: number): number {
    const parts = new Intl.DateTimeFormat("en", {
      timeZone: this.zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    }).formatToParts(at);
    const of = (type: string) => Number(parts.find((part) => part.type === type)!.value);
    const local = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
    return local - Math.floor(at / 1000) * 1000;
  }

  /** `14:03:09.123` */
  precise(at: number): string {
    return this.#precise.format(at);
  }

  /** `5 minutes ago`, `in 3 days`, `now`. */
  relative(at: number, now: number): string {
    const distance = at - now;
    const size = Math.abs(distance);
    if (size < 45_000) return this.#relative.format(0, "second");
    if (size < 50 * MINUTE) return this.#relative.format(Math.round(distance / MINUTE), "minute");
    if (size < 22 * HOUR) return this.#relative.format(Math.round(distance / HOUR), "hour");
    if (size < 45 * DAY) return this.#relative.format(Math.round(distance / DAY), "day");
    if (size < 540 * DAY) return this.#relative.format(Math.round(distance / (30.44 * DAY)), "month");
    return this.#relative.format(Math.round(distance / (365.25 * DAY)), "year");
  }

  /** A length of time in its two largest units: `3 days, 4 hours`. */
  duration(ms: number): string {
    const parts: [number, string][] = [
      [Math.floor(ms / DAY), "day"],
      [Math.floor(ms / HOUR) % 24, "hour"],
      [Math.floor(ms / MINUTE) % 60, "minute"],
      [Math.floor(ms / 1000) % 60, "second"],
    ];
    const first = parts.findIndex(([count]) => count > 0);
    const told = first < 0 ? [parts[3]] : parts.slice(first, first + 2).filter(([count]) => count > 0);
    return this.list(
      told.map(([count, unit]) =>
        new Intl.NumberFormat(this.#tag, { style: "unit", unit, unitDisplay: "long" }).format(count)
      ),
    );
  }
}

/** An IANA time zone that this program knows, else its own. */
export function zoneOf(wanted: string | undefined): string {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (wanted === undefined || !/^[A-Za-z][\w+-]*(?:\/[\w+-]+){0,2}$/.test(wanted) || wanted.length > 40) return own;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: wanted }).resolvedOptions().timeZone;
  } catch {
    return own;
  }
}
