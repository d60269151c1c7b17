import { type Clock, EMPTY, type Metrics, randomToken, type Timers } from "../../../foundation/mod.ts";
import { Dialog } from "../dialog.ts";
import { preferredFlow } from "../events/mod.ts";
import { deltaSeconds } from "../grammar.ts";
import type { SipRequest } from "../message.ts";
import { responseHead, type ResponseParts } from "../respond.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { UserAgent } from "../user_agent.ts";
import { BaseCall } from "./base_call.ts";
import type { Call } from "./call.ts";
import { ReceivedRefer, type ReferHost, type ReferWay } from "./received_refer.ts";
import { type ReferOrder, referTargetOf } from "./refer_target.ts";
import { ReferUsages } from "./refer_usages.ts";
import type { ReferUser, SentRefer } from "./sent_refer.ts";
import { type ReferRequest, SentRefers, takeNotify } from "./sent_refers.ts";

export interface RefersOptions {
  readonly agent: UserAgent;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  /** REFERs at a time, both ways. Default 10,000. */
  readonly max?: number;
  /** Seconds that the peer hears of a REFER at most. Default 180. */
  readonly expires?: number;
}

const MAX_IN_DIALOG = 16;

/**
 * REFER on both sides (RFC 3515, RFC 4488), inside a call or outside of any dialog. What is asked for is done by the owner:
 * `referTargetOf` says what it is.
 */
export class Refers implements ReferHost {
  readonly agent: UserAgent;
  readonly timers: Timers;
  readonly #clock: Clock;
  readonly #max: number;
  readonly #expires: number;
  readonly #received = new ReferUsages<ReceivedRefer>();
  readonly #sent: SentRefers;

  constructor({ agent, clock, timers, metrics, max = 10_000, expires = 180 }: RefersOptions) {
    this.agent = agent;
    this.timers = timers;
    this.#clock = clock;
    this.#max = max;
    this.#expires = expires;
    this.#sent = new SentRefers({ agent, timers, max, others: () => this.#received.size });
    metrics.gauge("sip_refers", "REFERs under way, both ways", () => this.size);
  }

  get size(): number {
    return this.#received.size + this.#sent.size;
  }

  /**
   * Takes a REFER with 202 and tells the peer 100 at once. `call`: the one it came in, null outside of any dialog. Null where
   * it was refused: as many as are allowed (503), a bad Contact (400). Where the peer wants no NOTIFYs, `notify` does nothing.
   */
  accept(transaction: ServerTransaction, call: Call | null): ReceivedRefer | null {
    const { request, flow } = transaction;
    const target = referTargetOf(request);
    if ("status" in target) return refuse(transaction, target.status, { reason: target.reason });
    const toTag = randomToken(18);
    const dialog = call === null ? Dialog.uas(request, toTag) : call.dialog;
    if (dialog === null) return refuse(transaction, 481);
    if (!(dialog instanceof Dialog)) return refuse(transaction, dialog.status, { reason: dialog.reason });
    const { callId, localTag } = dialog;
    const inDialog = this.#received.count(callId, localTag) + this.#sent.count(callId, localTag);
    if (this.size >= this.#max || inDialog >= MAX_IN_DIALOG) {
      return refuse(transaction, 503, { headers: [["Retry-After", "10"]] });
    }
    const base = call instanceof BaseCall ? call : null;
    const contact = base?.contact ?? randomToken(10);
    const way: ReferWay = { dialog, contact, flowId: base?.flowId ?? preferredFlow(dialog, flow) };
    const { cseq } = request;
    const refer = new ReceivedRefer(this, way, cseq.number, this.#expires, () => this.#clock.monotonic());
    const value = this.agent.contactOn(flow, contact, request.uri.startsWith("sips:")) + (base?.contactParams ?? "");
    answer(transaction, 202, {
      toTag: dialog.localTag,
      recordRoute: true,
      headers: target.subscribes ? [["Contact", value]] : [["Contact", value], ["Refer-Sub", "false"]],
    });
    if (target.subscribes) {
      this.#received.add(callId, localTag, refer);
      refer.notify(100);
    } else refer.silence();
    return refer;
  }

  /** As `SentRefers.referInCall`. */
  referInCall(call: Call, order: ReferOrder, user: ReferUser): SentRefer | null {
    return this.#sent.referInCall(call, order, user);
  }

  /** As `SentRefers.refer`. */
  refer(request: ReferRequest, order: ReferOrder, user: ReferUser): SentRefer | null {
    return this.#sent.refer(request, order, user);
  }

  /** True for a NOTIFY or SUBSCRIBE in a dialog that a REFER made outside of any call. */
  owns(request: SipRequest): boolean {
    const { callId, to: { tag } } = request;
    return tag !== "" && this.#received.count(callId, tag) + this.#sent.count(callId, tag) > 0;
  }

  /** Takes a request that `owns` said yes to. */
  handle(transaction: ServerTransaction): void {
    const { request } = transaction;
    const sent = this.#sent.find(request), received = this.#find(request);
    if (sent === null && received === null) return void refuse(transaction, 481, { reason: "No Such Subscription" });
    const problem = sent !== null ? sent.enter(request) : received!.way.dialog.receive(request);
    if (problem !== null) return void refuse(transaction, problem.status, { reason: problem.reason });
    if (sent !== null) takeNotify(transaction, sent);
    else this.#serve(transaction, received!);
  }

  /** Inside a call: true for a NOTIFY or SUBSCRIBE of one of its REFERs, which is answered. */
  takes(call: Call, transaction: ServerTransaction): boolean {
    const { request } = transaction;
    if (this.#sent.takes(call, transaction)) return true;
    if (call.dialog === null || call.dialog.remoteTag !== request.from.tag) return false;
    const received = this.#find(request);
    if (received !== null) this.#serve(transaction, received);
    return received !== null;
  }

  referOver(refer: ReceivedRefer): void {
    const { callId, localTag } = refer.way.dialog;
    this.#received.remove(callId, localTag, refer);
  }

  /** A request other than NOTIFY that belongs to a REFER of theirs. */
  #find(request: SipRequest): ReceivedRefer | null {
    return request.method === "NOTIFY" ? null : this.#received.find(request);
  }

  #serve(transaction: ServerTransaction, refer: ReceivedRefer): void {
    const { request } = transaction;
    if (request.method !== "SUBSCRIBE") return void refuse(transaction, 481);
    // A refresh cannot make it longer than it was meant to be; 0 ends it (RFC 3515 §2.4.4).
    const expires = Math.min(deltaSeconds(request.get("Expires")) ?? this.#expires, refer.left);
    const value = this.agent.contactOn(transaction.flow, refer.way.contact, request.uri.startsWith("sips:"));
    answer(transaction, 200, { headers: [["Contact", value], ["Expires", String(expires)]] });
    if (expires === 0) refer.stop();
    else refer.repeat();
  }
}

function answer(transaction: ServerTransaction, status: number, parts: ResponseParts): void {
  transaction.respond(status, responseHead(transaction.request, status, parts), parts.body ?? EMPTY);
}

function refuse(transaction: ServerTransaction, status: number, parts: ResponseParts = {}): null {
  answer(transaction, status, { toTag: randomToken(10), ...parts });
  return null;
}
