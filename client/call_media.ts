import type { Description } from "../transport/sip/mod.ts";
import { type MsrpMedia, offererConnects, type SessionDescription } from "../transport/payload/mod.ts";
import type { MsrpSession } from "../transport/msrp/session/mod.ts";
import type { ClientWorld } from "./client_world.ts";
import { describedBy, peerOf, readMedia, type TheirDescription } from "./media_offer.ts";
import type { MediaOwner } from "./media_owner.ts";
import type { Seat } from "./media_place.ts";
import { type Side, Sides, type SideUser } from "./media_side.ts";

/** What an offer of theirs gets: our answer, and what is to be done when it has gone out; or why there is none. */
export type OfferOutcome =
  | { readonly kind: "answer"; readonly description: Description; readonly agree: () => void }
  | { readonly kind: "refused"; readonly why: string }
  /** There is no place for a session at present. */
  | { readonly kind: "later" };

/**
 * The session of a call as both descriptions have it (RFC 3264, RFC 4975 §8, RFC 6135): the end of ours that stands, the one that is
 * offered in its place, what they have said, and who connects.
 */
export class CallMedia {
  readonly #owner: MediaOwner;
  readonly #user: SideUser;
  readonly #sides: Sides;
  #side: Side | null = null;
  /** Offered in a re-INVITE that has no answer yet. */
  #next: Side | null = null;
  #theirs: MsrpMedia | null = null;
  #active = false;

  constructor(world: ClientWorld, owner: MediaOwner, user: SideUser) {
    this.#owner = owner;
    this.#user = user;
    this.#sides = new Sides(world, owner, user);
  }

  /** Of the end that stands; null before there is one. */
  get session(): MsrpSession | null {
    return this.#side?.session ?? null;
  }
  /** What describes it. */
  get described(): Description | null {
    return this.#side === null ? null : describedBy(this.#side.sdp);
  }
  /** The session that stands may carry something. */
  get stands(): boolean {
    return this.#side !== null && this.#side.session.state !== "closed";
  }
  /** Another end is offered, and not answered yet. */
  get offering(): boolean {
    return this.#next !== null;
  }
  /** They have described theirs. */
  get agreed(): boolean {
    return this.#theirs !== null;
  }
  /** We connect. */
  get active(): boolean {
    return this.#active;
  }

  /** True where the end that stands is elsewhere than this seat. */
  isElsewhere(seat: Seat): boolean {
    return this.#side !== null && this.#side.own.relays.join(" ") !== seat.relays.join(" ");
  }

  // Ours.

  /** Offers an end: the first of the call, else one in the place of that which stands. A text where there can be none. */
  offer(seat: Seat): SessionDescription | string {
    const side = this.#sides.offered(seat, this.#side);
    if (typeof side === "string") return side;
    if (this.#side === null) this.#side = side;
    else this.#next = side;
    return side.sdp;
  }

  /** Their answer to the first offer; what is wrong with it, else null. */
  answered(description: Description | null): string | null {
    return this.#takeAnswer(this.#side!, description);
  }

  /** Their answer to the one that was offered since; what is wrong with it, else null. */
  answeredNext(description: Description | null): string | null {
    const next = this.#next!;
    this.#next = null;
    this.#replace(next);
    return this.#takeAnswer(next, description);
  }

  /** They did not take it. */
  refusedNext(): void {
    this.#next?.session.close("not agreed");
    this.#next = null;
  }

  // Theirs.

  /** Answers the offer that the call began with. A text where there can be no answer. */
  answer(seat: Seat, offer: TheirDescription): Exclude<OfferOutcome, { kind: "later" }> {
    const side = this.#sides.answering(seat, offer, null);
    if (typeof side === "string") return { kind: "refused", why: side };
    this.#side = side;
    return this.#answerOf(side, offer);
  }

  /** Answers a later offer. `seat`: where another end could be; null for nowhere. */
  answerLater(offered: Description, seat: Seat | null): OfferOutcome {
    const side = this.#side!;
    const offer = readMedia(offered);
    if ("status" in offer) return { kind: "refused", why: offer.text };
    const samePath = this.#theirs?.path.join(" ") === offer.media.path.join(" ");
    const stays = samePath && this.stands && this.#next === null;
    const pending = stays ? side : this.#next;
    if (pending === null && seat === null) return { kind: "later" };
    const answer = pending === null
      ? this.#sides.answering(seat!, offer, side)
      : this.#sides.kept(pending, offer, side);
    if (typeof answer === "string") return { kind: "refused", why: answer };
    if (stays) {
      this.#side = { ...side, sdp: answer.sdp };
      return { kind: "answer", description: describedBy(answer.sdp), agree: () => {} };
    }
    this.#next = null;
    this.#replace(answer);
    return this.#answerOf(answer, offer);
  }

  /** Nothing of it stands any more. */
  close(why: string): void {
    this.#next?.session.close(why);
    this.#side?.session.close(why);
  }

  #answerOf(side: Side, { media }: TheirDescription): OfferOutcome & { kind: "answer" } {
    const agree = () => this.#agree(side, media, side.setup === "active");
    return { kind: "answer", description: describedBy(side.sdp), agree };
  }

  #takeAnswer(side: Side, description: Description | null): string | null {
    if (description === null) return "the answer has no session description";
    const reading = readMedia(description);
    if ("status" in reading) return reading.text;
    const active = offererConnects(side.setup, reading.media.setup);
    if (!active && !side.own.reachable) return "this client has no door for MSRP, and the other side wants to connect";
    this.#agree(side, reading.media, active);
    return null;
  }

  #agree(side: Side, theirs: MsrpMedia, active: boolean): void {
    if (this.#user.over) return;
    this.#theirs = theirs;
    this.#active = active;
    this.#owner.onAgreed(theirs, side.session);
    if (!this.#user.over) side.session.start(active ? "active" : "passive", peerOf(theirs));
  }

  #replace(side: Side): void {
    const before = this.#side;
    this.#side = side;
    if (before === null || before.session === side.session || before.session.state === "closed") return;
    before.session.close("another connection takes its place");
    this.#owner.onLost("another connection takes its place");
  }
}
