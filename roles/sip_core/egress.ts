import type { Flow, HeadEditor, SipResponse } from "../../transport/sip/mod.ts";
import { editForHop, editResponseFrom, editResponseTo } from "./assertion.ts";
import type { Exchange, Leaving } from "./exchange.ts";
import type { TrustedHops } from "./trust.ts";

/**
 * What happens to messages at an exit (RFC 3325 §5, RFC 3323 §4). It is called for every copy that leaves, after the proxy's
 * own edits and before it is sent, and touches none of the headers that are the proxy's: the start line, Via, Route,
 * Record-Route, Max-Forwards, Max-Breadth.
 */
export interface Egress {
  /**
   * A request leaves on `flow`; null where it is stored to be delivered later. `toUser`: the next hop is a device of one of
   * our users, not another server.
   */
  request(exchange: Leaving, editor: HeadEditor, flow: Flow | null, toUser: boolean): void;
  /** A response that came on `from` goes back to the sender of the request. */
  response(exchange: Exchange, editor: HeadEditor, response: SipResponse, from: Flow, fromUser: boolean): void;
}

/** The exits of a trust domain: asserted identities stay inside it, and privacy is given where it ends. */
export class TrustEgress implements Egress {
  readonly #hops: TrustedHops;

  constructor(hops: TrustedHops) {
    this.#hops = hops;
  }

  request(exchange: Leaving, editor: HeadEditor, flow: Flow | null, toUser: boolean): void {
    editForHop(editor, exchange, toUser ? "user" : flow !== null && this.#hops.trusts(flow) ? "trusted" : "foreign");
  }

  response(exchange: Exchange, editor: HeadEditor, response: SipResponse, from: Flow, _fromUser: boolean): void {
    if (!response.has("P-Asserted-Identity") && !response.has("P-Preferred-Identity")) return;
    const trusted = this.#hops.trusts(from);
    if (trusted) editResponseTo(editor, response, exchange.trusted ? "trusted" : "user");
    else editResponseFrom(editor, response, false);
  }
}

/** No exit work at all. For tests, and for a box that stands wholly inside somebody else's trust domain. */
export const plainEgress: Egress = { request() {}, response() {} };
