import type { Exchange } from "./exchange.ts";
import { type GruuEpoch, type HeldBinding, isDormant, type StoredRegistration } from "./held_binding.ts";

const NO_BINDINGS: readonly HeldBinding[] = Object.freeze([]);
const NO_GRUUS: readonly GruuEpoch[] = Object.freeze([]);

/** All that is known of one address-of-record's registrations. Lists are replaced, never changed, so readers may keep one. */
export class AorRecord {
  readonly aor: string;
  /** Highest q first, then the one registered or refreshed last. */
  bindings: readonly HeldBinding[] = NO_BINDINGS;
  /** Without those that nothing can be sent to; the same list where there are none of them. */
  live: readonly HeldBinding[] = NO_BINDINGS;
  gruus: readonly GruuEpoch[] = NO_GRUUS;
  /** The first expiry among `bindings`, wall time in ms; Infinity when there are none. */
  soonest = Infinity;
  /** For the expiry wheel. */
  checkAt = 0;
  /** A change is being committed: later REGISTERs wait in `waiting`, in their order (RFC 3261 §10.3). */
  busy = false;
  waiting: Exchange[] | null = null;
  /** By how much the wall clock was set while the change is being committed, ms. */
  moved = 0;
  /** Bindings went while a change was being committed: what is stored is behind. */
  behind = false;

  constructor(aor: string) {
    this.aor = aor;
  }

  /** Takes over a list, in its order. */
  set(bindings: readonly HeldBinding[]): void {
    this.bindings = bindings.length === 0 ? NO_BINDINGS : bindings;
    this.live = bindings.some(isDormant) ? bindings.filter((binding) => !isDormant(binding)) : this.bindings;
    let soonest = Infinity;
    for (const binding of bindings) if (binding.expiresAt < soonest) soonest = binding.expiresAt;
    this.soonest = soonest;
  }

  /** What is stored; null when nothing is worth it. */
  stored(): StoredRegistration | null {
    return this.bindings.length === 0 ? null : { v: 1, bindings: this.bindings, gruus: this.gruus };
  }

  /** True when it can be forgotten. */
  get empty(): boolean {
    return this.bindings.length === 0 && !this.busy;
  }
}

/** `bindings` with `next` in the place of `old`, in the order of `AorRecord.bindings`. Either may be null. */
export function placed(
  bindings: readonly HeldBinding[],
  old: HeldBinding | null,
  next: HeldBinding | null,
): HeldBinding[] {
  const list: HeldBinding[] = [];
  let left = next;
  for (const binding of bindings) {
    // Another object where the clock was set meanwhile.
    if (binding.id === old?.id) continue;
    if (left !== null && binding.q <= left.q) {
      list.push(left);
      left = null;
    }
    list.push(binding);
  }
  if (left !== null) list.push(left);
  return list;
}
