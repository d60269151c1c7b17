import { concatBytes, fromLatin1, toLatin1, utf8 } from "../../foundation/mod.ts";
import { type CpimHead, cpimPrefixes, cpimTo } from "./cpim.ts";
import { cpimAddressText } from "./cpim_text.ts";
import { IMDN_HEADERS, imdnHeaderList, imdnHeaders } from "./imdn_message.ts";

/**
 * What an intermediary writes to stay on the way of notifications (RFC 5438 §8): IMDN-Record-Route with its own URI above all
 * others. Gives the octets that take the place of `octets[0 … head.contentAt]`; everything else in them is as it was.
 */
export function withImdnRecordRoute(octets: Uint8Array, head: CpimHead, uri: string): Uint8Array {
  const lines = headLines(octets, head);
  const first = head.headers.findIndex((header) =>
    header.namespace === IMDN_HEADERS && header.name === "IMDN-Record-Route"
  );
  const declared = [...cpimPrefixes(head)].find(([prefix, namespace]) => namespace === IMDN_HEADERS && prefix !== "");
  // Above the others the prefix they use is declared; else a declaration of our own goes before the header, at the end.
  const prefix = first >= 0
    ? prefixOf(head.headers[first].written)
    : declared
    ? `${declared[0]}.`
    : `${freePrefix(head)}.`;
  const line = latin1(`${prefix}IMDN-Record-Route: ${cpimAddressText({ name: "", uri })}`);
  if (first >= 0) lines.splice(first, 0, line);
  else if (declared) lines.push(line);
  else lines.push(latin1(`NS: ${prefix.slice(0, -1)} <${IMDN_HEADERS}>`), line);
  return headOctets(lines);
}

/** Where a notification goes on to, and its octets from the beginning to `head.contentAt`. */
export interface RoutedNotification {
  readonly to: string;
  readonly head: Uint8Array;
}

/**
 * A notification that has come to us (§8): our own URI taken off the top of IMDN-Route where it stands there; it goes on to the
 * new top one, or to its To. Null where it has nowhere to go. Throws SyntaxError for an address that is none.
 */
export function routeNotification(
  octets: Uint8Array,
  head: CpimHead,
  isOurs: (uri: string) => boolean,
): RoutedNotification | null {
  const { route } = imdnHeaders(head);
  const ours = route.length > 0 && isOurs(route[0].uri);
  const to = route[ours ? 1 : 0]?.uri ?? cpimTo(head)[0]?.uri;
  if (to === undefined) return null;
  const lines = headLines(octets, head);
  if (ours) {
    lines.splice(head.headers.indexOf(imdnHeaderList(head, "IMDN-Route")[0]), 1);
  }
  return { to, head: headOctets(lines) };
}

/** The lines of the message's headers, octets as characters; one for each of `head.headers`. */
function headLines(octets: Uint8Array, head: CpimHead): string[] {
  return toLatin1(octets, 0, head.contentAt - 4).split("\r\n");
}

function headOctets(lines: readonly string[]): Uint8Array {
  return concatBytes([fromLatin1(lines.map((line) => line + "\r\n").join("")), fromLatin1("\r\n")]);
}

/** `imdn.` of `imdn.Message-ID`; "" where there is none. */
function prefixOf(written: string): string {
  return written.slice(0, written.indexOf(".") + 1);
}

/** A prefix that the message does not use for something else. */
function freePrefix(head: CpimHead): string {
  const taken = cpimPrefixes(head);
  let prefix = "imdn";
  while (taken.has(prefix)) prefix += "-";
  return prefix;
}

function latin1(text: string): string {
  return toLatin1(utf8(text));
}
