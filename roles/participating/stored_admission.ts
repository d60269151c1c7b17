import type { DeferredMessage } from "../../storage/mod.ts";
import type { AccessRules, Communication } from "./access.ts";

/** Rules that change each time they have been read are asked so often. */
const ATTEMPTS = 4;

/** What rules are asked about: a message that is stored, or a session whose messages are. */
type Stored = Pick<DeferredMessage, "sender" | "recipient" | "headers">;
type Side = "incoming" | "outgoing";

/**
 * Whether a message that waited may go on to its recipient: what the recipient's rules say now, whatever they said when it came.
 * For the Deferred Messaging function. The promise rejects where the rules cannot be read.
 */
export function storedAdmission(access: AccessRules): (message: Stored) => boolean | Promise<boolean> {
  return (message) => allows(access, message, "incoming", "pager");
}

/**
 * Whether a session whose messages are being stored may go on, when the rules of one of its parties are others now: `aor`'s. The promise
 * rejects where they cannot be read.
 */
export function storingAdmission(access: AccessRules): (session: Stored, aor: string) => boolean | Promise<boolean> {
  return (session, aor) => allows(access, session, aor === session.recipient ? "incoming" : "outgoing", "session");
}

function allows(
  access: AccessRules,
  { sender, recipient, headers }: Stored,
  side: Side,
  kind: Communication["kind"],
): boolean | Promise<boolean> {
  const communication = {
    from: sender,
    to: recipient,
    number: numberIn(headers),
    kind,
    anonymous: isAnonymous(headers),
  };
  const decision = access[side](communication);
  return decision === undefined ? prepared(access, communication, side) : decision.verdict === "allow";
}

async function prepared(access: AccessRules, communication: Communication, side: Side): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await access.prepare(communication);
    const decision = access[side](communication);
    if (decision !== undefined) return decision.verdict === "allow";
  }
  throw new Error("access rules change too fast to be read");
}

/**
 * The sender hid from the recipient: From, the first of the lines, says so (RFC 3323 §4.1.1.3), or there is no assertion, which the
 * recipient of any other message gets (RFC 3325 §7). What Privacy asked for has been given and left the lines.
 */
function isAnonymous(headers: string): boolean {
  const from = headers.slice(0, headers.indexOf("\r\n"));
  return /@anonymous\.invalid>/i.test(from) || !ASSERTION.test(headers);
}

const ASSERTION = /\r\nP-Asserted-Identity[ \t]*:/i;

/** The telephone number that was asserted, plus and all; "" for none. The lines are our own: nobody else's assertion is kept. */
function numberIn(headers: string): string {
  return /\r\nP-Asserted-Identity[ \t]*:[^\r\n]*<tel:(\+[0-9]{1,15})>/i.exec(headers)?.[1] ?? "";
}
