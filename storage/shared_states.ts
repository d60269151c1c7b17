import type { State, States } from "./repositories.ts";

/**
 * One log of states for several owners, each with names of its own. Each takes up what is its own, once; what no owner asks for stays
 * stored.
 */
export function sharedStates(states: States): (owner: string) => States {
  let found: Map<string, State[]> | null = null;
  return (owner) => ({
    *load() {
      found ??= byOwner(states.load());
      const own = found.get(owner) ?? [];
      found.delete(owner);
      yield* own;
    },
    save: (name, value, lazily, done, octets) => states.save(`${owner} ${name}`, value, lazily, done, octets),
  });
}

/** A name begins with its owner, a word. */
function byOwner(stored: Iterable<State>): Map<string, State[]> {
  const found = new Map<string, State[]>();
  for (const [name, value, octets] of stored) {
    const blank = name.indexOf(" ");
    const owner = name.slice(0, Math.max(blank, 0));
    const one: State = [name.slice(blank + 1), value, octets];
    const own = found.get(owner);
    if (own === undefined) found.set(owner, [one]);
    else own.push(one);
  }
  return found;
}
