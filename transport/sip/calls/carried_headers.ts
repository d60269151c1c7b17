import { headerId, type HeaderName } from "../header_names.ts";
import type { SipMessage } from "../sip_message.ts";

/** Header lines of a message that go over to the other leg of a call, each as it stands. */
export function carriedHeaders(message: SipMessage, names: readonly HeaderName[]): (readonly [HeaderName, string])[] {
  const lines: (readonly [HeaderName, string])[] = [];
  for (const name of names) {
    const id = headerId(name);
    for (let i = 0; i < message.ids.length; i++) {
      if (message.ids[i] === id) lines.push([name, message.valueAt(i)]);
    }
  }
  return lines;
}

/** What the refusal of one leg tells the other beside its status. */
export const REFUSAL_HEADERS: readonly HeaderName[] = ["Reason", "Warning", "Retry-After", "Error-Info"];
