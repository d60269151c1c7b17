import { OperationError } from "../../../operations/mod.ts";
import type {
  BundleEntry,
  HealthItem,
  HealthService,
  HistoryService,
  Ladder,
  LogLine,
  LogQuery,
  LogService,
  Series,
  SupportService,
  TraceService,
} from "../services/mod.ts";

const LEVELS: readonly LogLine["level"][] = ["debug", "info", "warn", "error"];

/** Told by `tell`. */
class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>();
  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  tell(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
  get size(): number {
    return this.#listeners.size;
  }
}

export class FakeHealth implements HealthService {
  readonly listeners = new Listeners<void>();
  items: HealthItem[] = [
    item("certificate.self_signed", "warning", "The certificate is self-signed.", ""),
    item("peer.down/other.test", "critical", "The core of other.test does not answer.", "Try again"),
  ];

  list(): HealthItem[] {
    return this.items;
  }
  run(): Promise<HealthItem[]> {
    this.listeners.tell();
    return Promise.resolve(this.items);
  }
  snooze(code: string, until: number): Promise<HealthItem | null> {
    const found = this.items.find((one) => one.code === code);
    if (found === undefined) return Promise.resolve(null);
    const next = { ...found, snoozed_until: until };
    this.items = this.items.map((one) => one === found ? next : one);
    this.listeners.tell();
    return Promise.resolve(next);
  }
  repair(code: string): Promise<string> {
    const found = this.items.find((one) => one.code === code);
    if (found === undefined) return Promise.reject(new OperationError("not-found", `nothing is wrong with "${code}"`));
    if (found.repair.action === "") {
      return Promise.reject(new OperationError("conflict", "this has to be mended by hand"));
    }
    this.items = this.items.filter((one) => one !== found);
    this.listeners.tell();
    return Promise.resolve("It is mended.");
  }
  onChange(listener: () => void): () => void {
    return this.listeners.add(listener);
  }
}

function item(code: string, severity: HealthItem["severity"], text: string, action: string): HealthItem {
  const repair = { text: "Look at it.", page: "/admin/certificates", action };
  return { code, severity, text, since: 1_767_225_600_000, repair, snoozed_until: 0 };
}

export class FakeHistory implements HistoryService {
  readonly listeners = new Listeners<void>();
  figures: Record<string, number> = { messages: 12, registered: 1 };

  read(range: "hour" | "day" | "month" | "quarter"): Series[] {
    const step_ms = range === "hour" || range === "day" ? 60_000 : 3_600_000;
    return [{
      name: "messages",
      title: "Messages",
      unit: "a minute",
      from: 1_767_225_600_000,
      step_ms,
      points: [null, 3, 5],
    }];
  }
  live(): Readonly<Record<string, number>> {
    return this.figures;
  }
  onSample(listener: () => void): () => void {
    return this.listeners.add(listener);
  }
}

export class FakeLogs implements LogService {
  readonly listeners = new Listeners<LogLine>();
  readonly lines: LogLine[] = [];
  readonly components = ["sip", "storage", "web"];

  write(level: LogLine["level"], component: string, text: string, fields: LogLine["fields"] = {}): LogLine {
    const line = { id: this.lines.length + 1, at: 1_767_225_600_000, level, component, text, fields };
    this.lines.push(line);
    this.listeners.tell(line);
    return line;
  }
  read({ level, component, search, after, limit }: LogQuery): LogLine[] {
    const wanted = search.toLowerCase();
    return this.lines.filter((line) =>
      LEVELS.indexOf(line.level) >= LEVELS.indexOf(level) && (component === "" || line.component === component) &&
      `${line.text} ${JSON.stringify(line.fields)}`.toLowerCase().includes(wanted) && line.id > after
    ).slice(-limit);
  }
  onLine(listener: (line: LogLine) => void): () => void {
    return this.listeners.add(listener);
  }
}

export class FakeTrace implements TraceService {
  readonly capacity = 1000;
  readonly ladders = new Map<string, Ladder>([["call-1@example.test", LADDER]]);

  recent({ search, limit }: { search: string; limit: number }) {
    return [...this.ladders.values()].filter(({ call_id }) => call_id.includes(search)).slice(0, limit).map((
      ladder,
    ) => ({
      call_id: ladder.call_id,
      at: ladder.steps[0].at,
      method: "MESSAGE",
      from: ladder.steps[0].from,
      to: ladder.steps[0].to,
      status: 200,
      messages: ladder.steps.length,
    }));
  }
  ladder(callId: string): Ladder | null {
    return this.ladders.get(callId) ?? null;
  }
}

const STEP = {
  at: 1_767_225_600_000,
  transport: "tls",
  local: "Parley",
  remote: "127.0.0.1:40000",
  door: "127.0.0.1:5061",
  cseq: "1 MESSAGE",
  from: "sip:alice@example.test",
  to: "sip:bob@example.test",
  body_octets: 5,
  content_type: "text/plain",
  headers: [["Via", "SIP/2.0/TLS 127.0.0.1:40000;branch=z9hG4bK1"]],
} as const;

const LADDER: Ladder = {
  call_id: "call-1@example.test",
  participants: ["127.0.0.1:40000", "Parley"],
  steps: [
    { ...STEP, seq: 1, direction: "in", start_line: "MESSAGE sip:bob@example.test SIP/2.0" },
    { ...STEP, seq: 2, direction: "out", start_line: "SIP/2.0 200 OK", body_octets: 0, content_type: "" },
  ],
};

export class FakeSupport implements SupportService {
  preview(): Promise<BundleEntry[]> {
    return Promise.resolve([{ name: "status.json", what: "The box in numbers.", octets: 2, text: "{}" }]);
  }
  bundle(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array([0x50, 0x4b, 5, 6, ...new Array(18).fill(0)]));
  }
}
