import { concatBytes } from "../../foundation/mod.ts";
import { ipv6Text } from "./ip_octets.ts";

/** The record types that locating a SIP server needs (RFC 3263), by their numbers. */
export const DNS_TYPES = { A: 1, AAAA: 28, SRV: 33, NAPTR: 35 } as const;
export type DnsType = keyof typeof DNS_TYPES;

const CNAME = 5, SOA = 6, OPT = 41, IN = 1;

/** RFC 2782. `target` is lower-case without its last dot; "" stands for the root: no such service. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** RFC 3403. `flags` and `service` lower-case; `replacement` as `SrvRecord.target`. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** What one record of a type holds: an IP literal, or the fields. */
export interface DnsRecords {
  A: string;
  AAAA: string;
  SRV: SrvRecord;
  NAPTR: NaptrRecord;
}

/** A reply as far as it matters here. */
export interface DnsReply {
  readonly id: number;
  /** The question section's only entry, lower-case; type as a number. */
  readonly name: string;
  readonly type: number;
  readonly truncated: boolean;
  /** RFC 1035 §4.1.1; 0 no error, 2 server failure, 3 no such name, 5 refused. */
  readonly rcode: number;
  readonly answers: readonly DnsAnswerRecord[];
  /** Seconds a missing record may be remembered (RFC 2308 §5); null when the reply carried no SOA. */
  readonly negativeTtl: number | null;
}

export interface DnsAnswerRecord {
  readonly name: string;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  /** An IP literal, SRV or NAPTR fields, or the target of a CNAME; null for a type we do not read. */
  readonly data: string | SrvRecord | NaptrRecord | null;
}

/** The type number of an alias. */
export const CNAME_TYPE = CNAME;

/** Octets of reply that fit one datagram: what EDNS(0) offers (RFC 6891), safe on any path (DNS flag day 2020). */
const UDP_SIZE = 1232;

/** A query for one name (RFC 1035 §4.1), recursion desired. Throws RangeError for a name that DNS cannot carry. */
export function encodeQuery(id: number, name: string, type: DnsType): Uint8Array {
  const head = Uint8Array.of(id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1);
  const options = Uint8Array.of(0, 0, OPT, UDP_SIZE >> 8, UDP_SIZE & 255, 0, 0, 0, 0, 0, 0);
  return concatBytes([head, encodeName(name), Uint8Array.of(0, DNS_TYPES[type], 0, IN), options]);
}

/** True for a name of labels of 1 to 63 octets, 253 in all, that a query can carry. */
export function isDnsName(name: string): boolean {
  const text = name.endsWith(".") ? name.slice(0, -1) : name;
  return text.length > 0 && text.length <= 253 && /^[\x21-\x7e]+$/.test(text) &&
    text.split(".").every((label) => label.length > 0 && label.length < 64);
}

function encodeName(name: string): Uint8Array {
  if (!isDnsName(name)) throw new RangeError(`"${name.slice(0, 80)}" is not a DNS name`);
  const labels = (name.endsWith(".") ? name.slice(0, -1) : name).split(".");
  const octets: number[] = [];
  for (const label of labels) {
    octets.push(label.length);
    for (let i = 0; i < label.length; i++) octets.push(label.charCodeAt(i));
  }
  octets.push(0);
  return Uint8Array.from(octets);
}

/** Reads a reply. Throws SyntaxError for octets that are none; records of other types are passed over. */
export function decodeReply(bytes: Uint8Array): DnsReply {
  const reader = new Reader(bytes);
  const id = reader.uint16();
  const flags = reader.uint16();
  if ((flags & 0x8000) === 0) throw new SyntaxError("not a reply");
  if (reader.uint16() !== 1) throw new SyntaxError("not one question");
  const counts = [reader.uint16(), reader.uint16(), reader.uint16()];
  const name = reader.name();
  const type = reader.uint16();
  reader.uint16();
  const answers: DnsAnswerRecord[] = [];
  let negativeTtl: number | null = null;
  const truncated = (flags & 0x0200) !== 0;
  try {
    for (let i = 0; i < counts[0]; i++) {
      const record = reader.record();
      if (record !== null) answers.push(record);
    }
    for (let i = 0; i < counts[1]; i++) negativeTtl = reader.soa() ?? negativeTtl;
  } catch (error) {
    // A truncated reply may end anywhere; it is only read to learn that TCP must be asked.
    if (!(truncated && error instanceof SyntaxError)) throw error;
  }
  return { id, name, type, truncated, rcode: flags & 15, answers, negativeTtl };
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  uint8(): number {
    if (this.#at >= this.#bytes.length) throw new SyntaxError("reply ends too early");
    return this.#bytes[this.#at++];
  }
  uint16(): number {
    return this.uint8() * 256 + this.uint8();
  }
  uint32(): number {
    return this.uint16() * 65_536 + this.uint16();
  }

  /** A name, lower-case, without its last dot. Pointers only lead backwards, so a loop cannot be (RFC 1035 §4.1.4). */
  name(): string {
    const labels: string[] = [];
    let length = 0;
    let resume = -1;
    let limit = this.#at;
    for (;;) {
      const size = this.uint8();
      if (size === 0) break;
      if ((size & 0xc0) === 0xc0) {
        const target = (size & 0x3f) * 256 + this.uint8();
        if (target >= limit) throw new SyntaxError("a name pointer that does not lead backwards");
        if (resume < 0) resume = this.#at;
        limit = target;
        this.#at = target;
        continue;
      }
      if (size > 63) throw new SyntaxError("a label type that is not known");
      length += size + 1;
      if (length > 254) throw new SyntaxError("a name longer than 253 octets");
      labels.push(this.text(size));
    }
    if (resume >= 0) this.#at = resume;
    return labels.join(".").toLowerCase();
  }

  text(size: number): string {
    let text = "";
    for (let i = 0; i < size; i++) text += String.fromCharCode(this.uint8());
    return text;
  }

  /** One record; null where its class or type says nothing to us. */
  record(): DnsAnswerRecord | null {
    const name = this.name();
    const type = this.uint16();
    const netClass = this.uint16();
    const ttl = this.#ttl();
    const size = this.uint16();
    const end = this.#at + size;
    if (end > this.#bytes.length) throw new SyntaxError("record data ends too early");
    const data = netClass === IN ? this.#data(type, size) : null;
    if (data !== null && this.#at !== end) throw new SyntaxError("record data of the wrong length");
    this.#at = end;
    return data === null ? null : { name, type, ttl, data };
  }

  /** The negative time to live where the next record is a SOA: the lesser of its TTL and its minimum (RFC 2308 §5). */
  soa(): number | null {
    this.name();
    const type = this.uint16();
    this.uint16();
    const ttl = this.#ttl();
    const size = this.uint16();
    const end = this.#at + size;
    if (end > this.#bytes.length) throw new SyntaxError("record data ends too early");
    let minimum: number | null = null;
    if (type === SOA) {
      this.name();
      this.name();
      for (let i = 0; i < 4; i++) this.uint32();
      minimum = this.uint32();
    }
    this.#at = end;
    return minimum === null ? null : Math.min(ttl, minimum);
  }

  #ttl(): number {
    const ttl = this.uint32();
    // RFC 2181 §8: a TTL with its top bit set is zero.
    return ttl >= 2 ** 31 ? 0 : ttl;
  }

  #data(type: number, size: number): DnsAnswerRecord["data"] {
    switch (type) {
      case DNS_TYPES.A:
        if (size !== 4) throw new SyntaxError("an A record of the wrong length");
        return `${this.uint8()}.${this.uint8()}.${this.uint8()}.${this.uint8()}`;
      case DNS_TYPES.AAAA:
        if (size !== 16) throw new SyntaxError("an AAAA record of the wrong length");
        return ipv6Text(Uint8Array.from({ length: 16 }, () => this.uint8()));
      case DNS_TYPES.SRV:
        return { priority: this.uint16(), weight: this.uint16(), port: this.uint16(), target: this.name() };
      case DNS_TYPES.NAPTR: {
        const order = this.uint16();
        const preference = this.uint16();
        const flags = this.text(this.uint8()).toLowerCase();
        const service = this.text(this.uint8()).toLowerCase();
        const regexp = this.text(this.uint8());
        return { order, preference, flags, service, regexp, replacement: this.name() };
      }
      case CNAME:
        return this.name();
      default:
        return null;
    }
  }
}
