import { toLatin1, utf8 } from "../../foundation/mod.ts";
import {
  type HeadEditor,
  type NameAddr,
  quoteDisplayName,
  type SipMessage,
  tryNameAddr,
} from "../../transport/sip/mod.ts";
import type { Subscriber } from "../../storage/mod.ts";
import type { Leaving } from "./exchange.ts";
import { addressOfText, type Identity } from "./identity.ts";
import { anonymise, markPrivacyDone, privacyOf } from "./privacy.ts";

/**
 * Where a request goes next, as seen from the trust domain (RFC 3325 §4): a trusted hop, a device of one of our users, or
 * another domain's server that we have not agreed to trust.
 */
export type NextHop = "trusted" | "user" | "foreign";

/** The identity of one of our own users. */
export function identityOf(subscriber: Subscriber): Identity {
  return { aor: subscriber.aor, displayName: octets(subscriber.displayName), number: subscriber.e164 };
}

/** P-Asserted-Identity for an identity: one sip URI, and the tel URI where there is a number (RFC 3325 §9.1). */
export function assertionText(identity: Identity): string {
  const first = `${quoteDisplayName(identity.displayName)}<${identity.aor}>`;
  return identity.number === "" || identity.aor.startsWith("tel:") ? first : `${first}, <tel:${identity.number}>`;
}

/** What a P-Asserted-Identity header says: the first sip (or sips) value, else the first tel; null when it says nothing. */
export function assertedIdentity(message: SipMessage): Identity | null {
  if (!message.has("P-Asserted-Identity")) return null;
  let aor = "";
  let displayName = "";
  let number = "";
  for (const value of message.list("P-Asserted-Identity")) {
    const address = tryNameAddr(value);
    if (address === null) continue;
    const folded = tryFold(address);
    if (folded === null || folded.aor === "") continue;
    if (folded.aor.startsWith("sip:") && (aor === "" || aor.startsWith("tel:"))) {
      aor = folded.aor;
      displayName = address.displayName;
    } else if (aor === "") {
      aor = folded.aor;
      displayName = address.displayName;
    }
    if (number === "") number = folded.number;
  }
  return aor === "" ? null : { aor, displayName, number };
}

/**
 * Rewrites who the sender is for the next hop; every forwarded request passes here.
 *
 * - P-Asserted-Identity from an untrusted sender goes; ours takes its place (RFC 3325 §5). From a trusted hop it stays.
 * - P-Preferred-Identity never goes on (§6).
 * - Toward users, and toward foreign hops with `Privacy: none`, the assertion stays, unless privacy is asked for; toward
 *   other foreign hops it goes: who they are is not agreed with us (Spec(T), §7).
 * - What says that a message was made from a list stays in our domains (oma-reference §3.3.8).
 * - `Privacy: user` (and `header`, whose From part we can give) makes From anonymous where the trust domain ends.
 */
export function editForHop(editor: HeadEditor, exchange: Leaving, hop: NextHop): void {
  const request = exchange.request;
  if (request.has("P-Preferred-Identity")) editor.remove("P-Preferred-Identity");
  if (hop !== "user" && request.method === "MESSAGE") removeMarks(editor, request);
  const carried = request.has("P-Asserted-Identity");
  const privacy = privacyOf(request);
  const hidden = !privacy.none && (privacy.id || privacy.user || privacy.header);
  const shown = hop === "trusted" || privacy.none || (hop === "user" && !hidden);
  if (!shown) {
    if (carried) editor.remove("P-Asserted-Identity");
  } else if (!(carried && exchange.trusted)) {
    if (exchange.identity !== null) editor.set("P-Asserted-Identity", assertionText(exchange.identity));
    else if (carried) editor.remove("P-Asserted-Identity");
  }
  if (hop === "trusted" || !hidden) return;
  if (privacy.user || privacy.header) anonymise(editor, request);
  markPrivacyDone(editor, request, DONE);
}

/** On a copy of a message to a list or a group: what it was sent to. */
export const EXPLODED_BY = "X-IM-Exploded-By";

function removeMarks(editor: HeadEditor, request: SipMessage): void {
  if (request.getOther(EXPLODED_BY) === undefined) return;
  for (let i = 0; i < request.lines; i++) {
    if (request.ids[i] === 0 && request.nameAt(i).toLowerCase() === "x-im-exploded-by") editor.removeLine(i);
  }
}

/** What `editForHop` gives in full; `header` stays in the header: Via and Contact are not hidden by a proxy. */
const DONE: ReadonlySet<string> = new Set(["id", "user"]);

/** Takes assertions out of a response that comes from outside the trust domain (RFC 3325 §5). */
export function editResponseFrom(editor: HeadEditor, response: SipMessage, trusted: boolean): void {
  if (!trusted && response.has("P-Asserted-Identity")) editor.remove("P-Asserted-Identity");
  if (response.has("P-Preferred-Identity")) editor.remove("P-Preferred-Identity");
}

/** Takes assertions out of a response that leaves the trust domain and asks for privacy, or goes to a foreign hop. */
export function editResponseTo(editor: HeadEditor, response: SipMessage, hop: NextHop): void {
  if (hop === "trusted" || !response.has("P-Asserted-Identity")) return;
  const privacy = privacyOf(response);
  if (privacy.none) return;
  if (hop === "foreign" || privacy.id || privacy.user || privacy.header) editor.remove("P-Asserted-Identity");
}

/** The address-of-record of a name-addr; null when its URI is none. */
export function tryFold(address: NameAddr): ReturnType<typeof addressOfText> | null {
  try {
    return addressOfText(address.uriText);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Text of ours as it stands in a head: UTF-8, one character an octet. */
function octets(text: string): string {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(text) ? text : toLatin1(utf8(text));
}
