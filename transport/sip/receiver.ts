import { type Clock, type Counter, EMPTY, type LabelledCounter, type Log, type Metrics } from "../../foundation/mod.ts";
import { endpointText } from "../net/mod.ts";
import type { Flow, FlowHandler } from "./flow.ts";
import {
  DEFAULT_LIMITS,
  type MessageLimits,
  parseMessage,
  SipRequest,
  type SipResponse,
  StartLineError,
} from "./message.ts";
import { canAnswer } from "./respond.ts";
import { TokenBucket } from "./token_bucket.ts";
import type { TransactionLayer } from "./transaction_layer.ts";
import type { Wires } from "./wires.ts";

/** What the receiver stands on. */
export interface ReceiverParts {
  readonly transactions: TransactionLayer;
  readonly wires: Wires;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits?: MessageLimits;
}

/** Log lines a second about what was dropped or refused. */
const LOG_RATE = 10;

type DropReason = "garbage" | "malformed" | "foreign-response" | "fault";

/**
 * What stands between the flows and the transaction layer (RFC 3261 §18.1.2, §18.2.1): reads messages, stamps the top Via,
 * answers what breaks the rules where an answer is possible, drops and counts the rest. Nothing that arrives makes it throw.
 */
export class Receiver implements FlowHandler {
  readonly #transactions: TransactionLayer;
  readonly #wires: Wires;
  readonly #limits: MessageLimits;
  readonly #log: Log;
  readonly #lines: TokenBucket;
  readonly #requests: Counter;
  readonly #responses: Counter;
  readonly #dropped: Readonly<Record<DropReason, Counter>>;
  readonly #refused: LabelledCounter;

  constructor({ transactions, wires, clock, log, metrics, limits }: ReceiverParts) {
    this.#transactions = transactions;
    this.#wires = wires;
    this.#limits = limits ?? DEFAULT_LIMITS;
    this.#log = log;
    this.#lines = new TokenBucket(clock, LOG_RATE);
    const received = metrics.labelled("sip_messages_received_total", "SIP messages that could be read", "kind");
    this.#requests = received.with("request");
    this.#responses = received.with("response");
    const dropped = metrics.labelled("sip_messages_dropped_total", "What came in and had no answer", "why");
    this.#dropped = {
      garbage: dropped.with("garbage"),
      malformed: dropped.with("malformed"),
      "foreign-response": dropped.with("foreign-response"),
      fault: dropped.with("fault"),
    };
    this.#refused = metrics.labelled("sip_messages_refused_total", "Requests refused before any work", "status");
  }

  onMessage(flow: Flow, head: string, body: Uint8Array): void {
    try {
      const message = parseMessage(head, body, this.#limits);
      if (message.isRequest) this.#onRequest(flow, message);
      else this.#onResponse(flow, message);
    } catch (error) {
      if (error instanceof StartLineError) this.#drop("garbage", flow, error.message);
      else this.#fault(flow, error);
    }
  }

  onGarbage(flow: Flow, reason: string): void {
    this.#drop("garbage", flow, reason);
  }

  onRefused(flow: Flow, head: string, status: 400 | 413 | 513, reason: string): void {
    try {
      const message = parseMessage(head, EMPTY, this.#limits);
      if (message instanceof SipRequest) this.#refuse(flow, message, status, reason);
      else this.#drop("malformed", flow, reason);
    } catch (error) {
      if (error instanceof StartLineError) this.#drop("garbage", flow, reason);
      else this.#fault(flow, error);
    }
  }

  #onRequest(flow: Flow, request: SipRequest): void {
    const problem = request.check();
    if (problem !== null) return this.#refuse(flow, request, problem.status, problem.reason);
    this.#requests.value++;
    request.stampVia(flow.remote.host, flow.remote.port);
    this.#transactions.handle(request, flow);
  }

  #onResponse(flow: Flow, response: SipResponse): void {
    const problem = response.check();
    if (problem !== null) return this.#drop("malformed", flow, problem.reason);
    if (!this.#isOurs(flow, response)) return this.#drop("foreign-response", flow, "its Via is not ours");
    this.#responses.value++;
    this.#transactions.handle(response, flow);
  }

  /** RFC 3261 §18.1.2: the sent-by of the top Via must be one that we insert. */
  #isOurs(flow: Flow, response: SipResponse): boolean {
    const { host, port } = response.via;
    const ours = this.#wires.advertised(flow);
    if (host === ours.host && port === ours.port) return true;
    return this.#wires.isOwn(host, port || (flow.secure ? 5061 : 5060), null);
  }

  /** Answers without a transaction. An ACK has no answer, and without a Via nobody knows whose request it is. */
  #refuse(flow: Flow, request: SipRequest, status: number, reason: string): void {
    if (!canAnswer(request)) return this.#drop("malformed", flow, reason);
    this.#refused.with(String(status)).add();
    this.#tell("request refused", flow, reason);
    request.stampVia(flow.remote.host, flow.remote.port);
    this.#transactions.refuse(request, flow, status, reason);
  }

  #drop(why: DropReason, flow: Flow, reason: string): void {
    this.#dropped[why].value++;
    this.#tell("message dropped", flow, reason);
  }

  /** A fault of ours, not of the message: always worth a line. */
  #fault(flow: Flow, error: unknown): void {
    this.#dropped.fault.value++;
    if (!this.#lines.take()) return;
    this.#log.error("a message could not be worked on", {
      from: endpointText(flow.remote),
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }

  #tell(text: string, flow: Flow, reason: string): void {
    if (!this.#lines.take()) return;
    const held = this.#lines.held();
    this.#log.warn(text, {
      from: endpointText(flow.remote),
      transport: flow.transport,
      reason: reason.replace(/[^\x20-\x7e]/g, "?").slice(0, 200),
      ...(held > 0 ? { lines_left_out: held } : {}),
    });
  }
}
