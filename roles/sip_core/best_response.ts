import type { Branch } from "./fork.ts";

/** Of one class, the answers that tell the sender what to change (RFC 3261 §16.7 step 6). */
const TELLING: ReadonlySet<number> = new Set([401, 407, 415, 420, 484, 413, 428, 494]);

/** Lower is better: 6xx before all, then the lowest class; in it what helps the sender, and what was said from outside. */
function rank(branch: Branch): number {
  const status = branch.status;
  if (status >= 600) return 0;
  let value = Math.floor(status / 100) * 10;
  if (!TELLING.has(status)) value += 2;
  if (branch.response === null) value += 2;
  if (status === 408 || status === 430 || status === 487) value += 3;
  if (status === 503) value += 3;
  return value;
}

/** The branch whose outcome goes back when no 2xx came (RFC 3261 §16.7 step 6); the earliest among equals. */
export function bestBranch(branches: readonly Branch[]): Branch | null {
  let best: Branch | null = null;
  for (const branch of branches) {
    if (branch.status < 300) continue;
    if (best === null || rank(branch) < rank(best)) best = branch;
  }
  return best;
}
