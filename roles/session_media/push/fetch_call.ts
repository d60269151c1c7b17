import { EMPTY } from "../../../foundation/mod.ts";
import { MsrpSession } from "../../../transport/msrp/session/mod.ts";
import {
  type Call,
  type CallUser,
  type PeerOffer,
  responseHead,
  type ServerTransaction,
} from "../../../transport/sip/mod.ts";
import type { Target } from "../../sip_core/mod.ts";
import { endPointAnswer, ourSetup, type OwnDescription, peerOf } from "../end_point.ts";
import type { OwnSide } from "../own_side.ts";
import type { FetchOffer } from "./fetch_offer.ts";
import type { PushCallUser, PushCarrier, PushDeps } from "./push_call.ts";

/**
 * The call of a client that fetches, as the push of messages sees it: there is nobody to invite, the session stands with our
 * answer. `end` is the BYE.
 */
export class FetchCall implements PushCarrier, CallUser {
  readonly #deps: PushDeps;
  readonly #call: Call;
  readonly #offer: FetchOffer;
  readonly #own: OwnSide;
  readonly #user: PushCallUser;
  #session: MsrpSession | null = null;
  #answer: OwnDescription | null = null;
  #over = false;

  constructor(deps: PushDeps, call: Call, offer: FetchOffer, own: OwnSide, user: PushCallUser) {
    this.#deps = deps;
    this.#call = call;
    this.#offer = offer;
    this.#own = own;
    this.#user = user;
  }

  /** Answers. Throws RangeError where the MSRP node has no room for more. `targets`: the device, alone. */
  start([target]: readonly Target[]): void {
    const { services, node, ownFingerprint } = this.#deps;
    const { facts, limits } = this.#user;
    const { body } = this.#offer;
    this.#session = new MsrpSession({
      node,
      sessionId: this.#own.sessionId,
      uri: this.#own.uri,
      acceptTypes: facts.acceptTypes,
      user: { onMessage: () => 403, onClosed: (reason) => this.#down(reason) },
      clock: services.clock,
      timers: services.timers,
      limits,
    });
    this.#answer = endPointAnswer(body, this.#own, { ...facts, direction: "sendonly", fingerprint: ownFingerprint() });
    this.#call.user = this;
    this.#call.accept({ description: this.#answer.description });
    this.#session.start(ourSetup(body.media.setup), peerOf(body.media));
    this.#user.onUp({
      target,
      session: this.#session,
      media: body.media,
      direct: body.media.path.length === 1,
      callId: this.#call.dialog?.callId ?? "",
    });
  }

  /** `reason`: a Reason value (RFC 3326). */
  end(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#session?.close("done");
    if (this.#call.state !== "ended") this.#call.end(reason);
  }

  onOffer(_call: Call, offer: PeerOffer): void {
    // A refresh, or a question for our offer: what stands goes on, and nothing else is to be had here.
    if (offer.description === null && this.#answer !== null) offer.answer({ description: this.#answer.description });
    else offer.refuse(488);
  }

  onRequest(_call: Call, transaction: ServerTransaction): void {
    const head = responseHead(transaction.request, 405, { headers: [["Allow", "INVITE, ACK, BYE, CANCEL, UPDATE"]] });
    transaction.respond(405, head, EMPTY);
  }

  onEnded(): void {
    this.#down("the device left");
  }

  #down(why: string): void {
    if (this.#over) return;
    this.end('SIP;cause=480;text="Session lost"');
    this.#user.onDown(why);
  }
}
