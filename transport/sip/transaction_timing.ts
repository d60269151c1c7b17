/** Timer values of the transactions in ms (RFC 3261 §17.1.1.1 and Table 4, RFC 6026 §8.11). */
export interface TransactionTiming {
  /** Estimate of the round trip: first interval of retransmissions. */
  readonly t1: number;
  /** Longest interval between retransmissions of a non-INVITE request or an INVITE response. */
  readonly t2: number;
  /** How long a message may stay in the network. */
  readonly t4: number;
  /** Timer D: how long an INVITE client on UDP answers repeated failures with ACK. At least 32 s, whatever T1 is. */
  readonly d: number;
  /** Timer C (RFC 3261 §16.6 step 11): how long an INVITE may ring without a sign from downstream. Above 3 minutes. */
  readonly c: number;
  /**
   * When an INVITE server sends 100 by itself. The RFC says within 200 ms; with timers swept every 100 ms, 100 ms is what
   * keeps the promise.
   */
  readonly trying: number;
}

export const DEFAULT_TIMING: TransactionTiming = {
  t1: 500,
  t2: 4_000,
  t4: 5_000,
  d: 32_000,
  c: 185_000,
  trying: 100,
};

/** 64*T1: timers B, F, H, J, L and M. */
export function lifetime({ t1 }: TransactionTiming): number {
  return 64 * t1;
}

/**
 * The time a client's timer E takes to be reset to T2: before it a 100 to a non-INVITE on UDP is forbidden, after it a 100
 * is due (RFC 4320 §4.1). With the usual values 0.5 + 1 + 2 = 3.5 s.
 */
export function tryingNonInvite({ t1, t2 }: TransactionTiming): number {
  let elapsed = 0;
  for (let interval = t1; interval < t2; interval *= 2) elapsed += interval;
  return Math.max(elapsed, t1);
}
