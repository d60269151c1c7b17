import { randomUUID } from "node:crypto";
import { header, type SipClient, statusOf, type TextMessage } from "./sip_client.ts";

/** What every SUBSCRIBE of a subscription says. */
export interface SubscriptionFacts {
  readonly event: string;
  readonly accept: string;
  /** Request-URI of the first one; default: the subscriber's own address-of-record. */
  readonly target?: string;
  /** Of To; default: the subscriber's own address-of-record. */
  readonly to?: string;
}

/** What one SUBSCRIBE says; `body` brings its own Content-Type among `headers`. */
export interface SubscribeFacts {
  readonly expires?: number;
  readonly event?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** A subscription as its subscriber holds it (RFC 6665 §4.1). */
export class Subscription {
  readonly client: SipClient;
  readonly callId: string = randomUUID();
  readonly fromTag = randomUUID().slice(0, 8);
  readonly #facts: SubscriptionFacts;
  #cseq = 0;
  #toTag: string | undefined;
  #target: string;
  #taken = 0;

  constructor(client: SipClient, facts: SubscriptionFacts) {
    this.client = client;
    this.#facts = facts;
    this.#target = facts.target ?? client.aor;
  }

  /** SUBSCRIBE, the first time outside and then inside the dialog. */
  async subscribe({ expires = 600, event, headers = [], body = "" }: SubscribeFacts = {}): Promise<TextMessage> {
    const { client, callId, fromTag } = this;
    this.#cseq += 2; // one may be challenged
    const answer = await client.request({
      method: "SUBSCRIBE",
      uri: this.#target,
      to: `<${this.#facts.to ?? client.aor}>`,
      callId,
      fromTag,
      cseq: this.#cseq,
      ...(this.#toTag === undefined ? {} : { toTag: this.#toTag }),
      headers: [
        `Event: ${event ?? this.#facts.event}`,
        `Accept: ${this.#facts.accept}`,
        `Contact: ${client.contact}`,
        `Expires: ${expires}`,
        ...headers,
      ],
      body,
    });
    if (statusOf(answer) < 300) {
      this.#toTag = /;tag=([^;\s]+)/.exec(header(answer, "to"))![1];
      this.#target = /<([^>]+)>/.exec(header(answer, "contact"))![1];
    }
    return answer;
  }

  /** Waits for a NOTIFY of this subscription that is as wanted. */
  async notified(wanted: (notify: TextMessage) => boolean): Promise<TextMessage> {
    return await this.client.requestArrived((request) => this.#isNotify(request) && wanted(request));
  }

  /** The next NOTIFY of this subscription. */
  async next(): Promise<TextMessage> {
    const number = this.#taken++;
    const all = () => this.client.requests.filter((request) => this.#isNotify(request));
    await this.client.requestArrived(() => all().length > number);
    return all()[number];
  }

  #isNotify(request: TextMessage): boolean {
    return request.start.startsWith("NOTIFY ") && header(request, "call-id") === this.callId;
  }
}
