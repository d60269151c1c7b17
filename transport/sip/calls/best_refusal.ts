import type { SipResponse } from "../message.ts";

/** How one candidate came to nothing. */
export interface CallRefusal {
  readonly status: number;
  /** Null for a 408, 487 or 503 of our own making. */
  readonly response: SipResponse | null;
}

/** Of the 4xx what a person said, then what tells the caller what to change (RFC 3261 §16.7 step 6), then what is final. */
const TELLING: readonly number[] = [486, 415, 413, 420, 422, 484, 428, 494, 488, 406, 403, 404, 410];
/** Silence, and what no caller can do anything about: only where there is nothing else. */
const SILENT: readonly number[] = [480, 408, 430, 487, 401, 407];

/** Lower is better: 6xx before all, then the lowest class (RFC 3261 §16.7 step 6). */
function rank({ status, response }: CallRefusal): number {
  if (status >= 600) return 0;
  const ours = response === null ? 1 : 0;
  const telling = TELLING.indexOf(status);
  if (telling >= 0) return 400 + 2 * telling + ours;
  const silent = SILENT.indexOf(status);
  if (silent >= 0) return 450 + 2 * silent + ours;
  return Math.floor(status / 100) * 100 + (status < 500 ? 40 : 0) + (status === 503 ? 2 : 0) + ours;
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
 * What a status of one leg means on the other: a challenge, an extension or a session interval was between us and that leg,
 * and is not the other's to answer; a flow that failed is a device that is away; 503 would make the other avoid this box (RFC 3261
 * §16.7 step 6).
 */
export function statusAcross(status: number): number {
  switch (status) {
    case 401:
    case 407:
      return 403;
    case 430:
      return 480;
    case 420:
    case 421:
    case 422:
    case 494:
    case 503:
      return 500;
    default:
      return status;
  }
}
