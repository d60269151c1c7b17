/** As it was saved. */
export type DurableState = readonly [name: string, value: unknown, octets?: Uint8Array];

/**
 * A log of named states that outlasts the box's end: `LogStates` of the store in the appliance, a Map in tests. The transport knows no
 * more of storage than this.
 */
export interface DurableStates {
  /** Everything stored; once. */
  load(): Iterable<DurableState>;
  /**
   * Replaces the state of that name; null removes it. `value` is plain JSON data, and `octets` go with it as they are; both are read
   * before the call returns. `done` is told once when it is safe, or why it is not, never inside the call; of one name, what is saved
   * later holds. `lazily`: may wait up to a second.
   */
  save(
    name: string,
    value: unknown,
    lazily: boolean,
    done: ((error: Error | null) => void) | null,
    octets?: Uint8Array,
  ): void;
}
