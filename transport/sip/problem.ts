import type { HeaderName } from "./header_names.ts";

/** What a request lacks or has wrong: the answer it gets, with a reason a person can read (printable ASCII). */
export interface Problem {
  readonly status: number;
  readonly reason: string;
}

/** How much of a message Parley takes. Configuration; the defaults are those of `parley.toml`. */
export interface MessageLimits {
  /** Header lines in one message. */
  readonly headers: number;
  /** Octets of one header line, folding included; also of the start line. */
  readonly header_length: number;
  /** Octets of a whole message; the framers of the flows see to it. */
  readonly message: number;
}

export const DEFAULT_LIMITS: MessageLimits = { headers: 128, header_length: 8192, message: 65_535 };

/** For heads that were made here, of messages that were let in: a Via more than was allowed is no reason to read half. */
export const NO_LIMITS: MessageLimits = { headers: Infinity, header_length: Infinity, message: Infinity };

/** A 400 with this reason. */
export function badRequest(reason: string): Problem {
  return { status: 400, reason };
}

/**
 * The answer for a header whose value could not be parsed. Anything but a SyntaxError is thrown on: it is a fault of ours.
 *
 * ```ts
 * try { contacts = parseContacts(request); } catch (error) { return headerProblem("Contact", error); }
 * ```
 */
export function headerProblem(name: HeaderName | "Request-URI", error: unknown): Problem {
  if (!(error instanceof SyntaxError)) throw error;
  return badRequest(`${name} malformed: ${error.message.replace(/[^\x20-\x7e]/g, "?").slice(0, 120)}`);
}
