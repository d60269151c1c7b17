import type { DurableState, DurableStates } from "../events/durable_states.ts";

interface Write {
  readonly name: string;
  readonly text: string | null;
  readonly octets: Uint8Array | undefined;
  readonly lazily: boolean;
  readonly done: ((error: Error | null) => void) | null;
}

/** A log of states in memory, whose commits the test makes. For tests only. */
export class MemoryStates implements DurableStates {
  /** What is safe, by name, as JSON. */
  readonly safe = new Map<string, string>();
  /** What is safe beside that. */
  readonly octets = new Map<string, Uint8Array | undefined>();
  #waiting: Write[] = [];
  /** Says why nothing can be stored; null when it can. */
  fault: Error | null = null;
  /** Writes that came, since the test looked last. */
  writes = 0;

  *load(): Iterable<DurableState> {
    for (const [name, text] of this.safe) {
      const octets = this.octets.get(name);
      yield octets === undefined ? [name, JSON.parse(text)] : [name, JSON.parse(text), octets];
    }
  }

  save(
    name: string,
    value: unknown,
    lazily: boolean,
    done: ((error: Error | null) => void) | null,
    octets?: Uint8Array,
  ): void {
    this.writes++;
    const text = value === null ? null : JSON.stringify(value);
    this.#waiting.push({ name, text, octets: octets?.slice(), lazily, done });
  }

  /** What waits is safe now, or is not. Gives how many; what that brings waits for the next. */
  commit(): number {
    const writes = this.#waiting;
    this.#waiting = [];
    for (const { name, text, octets, done } of writes) {
      if (this.fault === null) {
        if (text === null) this.safe.delete(name);
        else this.safe.set(name, text);
        this.octets.set(name, octets);
      }
      done?.(this.fault);
    }
    return writes.length;
  }

  /** The box was killed, and starts again: what was not safe is lost. */
  restarted(): MemoryStates {
    const states = new MemoryStates();
    for (const [name, text] of this.safe) states.safe.set(name, text);
    for (const [name, octets] of this.octets) states.octets.set(name, octets);
    return states;
  }

  /** Writes that somebody waits for. */
  get urgent(): number {
    return this.#waiting.filter((write) => !write.lazily).length;
  }
}
