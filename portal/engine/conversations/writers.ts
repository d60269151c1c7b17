import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";

/** Who writes at present. */
export class Writers {
  readonly #writing: Signal<ReadonlyMap<string, string>> = signal(new Map());
  readonly names: ReadonlySignal<readonly string[]> = computed(() => [...this.#writing.value.values()]);

  begins(from: string, name: string): void {
    this.#writing.value = new Map(this.#writing.peek()).set(from, name);
  }

  /** They have stopped, or it is there. */
  ends(from: string): void {
    if (!this.#writing.peek().has(from)) return;
    const left = new Map(this.#writing.peek());
    left.delete(from);
    this.#writing.value = left;
  }
}
