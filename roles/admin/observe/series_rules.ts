import type { Metrics } from "../../../foundation/mod.ts";

/** One figure that is kept over time. */
export interface SeriesRule {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** `gauge`: `read` gives the value; `rate`: a total that only grows, shown per second. */
  readonly kind: "gauge" | "rate";
  /** The hours keep the highest minute, too. */
  readonly peak: boolean;
  /** Null: not known at present. */
  readonly read: () => number | null;
}

/** What the process and its machine say of themselves. */
export interface MachineFigures {
  /** CPU time used since the start, seconds. */
  cpuSeconds(): number;
  /** Resident octets. */
  memory(): number;
  /** Share of the data folder's disk that is free, 0 to 1; null: not known. */
  diskFree(): number | null;
  /** How late timers were at worst in about the last minute, ms. */
  lag(): number;
}

/** The figures an admin looks at. */
export function boxSeries(metrics: Metrics, machine: MachineFigures): SeriesRule[] {
  const total = (name: string, ...labels: (string | null)[]) => () => metrics.value(name, ...labels);
  const taken = total("sip_messages_taken_total");
  const later = total("parley_deferred_delivered_total");
  const answers = (name: string) => metrics.value("sip_responses_total", "out", name);
  const logins = (outcome: string) => metrics.value("parley_authentications_total", outcome);
  return [
    gauge("registered", "Registered users", "users", total("parley_registered_users"), true),
    rate("sip_in", "SIP messages in", "/s", total("sip_messages_received_total"), true),
    rate("relayed", "Messages delivered at once", "/s", () => sum([taken(), negative(later())])),
    rate("stored", "Messages stored for later", "/s", total("parley_deferred_stored_total")),
    rate("delivered_later", "Stored messages delivered", "/s", later),
    gauge("waiting", "Messages waiting", "messages", total("parley_deferred_messages"), true),
    rate(
      "refused",
      "Requests refused",
      "/s",
      () => sum([answers("4xx"), answers("5xx"), answers("6xx"), negative(metrics.value("sip_challenges_total"))]),
    ),
    rate("failed_logins", "Failed log-ins", "/s", () => sum([logins("wrong-password"), logins("unknown-user")])),
    // CPU seconds a second, as a share of one core.
    rate("cpu", "Processor", "% of a core", () => machine.cpuSeconds() * 100),
    gauge("memory", "Memory", "MB", () => machine.memory() / 1_000_000, true),
    gauge("disk_free", "Disk free", "%", () => {
      const free = machine.diskFree();
      return free === null ? null : free * 100;
    }),
    gauge("lag", "Delay of the event loop", "ms", () => machine.lag(), true),
    gauge("chat_sessions", "Chat sessions", "sessions", total("parley_im_sessions"), true),
    gauge("connections", "Open SIP connections", "connections", total("parley_sip_connections"), true),
  ];
}

function gauge(
  name: string,
  title: string,
  unit: string,
  read: () => number | null,
  peak = false,
): SeriesRule {
  return { name, title, unit, kind: "gauge", peak, read };
}

function rate(name: string, title: string, unit: string, read: () => number | null, peak = false): SeriesRule {
  return { name, title, unit, kind: "rate", peak, read };
}

/** Null where nothing of it is known; what is not counted yet counts as nothing. */
function sum(values: readonly (number | null)[]): number | null {
  if (values[0] === null) return null;
  return values.reduce<number>((all, value) => all + (value ?? 0), 0);
}

function negative(value: number | null): number | null {
  return value === null ? null : -value;
}
