import { deltaSeconds, digits, qValue, unquote } from "./grammar.ts";
import { ID } from "./header_names.ts";
import { type NameAddr, parseNameAddr } from "./name_addr.ts";
import type { SipMessage } from "./sip_message.ts";

/** One Contact value (RFC 3261 §20.10) with the parameters of registration and outbound. */
export class Contact {
  readonly address: NameAddr;

  constructor(address: NameAddr) {
    this.address = address;
  }

  /** 0 to 1; 1 when absent or no q value. */
  get q(): number {
    return qValue(this.address.param("q") ?? "1") ?? 1;
  }

  /** Seconds; undefined when absent, or no number: the message's Expires, or the default, counts then (§10.2.1.1). */
  get expires(): number | undefined {
    return deltaSeconds(this.address.param("expires"));
  }

  /** `+sip.instance` without quotes, as `<urn:uuid:…>` (RFC 5626 §4.1); "" when absent. */
  get instance(): string {
    return unquote(this.address.param("+sip.instance") ?? "");
  }

  /** `reg-id` (RFC 5626 §4.2), 1 to 2^31-1; 0 when absent or out of range. */
  get regId(): number {
    const text = this.address.param("reg-id") ?? "";
    return Math.max(0, digits(text, 0, text.length, 2 ** 31 - 1));
  }
}

/** What the Contact lines of a message say: nothing, `*` (remove all), or contacts. */
export type Contacts = { readonly wildcard: true } | {
  readonly wildcard: false;
  readonly contacts: readonly Contact[];
};

/**
 * All Contact values. Throws SyntaxError where one is none, where its URI is none, or where `*` does not stand alone
 * (RFC 3261 §10.3 step 6).
 */
export function parseContacts(message: SipMessage): Contacts {
  const values = message.list(ID.Contact);
  if (values.includes("*")) {
    if (values.length > 1) throw new SyntaxError("* must stand alone");
    return { wildcard: true };
  }
  const contacts = values.map((value) => {
    const address = parseNameAddr(value);
    void address.uri;
    return new Contact(address);
  });
  return { wildcard: false, contacts };
}

/** As `parseContacts`; null where that throws. */
export function tryContacts(message: SipMessage): Contacts | null {
  try {
    return parseContacts(message);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
