import { fromLatin1, type Timed, type Timer, type Timers } from "../../../foundation/mod.ts";
import type { Dialog } from "../dialog.ts";
import { oneLine } from "../grammar.ts";
import type { SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import { reasonPhrase } from "../status.ts";
import type { RequestUser, UserAgent } from "../user_agent.ts";

/** Where requests of a usage go: the dialog, the flow to prefer in it, our Contact. */
export interface ReferWay {
  readonly dialog: Dialog;
  readonly flowId: number;
  readonly contact: string;
}

/** What a received REFER needs from the table it stands in. */
export interface ReferHost {
  readonly agent: UserAgent;
  readonly timers: Timers;
  referOver(refer: ReceivedRefer): void;
}

/**
 * A REFER that we accepted: the implicit subscription by which the peer hears how it goes (RFC 3515 §2.4.4), each NOTIFY a
 * sipfrag. One is under way at a time, the newest waits.
 */
export class ReceivedRefer implements RequestUser, Timed {
  readonly way: ReferWay;
  /** CSeq of the REFER: tells several in one dialog apart (RFC 3515 §2.4.6). */
  readonly id: number;
  readonly #host: ReferHost;
  readonly #until: number;
  readonly #now: () => number;
  #timer: Timer | null;
  #state: "active" | "terminated" = "active";
  #waiting: string | null = null;
  #last = "SIP/2.0 100 Trying\r\n";
  #underWay = false;
  #reason = "noresource";

  constructor(host: ReferHost, way: ReferWay, id: number, expires_s: number, now: () => number) {
    this.#host = host;
    this.way = way;
    this.id = id;
    this.#now = now;
    this.#until = now() + expires_s * 1000;
    this.#timer = host.timers.start(expires_s * 1000, this, 0);
  }

  get over(): boolean {
    return this.#state === "terminated";
  }

  /** Tells the peer how the request that it asked for fares; 200 and above is the last word. */
  notify(status: number, reason = reasonPhrase(status)): void {
    if (this.#state === "terminated") return;
    this.#waiting = `SIP/2.0 ${status} ${oneLine(reason)}\r\n`;
    if (status >= 200) this.#terminate("noresource");
    this.#flush();
  }

  /** The peer asked for no NOTIFYs. */
  silence(): void {
    this.#terminate("noresource");
  }

  /** Seconds left. */
  get left(): number {
    return Math.max(0, Math.round((this.#until - this.#now()) / 1000));
  }

  /** The last word once more: the peer asked (SUBSCRIBE). */
  repeat(): void {
    if (this.over) return;
    this.#waiting ??= this.#last;
    this.#flush();
  }

  /** The peer wants to hear no more (SUBSCRIBE with Expires 0), or time is up. */
  stop(reason: "timeout" | "noresource" = "timeout"): void {
    if (this.#state === "terminated") return;
    this.#waiting ??= this.#last;
    this.#terminate(reason);
    this.#flush();
  }

  onTimer(): void {
    this.#timer = null;
    this.stop();
  }

  onResponse(_request: SentRequest, response: SipResponse): void {
    if (response.status < 200) return;
    this.#underWay = false;
    if (response.status < 300) {
      this.way.dialog.refreshTarget(response);
      this.#flush();
    } else this.#drop();
  }

  onFailure(): void {
    this.#underWay = false;
    this.#drop();
  }

  #terminate(reason: string): void {
    this.#state = "terminated";
    this.#reason = reason;
    this.#timer?.stop();
    this.#timer = null;
  }

  #drop(): void {
    this.#terminate("noresource");
    this.#waiting = null;
    this.#host.referOver(this);
  }

  #flush(): void {
    if (this.#underWay) return;
    const fragment = this.#waiting;
    if (fragment === null) {
      if (this.over) this.#host.referOver(this);
      return;
    }
    this.#waiting = null;
    this.#underWay = true;
    this.#last = fragment;
    this.#host.agent.sendInDialog(this.way.dialog, {
      method: "NOTIFY",
      flowId: this.way.flowId,
      contact: this.way.contact,
      headers: [
        ["Event", `refer;id=${this.id}`],
        ["Subscription-State", this.over ? `terminated;reason=${this.#reason}` : `active;expires=${this.left}`],
      ],
      contentType: "message/sipfrag;version=2.0",
      body: fromLatin1(fragment),
    }, this);
  }
}
