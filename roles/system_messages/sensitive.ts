import type { Subscriber, Subscribers } from "../../storage/mod.ts";
import { tryParseUri } from "../../transport/sip/mod.ts";
import { addressOf } from "../sip_core/mod.ts";

/** What a text may have filled in: nothing of users (SMSG-15). */
export interface Fields {
  readonly service: string;
  readonly domain: string;
  /** ISO 8601, the day alone. */
  readonly date: string;
}

const FIELD = /\{([^{}]{0,64})\}/g;
/** `sip:alice@example.test`, `alice@example.test`. */
const ADDRESS = /(?:sips?:)?[^\s"'<>(),;:@]{1,64}@[\p{L}\d.-]{1,255}/giu;
/** First name and last: one word alone may be a word of the language. */
const NAME = /^[\p{L}\p{M}.'’-]+(?:\s+[\p{L}\p{M}.'’-]+)+$/u;
/** A telephone number as people write it: with blanks, dots, hyphens, brackets. */
const NUMBER = /(?:\+|\b00)[\d\s().\/-]{6,30}\d|\b\d[\d\s().\/-]{6,30}\d/g;

/** Fills the fields in. Throws RangeError for a field that there is not. */
export function filledIn(text: string, fields: Fields): string {
  return text.replace(FIELD, (found, name: string) => {
    if (!Object.hasOwn(fields, name)) {
      throw new RangeError(
        `"${found}" would put in what a system message may not tell; allowed: {service}, {domain}, {date}`,
      );
    }
    return fields[name as keyof Fields];
  });
}

/**
 * What a text tells of a user of ours: an address or a number that somebody has, or the name of its only recipient; null for nothing. As
 * it stands in the text.
 */
export function sensitiveIn(
  text: string,
  subscribers: Pick<Subscribers, "get" | "byNumber">,
  recipient: Subscriber | undefined,
): string | null {
  for (const [found] of text.matchAll(ADDRESS)) {
    const address = found.replace(/[.-]+$/, "");
    // However it is written: people do not write addresses as SIP compares them.
    if ([address, address.toLowerCase()].some((one) => subscribers.get(aorIn(one)) !== undefined)) return address;
  }
  for (const [found] of text.matchAll(NUMBER)) {
    const digits = found.replace(/\D/g, "");
    const e164 = found.startsWith("+") ? digits : digits.replace(/^00/, "");
    if (subscribers.byNumber(`+${e164}`) !== undefined) return found;
  }
  const name = recipient?.displayName.trim() ?? "";
  return NAME.test(name) && text.toLowerCase().includes(name.toLowerCase()) ? name : null;
}

/** The address-of-record; "" for what is no address. */
function aorIn(address: string): string {
  const uri = tryParseUri(/^sips?:/i.test(address) ? address : `sip:${address}`);
  return uri === null ? "" : addressOf(uri).aor;
}
