/** Points of one figure over time. */
export interface Series {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** Time of the first point and distance of the points. */
  readonly from: number;
  readonly step_ms: number;
  /** Null where the box did not run. */
  readonly points: readonly (number | null)[];
}

/** Metrics that the box keeps itself: a point a minute for 24 h, one an hour for 90 days. */
export interface HistoryService {
  read(range: "hour" | "day" | "month" | "quarter"): Series[];
  /** The figures of right now, by name of the series. */
  live(): Readonly<Record<string, number>>;
  onSample(listener: () => void): () => void;
}

export interface LogLine {
  readonly id: number;
  readonly at: number;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly component: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

export interface LogQuery {
  /** The least weight. */
  readonly level: LogLine["level"];
  readonly component: string;
  /** In text or fields, any case. */
  readonly search: string;
  /** Only lines with a greater id. */
  readonly after: number;
  readonly limit: number;
}

/** The last lines of the log, in memory. */
export interface LogService {
  /** Oldest first: the last `limit` that match. */
  read(query: LogQuery): LogLine[];
  onLine(listener: (line: LogLine) => void): () => void;
  readonly components: readonly string[];
}

/** One message on the wire, without its body and without credentials. */
export interface LadderStep {
  readonly at: number;
  /** µs precision is not claimed; the order is right. */
  readonly seq: number;
  readonly direction: "in" | "out";
  readonly transport: string;
  /** Two of the ladder's participants. `local` is this box. */
  readonly local: string;
  readonly remote: string;
  /** The box's own address that it came to or left from: `192.0.2.1:5060`. */
  readonly door: string;
  /** `MESSAGE sip:bob@…` or `200 OK` */
  readonly start_line: string;
  readonly cseq: string;
  readonly from: string;
  readonly to: string;
  readonly body_octets: number;
  readonly content_type: string;
  /** Chosen header lines, credentials and bodies left out. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface Ladder {
  readonly call_id: string;
  /** In order of appearance; the box itself is one of them. */
  readonly participants: readonly string[];
  readonly steps: readonly LadderStep[];
}

/** What went over the wires lately. */
export interface TraceService {
  /** Newest Call-IDs first, with who and when; `search` in Call-ID, From or To. */
  recent(query: { search: string; limit: number }): {
    readonly call_id: string;
    readonly at: number;
    readonly method: string;
    readonly from: string;
    readonly to: string;
    readonly status: number;
    readonly messages: number;
  }[];
  ladder(callId: string): Ladder | null;
  /** How many messages are kept; 0: tracing is off. */
  readonly capacity: number;
}

/** One file of the support bundle. */
export interface BundleEntry {
  readonly name: string;
  readonly what: string;
  readonly octets: number;
  /** All of it, as it would leave the box. */
  readonly text: string;
}

export interface SupportService {
  /** What the bundle would hold, to look at before it is taken. */
  preview(): Promise<BundleEntry[]>;
  /** The same as a zip. */
  bundle(by: string): Promise<Uint8Array>;
}
