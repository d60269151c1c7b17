import { type Clock, detached, EMPTY, type Metrics, randomToken, type Timers } from "../../../foundation/mod.ts";
import { Dialog } from "../dialog.ts";
import { preferredFlow, tryEvent } from "../events/mod.ts";
import { deltaSeconds } from "../grammar.ts";
import type { SipRequest } from "../message.ts";
import { responseHead, type ResponseParts } from "../respond.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { OutgoingRequest, UserAgent } from "../user_agent.ts";
import { BaseCall } from "./base_call.ts";
import type { Call } from "./call.ts";
import { ReceivedRefer, type ReferHost, type ReferWay } from "./received_refer.ts";
import { referLines, type ReferOrder, referTargetOf } from "./refer_target.ts";
import { type ReferUser, SentRefer } from "./sent_refer.ts";

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

/** Further lines and the way of a REFER outside of a call. */
export type ReferRequest = Omit<OutgoingRequest, "method" | "cseq" | "contentType" | "body">;

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
  /** By Call-ID and our tag. */
  readonly #usages = new Map<string, (ReceivedRefer | SentRefer)[]>();
  #size = 0;

  constructor({ agent, clock, timers, metrics, max = 10_000, expires = 180 }: RefersOptions) {
    this.agent = agent;
    this.timers = timers;
    this.#clock = clock;
    this.#max = max;
    this.#expires = expires;
    metrics.gauge("sip_refers", "REFERs under way, both ways", () => this.#size);
  }

  get size(): number {
    return this.#size;
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
    const key = keyOf(dialog.callId, dialog.localTag);
    if (this.#size >= this.#max || (this.#usages.get(key)?.length ?? 0) >= MAX_IN_DIALOG) {
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
      this.#add(key, refer);
      refer.notify(100);
    } else refer.silence();
    return refer;
  }

  /** Refers the peer of a call to somewhere else. Its NOTIFYs come to the call's user, who gives them to `takes`. */
  referInCall(call: Call, order: ReferOrder, user: ReferUser): SentRefer | null {
    const { dialog } = call;
    if (!(call instanceof BaseCall) || dialog === null || call.state === "ended" || this.#full) return null;
    const refer = new SentRefer(dialogIdentity(dialog), user, this.timers, (over) => this.#remove(over));
    this.#add(keyOf(dialog.callId, dialog.localTag), refer);
    refer.sent(call.sendInside("REFER", { headers: referLines(order) }, refer));
    return refer;
  }

  /** Refers somebody outside of any dialog. Null where there are as many as are allowed. */
  refer(request: ReferRequest, order: ReferOrder, user: ReferUser): SentRefer | null {
    if (this.#full) return null;
    const callId = request.callId ?? randomToken(24);
    const localTag = randomToken(18);
    const refer = new SentRefer({ callId, localTag, dialog: null }, user, this.timers, (over) => this.#remove(over));
    this.#add(keyOf(callId, localTag), refer);
    refer.sent(this.agent.send({
      ...request,
      method: "REFER",
      callId,
      from: `${request.from};tag=${localTag}`,
      contact: request.contact ?? randomToken(10),
      headers: [...referLines(order), ...(request.headers ?? [])],
    }, refer));
    return refer;
  }

  /** True for a NOTIFY or SUBSCRIBE in a dialog that a REFER made outside of any call. */
  owns(request: SipRequest): boolean {
    return request.to.tag !== "" && this.#usages.has(keyOf(request.callId, request.to.tag));
  }

  /** Takes a request that `owns` said yes to. */
  handle(transaction: ServerTransaction): void {
    const { request } = transaction;
    const usage = this.#find(request);
    if (usage === null) return void refuse(transaction, 481, { reason: "No Such Subscription" });
    const problem = usage instanceof SentRefer ? usage.enter(request) : usage.way.dialog.receive(request);
    if (problem !== null) return void refuse(transaction, problem.status, { reason: problem.reason });
    this.#serve(transaction, usage);
  }

  /** Inside a call: true for a NOTIFY or SUBSCRIBE of one of its REFERs, which is answered. */
  takes(call: Call, transaction: ServerTransaction): boolean {
    const { request } = transaction;
    if (call.dialog === null || call.dialog.remoteTag !== request.from.tag) return false;
    const usage = this.#find(request);
    if (usage === null) return false;
    this.#serve(transaction, usage);
    return true;
  }

  referOver(refer: ReceivedRefer): void {
    this.#remove(refer);
  }

  get #full(): boolean {
    return this.#size >= this.#max;
  }

  #serve(transaction: ServerTransaction, usage: ReceivedRefer | SentRefer): void {
    const { request } = transaction;
    if (usage instanceof SentRefer) {
      if (request.method !== "NOTIFY") return void refuse(transaction, 481);
      answer(transaction, 200, {});
      return usage.notified(request);
    }
    if (request.method !== "SUBSCRIBE") return void refuse(transaction, 481);
    // A refresh cannot make it longer than it was meant to be; 0 ends it (RFC 3515 §2.4.4).
    const expires = Math.min(deltaSeconds(request.get("Expires")) ?? this.#expires, usage.left);
    const value = this.agent.contactOn(transaction.flow, usage.way.contact, request.uri.startsWith("sips:"));
    answer(transaction, 200, { headers: [["Contact", value], ["Expires", String(expires)]] });
    if (expires === 0) usage.stop();
    else usage.repeat();
  }

  /** By the id of the Event; a NOTIFY without one belongs to the only REFER there is (RFC 3515 §2.4.6). */
  #find(request: SipRequest): ReceivedRefer | SentRefer | null {
    const usages = this.#usages.get(keyOf(request.callId, request.to.tag));
    const event = tryEvent(request.get("Event"));
    if (usages === undefined || event === null || event.package !== "refer") return null;
    const ours = usages.filter((usage) => usage instanceof SentRefer === (request.method === "NOTIFY"));
    if (event.id === "") return ours.length === 1 ? ours[0] : ours.find((each) => each.id !== 0) ?? null;
    return ours.find((each) => String(each.id) === event.id) ?? null;
  }

  #add(key: string, usage: ReceivedRefer | SentRefer): void {
    const usages = this.#usages.get(key);
    if (usages === undefined) this.#usages.set(detached(key), [usage]);
    else usages.push(usage);
    this.#size++;
  }

  #remove(usage: ReceivedRefer | SentRefer): void {
    const { callId, localTag } = usage instanceof SentRefer ? usage : usage.way.dialog;
    const key = keyOf(callId, localTag);
    const usages = this.#usages.get(key);
    const at = usages?.indexOf(usage) ?? -1;
    if (usages === undefined || at < 0) return;
    usages.splice(at, 1);
    this.#size--;
    if (usages.length === 0) this.#usages.delete(key);
  }
}

function dialogIdentity(dialog: Dialog): { callId: string; localTag: string; dialog: Dialog } {
  return { callId: dialog.callId, localTag: dialog.localTag, dialog };
}

function keyOf(callId: string, tag: string): string {
  return `${callId} ${tag}`;
}

function answer(transaction: ServerTransaction, status: number, parts: ResponseParts): void {
  transaction.respond(status, responseHead(transaction.request, status, parts), parts.body ?? EMPTY);
}

function refuse(transaction: ServerTransaction, status: number, parts: ResponseParts = {}): null {
  answer(transaction, status, { toTag: randomToken(10), ...parts });
  return null;
}
