import type { DurableStates } from "../events/durable_states.ts";

interface Write {
  readonly name: string;
  readonly text: string | null;
  readonly lazily: boolean;
  readonly done: ((error: Error | null) => void) | null;
}

/** A log of states in memory, whose commits the test makes. For tests only. */
export class MemoryStates implements DurableStates {
  /** What is safe, by name, as JSON. */
  readonly safe = new Map<string, string>();
  #waiting: Write[] = [];
  /** Says why nothing can be stored; null when it can. */
  fault: Error | null = null;
  /** Writes that came, since the test looked last. */
  writes = 0;

  *load(): Iterable<readonly [name: string, value: unknown]> {
    for (const [name, text] of this.safe) yield [name, JSON.parse(text)];
  }

  save(name: string, value: unknown, lazily: boolean, done: ((error: Error | null) => void) | null): void {
    this.writes++;
    this.#waiting.push({ name, text: value === null ? null : JSON.stringify(value), lazily, done });
  }

  /** What waits is safe now, or is not. Gives how many; what that brings waits for the next. */
  commit(): number {
    const writes = this.#waiting;
    this.#waiting = [];
    for (const { name, text, done } of writes) {
      if (this.fault === null) {
        if (text === null) this.safe.delete(name);
        else this.safe.set(name, text);
      }
      done?.(this.fault);
    }
    return writes.length;
  }

  /** The box was killed, and starts again: what was not safe is lost. */
  restarted(): MemoryStates {
    const states = new MemoryStates();
    for (const [name, text] of this.safe) states.safe.set(name, text);
    return states;
  }

  /** Writes that somebody waits for. */
  get urgent(): number {
    return this.#waiting.filter((write) => !write.lazily).length;
  }
}
