import { concatBytes, fromLatin1, utf8 } from "../../foundation/mod.ts";
import type { CpimSubject } from "./cpim.ts";
import { type CpimAddress, cpimAddressText, escapeCpim } from "./cpim_text.ts";
import { type MimeHeaders, mimeHeadText } from "./mime_head.ts";

/** A header of an extension: `prefix` as declared in `namespaces`; `value` plain text, escaped when it is written. */
export interface CpimExtension {
  readonly prefix: string;
  readonly name: string;
  readonly value: string;
}

/** What a message is made of. */
export interface CpimParts {
  readonly from?: CpimAddress;
  readonly to?: readonly CpimAddress[];
  /** RFC 3339; `dateTimeText` makes one. */
  readonly dateTime?: string;
  readonly subjects?: readonly CpimSubject[];
  /** Prefixes and the URIs they stand for. */
  readonly namespaces?: readonly (readonly [prefix: string, uri: string])[];
  readonly extensions?: readonly CpimExtension[];
  /** MIME headers of the content; Content-Type must be among them (RFC 3862 §2.4). */
  readonly contentHeaders: MimeHeaders;
}

const NAME = /^[!#-'*+\-A-Z0-9^-z|~]+$/;

/**
 * Everything before the content's octets. Throws SyntaxError for a prefix or a name that is none, and without a Content-Type.
 */
export function cpimHeadOctets(parts: CpimParts): Uint8Array {
  let head = "";
  if (parts.from !== undefined) head += `From: ${cpimAddressText(parts.from)}\r\n`;
  for (const address of parts.to ?? []) head += `To: ${cpimAddressText(address)}\r\n`;
  if (parts.dateTime !== undefined) head += `DateTime: ${escapeCpim(parts.dateTime)}\r\n`;
  for (const { text, lang } of parts.subjects ?? []) {
    const safe = lang !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(lang) ? `;lang=${lang}` : "";
    head += `Subject:${safe} ${escapeCpim(text)}\r\n`;
  }
  for (const [prefix, uri] of parts.namespaces ?? []) {
    head += `NS: ${checkName(prefix)} <${uri.replace(/[\x00-\x20<>\x7f]/g, "")}>\r\n`;
  }
  for (const { prefix, name, value } of parts.extensions ?? []) {
    head += `${prefix === "" ? "" : checkName(prefix) + "."}${checkName(name)}: ${escapeCpim(value)}\r\n`;
  }
  if (!parts.contentHeaders.some(([name]) => name.toLowerCase() === "content-type")) {
    throw new SyntaxError("CPIM content without a Content-Type");
  }
  // A message's head without any header would begin with its empty line, which readers take for no CPIM at all.
  if (head === "") throw new SyntaxError("CPIM without a header");
  return concatBytes([utf8(head + "\r\n"), fromLatin1(mimeHeadText(parts.contentHeaders) + "\r\n")]);
}

/** A whole message. Throws SyntaxError as `cpimHeadOctets`. */
export function writeCpim(parts: CpimParts, body: Uint8Array): Uint8Array {
  return concatBytes([cpimHeadOctets(parts), body]);
}

/** A moment (ms since the epoch) as DateTime has it: RFC 3339 in UTC. */
export function dateTimeText(time: number): string {
  return new Date(time).toISOString();
}

function checkName(name: string): string {
  if (!NAME.test(name)) throw new SyntaxError("a CPIM header name that is none");
  return name;
}
