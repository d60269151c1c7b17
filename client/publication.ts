import { randomToken, type Timed, type Timer, utf8 } from "../foundation/mod.ts";
import {
  deltaSeconds,
  type Failure,
  type RequestUser,
  type SentRequest,
  type SipResponse,
} from "../transport/sip/mod.ts";
import { SERVICE_SETTINGS_TYPE, type ServiceSettings, writeServiceSettings } from "../transport/payload/mod.ts";
import { type PersonContent, PIDF_TYPE, writePresence } from "../transport/presence/mod.ts";
import { type Account, fromText } from "./account.ts";
import type { ClientWorld } from "./client_world.ts";
import { refusalReason } from "./reason.ts";

/** What a device may say of itself (oma-reference §2.6); `entity` is its instance. */
export type OwnSettings = Omit<ServiceSettings, "entity">;

const EXPIRES_S = 3600;
const RETRY_MS = [5_000, 30_000, 120_000];

/** What a publication is of. */
export interface Published<State> {
  /** Event package. */
  readonly event: string;
  readonly contentType: string;
  write(state: State, account: Account): Uint8Array;
}

/** Event package `poc-settings` of RFC 4354. */
export const PUBLISHED_SETTINGS: Published<OwnSettings> = {
  event: "poc-settings",
  contentType: SERVICE_SETTINGS_TYPE,
  write: (settings, account) => writeServiceSettings([{ entity: account.instance, ...settings }]),
};

/** How the user is (RFC 3856, RFC 4479 §3.2). */
export const PUBLISHED_PRESENCE: Published<PersonContent> = {
  event: "presence",
  contentType: PIDF_TYPE,
  write: (person, account) => utf8(writePresence({ entity: account.aor, persons: [person] })),
};

/** Keeps a state published (RFC 3903): one PUBLISH at a time. */
export class Publication<State> implements RequestUser, Timed {
  readonly #world: ClientWorld;
  readonly #what: Published<State>;
  #state: State | null = null;
  /** What was changed while a PUBLISH was under way. */
  #dirty = false;
  #pending: SentRequest | null = null;
  #etag = "";
  #timer: Timer | null = null;
  #failures = 0;
  #callId = randomToken(24);
  #cseq = 0;
  #withdrawing = false;
  /** The PUBLISH that takes it back has gone out. */
  #withdrawn = false;

  constructor(world: ClientWorld, what: Published<State>) {
    this.#world = world;
    this.#what = what;
  }

  /** What is to be known; null for nothing. */
  get state(): State | null {
    return this.#state;
  }

  /** No PUBLISH waits for its answer. */
  get idle(): boolean {
    return this.#pending === null;
  }

  /** Publishes this in the place of all that was. Nothing after `withdraw`. */
  publish(state: State): void {
    if (this.#withdrawing) return;
    this.#state = state;
    this.#failures = 0;
    if (this.#pending !== null) this.#dirty = true;
    else this.#send(true);
  }

  /** Published again after the service has forgotten (a new registration). */
  renew(): void {
    if (this.#state === null || this.#pending !== null) return;
    this.#send(true);
  }

  /** Takes it back, after the answer to what is under way; nothing else is sent. */
  withdraw(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#state = null;
    this.#withdrawing = true;
    this.#takeBack();
  }

  onTimer(): void {
    this.#timer = null;
    // A refresh has no body (RFC 3903 §4.4), but for one that failed.
    this.#send(this.#failures > 0 || this.#etag === "");
  }

  onResponse(request: SentRequest, response: SipResponse): void {
    if (response.status < 200) return;
    this.#pending = null;
    this.#cseq = request.cseq;
    if (response.status < 300) return this.#accepted(response);
    // RFC 3903 §4.4: the service knows nothing of it any more.
    if (response.status === 412 && this.#etag !== "") {
      this.#etag = "";
      if (!this.#withdrawing) this.#send(true);
      return;
    }
    this.#refused(response.status, response);
  }

  onFailure(_request: SentRequest, failure: Failure): void {
    this.#pending = null;
    this.#refused(failure === "timeout" ? 408 : 503, null);
  }

  #accepted(response: SipResponse): void {
    this.#failures = 0;
    this.#etag = response.get("SIP-ETag") ?? "";
    if (this.#withdrawing) return this.#takeBack();
    if (this.#dirty) return this.#send(true);
    const seconds = deltaSeconds(response.get("Expires")) ?? EXPIRES_S;
    const early = seconds > 120 ? seconds - 60 : seconds / 2;
    this.#timer = this.#world.timers.start(Math.max(1, early) * 1000, this, 0);
    this.#world.user.onPublished?.(true, null);
  }

  #refused(status: number, response: SipResponse | null): void {
    if (this.#withdrawing) return this.#takeBack();
    // A refusal says the same tomorrow, but for another state; silence and overload pass.
    if (status === 408 || status >= 500) {
      const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
      this.#timer = this.#world.timers.start(wait, this, 0);
    } else if (this.#dirty) this.#send(true);
    this.#world.user.onPublished?.(false, refusalReason(status, response));
  }

  /** Once: a service that does not answer forgets it when its time is up. */
  #takeBack(): void {
    if (this.#withdrawn || this.#etag === "" || this.#pending !== null) return;
    this.#withdrawn = true;
    this.#send(false);
  }

  #send(withBody: boolean): void {
    this.#timer?.stop();
    this.#timer = null;
    if (withBody) this.#dirty = false;
    const { account, agent, flowId } = this.#world;
    const from = fromText(account);
    const { event, contentType } = this.#what;
    const state = this.#state;
    const body = withBody && state !== null ? this.#what.write(state, account) : undefined;
    this.#pending = agent.send({
      method: "PUBLISH",
      uri: account.aor,
      from,
      to: `<${account.aor}>`,
      callId: this.#callId,
      cseq: ++this.#cseq,
      flowId: flowId(),
      headers: [
        ["Event", event],
        ["Expires", String(this.#withdrawing ? 0 : EXPIRES_S)],
        ...(this.#etag === "" ? [] : [["SIP-If-Match", this.#etag] as const]),
      ],
      ...(body !== undefined && { contentType, body }),
    }, this);
  }
}
