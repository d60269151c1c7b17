import type { Clock, Log, Timed, Timer, Timers } from "../../../foundation/mod.ts";
import type { Records } from "../../../storage/mod.ts";
import type { HistoryService, Series } from "../services/mod.ts";
import { type Chunk, PointTable } from "./point_table.ts";
import type { SeriesRule } from "./series_rules.ts";

const LOOK_MS = 5000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const HOURS_FINE = 24;
const DAYS_COARSE = 90;
const SAVE_MINUTES = 10;
/** Records kept: what the rings hold, a begun one, and one written under a clock that was wrong for a while. */
const KEPT = { fine: HOURS_FINE + 2, coarse: DAYS_COARSE + 2 };
/** Shorter spans make rates of noise. */
const LEAST_SPAN_MS = 1000;

/** Kind and bound of the records: an hour of minutes each, or a day of hours. */
export const HISTORY_RECORDS = { name: "metrics_history", max: 150 } as const;

const RANGES = {
  hour: { table: "fine", points: 60 },
  day: { table: "fine", points: HOURS_FINE * 60 },
  month: { table: "coarse", points: 30 * 24 },
  quarter: { table: "coarse", points: DAYS_COARSE * 24 },
} as const;

export interface MetricsHistoryOptions {
  readonly rules: readonly SeriesRule[];
  readonly records: Records<Chunk>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** What every rule said at one moment. */
interface Reading {
  readonly monotonic: number;
  readonly values: readonly (number | null)[];
}

/**
 * The box's own charts: a point a minute for a day, one an hour for 90 days. Rates are made of totals over monotonic time, so
 * that a clock that jumps makes gaps and no peaks. Written every ten minutes and each hour; a few KB each time.
 */
export class MetricsHistory implements HistoryService, Timed {
  readonly #options: MetricsHistoryOptions;
  readonly #fine: PointTable;
  readonly #coarse: PointTable;
  readonly #peaks: readonly number[];
  readonly #listeners = new Set<() => void>();
  #timer: Timer | null = null;
  /** The end of the last point, and of the last live figures. */
  #minute: Reading;
  #live: Reading;
  #figures: Record<string, number> = {};
  #slot: number;
  #saving: Promise<void> = Promise.resolve();

  /** Starts from what was stored. */
  constructor(options: MetricsHistoryOptions) {
    const { rules, clock } = options;
    this.#options = options;
    const names = rules.map(({ name }) => name);
    this.#peaks = rules.flatMap(({ peak }, at) => peak ? [at] : []);
    this.#fine = new PointTable(names, MINUTE, HOURS_FINE * 60);
    this.#coarse = new PointTable(
      [...names, ...this.#peaks.map((at) => peakName(names[at]))],
      HOUR,
      DAYS_COARSE * 24,
    );
    this.#load();
    this.#minute = this.#live = this.#read();
    this.#slot = this.#fine.slotOf(clock.now());
  }

  start(): void {
    this.#timer ??= this.#options.timers.start(LOOK_MS, this, 0);
  }

  /** Writes what is not stored yet. */
  async stop(): Promise<void> {
    this.#timer?.stop();
    this.#timer = null;
    this.#save(true);
    await this.#saving;
  }

  onTimer(): void {
    this.#timer = this.#options.timers.start(LOOK_MS, this, 0);
    const ended = this.#fine.slotOf(this.#options.clock.now()) !== this.#slot;
    if (ended) this.#endMinute();
    if (this.#listeners.size === 0) return;
    this.#refresh();
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#options.log.error("a listener of the metrics failed", { error: String(error) });
      }
    }
  }

  read(range: keyof typeof RANGES): Series[] {
    const { table: which, points } = RANGES[range];
    const table = which === "fine" ? this.#fine : this.#coarse;
    const last = table.slotOf(this.#options.clock.now());
    const from = last - points + 1;
    const series = (name: string, rule: SeriesRule, title: string): Series => ({
      name,
      title,
      unit: rule.unit,
      from: from * table.step_ms,
      step_ms: table.step_ms,
      points: table.read(name, from, points),
    });
    return this.#options.rules.flatMap((rule) => [
      series(rule.name, rule, rule.title),
      ...(which === "coarse" && rule.peak ? [series(peakName(rule.name), rule, `${rule.title}, highest minute`)] : []),
    ]);
  }

  live(): Readonly<Record<string, number>> {
    this.#refresh();
    return this.#figures;
  }

  /** Called every five seconds. */
  onSample(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** What lies in the future was written under a clock that was wrong, or is: it is left where it is. */
  #load(): void {
    const { records, clock, log } = this.#options;
    for (const [id, chunk] of records.entries()) {
      const table = id.startsWith("fine/") ? this.#fine : this.#coarse;
      try {
        table.load(chunk, table.slotOf(clock.now()));
      } catch (error) {
        log.warn("a part of the metrics history could not be read", { id, error: String(error) });
      }
    }
  }

  #read(): Reading {
    const { rules, clock } = this.#options;
    return { monotonic: clock.monotonic(), values: rules.map((rule) => rule.read()) };
  }

  #refresh(): void {
    if (this.#options.clock.monotonic() - this.#live.monotonic < LEAST_SPAN_MS) return;
    const now = this.#read();
    const values = this.#between(this.#live, now);
    this.#live = now;
    const figures: Record<string, number> = {};
    this.#options.rules.forEach(({ name }, at) => {
      if (!Number.isNaN(values[at])) figures[name] = values[at];
    });
    this.#figures = figures;
  }

  /** NaN where there is no value. */
  #between(before: Reading, now: Reading): number[] {
    const seconds = (now.monotonic - before.monotonic) / 1000;
    return this.#options.rules.map(({ kind }, at) => {
      const value = now.values[at];
      if (value === null) return NaN;
      if (kind === "gauge") return value;
      const earlier = before.values[at];
      return earlier === null || seconds <= 0 ? NaN : Math.max(0, (value - earlier) / seconds);
    });
  }

  /** The minute that began at the last look is over; the present one may be any other where the clock jumped. */
  #endMinute(): void {
    const slot = this.#slot;
    this.#slot = this.#fine.slotOf(this.#options.clock.now());
    const now = this.#read();
    this.#fine.set(slot, this.#between(this.#minute, now));
    this.#minute = now;
    this.#sumUp(Math.floor(slot / 60));
    const hourOver = Math.floor(this.#slot / 60) !== Math.floor(slot / 60);
    if (hourOver || slot % SAVE_MINUTES === SAVE_MINUTES - 1) this.#save(hourOver, slot);
    // A box without a battery starts in 1970: what was stored counts again once the clock is right.
    if (this.#slot > slot + 1) this.#load();
  }

  /** The hour as far as it is known. */
  #sumUp(hour: number): void {
    const minutes = this.#fine.names.map((name) =>
      this.#fine.read(name, hour * 60, 60).filter((point) => point !== null)
    );
    const means = minutes.map((points) => points.reduce((all, point) => all + point, 0) / points.length);
    const peaks = this.#peaks.map((at) => minutes[at].length === 0 ? NaN : Math.max(...minutes[at]));
    this.#coarse.set(hour, [...means, ...peaks]);
  }

  /** The hour of minutes that `slot` is in, and with `coarse` its day of hours. One write after the other. */
  #save(coarse: boolean, slot = this.#fine.last): void {
    if (slot < 0) return;
    const { records, log } = this.#options;
    const hour = Math.floor(slot / 60);
    const day = Math.floor(hour / 24);
    const chunks: [string, Chunk][] = [[idOf("fine", hour), this.#fine.chunk(hour * 60, 60)]];
    if (coarse) chunks.push([idOf("coarse", day), this.#coarse.chunk(day * 24, 24)]);
    this.#saving = this.#saving.then(async () => {
      await records.putAll(chunks);
      for (const id of surplus([...records.entries()].map(([id]) => id), idOf("fine", hour))) await records.remove(id);
      for (const id of surplus([...records.entries()].map(([id]) => id), idOf("coarse", day))) await records.remove(id);
    }).catch((error) => log.warn("the metrics history could not be stored", { error: String(error) }));
  }
}

/** Ids of the same kind as `now` that are too many: those of the future first, then the oldest. */
function surplus(ids: readonly string[], now: string): string[] {
  const kind = now.startsWith("fine/") ? "fine" : "coarse";
  const own = ids.filter((id) => id.startsWith(`${kind}/`)).sort();
  const future = own.filter((id) => id > now).reverse();
  return [...future, ...own.filter((id) => id <= now)].slice(0, Math.max(0, own.length - KEPT[kind]));
}

/** Ten digits, so that the order of ids is that of time. */
function idOf(kind: "fine" | "coarse", number: number): string {
  return `${kind}/${String(number).padStart(10, "0")}`;
}

function peakName(name: string): string {
  return `${name}.max`;
}
