import { randomToken, type Timed, type Timer } from "../foundation/mod.ts";
import {
  deltaSeconds,
  type Failure,
  type RequestUser,
  type SentRequest,
  type SipResponse,
} from "../transport/sip/mod.ts";
import { SERVICE_SETTINGS_TYPE, type ServiceSettings, writeServiceSettings } from "../transport/payload/mod.ts";
import { fromText } from "./account.ts";
import type { ClientWorld } from "./client_world.ts";
import { refusalReason } from "./reason.ts";

/** What a device may say of itself (oma-reference §2.6); `entity` is its instance. */
export type OwnSettings = Omit<ServiceSettings, "entity">;

const EXPIRES_S = 3600;
const RETRY_MS = [5_000, 30_000, 120_000];

/** Keeps the service settings published (RFC 3903, event package `poc-settings` of RFC 4354): one PUBLISH at a time. */
export class Publication implements RequestUser, Timed {
  readonly #world: ClientWorld;
  #settings: OwnSettings | null = null;
  /** What was changed while a PUBLISH was under way. */
  #dirty = false;
  #pending: SentRequest | null = null;
  #etag = "";
  #timer: Timer | null = null;
  #failures = 0;
  #callId = randomToken(24);
  #cseq = 0;
  #withdrawing = false;
  /** The PUBLISH that takes them back has gone out. */
  #withdrawn = false;

  constructor(world: ClientWorld) {
    this.#world = world;
  }

  get settings(): OwnSettings | null {
    return this.#settings;
  }

  /** No PUBLISH waits for its answer. */
  get idle(): boolean {
    return this.#pending === null;
  }

  /** Publishes these in the place of all earlier ones. Nothing after `withdraw`. */
  publish(settings: OwnSettings): void {
    if (this.#withdrawing) return;
    this.#settings = settings;
    this.#failures = 0;
    if (this.#pending !== null) this.#dirty = true;
    else this.#send(true);
  }

  /** Published again after the service has forgotten (a new registration). */
  renew(): void {
    if (this.#settings === null || this.#pending !== null) return;
    this.#send(true);
  }

  /** Takes them back, after the answer to what is under way; nothing else is sent. */
  withdraw(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#settings = null;
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
    // A refusal says the same tomorrow, but for other settings; silence and overload pass.
    if (status === 408 || status >= 500) {
      const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
      this.#timer = this.#world.timers.start(wait, this, 0);
    } else if (this.#dirty) this.#send(true);
    this.#world.user.onPublished?.(false, refusalReason(status, response));
  }

  /** Once: a service that does not answer forgets them when their time is up. */
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
    const settings = this.#settings;
    const body = withBody && settings !== null
      ? writeServiceSettings([{ entity: account.instance, ...settings }])
      : undefined;
    this.#pending = agent.send({
      method: "PUBLISH",
      uri: account.aor,
      from,
      to: `<${account.aor}>`,
      callId: this.#callId,
      cseq: ++this.#cseq,
      flowId: flowId(),
      headers: [
        ["Event", "poc-settings"],
        ["Expires", String(this.#withdrawing ? 0 : EXPIRES_S)],
        ...(this.#etag === "" ? [] : [["SIP-If-Match", this.#etag] as const]),
      ],
      ...(body !== undefined && { contentType: SERVICE_SETTINGS_TYPE, body }),
    }, this);
  }
}
