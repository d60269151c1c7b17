/** Time as the rooms see it. It comes in through constructors, so that a test can hold it still. */
export interface Clock {
  /** Wall time, milliseconds since the epoch. May jump; only for what people and protocols read. */
  now(): number;
  /** Milliseconds that never jump; for every delay and every age. */
  monotonic(): number;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
