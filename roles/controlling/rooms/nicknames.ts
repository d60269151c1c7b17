import { fromLatin1, utf8 } from "../../../foundation/mod.ts";
import { unquote } from "../../../transport/sip/mod.ts";

/** RFC 7701 §7.1: octets of a nickname. */
const MOST_OCTETS = 1023;
/** Not to be had by anybody: who would take them would be taken for the service. */
const RESERVED = ["system", "server", "service", "operator", "administrator", "admin", "moderator", "parley", "room"];

/** A nickname as it is shown, and as it is compared; both "" for none. */
export interface Nickname {
  readonly text: string;
  readonly folded: string;
}

/**
 * What stands in Use-Nickname (octets as characters): a quoted string, empty to be without one (RFC 7701 §7.1, §7.3). Null for what is
 * malformed: no string, too long, not UTF-8, or characters that names cannot have (RFC 8264 §4.3, FreeformClass).
 */
export function readNickname(value: string | undefined): Nickname | null {
  const quoted = value?.trim() ?? "";
  if (!/^"(?:[^"\\]|\\.)*"$/s.test(quoted)) return null;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(fromLatin1(unquote(quoted)));
  } catch {
    return null;
  }
  if (text === "") return { text: "", folded: "" };
  if (utf8(text).length > MOST_OCTETS) return null;
  const enforced = stable(text, (name) => spaced(name).normalize("NFKC"));
  const folded = foldNickname(text);
  if (enforced === null || folded === null || enforced === "" || folded === "") return null;
  return isFreeform(enforced) ? { text: enforced, folded } : null;
}

/** As nicknames are compared (RFC 8266 §2.4): spaces, case, width and other forms of the same letter. Null where that has no end. */
export function foldNickname(text: string): string | null {
  return stable(text, (name) => spaced(name).toLowerCase().normalize("NFKC"));
}

/** True for what nobody may have: what aliases look like, and names of the service. */
export function isReservedNickname(folded: string): boolean {
  return RESERVED.includes(folded) || /^anonymous(?:[ -]?\d*)?$/.test(folded) || /^[a-z][a-z0-9+.-]*:/.test(folded) ||
    /@[^ ]*\./.test(folded);
}

/** The rules until they change nothing any more: three times after the first (RFC 8266 §2.1). */
function stable(text: string, rules: (text: string) => string): string | null {
  let once = rules(text);
  for (let more = 0; more < 3; more++) {
    const again = rules(once);
    if (again === once) return once;
    once = again;
  }
  return null;
}

function spaced(text: string): string {
  return text.replace(/\p{Zs}/gu, " ").replace(/^ +| +$/g, "").replace(/ {2,}/g, " ");
}

/** No controls, nothing invisible, nothing unassigned or private, no old jamo (RFC 8264 §4.3, §9). */
function isFreeform(text: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]/u
    .test(text);
}
