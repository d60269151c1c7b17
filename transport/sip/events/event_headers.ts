import { type EventHeader, parseEvent } from "../event_header.ts";
import { qValue } from "../grammar.ts";

/** The Event value of a message; null where there is none, or it is not one. */
export function tryEvent(text: string | undefined): EventHeader | null {
  if (text === undefined) return null;
  try {
    return parseEvent(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export function eventText(name: string, id: string): string {
  return id === "" ? name : `${name};id=${id}`;
}

/** Why a subscription ended (RFC 6665 §4.1.3). */
export type EndReason =
  | "deactivated"
  | "probation"
  | "rejected"
  | "timeout"
  | "giveup"
  | "noresource"
  | "invariant";

/**
 * Those of `offered` that an Accept header admits, in the order of `offered`; all of them without one (`accept` empty).
 * Ranges such as `application/*` count, parameters do not, and `q=0` excludes (RFC 3261 §20.1).
 * @param named those that no range admits, and that are left out where the first one is wanted more (RFC 5263 §4.2, §4.3)
 */
export function acceptable(
  offered: readonly string[],
  accept: readonly string[],
  named: readonly string[] = [],
): string[] {
  if (accept.length === 0) return [...offered];
  const ranges = accept.map((text) => {
    const [type, ...params] = text.toLowerCase().split(";");
    const q = params.map((param) => /^[ \t]*q[ \t]*=[ \t]*(.*?)[ \t]*$/.exec(param)?.[1]).find((one) =>
      one !== undefined
    );
    return { type: type.trim(), q: qValue(q ?? "") ?? 1 };
  });
  const wanted = (type: string) => {
    const lower = type.toLowerCase();
    const candidates = named.includes(type) ? [lower] : [lower, `${lower.split("/", 1)[0]}/*`, "*/*"];
    for (const candidate of candidates) {
      const range = ranges.find((each) => each.type === candidate);
      if (range !== undefined) return range.q;
    }
    return 0;
  };
  const first = wanted(offered[0] ?? "");
  return offered.filter((type) => wanted(type) > 0 && !(named.includes(type) && wanted(type) < first));
}

/** A media type without its parameters, lower-case. */
export function mediaType(contentType: string): string {
  return contentType.split(";", 1)[0].trim().toLowerCase();
}
