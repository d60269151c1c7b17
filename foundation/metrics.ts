/** A number that only grows. */
export class Counter {
  value = 0;
  add(n = 1): void {
    this.value += n;
  }
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly labels: readonly string[];
  readonly counters: Map<string, Counter>;
  readonly read?: () => number;
  /** What others hold of the same. */
  readonly addends?: (() => number)[];
}

/** A metric with its values, as it is told to another thread. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly labels: readonly string[];
  /** Label values joined by U+0000, and the value. A gauge has one, under "". */
  readonly values: readonly (readonly [key: string, value: number])[];
}

/** A counter family with labels; `with` returns the same Counter for the same values, so hot paths keep it. */
export interface LabelledCounter {
  with(...values: string[]): Counter;
}

/**
 * Every metric of the box, declared once where it is counted and rendered as Prometheus text. Label values come from
 * closed sets only (methods, status codes, transports), never from the wire as they are: see `MAX_SERIES`.
 */
export class Metrics {
  static readonly MAX_SERIES = 200;
  readonly #families = new Map<string, Family>();

  counter(name: string, help: string): Counter {
    return this.labelled(name, help).with();
  }

  labelled(name: string, help: string, ...labels: string[]): LabelledCounter {
    const family = this.#declare({ name, help, type: "counter", labels, counters: new Map() });
    return {
      with: (...values: string[]): Counter => {
        let key = values.length === 1 ? values[0] : values.join("\u0000");
        let counter = family.counters.get(key);
        if (counter === undefined && family.counters.size >= Metrics.MAX_SERIES) {
          key = labels.map(() => "other").join("\u0000");
          counter = family.counters.get(key);
        }
        if (counter === undefined) family.counters.set(key, counter = new Counter());
        return counter;
      },
    };
  }

  /** A value read when somebody asks. */
  gauge(name: string, help: string, read: () => number): void {
    this.#declare({ name, help, type: "gauge", labels: [], counters: new Map(), read, addends: [] });
  }

  /** A value that is added to the gauge of that name, which may be declared so. */
  addend(name: string, help: string, read: () => number): void {
    if (this.#families.get(name)?.addends === undefined) this.gauge(name, help, () => 0);
    this.#families.get(name)!.addends!.push(read);
  }

  /** All of them with their values now. */
  families(): MetricFamily[] {
    return [...this.#families.values()].map((family) => {
      const { name, help, type, labels, counters } = family;
      const values: [string, number][] = type === "gauge"
        ? [["", gaugeValue(family)]]
        : [...counters].map(([key, counter]) => [key, counter.value]);
      return { name, help, type, labels, values };
    });
  }

  /**
   * What a metric says now: a gauge's value, or the sum of the counters whose labels are `values`, in the order they were
   * declared in (null, or left out: any). Null where nothing of that name was declared.
   */
  value(name: string, ...values: (string | null)[]): number | null {
    const family = this.#families.get(name);
    if (family === undefined) return null;
    if (family.read !== undefined) return gaugeValue(family);
    let sum = 0;
    for (const [key, counter] of family.counters) {
      const labels = key.split("\u0000");
      if (values.every((value, i) => value === null || labels[i] === value)) sum += counter.value;
    }
    return sum;
  }

  /** Prometheus text exposition format 0.0.4. */
  render(): string {
    let text = "";
    for (const family of this.#families.values()) {
      const { name, help, type, labels, counters } = family;
      text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
      if (family.read !== undefined) text += `${name} ${gaugeValue(family)}\n`;
      for (const [key, counter] of counters) {
        const values = key.split("\u0000");
        const pairs = labels.map((label, i) => `${label}="${values[i].replace(/[\\"\n]/g, "_")}"`).join(",");
        text += `${name}${pairs === "" ? "" : `{${pairs}}`} ${counter.value}\n`;
      }
    }
    return text;
  }

  #declare(family: Family): Family {
    const known = this.#families.get(family.name);
    if (known !== undefined && known.read === undefined && family.read === undefined) return known;
    this.#families.set(family.name, family);
    return family;
  }
}

function gaugeValue({ read, addends }: Family): number {
  let value = read!();
  for (const addend of addends!) value += addend();
  return value;
}
