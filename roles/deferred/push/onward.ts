import { randomToken } from "../../../foundation/mod.ts";
import type { Endpoint } from "../../../transport/net/mod.ts";
import { cpimTo, imdnHeaders, tryParseCpim } from "../../../transport/payload/mod.ts";
import { type Flow, parseMessage, SipRequest } from "../../../transport/sip/mod.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import {
  addressOfText,
  type CoreServices,
  Exchange,
  type Handler,
  identityOf,
  InnerTransaction,
} from "../../sip_core/mod.ts";

/** What passes on the notifications that devices send to the box. */
export interface OnwardParts {
  readonly services: CoreServices;
  readonly subscriber: (aor: string) => Subscriber | undefined;
  /**
   * Delivers a MESSAGE that the user has sent, authenticated already: from the row `originating` on (sender's rules, target class,
   * terminating rows, proxy). It may find a user of ours or somebody elsewhere.
   */
  readonly deliver: Handler;
}

/** Sends what a user's device gave to the box in a session on as a MESSAGE of that user (RFC 5438 §8, §12.1). */
export class Onward {
  readonly #parts: OnwardParts;

  constructor(parts: OnwardParts) {
    this.#parts = parts;
  }

  /**
   * `cpim`: a notification, to the top one of its IMDN-Route, else to its To. `user`: whose device it is, an address-of-record of ours.
   * `done`: the final status; 403 for a user who may send nothing, 400 where it names nobody.
   */
  send(cpim: Uint8Array, user: string, done: (status: number) => void): void {
    const to = recipientOf(cpim);
    const subscriber = this.#parts.subscriber(user);
    if (to === null) return done(400);
    if (subscriber === undefined) return done(403);
    const { transactions, domains } = this.#parts.services;
    const via = `SIP/2.0/TCP ${[...domains][0]};branch=${transactions.newBranch()}`;
    const head = `MESSAGE ${to} SIP/2.0\r\nVia: ${via}\r\nMax-Forwards: 70\r\n` +
      `From: <${user}>;tag=${randomToken(10)}\r\nTo: <${to}>\r\nCall-ID: ${randomToken(24)}\r\nCSeq: 1 MESSAGE\r\n` +
      `Content-Type: message/cpim\r\nContent-Length: ${cpim.length}\r\n\r\n`;
    const message = parseMessage(head, cpim);
    if (!(message instanceof SipRequest)) throw new TypeError("a MESSAGE of ours is no request");
    const exchange = new Exchange(new InnerTransaction(message, INSIDE, done));
    exchange.identity = identityOf(subscriber);
    exchange.subscriber = subscriber;
    // Its way begins behind the row that finds this out.
    exchange.ours = domains.has(addressOfText(to).domain);
    this.#parts.deliver(exchange);
  }
}

/** Null where it names nobody whom a MESSAGE could reach. */
function recipientOf(octets: Uint8Array): string | null {
  const cpim = tryParseCpim(octets);
  if (cpim === null) return null;
  try {
    const uri = imdnHeaders(cpim).route[0]?.uri ?? cpimTo(cpim)[0]?.uri ?? "";
    if (!/^(?:sips?|tel):[\x21\x23-\x3b\x3d\x3f-\x7e]+$/i.test(uri)) return null;
    return addressOfText(uri).aor === "" ? null : uri;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const NOWHERE: Endpoint = { host: "127.0.0.1", port: 0 };

/** Where requests of the box's own come from: no wire at all. Nothing is ever sent on it. */
const INSIDE: Flow = {
  id: 0,
  transport: "memory",
  reliable: true,
  secure: true,
  local: NOWHERE,
  remote: NOWHERE,
  inbound: true,
  peerNames: [],
  open: true,
  send: () => false,
  watch() {},
  unwatch() {},
  close() {},
};
