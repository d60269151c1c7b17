import type { Counter, Log, Metrics } from "../../foundation/mod.ts";
import type { Calls, Flow, ServerTransaction, SipResponse, TransactionUser } from "../../transport/sip/mod.ts";
import { chain, Exchange, type Handler } from "./exchange.ts";
import { ownRoutes } from "./own_routes.ts";
import { forwardAck } from "./proxy.ts";
import type { Row } from "./routing_table.ts";
import { sanity } from "./sanity.ts";
import type { CoreServices } from "./services.ts";
import { targetClass, type TargetDirectory } from "./target_class.ts";

const METHODS: ReadonlySet<string> = new Set([
  "INVITE",
  "ACK",
  "BYE",
  "OPTIONS",
  "MESSAGE",
  "REFER",
  "SUBSCRIBE",
  "NOTIFY",
  "PUBLISH",
  "UPDATE",
  "PRACK",
  "INFO",
  "REGISTER",
]);

/**
 * The user of the transaction layer: makes an Exchange of every request and sends it down the routing table. Whatever a row
 * throws becomes a 500 and a log line, never a dead listener.
 */
export class Core implements TransactionUser {
  readonly #chain: Handler;
  readonly #calls: Pick<Calls, "owns" | "handle"> | null;
  readonly #ack: Handler;
  readonly #log: Log;
  readonly #requests = new Map<string, Counter>();
  readonly #other: Counter;
  readonly #strays: Counter;
  readonly #faults: Counter;

  /** `calls`: dialogs in which this box is an end; what belongs to one passes no other row. Null: it is in none. */
  constructor(
    services: CoreServices,
    table: readonly Row[],
    directory: TargetDirectory,
    metrics: Metrics,
    calls: Pick<Calls, "owns" | "handle"> | null = null,
  ) {
    this.#calls = calls;
    const end: Handler = (exchange) => exchange.reply(404);
    this.#chain = chain(table.map((row) => row.element), end);
    this.#ack = chain([sanity(services), ownRoutes(services), targetClass(services, directory)], forwardAck(services));
    this.#log = services.log;
    const requests = metrics.labelled("parley_sip_requests_total", "SIP requests taken up by the core", "method");
    for (const method of METHODS) this.#requests.set(method, requests.with(method));
    this.#other = requests.with("other");
    this.#strays = metrics.counter("parley_sip_stray_responses_total", "SIP responses that belong to no transaction");
    this.#faults = metrics.counter("parley_sip_faults_total", "Requests answered 500 because of a fault of ours");
  }

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    (this.#requests.get(request.method) ?? this.#other).add();
    try {
      // Known by Call-ID and both tags, of which ours was told to nobody else: not challenged again.
      if (request.method !== "CANCEL" && this.#calls?.owns(request) === true) this.#calls.handle(transaction);
      else if (request.method === "ACK") this.#ack(new Exchange(transaction));
      // It matched no INVITE of ours, and we forward none without keeping its transaction (RFC 3261 §9.2, §16.10).
      else if (request.method === "CANCEL") new Exchange(transaction).reply(481);
      else this.#chain(new Exchange(transaction));
    } catch (error) {
      this.#faults.add();
      this.#log.error("request failed", {
        method: request.method,
        callId: request.callId,
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      if (request.method !== "ACK" && !transaction.answered) new Exchange(transaction).reply(500);
    }
  }

  /** Dropped and counted: a proxy that keeps transactions forwards no stray response (RFC 6026 §8.1). */
  onStrayResponse(_response: SipResponse, _flow: Flow): void {
    this.#strays.add();
  }
}
