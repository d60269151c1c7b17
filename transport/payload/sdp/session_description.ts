import { detached, sharedLatin1, toLatin1 } from "../../../foundation/mod.ts";
import { isToken } from "../../sip/mod.ts";
import { digits } from "../digits.ts";
import { hasOrigin } from "./origin.ts";

/**
 * A session description (RFC 8866, RFC 4566), faithful enough to be passed on: every line is kept as it was written, in its
 * place, known or not. Text is one character an octet, as in SIP heads; what people wrote in it (`s=`, `i=`, file names) is
 * decoded where it is read.
 */
export interface SessionDescription {
  /** The session's lines in order, without line ends: `v=0`, `o=…`, `s=…`, …, `a=…`. */
  readonly lines: readonly string[];
  /** Media sections in order; an answer has as many as its offer, in the same order (RFC 3264 §6). */
  readonly media: readonly MediaDescription[];
}

/** One media section. */
export interface MediaDescription {
  /** `message`, `audio` … as written. */
  readonly media: string;
  /** 0: refused in an answer, not used in an offer. */
  readonly port: number;
  /** How many ports (`m=audio 4000/2 …`); 1 where nothing is written. */
  readonly portCount: number;
  /** As written: `TCP/MSRP`, `RTP/AVP` … */
  readonly proto: string;
  /** `*` for MSRP. */
  readonly formats: readonly string[];
  /** What stands below the `m=` line, in order, without line ends. */
  readonly lines: readonly string[];
}

/** Octets of a description, octets of a line, lines in all, media sections: more is refused. */
export const SDP_LIMITS = { octets: 65_536, line: 8192, lines: 1024, media: 32 } as const;

export const SDP_TYPE = "application/sdp";

const LF = 10, CR = 13, EQUALS = 61, M = 109;

/**
 * Reads a description. Lines may end with CRLF or LF (RFC 8866 §5), the last with nothing. Throws SyntaxError when it does not
 * begin with `v=0` and a sound `o=`, for a line that is no `x=value`, for an `m=` line that is none, and above `SDP_LIMITS`. Order
 * and presence of other lines are not judged: who only passes a description on has no use for it.
 */
export function parseSdp(body: Uint8Array): SessionDescription {
  if (body.length > SDP_LIMITS.octets) throw tooLong();
  return parseSdpText(toLatin1(body));
}

/** As `parseSdp`, of text with one character an octet. */
export function parseSdpText(text: string): SessionDescription {
  if (text.length > SDP_LIMITS.octets) throw tooLong();
  // Empty lines at the end come from clients that count one line end too many.
  let length = text.length;
  while (length > 0 && (text.charCodeAt(length - 1) === LF || text.charCodeAt(length - 1) === CR)) length--;
  if (text.includes("\0")) throw new SyntaxError("NUL in SDP");
  const session: string[] = [];
  const media: MediaDescription[] = [];
  let into = session;
  let count = 0;
  for (let at = 0; at < length;) {
    const newline = text.indexOf("\n", at);
    const stop = newline < 0 || newline > length ? length : newline;
    const end = stop > at && text.charCodeAt(stop - 1) === CR ? stop - 1 : stop;
    const line = text.slice(at, end);
    at = stop + 1;
    checkLine(line);
    if (++count > SDP_LIMITS.lines) throw new SyntaxError(`SDP of more than ${SDP_LIMITS.lines} lines`);
    if (line.charCodeAt(0) === M) {
      if (media.length === SDP_LIMITS.media) throw new SyntaxError(`more than ${SDP_LIMITS.media} media sections`);
      media.push(parseMediaLine(line, into = []));
    } else {
      into.push(line);
    }
  }
  if (session[0] !== "v=0") throw new SyntaxError("SDP does not begin with v=0");
  if (session[1]?.startsWith("o=") !== true) throw new SyntaxError("SDP without o= behind v=");
  const sdp = { lines: session, media };
  if (!hasOrigin(sdp)) throw new SyntaxError("an o= line that is none");
  return sdp;
}

/** The description as octets, every line with CRLF; they share a buffer with others. */
export function writeSdp(sdp: SessionDescription): Uint8Array {
  return sharedLatin1(sdpText(sdp));
}

/** The same as text, one character an octet. */
export function sdpText(sdp: SessionDescription): string {
  let text = "";
  for (const line of sdp.lines) text += line + "\r\n";
  for (const section of sdp.media) {
    text += mediaLine(section) + "\r\n";
    for (const line of section.lines) text += line + "\r\n";
  }
  return text;
}

/** `m=message 7394 TCP/MSRP *` */
export function mediaLine(section: MediaDescription): string {
  const ports = section.portCount === 1 ? `${section.port}` : `${section.port}/${section.portCount}`;
  return `m=${section.media} ${ports} ${section.proto} ${section.formats.join(" ")}`;
}

/** `media SP port ["/" integer] SP proto 1*(SP fmt)`; more than one blank between them is let pass. */
function parseMediaLine(line: string, lines: readonly string[]): MediaDescription {
  // Mostly that of the one before: to compare is cheaper than to look up a new text.
  if (line !== latestLine) {
    latest = known.get(line) ?? learnt(line);
    latestLine = line.length > KNOWN_LENGTH ? "" : detached(line);
  }
  const { media, port, portCount, proto, formats } = latest;
  return { media, port, portCount, proto, formats, lines };
}

type MediaLine = Omit<MediaDescription, "lines">;

// Clients of one make write the same line again and again, and taking it apart is dear.
const KNOWN_LINES = 256, KNOWN_LENGTH = 64;
let known = new Map<string, MediaLine>();
let latestLine = "";
let latest: MediaLine = { media: "", port: 0, portCount: 1, proto: "", formats: [] };

function learnt(line: string): MediaLine {
  if (line.length > KNOWN_LENGTH) return readMediaLine(line);
  // Not a slice of the description.
  const own = detached(line);
  const read = readMediaLine(own);
  if (known.size >= KNOWN_LINES) known = new Map();
  known.set(own, read);
  return read;
}

function readMediaLine(line: string): MediaLine {
  const [media, ports, proto, ...formats] = line.slice(2).split(" ").filter((word) => word !== "");
  const slash = ports?.indexOf("/") ?? -1;
  const port = ports === undefined ? -1 : digits(slash < 0 ? ports : ports.slice(0, slash), 65_535);
  const portCount = slash < 0 ? 1 : digits(ports.slice(slash + 1), 65_535);
  if (!isSdpToken(media ?? "") || port < 0 || portCount < 1 || !(proto ?? "").split("/").every(isSdpToken)) {
    throw new SyntaxError("an m= line that is none");
  }
  if (formats.length === 0) throw new SyntaxError("an m= line without a format");
  return { media, port, portCount, proto, formats };
}

function tooLong(): SyntaxError {
  return new SyntaxError(`SDP of more than ${SDP_LIMITS.octets} octets`);
}

function checkLine(line: string): void {
  if (line.length > SDP_LIMITS.line) throw new SyntaxError(`an SDP line of more than ${SDP_LIMITS.line} octets`);
  const type = line.charCodeAt(0);
  if (line.charCodeAt(1) !== EQUALS || type < 97 || type > 122) throw new SyntaxError("an SDP line that is no x=value");
  if (line.includes("\r")) throw new SyntaxError("a bare CR in an SDP line");
}

const SDP_TOKEN = /^[A-Za-z0-9!#$%&'*+\-.^_`{|}~]+$/;

/** `token` of RFC 8866 §9: a little more than SIP's. */
export function isSdpToken(text: string): boolean {
  return isToken(text) || SDP_TOKEN.test(text);
}
