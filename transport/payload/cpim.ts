import { type CpimAddress, parseCpimAddress, unescapeCpim } from "./cpim_text.ts";
import { mimeHeader, type MimeHeaders, readMimeHead } from "./mime_head.ts";

export const CPIM_TYPE = "message/cpim";

/** The namespace of From, To, cc, DateTime, Subject, NS and Require (RFC 3862 §4). */
export const CPIM_NAMESPACE = "urn:ietf:params:cpim-headers:";

/** One header of a message (RFC 3862 §3). Names are case-sensitive. */
export interface CpimHeader {
  /** As written, prefix included. */
  readonly written: string;
  /** What the prefix stands for; undefined for one that was not declared. */
  readonly namespace: string | undefined;
  /** Without the prefix. */
  readonly name: string;
  /** As written: `;lang=fr`; "" for none. */
  readonly params: string;
  /** Unicode, with its escapes; `unescapeCpim` undoes them. */
  readonly value: string;
}

/** What stands before the content's own octets. */
export interface CpimHead {
  readonly headers: readonly CpimHeader[];
  /** Where the MIME headers of the content begin: what a signature or a bridge takes from here on is a MIME object. */
  readonly contentAt: number;
  /** MIME headers of the content, names as written. */
  readonly contentHeaders: MimeHeaders;
  /** Where the content's octets begin. */
  readonly bodyAt: number;
}

/** A message whose octets are all there. Offsets are those of the octets it was read from. */
export interface CpimMessage extends CpimHead {
  /** A view into the octets that were read. */
  readonly body: Uint8Array;
}

/** Octets of each of the two heads, and header lines in each: more is refused. */
export const CPIM_LIMITS = { head: 16_384, headers: 64 } as const;

const CR = 13, LF = 10;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** `Header-name ":" *( ";" Parameter )`, then the value; the blank between is missing now and then. */
const HEADER =
  /^(?:([!#-'*+\-A-Z0-9^-z|~]+)\.)?([!#-'*+\-A-Z0-9^-z|~]+):((?:;[!#-'*+\-A-Z0-9^-z|~]+=(?:"(?:[^"\\]|\\.)*"|[^ ;"]*))*) ?(.*)$/s;
const NS_VALUE = /^([!#-'*+\-A-Z0-9^-z|~]*) *<([^<> ]+)>$/;

/**
 * Reads the heads at the beginning of a stream. Null while they are not all there: ask again with more octets. Throws
 * SyntaxError for what is no CPIM and above `CPIM_LIMITS`. Lines of the message's headers end with CRLF, no other control
 * character is let pass (§2.2); the content's headers are ordinary MIME.
 */
export function readCpimHead(octets: Uint8Array): CpimHead | null {
  const contentAt = messageHeadEnd(octets);
  if (contentAt < 0) return null;
  const headers = parseHeaders(decoder.decode(octets.subarray(0, contentAt - 2)));
  const content = readMimeHead(octets, contentAt, CPIM_LIMITS);
  return content && { headers, contentAt, contentHeaders: content.headers, bodyAt: content.bodyAt };
}

/** Reads a whole message; `body` is a view. Throws SyntaxError as `readCpimHead`, and where a head does not end. */
export function parseCpim(octets: Uint8Array): CpimMessage {
  const head = readCpimHead(octets);
  if (head === null) throw new SyntaxError("CPIM whose headers do not end");
  return { ...head, body: octets.subarray(head.bodyAt) };
}

/** As `parseCpim`; null where that throws. */
export function tryParseCpim(octets: Uint8Array): CpimMessage | null {
  try {
    return parseCpim(octets);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The first header of a name and namespace. */
export function cpimHeader(head: CpimHead, name: string, namespace = CPIM_NAMESPACE): CpimHeader | undefined {
  return head.headers.find((header) => header.name === name && header.namespace === namespace);
}

/** All headers of a name and namespace, in order. */
export function cpimHeaders(head: CpimHead, name: string, namespace = CPIM_NAMESPACE): CpimHeader[] {
  return head.headers.filter((header) => header.name === name && header.namespace === namespace);
}

/** Who sent it; undefined when it does not say. Throws SyntaxError for an address that is none. */
export function cpimFrom(head: CpimHead): CpimAddress | undefined {
  const header = cpimHeader(head, "From");
  return header && parseCpimAddress(header.value);
}

/** Whom it is for, in order. Throws SyntaxError for an address that is none. */
export function cpimTo(head: CpimHead): CpimAddress[] {
  return cpimHeaders(head, "To").map((header) => parseCpimAddress(header.value));
}

/** When it was sent, as written (RFC 3339): `2006-04-04T12:16:49-05:00`; undefined when it does not say. */
export function cpimDateTime(head: CpimHead): string | undefined {
  return cpimHeader(head, "DateTime")?.value.trim();
}

/** A subject and its language (RFC 3066), where one is said. */
export interface CpimSubject {
  readonly text: string;
  readonly lang?: string;
}

/** Subjects in order, one for each language. */
export function cpimSubjects(head: CpimHead): CpimSubject[] {
  return cpimHeaders(head, "Subject").map((header) => {
    const lang = /(?:^|;)lang=([^;]*)/.exec(header.params)?.[1];
    return { text: unescapeCpim(header.value), ...(lang && { lang }) };
  });
}

/**
 * What the sender wants to be understood and we do not (§3.5), as written. `understood` is asked for each with its namespace,
 * which is undefined for a prefix that was not declared.
 */
export function cpimUnmetRequirements(
  head: CpimHead,
  understood: (namespace: string | undefined, name: string) => boolean,
): string[] {
  const unmet: string[] = [];
  for (const header of cpimHeaders(head, "Require")) {
    for (const word of header.value.split(",")) {
      const required = word.trim();
      const dot = required.indexOf(".");
      const namespace = dot < 0 ? CPIM_NAMESPACE : cpimPrefixes(head).get(required.slice(0, dot));
      if (required !== "" && !understood(namespace, required.slice(dot + 1))) unmet.push(required);
    }
  }
  return unmet;
}

/** The Content-Type of the content; MIME's own default where it says none, though §2.4 demands one. */
export function cpimContentType(head: CpimHead): string {
  return mimeHeader(head.contentHeaders, "Content-Type") ?? "text/plain;charset=us-ascii";
}

/** Behind the empty line that ends the message's headers; -1 where it is not there yet. */
function messageHeadEnd(octets: Uint8Array): number {
  const limit = Math.min(octets.length, CPIM_LIMITS.head);
  const head = octets.subarray(0, limit);
  for (let at = 0; at < limit;) {
    const end = head.indexOf(LF, at);
    if (end < 0) break;
    if (end === at || head[end - 1] !== CR) throw new SyntaxError("a CPIM line that does not end with CRLF");
    if (end === at + 1) {
      if (at === 0) throw new SyntaxError("CPIM without headers");
      return end + 1;
    }
    at = end + 1;
  }
  if (octets.length >= CPIM_LIMITS.head) throw new SyntaxError(`CPIM headers of more than ${CPIM_LIMITS.head} octets`);
  return -1;
}

function parseHeaders(text: string): CpimHeader[] {
  const lines = text.split("\r\n");
  // The last line ends with CRLF as well.
  lines.pop();
  if (lines.length > CPIM_LIMITS.headers) throw new SyntaxError(`more than ${CPIM_LIMITS.headers} CPIM headers`);
  const declared = new Map<string, string>([["", CPIM_NAMESPACE]]);
  const headers: CpimHeader[] = [];
  for (const line of lines) {
    if (/[\x00-\x1f\x7f]/.test(line)) throw new SyntaxError("a control character in a CPIM header");
    const found = HEADER.exec(line);
    if (found === null) throw new SyntaxError("a CPIM header that is none");
    const [, prefix = "", name, params, value] = found;
    // NS declares whatever the default namespace has become meanwhile: else it could be changed but once.
    const namespace = prefix === "" && name === "NS" ? CPIM_NAMESPACE : declared.get(prefix);
    if (namespace === CPIM_NAMESPACE && name === "NS") declareNamespace(declared, value);
    const single = namespace === CPIM_NAMESPACE && (name === "From" || name === "DateTime");
    if (single && headers.some((other) => other.name === name && other.namespace === namespace)) {
      throw new SyntaxError(`CPIM with two ${name} headers`);
    }
    headers.push({ written: prefix === "" ? name : `${prefix}.${name}`, namespace, name, params, value });
  }
  return headers;
}

/** The prefixes of a message, with "" for the namespace of headers without one. */
export function cpimPrefixes(head: CpimHead): Map<string, string> {
  const declared = new Map<string, string>([["", CPIM_NAMESPACE]]);
  for (const header of cpimHeaders(head, "NS")) declareNamespace(declared, header.value);
  return declared;
}

function declareNamespace(declared: Map<string, string>, value: string): void {
  const found = NS_VALUE.exec(value.trim());
  if (found === null) throw new SyntaxError("a CPIM namespace declaration that is none");
  declared.set(found[1], found[2]);
}
