import { utf8 } from "../../foundation/mod.ts";

/** One `contact` element (RFC 3680 §5.1, RFC 5628 §5). */
export interface ReginfoContact {
  readonly id: string;
  readonly state: "active" | "terminated";
  readonly event:
    | "registered"
    | "created"
    | "refreshed"
    | "shortened"
    | "expired"
    | "deactivated"
    | "unregistered"
    | "rejected";
  readonly uri: string;
  /** Seconds. */
  readonly registeredFor: number;
  /** Seconds left; -1 leaves it out (a terminated contact). */
  readonly expires: number;
  readonly q: number;
  readonly callId: string;
  readonly cseq: number;
  /** Contact parameters, values as written. */
  readonly params: ReadonlyMap<string, string>;
  /** "" leaves them out. */
  readonly publicGruu: string;
  readonly temporaryGruu: string;
  readonly firstCseq: number;
}

/** One document: one registration, since a subscription is to one address-of-record. */
export interface Reginfo {
  readonly version: number;
  readonly state: "full" | "partial";
  readonly aor: string;
  readonly id: string;
  readonly registration: "init" | "active" | "terminated";
  readonly contacts: readonly ReginfoContact[];
}

export const REGINFO_TYPE = "application/reginfo+xml";

/** The document as UTF-8. Texts come as octets one a character, as SIP heads do. */
export function reginfoDocument(info: Reginfo): Uint8Array {
  let xml = '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" xmlns:gr="urn:ietf:params:xml:ns:gruuinfo"' +
    ` version="${info.version}" state="${info.state}">\n` +
    `  <registration aor="${escaped(info.aor)}" id="${info.id}" state="${info.registration}"`;
  if (info.contacts.length === 0) return utf8(`${xml}/>\n</reginfo>\n`);
  xml += ">\n";
  for (const contact of info.contacts) xml += contactElement(contact);
  return utf8(`${xml}  </registration>\n</reginfo>\n`);
}

function contactElement(contact: ReginfoContact): string {
  let xml = `    <contact id="${contact.id}" state="${contact.state}" event="${contact.event}"` +
    ` duration-registered="${contact.registeredFor}"`;
  if (contact.expires >= 0) xml += ` expires="${contact.expires}"`;
  xml += ` q="${contact.q}" callid="${escaped(contact.callId)}" cseq="${contact.cseq}">\n` +
    `      <uri>${escaped(contact.uri)}</uri>\n`;
  for (const [name, value] of contact.params) {
    // q has its attribute.
    if (name === "q") continue;
    xml += `      <unknown-param name="${escaped(name)}">${escaped(value)}</unknown-param>\n`;
  }
  if (contact.publicGruu !== "") xml += `      <gr:pub-gruu uri="${escaped(contact.publicGruu)}"/>\n`;
  if (contact.temporaryGruu !== "") {
    xml += `      <gr:temp-gruu uri="${escaped(contact.temporaryGruu)}" first-cseq="${contact.firstCseq}"/>\n`;
  }
  return `${xml}    </contact>\n`;
}

const decoder = new TextDecoder();

/** Octets as the text they are in UTF-8, safe in content and in attributes; what XML 1.0 cannot hold becomes U+FFFD. */
function escaped(octets: string): string {
  let text = octets;
  if (/[\x80-\xff]/.test(octets)) text = decoder.decode(Uint8Array.from(octets, (c) => c.charCodeAt(0)));
  // deno-lint-ignore no-control-regex
  text = text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
  return text.replace(/[&<>"]/g, (c) => c === "&" ? "&amp;" : c === "<" ? "&lt;" : c === ">" ? "&gt;" : "&quot;");
}
