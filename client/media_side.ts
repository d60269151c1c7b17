import {
  answerSetup,
  answerWith,
  type MsrpMedia,
  type SessionDescription,
  type SetupRole,
} from "../transport/payload/mod.ts";
import { MsrpSession } from "../transport/msrp/session/mod.ts";
import type { ClientWorld } from "./client_world.ts";
import { later, type MediaWish, ownLines, ownSection, type TheirDescription } from "./media_offer.ts";
import type { MediaOwner } from "./media_owner.ts";
import type { OwnEnd, Seat } from "./media_place.ts";

/** One of our ends, with the description that names it. */
export interface Side {
  readonly own: OwnEnd;
  readonly session: MsrpSession;
  readonly sdp: SessionDescription;
  /** What we have said of who connects. */
  readonly setup: SetupRole;
}

/** Who hears of the sessions that were made. */
export interface SideUser {
  /** The call is over: what still comes is refused. */
  readonly over: boolean;
  sessionOpen(session: MsrpSession | null): void;
  sessionClosed(session: MsrpSession | null, why: string): void;
}

/** Makes the ends of a call, for offers of ours and for answers, each with a session that waits for its peer. */
export class Sides {
  readonly #world: ClientWorld;
  readonly #owner: MediaOwner;
  readonly #user: SideUser;

  constructor(world: ClientWorld, owner: MediaOwner, user: SideUser) {
    this.#world = world;
    this.#owner = owner;
    this.#user = user;
  }

  /** An end in a description that offers, after `previous` in the same call. A text where there can be none. */
  offered(seat: Seat, previous: Side | null): Side | string {
    const wish = this.#owner.describe(null);
    if (typeof wish === "string") return wish;
    const own = seat.newEnd(null);
    const setup: SetupRole = own.reachable ? "actpass" : "active";
    const session = this.#session(own, wish, previous);
    if (typeof session === "string") return session;
    const section = ownSection(own, wish, setup);
    const fresh = { lines: ownLines(own), media: [section] };
    if (previous === null) return { own, session, setup, sdp: fresh };
    // As many sections as before, all but ours refused as they were (RFC 3264 §8).
    const media = previous.sdp.media.map((each) => each.port === 0 ? each : section);
    return { own, session, setup, sdp: later(previous.sdp, { lines: fresh.lines, media }) };
  }

  /** A new end in the answer to an offer, after `previous` in the same call. A text where there can be none. */
  answering(seat: Seat, offer: TheirDescription, previous: Side | null): Side | string {
    const wish = this.#owner.describe(offer.media);
    if (typeof wish === "string") return wish;
    const own = seat.newEnd(offer.media);
    const setup = setupFor(offer.media, own);
    if (setup === null) return "this client has no door for MSRP, and the other side wants to connect to one";
    const session = this.#session(own, wish, previous);
    if (typeof session === "string") return session;
    return { own, session, setup, sdp: answerOf(offer, own, wish, setup, previous) };
  }

  /** The end that stands, in the answer to a later offer for the same session. */
  kept(side: Side, offer: TheirDescription, previous: Side): Side | string {
    const wish = this.#owner.describe(offer.media);
    if (typeof wish === "string") return wish;
    const { own, session } = side;
    const setup = setupFor(offer.media, own);
    if (setup === null) return "this client has no door for MSRP, and the other side wants to connect to one";
    return { own, session, setup, sdp: answerOf(offer, own, wish, setup, previous) };
  }

  #session(own: OwnEnd, wish: MediaWish, previous: Side | null): MsrpSession | string {
    const { node, clock, timers } = this.#world;
    const owner = this.#owner;
    const user = this.#user;
    let session: MsrpSession | null = null;
    try {
      session = new MsrpSession({
        node,
        sessionId: own.sessionId,
        uri: own.uri,
        relays: own.relays,
        acceptTypes: wish.acceptTypes,
        user: {
          onOpen: () => user.sessionOpen(session),
          onMessage: (message) => user.over ? 481 : owner.onMessage(message),
          onStream: (stream) => user.over ? 481 : owner.onStream?.(stream) ?? null,
          onClosed: (why) => user.sessionClosed(session, why),
        },
        clock,
        timers,
        limits: { ...(wish.maxSize !== undefined && { maxSize: wish.maxSize }), ...owner.sessionLimits },
        // What came by the session before is not taken again.
        ...(previous !== null && { tracker: previous.session.tracker }),
      });
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      throw error;
    }
    return session;
  }
}

/** Who connects, as our answer says; null where they want to, and cannot. */
function setupFor(theirs: MsrpMedia, own: OwnEnd): SetupRole | null {
  const setup = answerSetup(theirs.setup, own.reachable ? "passive" : "active");
  return setup === "passive" && !own.reachable ? null : setup;
}

function answerOf(
  offer: TheirDescription,
  own: OwnEnd,
  wish: MediaWish,
  setup: SetupRole,
  previous: Side | null,
): SessionDescription {
  const section = { ...ownSection(own, wish, setup), proto: offer.sdp.media[offer.index].proto };
  const sections = offer.sdp.media.map((_, i) => i === offer.index ? section : null);
  const answer = answerWith(offer.sdp, ownLines(own), sections);
  return previous === null ? answer : later(previous.sdp, answer);
}
