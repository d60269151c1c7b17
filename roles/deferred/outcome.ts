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
