import { EMPTY, randomToken } from "../../foundation/mod.ts";
import {
  type Flow,
  responseHead,
  type ResponseParts,
  type ServerTransaction,
  type SipRequest,
} from "../../transport/sip/mod.ts";
import type { Subscriber } from "../../storage/mod.ts";
import type { Identity } from "./identity.ts";

const NONE: readonly string[] = [];

/** One request on its way through the elements, and what they found out about it so far. */
export class Exchange {
  readonly transaction: ServerTransaction;
  readonly request: SipRequest;
  readonly flow: Flow;
  /** The flow is a trusted hop (`[trust] hops`): not challenged, its assertions hold. */
  trusted = false;
  /** Who sends it; null until authenticated. */
  identity: Identity | null = null;
  /** The sender's own record where the sender is ours. */
  subscriber: Subscriber | null = null;
  /** Route values that were ours and have been taken off, topmost first (RFC 3261 §16.4). */
  ownRoutes = 0;
  /** The topmost own Route carried `orig` (IM-2): serve the originating side, then re-enter as terminating. */
  originating = false;
  /** What the target is looked up by; differs from the Request-URI after tel folding, GRUU resolution or strict routing. */
  target = "";
  /** Route values that remain once our own are off, topmost first; they decide the next hop (RFC 3261 §16.6 step 6). */
  routes: readonly string[] = NONE;
  /** The flow that a flow token in our own Route names (RFC 5626 §5.3.1); null where there was none. */
  routeFlow: Flow | null = null;
  /** A token in our Route proves it: the request belongs to a dialog that was set up through us, in this boot. */
  inDialogThroughUs = false;
  /** The target is this box itself or a domain of ours (RFC 3261 §16.5: we are responsible for it). */
  ours = false;
  /** The local user the target names; null until found, and for every other target. */
  recipient: Subscriber | null = null;
  /** Only the device with this `+sip.instance` is meant (a GRUU, RFC 5627 §5.1); "" for all. */
  device = "";
  /** Only the binding with this Contact is meant, a device without an instance; "" for all. */
  contact = "";
  /**
   * Inside a dialog, by the address of the recipient's device: it goes to the target as it stands (RFC 3261 §12.2.1.1), and the
   * recipient is known for the sake of the rules.
   */
  asAddressed = false;
  /** The recipient's rules let it be kept where no device takes it. */
  storable = true;
  /** What one row has found out for a later one, which takes it; only its own class is looked at. No `WeakMap`: what is deleted stays. */
  note: object | null = null;

  constructor(transaction: ServerTransaction) {
    this.transaction = transaction;
    this.request = transaction.request;
    this.flow = transaction.flow;
    this.target = transaction.request.uri;
  }

  /** All that is known so far, with a transaction that stands in front of this one: what answers it passes there first. */
  over(transaction: ServerTransaction): Exchange {
    const other = new Exchange(transaction);
    other.trusted = this.trusted;
    other.identity = this.identity;
    other.subscriber = this.subscriber;
    other.ownRoutes = this.ownRoutes;
    other.originating = this.originating;
    other.target = this.target;
    other.routes = this.routes;
    other.routeFlow = this.routeFlow;
    other.inDialogThroughUs = this.inDialogThroughUs;
    other.ours = this.ours;
    other.recipient = this.recipient;
    other.device = this.device;
    other.contact = this.contact;
    other.asAddressed = this.asAddressed;
    other.storable = this.storable;
    other.note = this.note;
    return other;
  }

  /** Answers, with a To tag. */
  reply(status: number, parts: ResponseParts = {}): void {
    const head = responseHead(this.request, status, status === 100 ? parts : { toTag: randomToken(10), ...parts });
    this.transaction.respond(status, head, parts.body ?? EMPTY);
  }
}

/** A request and its sender, as far as the exit of the trust domain looks at them. */
export type Leaving = Pick<Exchange, "request" | "trusted" | "identity">;

/** Works on an exchange: answers it, hands it on, or keeps it to answer later. Never throws for what the wire brought. */
export type Handler = (exchange: Exchange) => void;

/**
 * A SIP element: given the handler behind it, gives the handler that it is. The chain is bound once at start, so a message
 * passes it without a promise or a closure of its own.
 */
export type Element = (next: Handler) => Handler;

/** Binds elements into one handler, the first one outermost; `last` gets what all of them let pass. */
export function chain(elements: readonly Element[], last: Handler): Handler {
  return elements.reduceRight((next, element) => element(next), last);
}
