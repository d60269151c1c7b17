import {
  type Clock,
  detached,
  EMPTY,
  type LabelledCounter,
  type Log,
  type Metrics,
  randomHex,
  randomToken,
  type Timers,
} from "../../../foundation/mod.ts";
import { Dialog } from "../dialog.ts";
import { KeyTable } from "../key_table.ts";
import type { SipRequest } from "../message.ts";
import { tagOf } from "../name_addr.ts";
import { responseHead } from "../respond.ts";
import { DEFAULT_TIMING, lifetime, type TransactionTiming } from "../transaction_timing.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { UserAgent } from "../user_agent.ts";
import type { BaseCall, CallHost } from "./base_call.ts";
import type { Call, CallEnd, CallParts, CallUser } from "./call.ts";
import type { Calls, IncomingOptions, OutgoingCall } from "./calls.ts";
import { replacesOf } from "./call_headers.ts";
import { type CallLimits, DEFAULT_CALL_LIMITS } from "./call_tools.ts";
import { LateForks } from "./late_forks.ts";
import { type GrantedTimer, grantTimer, tooSmallHeaders } from "./session_timer.ts";
import { UacCall } from "./uac_call.ts";
import { UasCall } from "./uas_call.ts";

/** What the table stands on. */
export interface CallTableOptions {
  readonly agent: UserAgent;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits?: Partial<CallLimits>;
  readonly timing?: Partial<TransactionTiming>;
  /** Methods that users take inside a dialog. Default: INFO, MESSAGE, REFER, NOTIFY, SUBSCRIBE. */
  readonly methods?: readonly string[];
  /** Option tags that a Require may name beside our own (100rel, timer, replaces, norefersub). */
  readonly supported?: readonly string[];
  /**
   * How every tag of ours begins, token characters: by it a request for a call that is over is told from one that is only
   * on its way through. Default: random for each start; who gives a lasting one also answers for calls before a restart.
   */
  readonly tagPrefix?: string;
  /** 0 inclusive to 1 exclusive. Default: from the system's generator. */
  readonly random?: () => number;
}

const OWN_METHODS = ["INVITE", "ACK", "CANCEL", "BYE", "PRACK", "UPDATE", "OPTIONS"];
const USER_METHODS = ["INFO", "MESSAGE", "REFER", "NOTIFY", "SUBSCRIBE"];
const OWN_EXTENSIONS = ["100rel", "timer", "replaces", "norefersub"];
/** Registered methods: those that are not allowed here get 405, what is none of them 501 (RFC 3261 §8.2.1, §21.5.2). */
const REGISTERED: ReadonlySet<string> = new Set([...OWN_METHODS, ...USER_METHODS, "REGISTER", "PUBLISH"]);
const NO_TIMER: GrantedTimer = { seconds: 0, refresher: "uas", uacSupports: false, tooSmall: 0 };

/** All INVITE sessions of the box: finds the call of each request and makes new ones. */
export class CallTable implements Calls, CallHost {
  readonly agent: UserAgent;
  readonly late: LateForks;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly limits: CallLimits;
  readonly t1: number;
  readonly t2: number;
  readonly lifetime: number;
  readonly allow: string;
  readonly supported: string;
  readonly random: () => number;
  readonly #prefix: string;
  /** The user part of Contacts that nobody gave one: a call is known by its tags, and one URI for all is parsed once. */
  readonly #contact = randomToken(10);
  readonly #extensions: ReadonlySet<string>;
  readonly #methods: ReadonlySet<string>;
  /** By Call-ID and our tag: one entry for all early dialogs of a call. */
  readonly #calls = new KeyTable<BaseCall>();
  /** INVITEs that came in, by what all copies of one have in common (RFC 3261 §8.2.2.2). */
  readonly #invites = new KeyTable<UasCall>();
  #first: BaseCall | null = null;
  readonly #begun: LabelledCounter;
  readonly #ended: LabelledCounter;
  #draining: { readonly done: () => void } | null = null;

  constructor(options: CallTableOptions) {
    const { agent, clock, timers, log, metrics, methods = USER_METHODS, supported = [] } = options;
    const timing = { ...DEFAULT_TIMING, ...options.timing };
    this.agent = agent;
    this.late = new LateForks(agent);
    this.clock = clock;
    this.timers = timers;
    this.log = log;
    this.limits = { ...DEFAULT_CALL_LIMITS, ...options.limits };
    this.t1 = timing.t1;
    this.t2 = timing.t2;
    this.lifetime = lifetime(timing);
    this.allow = [...OWN_METHODS, ...methods].join(", ");
    this.supported = [...OWN_EXTENSIONS, ...supported].join(", ");
    this.random = options.random ?? systemRandom;
    this.#prefix = options.tagPrefix ?? randomToken(6);
    this.#extensions = new Set([...OWN_EXTENSIONS, ...supported].map((tag) => tag.toLowerCase()));
    this.#methods = new Set(methods);
    this.#begun = metrics.labelled("sip_calls_total", "INVITE sessions begun", "direction");
    this.#ended = metrics.labelled("sip_call_ends_total", "INVITE sessions over, by what ended them", "by");
    metrics.gauge("sip_calls", "INVITE sessions in the table", () => this.size);
  }

  get size(): number {
    return this.#calls.size;
  }

  incoming(transaction: ServerTransaction, user: CallUser, options: IncomingOptions = {}): Call {
    const { request } = transaction;
    const tag = this.#newTag();
    const key = inviteKey(request);
    const refused = this.#refusal(request, key);
    const sessionExpires = options.sessionExpires ?? 0;
    const granted = refused === null ? grantTimer(request, sessionExpires) : NO_TIMER;
    const dialog = refused === null ? Dialog.uas(request, tag) : null;
    const call = new UasCall(this, transaction, user, {
      localTag: tag,
      dialog: dialog instanceof Dialog ? dialog : null,
      granted,
      inviteKey: key,
    }, {
      contact: options.contact ?? this.#contact,
      contactParams: options.contactParams ?? "",
      sessionExpires,
    });
    if (refused !== null) call.refuse(refused.status, refused.parts);
    else if (!(dialog instanceof Dialog)) call.refuse(dialog!.status, { reason: dialog!.reason });
    else if (granted.tooSmall > 0) call.refuse(422, { headers: tooSmallHeaders(granted) });
    else {
      this.#invites.add(key, call);
      this.#add(call, callKey(call.callId, tag));
      this.#begun.with("in").add();
      call.begin();
    }
    return call;
  }

  invite(outgoing: OutgoingCall, user: CallUser): Call {
    const given = detached(tagOf(outgoing.from));
    const call = new UacCall(
      this,
      outgoing,
      user,
      outgoing.callId === undefined ? randomToken(24) : detached(outgoing.callId),
      given === "" ? this.#newTag() : given,
      outgoing.contact ?? this.#contact,
    );
    const full = this.size >= this.limits.calls || this.#draining !== null;
    const key = callKey(call.callId, call.localTag);
    if (full || this.#calls.has(key)) {
      const why = this.#draining !== null ? "going down" : full ? "as many as are allowed stand" : "Call-ID in use";
      this.log.warn("call not begun", { calls: this.size, why });
      call.refuseLater();
      return call;
    }
    this.#add(call, key);
    this.#begun.with("out").add();
    call.start();
    return call;
  }

  replaced(invite: SipRequest): { readonly call: Call } | { readonly status: number } | null {
    const replaces = replacesOf(invite);
    if (replaces === undefined) return null;
    if (replaces === null) return { status: 400 };
    const call = this.#calls.get(callKey(replaces.callId, replaces.toTag));
    if (call === undefined || call.dialog === null || call.dialog.remoteTag !== replaces.fromTag) {
      return { status: 481 };
    }
    if (call.state === "ended") return { status: 603 };
    if (call.state === "inviting") return call.incoming ? { status: 481 } : { call };
    return replaces.earlyOnly ? { status: 486 } : { call };
  }

  owns(request: SipRequest): boolean {
    const { tag } = request.to;
    return tag !== "" && (tag.startsWith(this.#prefix) || this.#calls.has(callKey(request.callId, tag)));
  }

  handle(transaction: ServerTransaction): void {
    const { request } = transaction;
    const call = this.#calls.get(callKey(request.callId, request.to.tag));
    if (call !== undefined) return call.receive(transaction);
    if (request.method === "ACK") return;
    transaction.respond(481, responseHead(request, 481), EMPTY);
  }

  endAll(reason: string, within_ms: number, done: () => void): void {
    const drain = { done, onTimer: () => this.#drained(drain) };
    this.#draining = drain;
    for (const call of [...this.#all()]) call.end(reason);
    if (this.size === 0) this.#drained(drain);
    else this.timers.start(within_ms, drain, 0);
  }

  // CallHost: what calls ask for.

  retire(call: BaseCall): void {
    if (!call.listed) return;
    call.listed = false;
    this.#calls.delete(call.key);
    if (call instanceof UasCall) this.#invites.delete(call.inviteKey);
    const { previous, next } = call;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next !== null) next.previous = previous;
    call.previous = call.next = null;
    if (this.#draining !== null && this.size === 0) this.#drained(this.#draining);
  }

  countEnd(by: CallEnd["by"]): void {
    this.#ended.with(by).add();
  }

  unsupported(required: readonly string[]): string {
    return required.length === 0 ? "" : required.filter((tag) => !this.#extensions.has(tag.toLowerCase())).join(", ");
  }

  methodStatus(method: string): number {
    return this.#methods.has(method) ? 0 : REGISTERED.has(method) ? 405 : 501;
  }

  #refusal(request: SipRequest, key: string): { readonly status: number; readonly parts: CallParts } | null {
    if (request.to.tag !== "") return { status: 481, parts: {} };
    if (this.#invites.has(key)) return { status: 482, parts: { reason: "Request Merged" } };
    if (this.size >= this.limits.calls || this.#draining !== null) {
      return { status: 503, parts: { headers: [["Retry-After", String(this.limits.retry_after)]] } };
    }
    const unsupported = this.unsupported(request.list("Require"));
    return unsupported === "" ? null : { status: 420, parts: { headers: [["Unsupported", unsupported]] } };
  }

  #add(call: BaseCall, key: string): void {
    this.#calls.set(key, call);
    call.listed = true;
    call.key = key;
    call.next = this.#first;
    if (this.#first !== null) this.#first.previous = call;
    this.#first = call;
  }

  *#all(): Generator<BaseCall> {
    for (let call = this.#first; call !== null; call = call.next) yield call;
  }

  #newTag(): string {
    return this.#prefix + randomToken(12);
  }

  #drained(drain: { readonly done: () => void }): void {
    if (this.#draining !== drain) return;
    this.#draining = null;
    drain.done();
  }
}

function callKey(callId: string, tag: string): string {
  return `${callId} ${tag}`;
}

/**
 * One Request-URI, for this box is the end of many users' calls: copies that a fork upstream sent to two of them are two
 * calls. The rest as in RFC 3261 §8.2.2.2.
 */
function inviteKey(request: SipRequest): string {
  return `${request.callId} ${request.from.tag} ${request.cseq.number} ${request.uri}`;
}

function systemRandom(): number {
  return parseInt(randomHex(4), 16) / 2 ** 32;
}
