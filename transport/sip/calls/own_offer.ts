import type { SipResponse } from "../message.ts";
import type { SentRequest } from "../sent_request.ts";
import type { Failure } from "../transactions.ts";
import type { RequestUser } from "../user_agent.ts";
import type { CallParts, Description } from "./call.ts";
import type { SentAck } from "./sent_ack.ts";

/** What an offer of ours is, however often it has to be sent. */
export interface OfferPlan {
  readonly how: "INVITE" | "UPDATE";
  /** Null: an UPDATE that only refreshes the session. */
  readonly description: Description | null;
  readonly parts: CallParts;
  /** The session timer's, not the user's. */
  readonly refresh: boolean;
  /** A refusal for now (491, 500) is the user's to deal with. */
  readonly once: boolean;
  readonly tries: number;
}

/** Who hears how it went. */
export interface OfferHearer {
  offerAnswered(offer: OwnOffer, request: SentRequest, response: SipResponse): void;
  offerFailed(offer: OwnOffer, failure: Failure): void;
}

/** A re-INVITE or UPDATE of ours on its way. It lives as long as its transaction, for repetitions of a 2xx. */
export class OwnOffer implements RequestUser {
  readonly plan: OfferPlan;
  /** The session interval in the request, seconds. */
  readonly asked: number;
  /** The ACK that its 2xx got. */
  ack: SentAck | null = null;
  readonly #hearer: OfferHearer;

  constructor(hearer: OfferHearer, plan: OfferPlan, asked: number) {
    this.#hearer = hearer;
    this.plan = plan;
    this.asked = asked;
  }

  onResponse(request: SentRequest, response: SipResponse): void {
    if (this.ack !== null) this.ack.send();
    else if (response.status >= 200) this.#hearer.offerAnswered(this, request, response);
  }

  onFailure(_request: SentRequest, failure: Failure): void {
    this.#hearer.offerFailed(this, failure);
  }
}
