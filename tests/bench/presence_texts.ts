/** What the clients of the presence bench send: requests as ready text, bodies of a usual size. */
import { utf8 } from "../../foundation/mod.ts";

export const DOMAIN = "example.test";
export const PIDF = "application/pidf+xml";

export function addressOf(name: string): string {
  return `sip:${name}@${DOMAIN}`;
}

/** The number of a state as it stands in the document, so that a watcher knows which one it has got. */
const MARK = "state-";
const DIGITS = 7;

/** The number of the state that a document tells; -1 for one that tells none. */
export function stateIn(text: string): number {
  const at = text.lastIndexOf(MARK);
  return at < 0 ? -1 : Number(text.slice(at + MARK.length, at + MARK.length + DIGITS));
}

/** The presence document of a phone: one device, what its user does and a note, which has the state's number. */
export function presenceOf(name: string, state: number): Uint8Array {
  const busy = state % 2 === 0 ? "away" : "on-the-phone";
  return utf8(
    `<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" ` +
      `xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" ` +
      `entity="${addressOf(name)}"><tuple id="t${name}"><status><basic>open</basic></status>` +
      `<contact>${addressOf(name)}</contact></tuple><dm:person id="p${name}"><rpid:activities><rpid:${busy}/>` +
      `</rpid:activities><dm:note>${MARK}${String(state).padStart(DIGITS, "0")}</dm:note></dm:person></presence>\n`,
  );
}

/** Who subscribes to whom, and how. */
export interface SubscribeText {
  readonly watcher: string;
  /** Address of a user, or of a list. */
  readonly target: string;
  /** Header lines with CRLF beyond those that every SUBSCRIBE here has. */
  readonly lines?: string;
}

/** Header lines of a SUBSCRIBE for a single presentity. */
export const FULL_STATE = `Accept: ${PIDF}\r\n`;
/** … for a list (RFC 4662 §4.1). */
export const LIST_LINES = `Accept: ${PIDF}, application/rlmi+xml, multipart/related\r\nSupported: eventlist\r\n`;

/** A document of the usage rls-services with one service: a list of these users. */
export function rlsServices(uri: string, members: readonly string[]): string {
  const entries = members.map((name) => `<rl:entry uri="${addressOf(name)}"/>`).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<rls-services xmlns="urn:ietf:params:xml:ns:rls-services" ` +
    `xmlns:rl="urn:ietf:params:xml:ns:resource-lists"><service uri="${uri}"><list name="all">${entries}</list>` +
    `<packages><package>presence</package></packages></service></rls-services>\n`;
}
