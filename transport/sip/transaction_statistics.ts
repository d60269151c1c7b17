import type { Counter, Metrics } from "../../foundation/mod.ts";

const CLASSES = ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx", "6xx"];

/** What the transaction layer counts. Counters are looked up once, here. */
export class TransactionStatistics {
  /** Requests of ours sent again because nothing came back. */
  readonly requestsResent: Counter;
  /** Responses sent again: asked for by a repeated request, or by timer G. */
  readonly responsesResent: Counter;
  /** Client transactions that ended without a final response. */
  readonly timeouts: Counter;
  readonly transportFailures: Counter;
  /** INVITE responses never acknowledged (timer H). */
  readonly unacknowledged: Counter;
  /** Requests nobody here answered in their time. */
  readonly unanswered: Counter;
  /** Responses that could not be sent: connection gone, or its queue full. */
  readonly unsent: Counter;
  readonly overload: Counter;
  readonly clientOverload: Counter;
  readonly strayResponses: Counter;
  /** Large requests that went by UDP because TCP was refused (RFC 3261 §18.1.1). */
  readonly tcpRefused: Counter;
  /** 401 and 407: no refusal, only the first half of a log-in. */
  readonly challenges: Counter;
  /** MESSAGE requests that the next hop took. */
  readonly messagesTaken: Counter;
  readonly #received: Counter[];
  readonly #sent: Counter[];

  constructor(metrics: Metrics) {
    const resent = metrics.labelled("sip_retransmissions_total", "Messages sent again", "kind");
    this.requestsResent = resent.with("request");
    this.responsesResent = resent.with("response");
    const failures = metrics.labelled("sip_client_failures_total", "Requests without a final response", "why");
    this.timeouts = failures.with("timeout");
    this.transportFailures = failures.with("transport");
    this.clientOverload = failures.with("overload");
    const lost = metrics.labelled("sip_server_failures_total", "Requests whose answer did not arrive", "why");
    this.unacknowledged = lost.with("unacknowledged");
    this.unanswered = lost.with("unanswered");
    this.unsent = lost.with("unsent");
    this.overload = metrics.counter("sip_overload_total", "Requests refused with 503: too many transactions");
    this.strayResponses = metrics.counter("sip_stray_responses_total", "Responses that match no transaction");
    this.tcpRefused = metrics.counter("sip_tcp_refused_total", "Large requests sent by UDP because TCP was refused");
    this.messagesTaken = metrics.counter(
      "sip_messages_taken_total",
      "MESSAGE requests that a device or server took (2xx)",
    );
    this.challenges = metrics.counter("sip_challenges_total", "Responses 401 and 407 sent");
    const responses = metrics.labelled("sip_responses_total", "Responses by class", "direction", "class");
    this.#received = CLASSES.map((name) => responses.with("in", name));
    this.#sent = CLASSES.map((name) => responses.with("out", name));
  }

  received(status: number): void {
    this.#received[(status / 100) | 0].value++;
  }

  sent(status: number): void {
    this.#sent[(status / 100) | 0].value++;
    if (status === 401 || status === 407) this.challenges.value++;
  }
}
