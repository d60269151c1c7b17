import { type CallParts, type CallRefusal, type HeaderName, statusAcross } from "../../../transport/sip/mod.ts";

/** Answers that mean that the device is not to be had now, and another may be later (oma-reference §3.2). */
const NOBODY_THERE: ReadonlySet<number> = new Set([408, 430, 480, 487, 500, 503]);

/** The status for the inviter. What only we and the device can make something of becomes what the inviter can. */
export function statusFor(status: number): number {
  return NOBODY_THERE.has(status) ? 480 : statusAcross(status);
}

/** What goes on to the inviter from a refusal: the words and what explains them. */
const EXPLAINS: readonly HeaderName[] = [
  "Warning",
  "Accept",
  "Accept-Encoding",
  "Retry-After",
  "Reason",
  "Unsupported",
];

/** Parts of the answer to the inviter, made from the device's own. */
export function refusalParts({ status, response }: CallRefusal): CallParts {
  if (response === null || statusFor(status) !== status) {
    return {
      reason: status === 401 || status === 407 ? "Recipient's server wants a log-in of its own" : "Not reachable",
    };
  }
  const headers: [HeaderName, string][] = [];
  for (const name of EXPLAINS) for (const value of response.getAll(name)) headers.push([name, value]);
  // Where the recipient has moved to (RFC 3261 §21.3) is for the inviter to follow.
  if (status < 400) { for (const value of response.getAll("Contact")) headers.push(["Contact", value]); }
  return { reason: response.reason, headers };
}
