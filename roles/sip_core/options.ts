import type { SipRequest } from "../../transport/sip/mod.ts";
import type { Handler } from "./exchange.ts";

/** Methods this box takes part in (oma-reference §2.2). */
export const ALLOW =
  "INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, REFER, SUBSCRIBE, NOTIFY, PUBLISH, UPDATE, PRACK, INFO, REGISTER";

/** Option tags a request to this box may require. */
export const SUPPORTED: readonly string[] = ["path", "outbound", "gruu", "privacy"];
/** What event packages know beside them (RFC 4662 §4.1, RFC 5367 §5). */
const OF_PACKAGES: readonly string[] = ["eventlist", "recipient-list-subscribe"];

/** Answers OPTIONS to this box itself (RFC 3261 §11.2): what it understands. */
export const options: Handler = (exchange) => {
  exchange.reply(200, {
    headers: [
      ["Allow", ALLOW],
      ["Accept", "*/*"],
      ["Accept-Encoding", "identity"],
      ["Accept-Language", "en"],
      ["Supported", [...SUPPORTED, ...OF_PACKAGES].join(", ")],
    ],
  });
};

/** The option tags in Require that this box does not know; empty when it can do all (RFC 3261 §8.2.2.3). */
export function unknownRequirements(request: SipRequest): string[] {
  if (!request.has("Require")) return [];
  return request.list("Require").filter((tag) => !SUPPORTED.includes(tag.toLowerCase()));
}
