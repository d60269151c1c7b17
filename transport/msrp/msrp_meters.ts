import type { Counter, LabelledCounter, Metrics } from "../../foundation/mod.ts";

/** Methods that a session end or the doorman is given; any other is 501 (RFC 4975, 4976, 7701). */
export const KNOWN_METHODS = ["SEND", "REPORT", "AUTH", "NICKNAME"] as const;

/** Statuses of RFC 4975 §10, RFC 4976 and RFC 7701. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 408, 413, 415, 423, 424, 425, 428, 481, 501, 506]);

/** What ends a connection, or a request, because it took too long. */
export type TimeoutKind = "response" | "head" | "body" | "stalled" | "unclaimed" | "unused" | "connect";

/** What is counted about MSRP. */
export class MsrpMeters {
  readonly octetsIn: Counter;
  readonly octetsOut: Counter;
  readonly sends: Counter;
  readonly reports: Counter;
  readonly held: Counter;
  readonly badRequests: Counter;
  readonly broken: Counter;
  readonly faults: Counter;
  readonly overflows: Counter;
  readonly #requests: LabelledCounter;
  readonly #refused: LabelledCounter;
  readonly #timeouts: LabelledCounter;
  readonly #connections: LabelledCounter;

  constructor(metrics: Metrics) {
    const octets = metrics.labelled("msrp_octets_total", "Octets on MSRP connections", "direction");
    this.octetsIn = octets.with("in");
    this.octetsOut = octets.with("out");
    this.#requests = metrics.labelled("msrp_requests_total", "MSRP requests that could be read", "method");
    this.sends = this.#requests.with("SEND");
    this.reports = this.#requests.with("REPORT");
    this.held = metrics.counter("msrp_held_total", "Times that reading stopped because another connection was full");
    const garbage = metrics.labelled("msrp_garbage_total", "What could not be read, or went wrong here", "why");
    this.badRequests = garbage.with("header");
    this.broken = garbage.with("framing");
    this.faults = garbage.with("fault");
    this.overflows = garbage.with("overflow");
    this.#refused = metrics.labelled("msrp_refused_total", "MSRP requests that were refused", "status");
    this.#timeouts = metrics.labelled(
      "msrp_timeouts_total",
      "Answers that did not come, and peers that kept still",
      "what",
    );
    this.#connections = metrics.labelled(
      "msrp_connections_total",
      "MSRP connections so far, and those there was no room for",
      "transport",
      "how",
    );
  }

  /** A request with a method that is neither SEND nor REPORT. */
  other(method: string): void {
    this.#requests.with((KNOWN_METHODS as readonly string[]).includes(method) ? method : "other").add();
  }

  /** Answers come from peers, too: a label for each number that somebody thinks of is too many. */
  refused(status: number): void {
    this.#refused.with(REFUSALS.has(status) ? String(status) : "other").add();
  }

  timedOut(what: TimeoutKind, count = 1): void {
    this.#timeouts.with(what).add(count);
  }

  connection(transport: string, how: "accepted" | "dialled" | "refused"): void {
    this.#connections.with(transport, how).add();
  }
}
