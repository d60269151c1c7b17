import type { CallParts, HeaderName, SipResponse } from "../../../transport/sip/mod.ts";

/** How a device declined. */
export interface Declined {
  readonly status: number;
  /** Null where no answer came. */
  readonly response: SipResponse | null;
}

/** Of several answers the one that tells the inviter most (RFC 3261 §16.7 step 6): for everybody, then what people said. */
export function bestRefusal(declined: readonly Declined[]): Declined {
  let best = declined[0];
  for (const one of declined) if (rank(one.status) < rank(best.status)) best = one;
  return best;
}

/** Reasons that a person gave, then those of the content; what only says that nobody is there comes last. */
const ORDER: readonly number[] = [486, 415, 413, 488, 406, 403, 404, 410, 480, 408, 430, 487];

function rank(status: number): number {
  if (status >= 600) return 0;
  const at = ORDER.indexOf(status);
  if (at >= 0) return at < 8 ? 1 + at : 20 + at;
  return status < 500 ? 10 : 40;
}

/** True where an answer means that the device is not to be had now, and another may be later (oma-reference §3.2). */
export function nobodyThere(status: number): boolean {
  return status === 408 || status === 480 || status === 430 || status === 487 || status === 503 || status === 500;
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

/** The status for the inviter. What only we and the device can make something of becomes what the inviter can. */
export function statusFor(status: number): number {
  switch (status) {
    case 401:
    case 407:
      return 403;
    case 430:
    case 408:
    case 487:
      return 480;
    case 422:
    case 420:
      return 500;
    case 503:
      return 480;
    default:
      return status;
  }
}

/** Parts of the answer to the inviter, made from the device's own. */
export function refusalParts({ status, response }: Declined): CallParts {
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
