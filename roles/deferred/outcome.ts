/** What a device's answer means for the message (RFC 3428 §7, oma-reference §3.4 "Store trigger"). */
export type Verdict =
  | "taken"
  /** The device may take it another time: no answer, no way there, temporarily unavailable, a fault of its own. */
  | "later"
  /** The device does not want it, and would not another time. */
  | "refused";

/** The verdict of a final status; 0 stands for a branch that is still open. */
export function verdictOf(status: number): Verdict {
  if (status >= 200 && status < 300) return "taken";
  if (status === 0 || status === 408 || status === 430 || status === 480) return "later";
  if (status >= 500 && status < 600) return "later";
  return "refused";
}

/**
 * The verdict of an answer to an INVITE of ours that brings what waits: who is busy takes it another time; 501 and the like say
 * that it never takes sessions, and 487 nothing at all.
 */
export function inviteVerdictOf(status: number): Exclude<Verdict, "taken"> {
  if (status === 486 || status === 487 || status === 491 || status === 600) return "later";
  if (status === 501 || status === 505) return "refused";
  return verdictOf(status) === "later" ? "later" : "refused";
}
