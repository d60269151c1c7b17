import type { SessionDescription } from "./session_description.ts";

/** The `o=` line (RFC 8866 §5.2): who made the description, which session, which version of it. */
export interface Origin {
  /** `-` where there is no name. */
  readonly username: string;
  /** Decimal digits; may be longer than a number holds exactly. */
  readonly sessionId: string;
  /** Decimal digits; one more for every changed description (RFC 3264 §8). */
  readonly version: string;
  readonly netType: string;
  /** `IP4` or `IP6`. */
  readonly addrType: string;
  readonly address: string;
}

const ORIGIN = /^([\x21-\xff]+) ([0-9]{1,32}) ([0-9]{1,32}) ([\x21-\xff]+) ([\x21-\xff]+) ([\x21-\xff]+) *$/;

/** What `o=` says. Throws SyntaxError when it is none, which `parseSdp` has made sure of. */
export function originOf(sdp: SessionDescription): Origin {
  const found = ORIGIN.exec(sdp.lines[1].slice(2));
  if (found === null) throw new SyntaxError("an o= line that is none");
  const [, username, sessionId, version, netType, addrType, address] = found;
  return { username, sessionId, version, netType, addrType, address };
}

/** True where `originOf` finds one. */
export function hasOrigin(sdp: SessionDescription): boolean {
  return isOrigin(sdp.lines[1]);
}

/** As `ORIGIN` behind `o=`, ten times as fast: each description that comes in is asked. */
function isOrigin(line: string): boolean {
  let at = 2;
  for (let field = 0; field < 6; field++) {
    const start = at;
    const isNumber = field === 1 || field === 2;
    for (; at < line.length; at++) {
      const c = line.charCodeAt(at);
      if (isNumber ? c < 48 || c > 57 : c <= BLANK || c > 255) break;
    }
    if (at === start || (isNumber && at - start > 32)) return false;
    if (field < 5 && line.charCodeAt(at++) !== BLANK) return false;
  }
  while (at < line.length && line.charCodeAt(at) === BLANK) at++;
  return at === line.length;
}

/** The same description from another origin. */
export function withOrigin(sdp: SessionDescription, origin: Origin): SessionDescription {
  return { lines: [sdp.lines[0], originLine(origin), ...sdp.lines.slice(2)], media: sdp.media };
}

const BLANK = 32;

/** Six fields with one blank between. */
function isSound(line: string): boolean {
  let blanks = 0, before = BLANK;
  for (let at = 2; at < line.length; at++) {
    const c = line.charCodeAt(at);
    if (c < BLANK || c > 255 || (c === BLANK && before === BLANK)) return false;
    if (c === BLANK) blanks++;
    before = c;
  }
  return blanks === 5 && before !== BLANK;
}

/** The line. What cannot stand in a field (blanks, line ends, anything but visible ASCII) is left out. */
export function originLine(o: Origin): string {
  const line = `o=${o.username} ${o.sessionId} ${o.version} ${o.netType} ${o.addrType} ${o.address}`;
  if (isSound(line)) return line;
  const fields = [o.username, o.sessionId, o.version, o.netType, o.addrType, o.address];
  return `o=${fields.map((field) => field.replace(/[^\x21-\xff]/g, "") || "-").join(" ")}`;
}

/** The same origin, one version later. */
export function nextVersion(origin: Origin): Origin {
  return { ...origin, version: String(BigInt(origin.version) + 1n) };
}

/** `IP6` for an address with a colon, else `IP4`, also for names (as RFC 4975's examples do). */
export function addrTypeOf(host: string): "IP4" | "IP6" {
  return host.includes(":") ? "IP6" : "IP4";
}

/** An IPv6 address without the brackets it has in URIs. */
export function bareHost(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** The lines of a session of our own: `v=`, `o=`, `s=-`, `c=`, `t=0 0`. `sessionId` and `version`: decimal digits. */
export function sessionLines(
  origin: { username?: string; sessionId: string; version?: string; host: string },
): string[] {
  const host = bareHost(origin.host);
  const addrType = addrTypeOf(host);
  const { username = "-", sessionId, version = "1" } = origin;
  return [
    "v=0",
    originLine({ username, sessionId, version, netType: "IN", addrType, address: host }),
    "s=-",
    `c=IN ${addrType} ${host}`,
    "t=0 0",
  ];
}
