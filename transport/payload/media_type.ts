import { checkParams, isToken, type Params, parseParams, trimmed, unquote } from "../sip/mod.ts";

/** A Content-Type, or one value of Accept (RFC 3261 §20.1, §20.15). */
export interface MediaType {
  /** Lower-case, as in `text/plain`; in Accept also `text/*` and the one that stands for all. */
  readonly essence: string;
  /** Names lower-case, values as written. */
  readonly params: Params;
}

/** `type/subtype` of a Content-Type value, lower-case, whatever else stands in it; for looking, not for checking. */
export function mediaType(value: string): string {
  const semi = value.indexOf(";");
  return (semi < 0 ? value : value.slice(0, semi)).trim().toLowerCase();
}

/** Throws SyntaxError for text that is no media type. */
export function parseMediaType(text: string): MediaType {
  const semi = text.indexOf(";");
  const end = semi < 0 ? text.length : semi;
  const [type, subtype, more] = text.slice(0, end).split("/", 3);
  // Blanks around the slash are legal in SIP (§25.1, SLASH).
  const left = trimmed(type, 0, type.length);
  const right = trimmed(subtype ?? "", 0, (subtype ?? "").length);
  if (!isToken(left) || !isToken(right) || more !== undefined) throw new SyntaxError("not type/subtype");
  checkParams(text, end);
  return { essence: `${left}/${right}`.toLowerCase(), params: parseParams(text, end, text.length) };
}

/** A parameter's value without quotes; "" when absent. */
export function mediaTypeParam(type: MediaType, name: string): string {
  return unquote(type.params.get(name) ?? "");
}
