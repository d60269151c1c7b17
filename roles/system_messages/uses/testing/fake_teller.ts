import type { Log } from "../../../../foundation/mod.ts";
import { silentLog } from "../../../../foundation/mod.ts";
import type { Teller } from "../teller.ts";

/** Says nothing to anybody, and writes down what it should have said. For tests only. */
export class FakeTeller implements Teller {
  readonly said: { readonly aor: string; readonly cause: string; readonly text: string }[] = [];
  /** What was said and is not over, as `SystemMessages` keeps it. */
  readonly marks = new Set<string>();
  /** There is no room for anything. */
  full = false;
  /** What every attempt rejects with. */
  failure: Error | null = null;

  async tell(aor: string, cause: string, text: string): Promise<boolean> {
    await Promise.resolve();
    if (this.failure !== null) throw this.failure;
    if (this.full || this.marks.has(`${cause} ${aor}`)) return false;
    this.marks.add(`${cause} ${aor}`);
    this.said.push({ aor, cause, text });
    return true;
  }

  async forget(aor: string, cause: string): Promise<void> {
    await Promise.resolve();
    this.marks.delete(`${cause} ${aor}`);
  }

  /** Texts since the last look. */
  heard(): string[] {
    return this.said.splice(0).map(({ text }) => text);
  }
}

/** A log that counts warnings. */
export class CountingLog implements Log {
  warnings = 0;
  debug = silentLog.debug;
  info = silentLog.info;
  error = silentLog.error;
  child = () => this;
  warn = (): void => void this.warnings++;
}

/** Lets everything go on that waits for nothing from outside. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}
