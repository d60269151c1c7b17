import type { Subscribers } from "../../storage/mod.ts";
import { tryParseUri } from "../../transport/sip/mod.ts";
import { addressOf, subscriberOf } from "../sip_core/mod.ts";

/**
 * The address-of-record whose tree an XUI names (RFC 4825 §6.2): a SIP or tel URI, or, as many clients have it, `user@domain`;
 * numbers lead to the user who has them. "" where it names no address.
 */
export function ownerOf(
  xui: string,
  subscribers: Pick<Subscribers, "get" | "byNumber">,
  domains: ReadonlySet<string>,
): string {
  const uri = tryParseUri(/^(?:sips?|tel):/i.test(xui) ? xui : `sip:${xui}`);
  if (uri === null) return "";
  return subscriberOf(uri, subscribers, domains)?.aor ?? addressOf(uri).aor;
}
