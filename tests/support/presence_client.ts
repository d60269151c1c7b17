import { randomUUID } from "node:crypto";
import { header, type SipClient, statusOf, type TextMessage } from "./sip_client.ts";
import { ListWatch, PIDF, PIDF_DIFF, PresenceWatch, WatchersWatch } from "./presence_watch.ts";

export { basicOf, ListWatch, PresenceWatch, WatchersWatch } from "./presence_watch.ts";

/** What one PUBLISH says beside its body. */
export interface PublishFacts {
  readonly expires?: number;
  readonly contentType?: string;
  readonly headers?: readonly string[];
  /** What it is published to; default: the publisher's own address-of-record. */
  readonly presentity?: string;
  readonly event?: string;
  /** Of SIP-If-Match in place of the tag that was given last; "" for none. */
  readonly tag?: string;
}

/** One publication as its source holds it (RFC 3903 §4). */
export class Publication {
  readonly client: SipClient;
  readonly #callId: string = randomUUID();
  readonly #fromTag = randomUUID().slice(0, 8);
  #cseq = 0;
  #tag = "";

  constructor(client: SipClient) {
    this.client = client;
  }

  /** The tag that was given last; "" before the first, and when the publication is over. */
  get tag(): string {
    return this.#tag;
  }

  /** Publishes a presence document, the first time as new and then in place of what was. */
  async publish(document: string, facts: PublishFacts = {}): Promise<TextMessage> {
    return await this.#send(document, { contentType: PIDF, ...facts });
  }

  /** Changes what was published by operations (RFC 5264 §4.2). */
  async change(diff: string, facts: PublishFacts = {}): Promise<TextMessage> {
    return await this.#send(diff, { contentType: PIDF_DIFF, ...facts });
  }

  async refresh(facts: PublishFacts = {}): Promise<TextMessage> {
    return await this.#send("", facts);
  }

  async remove(facts: PublishFacts = {}): Promise<TextMessage> {
    return await this.#send("", { ...facts, expires: 0 });
  }

  async #send(body: string, facts: PublishFacts): Promise<TextMessage> {
    const { expires = 600, contentType = "", headers = [], event = "presence", tag = this.#tag } = facts;
    const presentity = facts.presentity ?? this.client.aor;
    this.#cseq += 2; // one may be challenged
    const answer = await this.client.request({
      method: "PUBLISH",
      uri: presentity,
      callId: this.#callId,
      fromTag: this.#fromTag,
      cseq: this.#cseq,
      headers: [
        `Event: ${event}`,
        `Expires: ${expires}`,
        ...(tag === "" ? [] : [`SIP-If-Match: ${tag}`]),
        ...(body === "" ? [] : [`Content-Type: ${contentType}`]),
        ...headers,
      ],
      body,
    });
    const status = statusOf(answer);
    if (status < 300) this.#tag = expires === 0 ? "" : header(answer, "sip-etag");
    // RFC 3903 §4.1: what was published before is not there any more.
    else if (status === 412) this.#tag = "";
    return answer;
  }
}

/** A SIP client with presence: what it publishes, whom it watches. Made of text alone but for the bodies. */
export class PresenceClient {
  readonly client: SipClient;

  constructor(client: SipClient) {
    this.client = client;
  }

  get aor(): string {
    return this.client.aor;
  }

  publication(): Publication {
    return new Publication(this.client);
  }

  /** A subscription to be. `partial`: told of differences. */
  watch(presentity: string, partial = false): PresenceWatch {
    return new PresenceWatch(this.client, presentity, partial);
  }

  /** Who watches this user, or another one. */
  watchers(presentity: string = this.aor): WatchersWatch {
    return new WatchersWatch(this.client, presentity);
  }

  list(uri: string, partial = false): ListWatch {
    return new ListWatch(this.client, uri, partial);
  }
}
