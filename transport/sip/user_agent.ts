import { EMPTY, type Log, type Metrics, randomToken } from "../../foundation/mod.ts";
import type { Dialog } from "./dialog.ts";
import type { Destination, Flow } from "./flow.ts";
import type { HeaderName } from "./header_names.ts";
import type { Locator } from "./locator.ts";
import type { SipResponse } from "./message.ts";
import { tagOf } from "./name_addr.ts";
import { routingOf } from "./route_set.ts";
import { SentRequest } from "./sent_request.ts";
import type { Failure, Transactions } from "./transactions.ts";
import { hostText, type Uri } from "./uri.ts";
import type { Wires } from "./wires.ts";

/** What any request of ours has, inside a dialog or not. */
export interface RequestParts {
  readonly method: string;
  /** The flow to prefer while it lives (outbound, WebSocket); 0 or absent: none. */
  readonly flowId?: number;
  /** Adds a Contact that leads to us over the flow used, with this user part ("" for none). */
  readonly contact?: string;
  /** Parameters of that Contact, each with its semicolon: `;isfocus`. */
  readonly contactParams?: string;
  /** Further header lines in order; not those that the agent writes (Via to CSeq, Max-Forwards, Route, Content-Length). */
  readonly headers?: readonly (readonly [HeaderName, string])[];
  /** Further header lines behind these as ready text, each with its CRLF. */
  readonly lines?: string;
  readonly contentType?: string;
  readonly body?: Uint8Array;
}

/** A request of ours outside of any dialog (RFC 3261 §8.1). */
export interface OutgoingRequest extends RequestParts {
  /** The target; it becomes the Request-URI unless the first route is a strict router. */
  readonly uri: string;
  /** From value; a tag is added where it has none. */
  readonly from: string;
  readonly to: string;
  /** Route values, topmost first. */
  readonly routes?: readonly string[];
  /** Default: a new one. */
  readonly callId?: string;
  /** Default: 1. */
  readonly cseq?: number;
  /** Hops it may still take: one less than the request has that it goes on from (RFC 7332 §4). Default: 70. */
  readonly maxForwards?: number;
}

/** Who sent a request. Methods return at once; none is called before `send` has returned. */
export interface RequestUser {
  /** Provisional responses, then one final one (for INVITE each 2xx). */
  onResponse(request: SentRequest, response: SipResponse): void;
  /** No final response from any destination. Nothing comes after it. */
  onFailure(request: SentRequest, failure: Failure): void;
}

/** Where a URI of one of our own domains is served right now. */
export interface OwnTarget {
  /** The Request-URI: the registered contact. */
  readonly uri: string;
  /** Path of the registration (RFC 3327), topmost first. */
  readonly routes: readonly string[];
  /** The flow that carried the registration; 0 or absent: none. */
  readonly flowId?: number;
  /** Where to go without one; absent: located by routes and URI. */
  readonly destination?: Destination;
}

/** `null`: not one of ours, locate it; `offline`: ours, and nobody is there. */
export type OwnTargetLookup = (uri: Uri) => OwnTarget | "offline" | null;

export interface UserAgentOptions {
  readonly transactions: Transactions;
  readonly wires: Wires;
  readonly locator: Locator;
  readonly log: Log;
  readonly metrics: Metrics;
  /** GRUUs and addresses of our own domains, resolved through our own bindings. Default: none are ours. */
  readonly ownTarget?: OwnTargetLookup;
  /** Answers a 401 or 407 with header lines for the same request again; null: it cannot. Default: never. */
  readonly authorize?: (
    challenge: SipResponse,
    method: string,
    uri: string,
    body: Uint8Array,
  ) => readonly (readonly [HeaderName, string])[] | null;
  /** Product token of User-Agent; default: none is sent. */
  readonly product?: string;
  /** Requests under way at a time; one more fails as `unroutable`. Default 20,000. */
  readonly maxInFlight?: number;
}

/**
 * A user agent client (RFC 3261 §8.1, §12.2.1): builds requests, finds their way (a live flow, our own bindings, DNS),
 * and tries the next destination where one fails (RFC 3263 §4.3).
 */
export class UserAgent {
  readonly options: UserAgentOptions;
  readonly #maxInFlight: number;
  #inFlight = 0;
  #lastPlace = { host: "", port: 0, transport: "", secure: false, text: "" };

  constructor(options: UserAgentOptions) {
    this.options = options;
    this.#maxInFlight = options.maxInFlight ?? 20_000;
    options.metrics.gauge("sip_agent_requests", "Requests of our own that wait for an answer", () => this.#inFlight);
  }

  /** Sends a request outside of any dialog. */
  send(request: OutgoingRequest, user: RequestUser): SentRequest {
    const fromTag = tagOf(request.from);
    const localTag = fromTag === "" ? randomToken(10) : fromTag;
    const local = fromTag === "" ? `${request.from};tag=${localTag}` : request.from;
    const names = { local, localTag, remote: request.to, callId: request.callId ?? randomToken(24) };
    const routing = routingOf(request.uri, request.routes ?? NO_ROUTES);
    return this.#start(
      new SentRequest(this, request, user, names, routing, request.cseq ?? 1, request.maxForwards),
    );
  }

  /** Sends a request inside a dialog: its next number, its routes, its remote target. */
  sendInDialog(dialog: Dialog, request: RequestParts, user: RequestUser): SentRequest {
    return this.#start(new SentRequest(this, request, user, dialog, dialog.routing(), dialog.nextCSeq()));
  }

  /** Sends the ACK for a 2xx to an INVITE of ours (RFC 3261 §13.2.2.4) over a flow; false when the flow takes nothing. */
  ack(dialog: Dialog, cseq: number, flow: Flow, body: Uint8Array = EMPTY, contentType = ""): boolean {
    const { uri, routes } = dialog.routing();
    let head = `ACK ${uri} SIP/2.0\r\nVia: ${
      this.options.transactions.viaFor(flow, this.options.transactions.newBranch())
    }\r\n`;
    for (const route of routes) head += `Route: ${route}\r\n`;
    head += `Max-Forwards: 70\r\nFrom: ${dialog.local}\r\nTo: ${dialog.remote}\r\nCall-ID: ${dialog.callId}\r\n` +
      `CSeq: ${cseq} ACK\r\n${contentType === "" ? "" : `Content-Type: ${contentType}\r\n`}`;
    return this.options.transactions.sendStateless(flow, `${head}Content-Length: ${body.length}\r\n\r\n`, body);
  }

  /** The Contact value that leads to us over this flow: `<sip:user@host:port;transport=tcp>`. */
  contactOn(flow: Flow, user: string, secure = false): string {
    const place = this.#placeOn(flow, secure);
    const scheme = secure ? "<sips:" : "<sip:";
    return user === "" ? `${scheme}${place}` : `${scheme}${user}@${place}`;
  }

  /** What stands behind the user part there. */
  #placeOn(flow: Flow, secure: boolean): string {
    const { transport } = flow;
    const { host, port } = this.options.wires.advertised(flow);
    const last = this.#lastPlace;
    if (last.port === port && last.host === host && last.transport === transport && last.secure === secure) {
      return last.text;
    }
    const text = `${hostText(host)}:${port}${transport === "udp" || secure ? "" : `;transport=${transport}`}>`;
    this.#lastPlace = { host, port, transport, secure, text };
    return text;
  }

  /** Called by a request that has come to its end. */
  finished(): void {
    this.#inFlight--;
  }

  #start(request: SentRequest): SentRequest {
    this.#inFlight++;
    if (this.#inFlight > this.#maxInFlight) request.refuse("too many requests under way");
    else request.start();
    return request;
  }
}

const NO_ROUTES: readonly string[] = [];
