import type { LabelledCounter, MetricFamily, Metrics } from "./metrics.ts";

/** What has changed in the metrics of one thread, to be told to another. */
export class MetricsReport {
  readonly #metrics: Metrics;
  readonly #told = new Map<string, number>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Values other than the last time, all of them at first. */
  changes(): MetricFamily[] {
    const changed: MetricFamily[] = [];
    for (const family of this.#metrics.families()) {
      const values = family.values.filter(([key, value]) => {
        const at = `${family.name}\u0000${key}`;
        if (this.#told.get(at) === value) return false;
        this.#told.set(at, value);
        return true;
      });
      if (values.length > 0) changed.push({ ...family, values });
    }
    return changed;
  }
}

/** Adds the metrics of another thread to those of this one: counters grow by as much, gauges are summed. */
export class MetricsSum {
  readonly #metrics: Metrics;
  readonly #counters = new Map<string, { readonly family: LabelledCounter; readonly last: Map<string, number> }>();
  readonly #gauges = new Map<string, number>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  add(families: readonly MetricFamily[]): void {
    for (const family of families) {
      if (family.type === "gauge") this.#gauge(family);
      else this.#counter(family);
    }
  }

  /** The thread is gone: what it held is no more, what it counted stays. Another one may follow. */
  gone(): void {
    for (const name of this.#gauges.keys()) this.#gauges.set(name, 0);
    for (const { last } of this.#counters.values()) last.clear();
  }

  #gauge({ name, help, values }: MetricFamily): void {
    if (!this.#gauges.has(name)) this.#metrics.addend(name, help, () => this.#gauges.get(name)!);
    this.#gauges.set(name, values[0][1]);
  }

  #counter({ name, help, labels, values }: MetricFamily): void {
    let known = this.#counters.get(name);
    if (known === undefined) {
      this.#counters.set(name, known = { family: this.#metrics.labelled(name, help, ...labels), last: new Map() });
    }
    for (const [key, value] of values) {
      const parts = labels.length === 0 ? [] : key.split("\u0000");
      known.family.with(...parts).add(value - (known.last.get(key) ?? 0));
      known.last.set(key, value);
    }
  }
}
