import type { ResponseParts } from "../../transport/sip/mod.ts";

/** Codes and their fixed wording (oma-reference §3.0); peers look for these words. */
export const NOT_AUTHORISED = "127 Service not authorised";
export const SIZE_EXCEEDED = "133 Size exceeded";
export const FUNCTION_NOT_ALLOWED = "100 Function not allowed due to";
export const NO_ANONYMITY = "102 Anonymity not allowed";
export const IS_FOCUS_ALREADY = "104 isfocus already assigned";
export const NO_DESTINATIONS = "131 No destinations";

/** A Warning of the OMA form: `399 host "NNN text"`. `more` says what is allowed. */
export function warning(host: string, phrase: string, more = ""): [name: "Warning", value: string] {
  return ["Warning", `399 ${host} "${phrase}${more === "" ? "" : `: ${more}`}"`];
}

/** Parts of a refusal with such a Warning. */
export function refusal(host: string, reason: string, phrase: string, more = ""): ResponseParts {
  return { reason, headers: [warning(host, phrase, more)] };
}
