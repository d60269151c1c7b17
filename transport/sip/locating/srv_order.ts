import type { SrvRecord } from "../../net/mod.ts";

/**
 * SRV records in the order in which to try them (RFC 2782, "Usage rules"): lowest priority first, within one priority drawn
 * at random with chances by weight, each drawn record leaving the rest to be drawn again. `random` gives 0 ≤ x < 1.
 */
export function srvOrder(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  if (records.length < 2) return [...records];
  const rest = [...records].sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  const ordered: SrvRecord[] = [];
  while (rest.length > 0) {
    const priority = rest[0].priority;
    let size = 0;
    let sum = 0;
    while (size < rest.length && rest[size].priority === priority) sum += rest[size++].weight;
    // Records of weight 0 stand first, so that they have a very small chance next to the others.
    const drawn = Math.floor(random() * (sum + 1));
    let running = 0;
    let chosen = 0;
    while (chosen < size - 1 && (running += rest[chosen].weight) < drawn) chosen++;
    ordered.push(rest[chosen]);
    rest.splice(chosen, 1);
  }
  return ordered;
}
