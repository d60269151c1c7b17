import { type Clock, EMPTY, type Log, type Metrics, randomToken, type Timers } from "../../foundation/mod.ts";
import { type AnyClientTransaction, type ClientHost, NonInviteClientTransaction } from "./client_transaction.ts";
import { CompletedRequests } from "./completed_requests.ts";
import { FlowClients, type FlowClientsOwner } from "./flow_clients.ts";
import type { Destination, Flow } from "./flow.ts";
import type { HeaderName } from "./header_names.ts";
import { HeldOctets } from "./held_octets.ts";
import { InviteClientTransaction } from "./invite_client_transaction.ts";
import { InviteServerTransaction } from "./invite_server_transaction.ts";
import { KeyTable } from "./key_table.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { findParam } from "./params.ts";
import { RecentDestinations } from "./recent_destinations.ts";
import { responseFlow, sameWay } from "./response_flow.ts";
import { canAnswer, responseHead } from "./respond.ts";
import { SettledInvites } from "./settled_invites.ts";
import {
  AckTransaction,
  NonInviteServerTransaction,
  sendResponse,
  type ServerEntry,
  type ServerHost,
} from "./server_transaction.ts";
import { clientKey, serverKey } from "./transaction_key.ts";
import { TransactionStatistics } from "./transaction_statistics.ts";
import { DEFAULT_TIMING, lifetime, type TransactionTiming, tryingNonInvite } from "./transaction_timing.ts";
import type {
  ClientTransaction,
  ClientUser,
  LateAnswers,
  SettledAck,
  Transactions,
  TransactionUser,
} from "./transactions.ts";
import { MAGIC_COOKIE } from "./via_header.ts";
import type { Wires } from "./wires.ts";

/** How much the layer holds, and how large a request may be for UDP. Configuration. */
export interface TransactionLimits {
  /** Server transactions without an answer yet, those of INVITE with one included; above it new requests get 503. */
  readonly server: number;
  /**
   * Octets for answers given on UDP, kept 32 s for repeated requests (about 0.6 KB each). Where they do not suffice, those
   * older than 5 s go first; when there are none, new requests get 503. 128 MB are 6,500 requests a second for the whole 32 s.
   */
  readonly completed_octets: number;
  /** Client transactions; above it requests of ours fail with "transport". */
  readonly client: number;
  /** Octets of a request that still go by UDP (RFC 3261 §18.1.1, path MTU unknown). */
  readonly datagram: number;
  /** Seconds in the Retry-After of a 503. */
  readonly retry_after: number;
}

export const DEFAULT_TRANSACTION_LIMITS: TransactionLimits = {
  server: 100_000,
  completed_octets: 134_217_728,
  client: 100_000,
  datagram: 1300,
  retry_after: 5,
};

/** What the layer stands on. */
export interface TransactionLayerParts {
  readonly wires: Wires;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** May be set later; until then every request gets 503. */
  readonly user?: TransactionUser;
  readonly limits?: Partial<TransactionLimits>;
  readonly timing?: Partial<TransactionTiming>;
}

/** A host that refused TCP may have learnt it after so long. */
const REFUSED_MS = 300_000;

/** Memory for the keys of answered requests of ours, about 100 octets each: for 30,000 a second. */
const ABSORBED_OCTETS = 16_777_216;

/** Memory for the ACKs of accepted INVITEs of ours, about 600 octets each: for 3,300 calls a second. */
const SETTLED_OCTETS = 67_108_864;

/** The user of a CANCEL that the layer sends by itself: whatever comes, the INVITE's own response says how it went. */
const NOBODY: ClientUser = { onResponse() {}, onFailure() {} };

/** The transaction layer (RFC 3261 §17, RFC 4320, RFC 6026): matches messages to their machines and makes new ones. */
export class TransactionLayer implements Transactions, ServerHost, ClientHost, FlowClientsOwner {
  readonly timers: Timers;
  readonly timing: TransactionTiming;
  readonly lifetime: number;
  readonly tryingNonInvite: number;
  readonly statistics: TransactionStatistics;
  readonly limits: TransactionLimits;
  /** Who works on the requests. */
  user: TransactionUser | null;
  readonly #wires: Wires;
  readonly #log: Log;
  readonly #servers = new KeyTable<ServerEntry>();
  readonly #completed: CompletedRequests;
  /** Requests of ours that were answered on UDP less than T4 ago (timer K): no objects, for the sake of the collector. */
  readonly #absorbed: HeldOctets<null>;
  /** INVITEs of ours that wait for nothing but the 2xx to come again. */
  readonly #settled: SettledInvites;
  readonly #clients = new KeyTable<AnyClientTransaction>();
  /** A flow's own, as long as the flow lives. */
  readonly #flows = new WeakMap<Flow, FlowClients>();
  /** Hosts that refused TCP lately: their large requests go by UDP at once (RFC 3261 §18.1.1). */
  readonly #refused: RecentDestinations;
  /** To tag of all responses made without a transaction: an ACK that carries it ends here. */
  readonly #statelessTag = randomToken(12);
  #failed: AnyClientTransaction[] = [];

  constructor({ wires, clock, timers, log, metrics, user, limits, timing }: TransactionLayerParts) {
    this.#wires = wires;
    this.timers = timers;
    this.#log = log;
    this.user = user ?? null;
    this.limits = { ...DEFAULT_TRANSACTION_LIMITS, ...limits };
    this.timing = { ...DEFAULT_TIMING, ...timing };
    this.lifetime = lifetime(this.timing);
    this.tryingNonInvite = tryingNonInvite(this.timing);
    this.statistics = new TransactionStatistics(metrics);
    this.#refused = new RecentDestinations(clock, REFUSED_MS);
    this.#completed = new CompletedRequests(this, clock, timers, this.limits.completed_octets);
    this.#absorbed = new HeldOctets(clock, timers, this.timing.t4, ABSORBED_OCTETS);
    this.#settled = new SettledInvites(wires, clock, timers, this.lifetime, SETTLED_OCTETS);
    metrics.gauge("sip_server_transactions", "Requests in the table, answered ones included", () => this.serverCount);
    metrics.gauge("sip_client_transactions", "Requests of ours in the table", () => this.clientCount);
  }

  get serverCount(): number {
    return this.#servers.size + this.#completed.size;
  }

  get clientCount(): number {
    return this.#clients.size + this.#absorbed.size + this.#settled.size;
  }

  /** Takes one message that was read, checked, and whose top Via is stamped. Never throws. */
  handle(message: SipRequest | SipResponse, flow: Flow): void {
    if (message.isRequest) this.#handleRequest(message, flow);
    else this.#handleResponse(message, flow);
  }

  /**
   * Answers without a transaction (RFC 3261 §8.2.7), also a request that breaks the rules. False where no answer is
   * possible: an ACK, no Via, no way back.
   */
  refuse(
    request: SipRequest,
    flow: Flow,
    status: number,
    reason?: string,
    headers?: readonly (readonly [HeaderName, string])[],
  ): boolean {
    if (!canAnswer(request)) return false;
    const head = responseHead(request, status, { reason, headers, toTag: this.#statelessTag });
    return sendResponse(this, this.#replyFlow(flow, request), status, head, EMPTY);
  }

  // Transactions: what the core asks for.

  newBranch(): string {
    return MAGIC_COOKIE + randomToken(14);
  }

  viaFor(flow: Flow, branch: string): string {
    return this.#clientsOf(flow).via(branch);
  }

  request(
    flow: Flow,
    branch: string,
    method: string,
    head: string,
    body: Uint8Array,
    user: ClientUser,
    destination: Destination | null = null,
  ): ClientTransaction {
    const transaction = method === "INVITE"
      ? new InviteClientTransaction(this, flow, branch, method, head, body, user)
      : new NonInviteClientTransaction(this, flow, branch, method, head, body, user);
    if (flow.reliable && destination?.transport === "udp") transaction.fallback = destination;
    const key = clientKey(branch, method);
    if (this.#clients.size >= this.limits.client || this.#clients.has(key)) {
      this.statistics.clientOverload.value++;
      this.#tellLater(transaction);
      return transaction;
    }
    this.#clients.add(key, transaction);
    this.#clientsOf(flow).add(transaction);
    // A dead flow has ended it already.
    if (transaction.clients !== null) transaction.start();
    return transaction;
  }

  settle(branch: string, acks: readonly SettledAck[], flowId: number, late: LateAnswers): void {
    const transaction = this.#clients.get(branch);
    if (!(transaction instanceof InviteClientTransaction) || !transaction.settle()) return;
    this.#settled.add(branch, acks, flowId, late);
  }

  sendStateless(flow: Flow, head: string, body: Uint8Array): boolean {
    return flow.send(head, body);
  }

  flowForSize(destination: Destination, size: number): Flow | null {
    if (destination.transport !== "udp" || size <= this.limits.datagram || this.#refused.has(destination)) {
      return this.#wires.flowTo(destination);
    }
    return this.#wires.flowTo({ ...destination, transport: "tcp" }) ?? this.#wires.flowTo(destination);
  }

  // ServerHost and ClientHost: what the machines ask for.

  replace(key: string, entry: ServerEntry): void {
    this.#servers.set(key, entry);
  }

  answered(key: string, method: string, flow: Flow, head: string, body: Uint8Array): void {
    this.#completed.add(key, method, flow, head, body);
  }

  accepted(key: string, flow: Flow, to: string): void {
    this.#servers.delete(key);
    this.#completed.add(key, "INVITE", flow, to, EMPTY);
  }

  isAccepted(key: string): boolean {
    return this.#completed.has(key);
  }

  remove(entry: string | AnyClientTransaction): void {
    if (typeof entry === "string") {
      this.#servers.delete(entry);
      return;
    }
    this.#clients.delete(clientKey(entry.branch, entry.method));
    entry.clients?.remove(entry);
  }

  complete(transaction: AnyClientTransaction): void {
    this.remove(transaction);
    this.#absorbed.add(clientKey(transaction.branch, transaction.method), "", EMPTY, null);
  }

  responseFlow(flow: Flow, request: SipRequest): Flow | null {
    return responseFlow(this.#wires, flow, request.via);
  }

  sameWay(flow: Flow): Flow | null {
    return sameWay(this.#wires, flow);
  }

  /** As `responseFlow`; where the Via cannot be read, the flow itself. */
  #replyFlow(flow: Flow, request: SipRequest): Flow | null {
    try {
      return this.responseFlow(flow, request);
    } catch (error) {
      if (error instanceof SyntaxError) return flow;
      throw error;
    }
  }

  failLater(transaction: AnyClientTransaction): void {
    this.statistics.transportFailures.value++;
    this.#tellLater(transaction);
  }

  sendCancel(flow: Flow, branch: string, head: string): void {
    this.request(flow, branch, "CANCEL", head, EMPTY, NOBODY);
  }

  report(error: unknown): void {
    this.#log.error("a transaction user threw", {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }

  /** A flow died: its transactions fail, or take the way back to UDP that §18.1.1 leaves them. */
  onClientsLost(clients: FlowClients): void {
    const refused = clients.flow.established === false;
    for (let one = clients.take(); one !== null; one = clients.take()) {
      const { fallback } = one;
      if (!refused || fallback === null || !this.#goByUdp(one, clients, fallback)) one.transportFailed();
    }
  }

  #goByUdp(transaction: AnyClientTransaction, from: FlowClients, destination: Destination): boolean {
    this.#refused.add(destination);
    const flow = this.#wires.flowTo(destination);
    if (flow === null) return false;
    const to = this.#clientsOf(flow);
    this.statistics.tcpRefused.value++;
    transaction.moveTo(flow, from.via(transaction.branch), to.via(transaction.branch));
    to.add(transaction);
    if (transaction.clients !== null) transaction.start();
    return true;
  }

  #clientsOf(flow: Flow): FlowClients {
    let clients = this.#flows.get(flow);
    if (clients === undefined) {
      clients = new FlowClients(flow, this.#wires, this);
      this.#flows.set(flow, clients);
    }
    return clients;
  }

  /** One microtask tells all that failed in this call, in order. */
  #tellLater(transaction: AnyClientTransaction): void {
    if (this.#failed.push(transaction) === 1) queueMicrotask(this.#tellFailed);
  }

  readonly #tellFailed = (): void => {
    const failed = this.#failed;
    this.#failed = [];
    for (const transaction of failed) transaction.fail("transport");
  };

  // What comes in.

  #handleRequest(request: SipRequest, flow: Flow): void {
    const { method } = request;
    let key = serverKey(request);
    if (method === "ACK") return this.#handleAck(request, flow, key);
    if (method === "CANCEL") return this.#handleCancel(request, flow, key);
    let known = this.#serverEntry(key);
    if (known !== undefined && known.method !== method) {
      // The same branch with another method is another transaction (RFC 3261 §17.2.3 rule 3).
      key = `${key} ${method}`;
      known = this.#serverEntry(key);
    }
    if (known !== undefined) return known.receiveAgain();
    if (this.#servers.size >= this.limits.server || this.#completed.full || this.user === null) {
      return this.#refuseBusy(request, flow);
    }
    const transaction = method === "INVITE"
      ? new InviteServerTransaction(this, key, request, flow)
      : new NonInviteServerTransaction(this, key, request, flow);
    this.#servers.add(key, transaction);
    try {
      this.user.onRequest(transaction);
    } catch (error) {
      this.report(error);
      if (!transaction.answered) {
        transaction.respond(500, responseHead(request, 500, { toTag: this.#statelessTag }), EMPTY);
      }
    }
  }

  #serverEntry(key: string): ServerEntry | undefined {
    return this.#servers.get(key) ?? this.#completed.get(key);
  }

  #refuseBusy(request: SipRequest, flow: Flow): void {
    this.statistics.overload.value++;
    this.refuse(request, flow, 503, undefined, [["Retry-After", String(this.limits.retry_after)]]);
  }

  #handleAck(request: SipRequest, flow: Flow, key: string): void {
    const known = this.#servers.get(key);
    // That for a 2xx is for the user (RFC 6026 §7.1): an accepted INVITE is no longer in the table.
    if (known instanceof InviteServerTransaction) return known.receiveAck();
    // The ACK for a response that was made without a transaction.
    if (request.to.tag === this.#statelessTag) return;
    try {
      this.user?.onRequest(new AckTransaction(request, flow));
    } catch (error) {
      this.report(error);
    }
  }

  /** RFC 3261 §9.2: 200 where any transaction matches, 481 where none does; only an INVITE's user hears of it. */
  #handleCancel(request: SipRequest, flow: Flow, inviteKey: string): void {
    const key = inviteKey + " CANCEL";
    const known = this.#completed.get(key);
    if (known !== undefined) return known.receiveAgain();
    const target = this.#servers.get(inviteKey);
    const invite = target instanceof InviteServerTransaction ? target : null;
    const status = target !== undefined || this.#completed.has(inviteKey) ? 200 : 481;
    const head = responseHead(request, status, { toTag: this.#cancelTag(invite, inviteKey) || this.#statelessTag });
    const to = this.responseFlow(flow, request);
    if (!flow.reliable && to !== null && !this.#completed.full) this.answered(key, "CANCEL", to, head, EMPTY);
    sendResponse(this, to, status, head, EMPTY);
    try {
      invite?.receiveCancel(request);
    } catch (error) {
      this.report(error);
    }
  }

  /** The To tag that the INVITE was answered with (RFC 3261 §9.2); "" where it was not. */
  #cancelTag(invite: InviteServerTransaction | null, inviteKey: string): string {
    if (invite !== null) return invite.toTag;
    const to = this.#completed.acceptedTo(inviteKey);
    return to === "" ? "" : findParam(to, Math.max(0, to.lastIndexOf(">")), "tag") ?? "";
  }

  #handleResponse(response: SipResponse, flow: Flow): void {
    this.statistics.received(response.status);
    const { method } = response.cseq;
    const key = clientKey(response.via.branch, method);
    const transaction = this.#clients.get(key);
    if (transaction !== undefined && transaction.method === method) {
      // A repeated final response meets no transaction any more.
      if (method === "MESSAGE" && response.status >= 200 && response.status < 300) {
        this.statistics.messagesTaken.value++;
      }
      return transaction.receive(response);
    }
    if (this.#absorbed.has(key)) return;
    if (method === "INVITE" && this.#toSettled(key, response, flow)) return;
    this.statistics.strayResponses.value++;
    try {
      this.user?.onStrayResponse(response, flow);
    } catch (error) {
      this.report(error);
    }
  }

  #toSettled(key: string, response: SipResponse, flow: Flow): boolean {
    try {
      return this.#settled.receive(key, response, flow);
    } catch (error) {
      this.report(error);
      return true;
    }
  }
}
