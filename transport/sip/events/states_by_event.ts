import type { DurableState, DurableStates } from "./durable_states.ts";

/**
 * One log for the publications of several event packages. Each takes up what is its own, once, and lets go of it; what no package asks
 * for stays stored.
 */
export function statesByEvent(states: DurableStates): (event: string) => DurableStates {
  let found: Map<string, DurableState[]> | null = null;
  return (event) => ({
    *load() {
      found ??= byEvent(states.load());
      const own = found.get(event) ?? [];
      found.delete(event);
      yield* own;
    },
    save: (name, value, lazily, done, octets) => states.save(name, value, lazily, done, octets),
  });
}

/** A publication's name is that of its package and its number. */
function byEvent(stored: Iterable<DurableState>): Map<string, DurableState[]> {
  const found = new Map<string, DurableState[]>();
  for (const one of stored) {
    const event = one[0].slice(0, Math.max(one[0].lastIndexOf(" "), 0));
    const own = found.get(event);
    if (own === undefined) found.set(event, [one]);
    else own.push(one);
  }
  return found;
}
