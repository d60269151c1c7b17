import type { Timed, Timer } from "../foundation/mod.ts";
import {
  type Call,
  type CallEnd,
  type CallUser,
  type Description,
  descriptionOf,
  type HeaderName,
  type PeerOffer,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
} from "../transport/sip/mod.ts";
import {
  answerSetup,
  answerWith,
  type MsrpMedia,
  offererConnects,
  type SessionDescription,
  type SetupRole,
} from "../transport/payload/mod.ts";
import {
  type IncomingMessage,
  type IncomingStream,
  MsrpSession,
  type SessionLimits,
  type StreamSink,
} from "../transport/msrp/session/mod.ts";
import { fromText } from "./account.ts";
import { type ClientWorld, contactParams, contactUser } from "./client_world.ts";
import type { Reason } from "./im_user.ts";
import {
  describedBy,
  later,
  type MediaWish,
  ownLines,
  ownSection,
  peerOf,
  readMedia,
  type TheirDescription,
} from "./media_offer.ts";
import type { OwnEnd } from "./media_place.ts";
import { ascii, reason, reasonText, refusalReason } from "./reason.ts";

/** What a call is for: a chat, a file, a large message. Every method returns at once. */
export interface MediaOwner {
  /** What our description says; `theirs` is null where we offer. A text refuses what they offer (488). */
  describe(theirs: MsrpMedia | null): MediaWish | string;
  readonly sessionLimits: Partial<SessionLimits>;
  /** The other side is being asked (180). */
  onRinging?(): void;
  /** Both descriptions are known, for the first time or again after a loss. Its session starts after this call. */
  onAgreed(theirs: MsrpMedia, session: MsrpSession): void;
  /** The session is bound: what is sent leaves. */
  onOpen(): void;
  onMessage(message: IncomingMessage): number;
  onStream?(stream: IncomingStream): StreamSink | number | null;
  /** The connection is gone, and another one is being asked for. */
  onLost(reason: string): void;
  /** It is over, whoever ended it. Nothing comes afterwards. */
  onOver(reason: Reason): void;
}

/** One of our ends, with the description that names it. */
interface Side {
  readonly own: OwnEnd;
  readonly session: MsrpSession;
  readonly sdp: SessionDescription;
  /** What we have said of who connects. */
  readonly setup: SetupRole;
}

/** What a call begins with. */
export interface CallWish {
  readonly to: string;
  /** Feature tags of our Contact, and of Accept-Contact. */
  readonly tags: string;
  readonly headers?: readonly (readonly [HeaderName, string])[];
}

/** A session timer finds out about peers that are gone without a word (RFC 4028). */
const SESSION_EXPIRES_S = 1800;
/** The connecting side asks for a new connection after so long, one try after the other. */
const RETRY_MS = [300, 2_000, 5_000, 10_000, 20_000] as const;
/** The side that waits for a connection leaves it to the other one for so long. */
const PATIENCE_MS = 6_000;
const [RETRY, DRAINED] = [1, 2];

/** A call with one MSRP session in it (RFC 4975 §8, RFC 6135): descriptions, who connects, and a new session after a loss. */
export class MediaCall implements CallUser, Timed {
  readonly #world: ClientWorld;
  readonly #owner: MediaOwner;
  #call: Call | null = null;
  #side: Side | null = null;
  /** Offered in a re-INVITE that has no answer yet. */
  #next: Side | null = null;
  #theirs: MsrpMedia | null = null;
  /** What their offer was, while it waits for `accept`. */
  #offer: TheirDescription | null = null;
  #active = false;
  /** Tries to get a new connection since one stood. */
  #tries = 0;
  #opened = false;
  #timer: Timer | null = null;
  #over = false;
  /** Set while we let what is queued go out before BYE. */
  #leaving: string | null = null;

  constructor(world: ClientWorld, owner: MediaOwner) {
    this.#world = world;
    this.#owner = owner;
  }

  get session(): MsrpSession | null {
    return this.#side?.session ?? null;
  }
  get theirs(): MsrpMedia | null {
    return this.#theirs;
  }
  get over(): boolean {
    return this.#over;
  }
  get call(): Call | null {
    return this.#call;
  }

  /** Invites. What is wrong with it the owner hears in `onOver`, after this call. */
  invite(wish: CallWish): void {
    const side = this.#offeredSide();
    if (typeof side === "string") return queueMicrotask(() => this.#finish(reason(0, side)));
    this.#side = side;
    const { account, calls, flowId } = this.#world;
    this.#call = calls.invite({
      uri: wish.to,
      from: fromText(account),
      to: `<${wish.to}>`,
      contact: contactUser(this.#world),
      contactParams: contactParams(this.#world, wish.tags),
      headers: [["Accept-Contact", `*${wish.tags}`], ...(wish.headers ?? [])],
      flowId: flowId(),
      description: describedBy(side.sdp),
      sessionExpires: SESSION_EXPIRES_S,
    }, this);
  }

  /** Takes up an INVITE; `accept` or `refuse` follows. `offer` null: it came without one, ours goes into the 200. */
  receive(transaction: ServerTransaction, offer: TheirDescription | null, tags: string): void {
    this.#offer = offer;
    this.#call = this.#world.calls.incoming(transaction, this, {
      contact: contactUser(this.#world),
      contactParams: contactParams(this.#world, tags),
      sessionExpires: SESSION_EXPIRES_S,
    });
  }

  progress(status: number): void {
    this.#call?.progress(status);
  }

  /** Answers 200 with our description; what makes that impossible refuses the call with 488. */
  accept(): void {
    const call = this.#call;
    if (call === null || this.#over || call.state !== "inviting") return;
    const offer = this.#offer;
    this.#offer = null;
    const side = offer === null ? this.#offeredSide() : this.#answeringSide(offer, null);
    if (typeof side === "string") return this.refuse(488, side, [["Warning", `399 client "${ascii(side)}"`]]);
    this.#side = side;
    call.accept({ description: describedBy(side.sdp) });
    if (offer !== null && !this.#over) this.#agree(side, offer.media, side.setup === "active");
  }

  refuse(status: number, text: string, headers: readonly (readonly [HeaderName, string])[] = []): void {
    if (this.#over) return;
    this.#call?.refuse(status, { ...(text !== "" && { reason: ascii(text) }), headers });
    this.#finish(reason(status, text));
  }

  /** Ends it: what is queued may still go out for so long. */
  end(text: string, drain_ms = 0): void {
    if (this.#over || this.#leaving !== null) return;
    const session = this.#side?.session;
    if (drain_ms > 0 && session !== undefined && session.state !== "closed" && this.#call?.state === "confirmed") {
      this.#leaving = text;
      this.#timer?.stop();
      this.#timer = this.#world.timers.start(drain_ms, this, DRAINED);
      session.drain(drain_ms, text);
      return;
    }
    this.#leave(text);
  }

  #leave(text: string): void {
    this.#call?.end(text === "" ? undefined : `SIP;cause=200;text="${ascii(text)}"`);
    this.#finish(reason(0, text));
  }

  // CallUser

  onProgress(_call: Call, response: SipResponse): void {
    if (response.status === 180) this.#owner.onRinging?.();
  }

  onAccepted(_call: Call, response: SipResponse): void {
    if (this.#over) return;
    const side = this.#side!;
    const problem = this.#takeAnswer(side, descriptionOf(response));
    if (problem !== null) this.#fail(488, problem);
  }

  onRefused(_call: Call, status: number, response: SipResponse | null): void {
    this.#finish(refusalReason(status, response));
  }

  onCancelled(_call: Call, _cancel: SipRequest): void {
    this.#finish(reason(487, "the other side has given up"));
  }

  onConfirmed(_call: Call, ack: SipRequest): void {
    if (this.#over || this.#theirs !== null) return;
    const problem = this.#takeAnswer(this.#side!, descriptionOf(ack));
    if (problem !== null) this.#fail(488, problem);
  }

  onOffer(_call: Call, offer: PeerOffer): void {
    const side = this.#side;
    if (this.#over || side === null) return offer.refuse(488);
    // They ask what we offer: what stands.
    if (offer.description === null) return offer.answer({ description: describedBy(side.sdp) });
    const reading = readMedia(offer.description);
    if ("status" in reading) return offer.refuse(488, { reason: ascii(reading.text) });
    const samePath = this.#theirs?.path.join(" ") === reading.media.path.join(" ");
    const stands = samePath && side.session.state !== "closed" && this.#next === null;
    const pending = stands ? side : this.#next;
    const answer = this.#answeringSide(reading, side.sdp, pending);
    if (typeof answer === "string") return offer.refuse(488, { reason: ascii(answer) });
    if (stands) {
      this.#side = { ...side, sdp: answer.sdp };
      offer.answer({ description: describedBy(answer.sdp) });
      return;
    }
    this.#next = null;
    this.#replaceSide(answer);
    offer.answer({ description: describedBy(answer.sdp) });
    this.#agree(answer, reading.media, answer.setup === "active");
  }

  onAnswer(_call: Call, description: Description | null, status: number): void {
    const next = this.#next;
    this.#next = null;
    if (this.#over || next === null) return;
    if (status >= 300) {
      next.session.close("not agreed");
      return this.#retry(`the other side refused a new connection (${status})`);
    }
    this.#replaceSide(next);
    const problem = this.#takeAnswer(next, description);
    if (problem !== null) this.#fail(488, problem);
  }

  onEnded(_call: Call, end: CallEnd): void {
    if (this.#leaving !== null) return this.#finish(reason(0, this.#leaving));
    this.#finish(endReason(end));
  }

  onTimer(kind: number): void {
    this.#timer = null;
    if (this.#over) return;
    if (kind === DRAINED) return this.#leave(this.#leaving ?? "");
    this.#reinvite();
  }

  #sessionOpen(session: MsrpSession | null): void {
    if (this.#over || this.#side?.session !== session) return;
    this.#tries = 0;
    this.#opened = true;
    this.#owner.onOpen();
  }

  #sessionClosed(session: MsrpSession | null, why: string): void {
    if (this.#over || session === null || this.#side?.session !== session) return;
    if (this.#leaving !== null) return this.#leave(this.#leaving);
    this.#owner.onLost(why);
    this.#retry(why);
  }

  #retry(why: string): void {
    if (this.#over || this.#leaving !== null) return;
    if (this.#tries >= (this.#opened ? RETRY_MS.length : 1)) return this.#fail(503, `the connection is lost: ${why}`);
    const wait = this.#active ? RETRY_MS[this.#tries] : PATIENCE_MS + RETRY_MS[this.#tries];
    this.#tries++;
    this.#timer?.stop();
    this.#timer = this.#world.timers.start(wait, this, RETRY);
  }

  #reinvite(): void {
    const call = this.#call;
    if (call === null || this.#next !== null) return;
    // Their offer may have brought a new session meanwhile.
    if (this.#side !== null && this.#side.session.state !== "closed") return;
    if (call.state !== "confirmed") return this.#retry("the call is not set up yet");
    const side = this.#offeredSide();
    if (typeof side === "string") return this.#fail(488, side);
    this.#next = side;
    call.offer(describedBy(side.sdp), "INVITE");
  }

  /** An end of ours in a description that offers. A text where there can be none. */
  #offeredSide(): Side | string {
    const wish = this.#owner.describe(null);
    if (typeof wish === "string") return wish;
    if (this.#world.place.problem !== "") return this.#world.place.problem;
    const own = this.#world.place.newEnd(null);
    const setup: SetupRole = own.reachable ? "actpass" : "active";
    const session = this.#sessionFor(own, wish);
    if (typeof session === "string") return session;
    const section = ownSection(own, wish, setup);
    const previous = this.#side?.sdp ?? null;
    const fresh = { lines: ownLines(own), media: [section] };
    if (previous === null) return { own, session, setup, sdp: fresh };
    // As many sections as before, all but ours refused as they were (RFC 3264 §8).
    const media = previous.media.map((each) => each.port === 0 ? each : section);
    return { own, session, setup, sdp: later(previous, { lines: fresh.lines, media }) };
  }

  /** Our end in the answer to an offer; `kept`: the one that stays. */
  #answeringSide(
    offer: TheirDescription,
    previous: SessionDescription | null,
    kept: Side | null = null,
  ): Side | string {
    const wish = this.#owner.describe(offer.media);
    if (typeof wish === "string") return wish;
    if (kept === null && this.#world.place.problem !== "") return this.#world.place.problem;
    const own = kept?.own ?? this.#world.place.newEnd(offer.media);
    const setup = answerSetup(offer.media.setup, own.reachable ? "passive" : "active");
    if (setup === "passive" && !own.reachable) {
      return "this client has no door for MSRP, and the other side wants to connect to one";
    }
    const session = kept?.session ?? this.#sessionFor(own, wish);
    if (typeof session === "string") return session;
    const section = { ...ownSection(own, wish, setup), proto: offer.sdp.media[offer.index].proto };
    const answer = answerWith(
      offer.sdp,
      ownLines(own),
      offer.sdp.media.map((_, i) => i === offer.index ? section : null),
    );
    return { own, session, setup, sdp: previous === null ? answer : later(previous, answer) };
  }

  #sessionFor(own: OwnEnd, wish: MediaWish): MsrpSession | string {
    const { node, clock, timers } = this.#world;
    const tracker = this.#side?.session.tracker;
    let session: MsrpSession | null = null;
    try {
      session = new MsrpSession({
        node,
        sessionId: own.sessionId,
        uri: own.uri,
        relays: own.relays,
        acceptTypes: wish.acceptTypes,
        user: {
          onOpen: () => this.#sessionOpen(session),
          onMessage: (message) => this.#over ? 481 : this.#owner.onMessage(message),
          onStream: (stream) => this.#over ? 481 : this.#owner.onStream?.(stream) ?? null,
          onClosed: (why) => this.#sessionClosed(session, why),
        },
        clock,
        timers,
        limits: { ...(wish.maxSize !== undefined && { maxSize: wish.maxSize }), ...this.#owner.sessionLimits },
        ...(tracker !== undefined && { tracker }),
      });
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      throw error;
    }
    return session;
  }

  /** Their answer to what `side` offered; what is wrong with it, else null. */
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
    this.#theirs = theirs;
    this.#active = active;
    this.#owner.onAgreed(theirs, side.session);
    if (!this.#over) side.session.start(active ? "active" : "passive", peerOf(theirs));
  }

  #replaceSide(side: Side): void {
    const before = this.#side;
    this.#side = side;
    if (before !== null && before.session !== side.session && before.session.state !== "closed") {
      before.session.close("another connection takes its place");
      this.#owner.onLost("another connection takes its place");
    }
  }

  /** Ends the call because of something that is wrong with it. */
  #fail(status: number, text: string): void {
    this.#call?.end(`SIP;cause=${status};text="${ascii(text)}"`);
    this.#finish(reason(status, text));
  }

  #finish(why: Reason): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.stop();
    this.#next?.session.close(why.text);
    this.#side?.session.close(why.text);
    this.#owner.onOver(why);
  }
}

function endReason(end: CallEnd): Reason {
  const text = reasonText(end.reason);
  switch (end.by) {
    case "peer":
      return reason(0, text === "" ? "the other side has left" : text);
    case "us":
      return reason(0, text);
    case "session-timer":
      return reason(408, "the other side is gone (session timer)");
    case "no-ack":
      return reason(408, "the other side did not confirm");
    default:
      return end.status > 0 ? refusalReason(end.status, null) : reason(0, text === "" ? "the call failed" : text);
  }
}
