import type { Timed, Timer, Timers } from "../foundation/mod.ts";
import { randomToken } from "../foundation/mod.ts";
import type {
  Failure,
  Flow,
  FlowWatcher,
  RequestUser,
  SentRequest,
  SipResponse,
  UserAgent,
} from "../transport/sip/mod.ts";
import { deltaSeconds } from "../transport/sip/mod.ts";
import { type Account, fromText } from "./account.ts";
import { unicode } from "./credentials.ts";

/** Whoever wants to know whether others can reach us. */
export interface RegistrationUser {
  onRegistered(): void;
  /** Not, or no longer; `status` 0: no answer. It goes on trying unless it was told to stop or the password is wrong. */
  onUnregistered(status: number, reason: string): void;
}

/** What is asked for. */
export interface RegistrationWish {
  /** The registrar: `sip:example.test`. */
  readonly registrar: string;
  /** Parameters of the Contact, each with its semicolon: media and service tags. */
  readonly contactParams: string;
  readonly expires_s: number;
  /** Failed attempts are repeated by themselves; else only `renew` does it. */
  readonly retry: boolean;
}

/** Failed attempts wait so long, the last value again and again (RFC 5626 §4.5 without its dice). */
const RETRY_MS = [2_000, 5_000, 15_000, 30_000, 60_000];

/** Keeps a client registered (RFC 3261 §10.2, RFC 5626 §4.2): one REGISTER at a time over the flow to the service. */
export class Registration implements RequestUser, FlowWatcher, Timed {
  readonly #agent: UserAgent;
  readonly #timers: Timers;
  readonly #account: Account;
  readonly #wish: RegistrationWish;
  readonly #user: RegistrationUser;
  readonly #flowId: () => number;
  readonly #callId = randomToken(24);
  #cseq = 0;
  #expires_s: number;
  #timer: Timer | null = null;
  #pending: SentRequest | null = null;
  /** What carried the last registration, where that is a connection. */
  #flow: Flow | null = null;
  #failures = 0;
  #stopped = false;
  #leaving: (() => void) | null = null;
  #registered = false;
  #started = false;

  constructor(
    parts: { agent: UserAgent; timers: Timers; account: Account; flowId: () => number },
    wish: RegistrationWish,
    user: RegistrationUser,
  ) {
    this.#agent = parts.agent;
    this.#timers = parts.timers;
    this.#account = parts.account;
    this.#flowId = parts.flowId;
    this.#wish = wish;
    this.#expires_s = wish.expires_s;
    this.#user = user;
  }

  get registered(): boolean {
    return this.#registered;
  }

  /** Nothing is to be waited for: it is registered, or is not meant to be. */
  get stands(): boolean {
    return !this.#started || (this.#registered && this.#pending === null);
  }

  start(): void {
    this.#started = true;
    this.#send(this.#expires_s);
  }

  /** The service may have forgotten us: it is told at once. */
  confirm(): void {
    if (this.#registered) this.renew();
  }

  /** The way to the service is a new one: it has to hear of it at once. */
  renew(): void {
    if (this.#stopped || this.#pending !== null) return;
    this.#timer?.stop();
    this.#timer = null;
    this.#started = true;
    this.#send(this.#expires_s);
  }

  /** Says that nobody is here any more; `done` after the answer, or when there is none. */
  stop(done: () => void): void {
    this.#stopped = true;
    this.#timer?.stop();
    this.#pending?.abandon();
    this.#pending = null;
    this.#flow?.unwatch(this);
    this.#flow = null;
    if (!this.#registered) return done();
    this.#leaving = done;
    this.#send(0);
  }

  onTimer(): void {
    this.#timer = null;
    this.#send(this.#expires_s);
  }

  onResponse(request: SentRequest, response: SipResponse): void {
    if (response.status < 200) return;
    this.#pending = null;
    this.#cseq = request.cseq;
    if (this.#leaving !== null) {
      this.#registered = false;
      return this.#leaving();
    }
    if (response.status < 300) return this.#granted(request, response);
    if (response.status === 423 && this.#longer(response)) return;
    this.#failed(response.status, unicode(response.reason));
  }

  onFailure(_request: SentRequest, failure: Failure): void {
    this.#pending = null;
    if (this.#leaving !== null) return this.#leaving();
    this.#failed(0, failure);
  }

  /** The connection that the service reaches us by is gone: it needs another one (RFC 5626 §4.5). */
  onFlowClosed(flow: Flow, _reason: string): void {
    if (flow !== this.#flow) return;
    this.#flow = null;
    if (this.#leaving !== null || this.#pending !== null) return;
    this.#timer?.stop();
    this.#failed(0, "the connection to the service is gone");
  }

  #granted(request: SentRequest, response: SipResponse): void {
    this.#failures = 0;
    if (request.flow !== null && request.flow !== this.#flow && request.flow.reliable) {
      this.#flow?.unwatch(this);
      this.#flow = request.flow;
      request.flow.watch(this);
    }
    const seconds = this.#grantedSeconds(response);
    // Early enough for a second attempt (RFC 5626 §4.4.1 leaves it to us).
    this.#timer = this.#timers.start(Math.max(1, seconds > 120 ? seconds - 60 : seconds / 2) * 1000, this, 0);
    if (this.#registered) return;
    this.#registered = true;
    this.#user.onRegistered();
  }

  /** Again with the interval that the registrar demands (RFC 3261 §10.2.8). */
  #longer(response: SipResponse): boolean {
    const least = deltaSeconds(response.get("Min-Expires")) ?? 0;
    if (least <= this.#expires_s) return false;
    this.#expires_s = least;
    this.#send(least);
    return true;
  }

  /** The Contact that is ours says it, by its instance; else Expires; else what was asked for. */
  #grantedSeconds(response: SipResponse): number {
    for (const contact of response.list("Contact")) {
      if (!contact.includes(this.#account.instance)) continue;
      const found = /;\s*expires\s*=\s*([0-9]{1,10})/i.exec(contact);
      if (found !== null) return Number(found[1]);
    }
    const expires = response.get("Expires");
    const seconds = expires === undefined ? undefined : deltaSeconds(expires);
    return seconds !== undefined && seconds > 0 ? seconds : this.#expires_s;
  }

  #failed(status: number, reason: string): void {
    this.#registered = false;
    // Asking again with the same password helps nobody, and locks the account.
    if (this.#wish.retry && status !== 401 && status !== 403 && status !== 407) {
      const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
      this.#timer = this.#timers.start(wait, this, 0);
    }
    this.#user.onUnregistered(status, reason);
  }

  #send(expires_s: number): void {
    const from = fromText(this.#account);
    const { instance, aor } = this.#account;
    this.#pending = this.#agent.send({
      method: "REGISTER",
      uri: this.#wish.registrar,
      from,
      to: from,
      callId: this.#callId,
      cseq: ++this.#cseq,
      flowId: this.#flowId(),
      contact: aor.slice(aor.indexOf(":") + 1, aor.lastIndexOf("@")),
      contactParams: `;+sip.instance="<${instance}>";reg-id=1${this.#wish.contactParams}`,
      headers: [["Expires", String(expires_s)], ["Supported", "path, outbound, gruu"]],
    }, this);
  }
}
