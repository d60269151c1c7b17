import type { Clock, Log, Timers } from "../../../foundation/mod.ts";
import type { LateAnswers } from "../transactions.ts";
import type { UserAgent } from "../user_agent.ts";

/** How much the calls may take. Configuration. */
export interface CallLimits {
  /** Calls at a time; one more gets 503. */
  readonly calls: number;
  /** Early dialogs of one INVITE of ours (forks downstream); what comes beyond is left out. */
  readonly early: number;
  /** Milliseconds an INVITE may be without a final answer, either way (as timer C, RFC 3261 §16.6 step 11). */
  readonly inviting_ms: number;
  /** Seconds in the Retry-After of a 503. */
  readonly retry_after: number;
}

export const DEFAULT_CALL_LIMITS: CallLimits = { calls: 50_000, early: 16, inviting_ms: 180_000, retry_after: 5 };

/** What a call needs from the table it lives in. */
export interface CallTools {
  readonly agent: UserAgent;
  /** For what comes to INVITEs of ours whose calls need no more of them. */
  readonly late: LateAnswers;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly limits: CallLimits;
  /** Milliseconds (RFC 3261 §17.1.1.1): T1, T2 and 64*T1. */
  readonly t1: number;
  readonly t2: number;
  readonly lifetime: number;
  /** The value of Allow. */
  readonly allow: string;
  /** The value of Supported. */
  readonly supported: string;
  /** 0 inclusive to 1 exclusive. */
  random(): number;
  /** Option tags of Require that nobody here knows, as a list; "" for none. */
  unsupported(required: readonly string[]): string;
  /** 0 where users may take it; else what a request of that method gets inside a dialog: 405, or 501 for what nobody knows. */
  methodStatus(method: string): number;
}
