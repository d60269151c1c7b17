import type { LogRing, RingLine } from "../../../foundation/mod.ts";
import type { LogLine, LogQuery, LogService } from "../services/mod.ts";

const WEIGHT: Record<LogLine["level"], number> = { debug: 0, info: 1, warn: 2, error: 3 };
const MAX_LINES = 2000;

/** The console's view of the last lines of the log. */
export class RingLogs implements LogService {
  readonly #ring: LogRing;

  constructor(ring: LogRing) {
    this.#ring = ring;
  }

  read(query: LogQuery): LogLine[] {
    const most = Math.min(Math.max(0, query.limit), MAX_LINES);
    const search = query.search.trim().toLowerCase();
    const found: RingLine[] = [];
    for (const line of this.#ring.newestFirst(query.after)) {
      if (found.length === most) break;
      if (matches(line, query, search)) found.push(line);
    }
    return found.reverse();
  }

  onLine(listener: (line: LogLine) => void): () => void {
    return this.#ring.onLine(listener);
  }

  get components(): readonly string[] {
    return this.#ring.components;
  }
}

function matches(line: RingLine, { level, component }: LogQuery, search: string): boolean {
  if (WEIGHT[line.level] < WEIGHT[level]) return false;
  if (component !== "" && line.component !== component) return false;
  if (search === "" || line.text.toLowerCase().includes(search)) return true;
  return Object.entries(line.fields).some(([name, value]) =>
    name.toLowerCase().includes(search) || String(value).toLowerCase().includes(search)
  );
}
