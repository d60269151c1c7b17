import type { HeaderName } from "../transport/sip/mod.ts";
import { toLatin1, utf8 } from "../foundation/mod.ts";
import { type BodyPart, RECIPIENT_LIST, RESOURCE_LISTS_TYPE, writeUriList } from "../transport/payload/mod.ts";

/** Text as a header of SIP or MSRP carries it: its UTF-8 octets as characters. */
export function latin1Of(text: string): string {
  return toLatin1(utf8(text));
}

/** The people whom a request is to be for, as a part of its body (RFC 5363 §4, RFC 5366 §4). */
export function recipientList(uris: readonly string[]): BodyPart {
  return {
    headers: [["Content-Type", RESOURCE_LISTS_TYPE], ["Content-Disposition", RECIPIENT_LIST]],
    body: writeUriList(uris.map((uri) => ({ uri }))),
  };
}

/** What makes a call one for these people (RFC 5366 §4). */
export function forMany(
  people: readonly string[],
): { readonly headers: readonly (readonly [HeaderName, string])[]; readonly part: BodyPart } {
  return { headers: [["Require", "recipient-list-invite"]], part: recipientList(people) };
}
