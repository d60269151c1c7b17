import { fromLatin1, toLatin1 } from "../../foundation/mod.ts";
import { corpus } from "./corpus.ts";
import { mutate, type Random } from "./mutations.ts";

/**
 * Mutated messages for a box that runs: the torture messages, and good ones to users it has, so that what is left whole goes
 * all the way through it. Each has a branch and Call-ID of its own: else it were taken for a retransmission.
 */
export class LiveCorpus {
  readonly #all: readonly Uint8Array[];
  readonly #good: readonly string[];
  #number = 0;

  /** `online`: a user who is registered and takes everything; its device is at that loopback port. */
  constructor(online: string, port: number) {
    this.#all = corpus();
    this.#good = METHODS.flatMap(([method, uri, lines, body]) => [
      message(method, uri.replace("ONLINE", online), lines.replace("PORT", String(port)), body),
    ]);
  }

  next(random: Random): Uint8Array {
    const n = ++this.#number;
    const good = random.below(2) === 0;
    const text = good
      ? random.pick(this.#good).replaceAll("NUMBER", String(n))
      : toLatin1(random.pick(this.#all)).replace("branch=z9hG4bK", `branch=z9hG4bK${n}x`);
    return mutate(fromLatin1(text), this.#all, random);
  }
}

function message(method: string, uri: string, lines: string, body: string): string {
  return `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKliveNUMBER;rport\r\n` +
    `Max-Forwards: 70\r\nFrom: "A" <sip:alice@example.test>;tag=a\r\nTo: <${uri}>\r\nCall-ID: liveNUMBER\r\n` +
    `CSeq: 1 ${method}\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`;
}

const REGISTER = 'Contact: <sip:alice@127.0.0.1:9;ob>;+sip.instance="<urn:uuid:1>";reg-id=1;q=0.5\r\n' +
  "Supported: path, outbound, gruu\r\nExpires: 60\r\n";
const REG_EVENT =
  "Contact: <sip:alice@127.0.0.1:PORT>\r\nEvent: reg\r\nAccept: application/reginfo+xml\r\nExpires: 60\r\n";
const MULTIPART = "--b1\r\nContent-Type: text/plain\r\n\r\nA\r\n--b1\r\nContent-ID: <1>\r\n\r\nsecond\r\n--b1--\r\n";

const METHODS: readonly (readonly [method: string, uri: string, lines: string, body: string])[] = [
  ["MESSAGE", "ONLINE", "Content-Type: text/plain;charset=UTF-8\r\n", "h\xc3\xa9llo"],
  ["MESSAGE", "ONLINE", "Content-Type: multipart/mixed;boundary=b1\r\nPrivacy: id\r\n", MULTIPART],
  [
    "MESSAGE",
    "sip:alice@example.test",
    "Content-Type: text/plain\r\nExpires: 60\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\n",
    "x",
  ],
  ["MESSAGE", "tel:+15550001", "Content-Type: text/plain\r\nP-Preferred-Identity: <tel:+15550002>\r\n", "x"],
  ["MESSAGE", "sip:x@127.0.0.1:9", "Route: <sip:127.0.0.1:PORT;lr>\r\nContent-Type: text/plain\r\n", "x"],
  ["REGISTER", "sip:example.test", REGISTER, ""],
  ["REGISTER", "sip:example.test", "Contact: *\r\nExpires: 0\r\n", ""],
  ["SUBSCRIBE", "sip:alice@example.test", REG_EVENT, ""],
  ["PUBLISH", "sip:alice@example.test", "Event: presence\r\nSIP-If-Match: 1\r\nExpires: 60\r\n", ""],
  ["OPTIONS", "ONLINE", "Accept: application/sdp\r\nProxy-Require: x\r\n", ""],
  ["OPTIONS", "sip:example.test", "Require: x\r\n", ""],
  ["INVITE", "ONLINE", "Contact: <sip:alice@127.0.0.1:PORT>\r\nRecord-Route: <sip:127.0.0.1:9;lr>\r\n", ""],
  ["CANCEL", "ONLINE", "", ""],
  ["ACK", "ONLINE", "", ""],
  [
    "NOTIFY",
    "ONLINE",
    "Event: reg\r\nSubscription-State: active;expires=60\r\nContact: <sip:a@127.0.0.1:PORT>\r\n",
    "",
  ],
];
