import type { HeaderName, SipRequest } from "../../../transport/sip/mod.ts";

/**
 * How a device is to answer an invitation (RFC 5373). Its user's published setting (oma-reference §2.6, `am-settings`) decides:
 * that is what the user chose for sessions of this service. What the inviter wishes goes on where nothing was published.
 *
 * `Priv-Answer-Mode: Auto` is the manual answer override: with the recipient's permission (`AccessRules`) it goes on in place
 * of everything else; without, it is refused where it is required, and taken off where it is not.
 */
export function answerModeHeaders(
  request: SipRequest,
  published: "automatic" | "manual" | null,
  overrides: boolean,
): readonly (readonly [HeaderName, string])[] {
  const forced = request.get("Priv-Answer-Mode");
  if (forced !== undefined && overrides) return [["Priv-Answer-Mode", forced]];
  if (published !== null) return [["Answer-Mode", published === "automatic" ? "Auto" : "Manual"]];
  const wished = request.get("Answer-Mode");
  return wished === undefined ? NONE : [["Answer-Mode", wished]];
}

/** True where the request insists on an override that it may not have. */
export function overrideRefused(request: SipRequest, overrides: boolean): boolean {
  const forced = request.get("Priv-Answer-Mode");
  return forced !== undefined && !overrides && /;[ \t]*require[ \t]*(?:;|$)/i.test(forced);
}

const NONE: readonly (readonly [HeaderName, string])[] = [];
