import type { SipResponse } from "../message.ts";

/** How one candidate came to nothing. */
export interface CallRefusal {
  readonly status: number;
  /** Null for a 408 or 503 of our own making. */
  readonly response: SipResponse | null;
}

/** Of one class, the answers that tell the caller what to change (RFC 3261 §16.7 step 6). */
const TELLING: ReadonlySet<number> = new Set([415, 420, 422, 484, 413, 428, 494]);

/** Lower is better: 6xx before all, then the lowest class; in it what helps the caller, and what was said from outside. */
function rank({ status, response }: CallRefusal): number {
  if (status >= 600) return 0;
  let value = Math.floor(status / 100) * 10;
  if (!TELLING.has(status)) value += 2;
  if (response === null) value += 2;
  // Silence, and what no caller can do anything about, only where there is nothing else.
  if (status === 408 || status === 430 || status === 487 || status === 401 || status === 407) value += 3;
  if (status === 503) value += 3;
  return value;
}

/** The refusal that goes back when nobody took the call (RFC 3261 §16.7 step 6); the earliest among equals. */
export function bestRefusal(refusals: readonly CallRefusal[]): CallRefusal | null {
  let best: CallRefusal | null = null;
  for (const refusal of refusals) {
    if (best === null || rank(refusal) < rank(best)) best = refusal;
  }
  return best;
}

/**
 * What a status of one leg means on the other: a challenge was for us and is not the caller's to answer, a flow that failed
 * is a device that is away, and 503 would make the caller avoid this box (RFC 3261 §16.7 step 6).
 */
export function statusAcross(status: number): number {
  switch (status) {
    case 401:
    case 407:
      return 403;
    case 430:
      return 480;
    case 503:
      return 500;
    default:
      return status;
  }
}
