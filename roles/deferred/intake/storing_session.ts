import type { Timed, Timer } from "../../../foundation/mod.ts";
import {
  type IncomingStream,
  MsrpSession,
  type SessionUser,
  type StreamSink,
} from "../../../transport/msrp/session/mod.ts";
import { acceptedFile, type FileOffer, sends } from "../../../transport/payload/mod.ts";
import type { Call, CallUser, Description, PeerOffer } from "../../../transport/sip/mod.ts";
import {
  endPointAnswer,
  ourSetup,
  type OwnSide,
  peerOf,
  readSessionBody,
  type SessionBody,
  type SessionKind,
} from "../../session_media/mod.ts";
import type { StoredParties } from "../session_message.ts";
import type { IntakeRecording, ManyRecipients } from "./intake_deps.ts";
import { type IntakeHost, type IntakeOwner, MessageIntake } from "./message_intake.ts";
import { SessionPatience } from "./session_patience.ts";

/** A stream of which nothing comes is given up by itself where others go on. */
const STALL_MS = 30_000;
/** After the one message of its session: how long the sender has for its BYE. */
const FAREWELL_MS = 10_000;
/** What crosses a BYE, of either side, is still taken for so long. */
const AFTER_BYE_MS = 2_000;
/** The recipient is there: the session ends in the next pause of the sender, or when this has passed. */
const PAUSE_MS = 1_000;
const LEAVE_WITHIN_MS = 10_000;
/** The sender's next message makes another one. */
const LONGEST_MS = 3_600_000;
const CLOSE = 1, LEAVE = 2;

const ONLINE = 'SIP;cause=200;text="Recipient is online"';
const STORED = 'SIP;cause=200;text="Message stored"';
const NOT_STORED = 'SIP;cause=480;text="Message not stored"';
const INACTIVITY = 'SIP;cause=200;text="inactivity"';
const STALLED = 'SIP;cause=408;text="The message did not go on"';
const NOT_WANTED = 'SIP;cause=480;text="Messages are not stored any more"';
const LOST = 'SIP;cause=503;text="MSRP connection lost"';
const TOO_LONG = 'SIP;cause=200;text="maximum duration"';

/** What a session that stores is made of. */
export interface StoringParts {
  readonly call: Call;
  readonly kind: SessionKind;
  /** The sender's offer. */
  readonly body: SessionBody;
  readonly own: OwnSide;
  readonly parties: StoredParties;
  /** What may be sent; at least one. */
  readonly acceptTypes: readonly string[];
  /** The recipient's devices were asked in vain just now. */
  readonly tried: boolean;
  /** Null: nobody records it. */
  readonly recording: IntakeRecording | null;
  /** Who gets what comes in the place of `parties.recipient`; null: that one. */
  readonly many: ManyRecipients | null;
  readonly ended: (session: StoringSession) => void;
}

/**
 * The box in the place of a recipient who is not there (oma-reference §3.4): it takes the sender's call, and over MSRP the messages.
 * The call stands until a BYE; the MSRP session is open a little longer, for what crosses it.
 */
export class StoringSession implements CallUser, SessionUser, IntakeOwner, Timed {
  readonly kind: SessionKind;
  readonly parties: StoredParties;
  readonly file: FileOffer | null;
  readonly tried: boolean;
  readonly recording: IntakeRecording | null;
  readonly many: ManyRecipients | null;
  readonly #host: IntakeHost;
  readonly #call: Call;
  readonly #body: SessionBody;
  readonly #answer: Description;
  readonly #session: MsrpSession;
  readonly #messages: MessageIntake;
  readonly #patience: SessionPatience;
  readonly #since: number;
  readonly #ended: (session: StoringSession) => void;
  #settled = 0;
  /** Reason of the BYE that is due, and when; monotonic. */
  #farewell: { readonly at: number; readonly reason: string } | null = null;
  /** When the recipient came; 0: not yet. */
  #onlineAt = 0;
  #timer: Timer | null = null;
  #callOver = false;
  #mediaOver = false;

  /** Throws RangeError where the MSRP node has no room. */
  constructor(host: IntakeHost, parts: StoringParts) {
    const { node, services: { clock, timers }, policy, ownFingerprint } = host.deps;
    const { call, kind, body, own, acceptTypes } = parts;
    this.#host = host;
    this.kind = kind;
    this.parties = parts.parties;
    this.tried = parts.tried;
    this.recording = parts.recording;
    this.many = parts.many;
    this.file = kind === "file" ? body.media.file ?? null : null;
    this.#call = call;
    this.#body = body.parts === null ? body : { ...body, parts: null };
    this.#ended = parts.ended;
    this.#since = clock.monotonic();
    this.#patience = new SessionPatience(this.#since);
    this.#messages = new MessageIntake(host, this);
    const maxSize = policy.largest(acceptTypes, kind);
    this.#session = new MsrpSession({
      node,
      sessionId: own.sessionId,
      uri: own.uri,
      acceptTypes,
      user: this,
      clock,
      timers,
      // All come as streams; a report on a part would promise what is not safe yet.
      limits: { maxSize, whole: 0, stall: STALL_MS, reportEvery: 0 },
      answerWhenKnown: true,
    });
    this.#answer = endPointAnswer(body, own, {
      acceptTypes,
      maxSize,
      direction: "recvonly",
      ...(this.file !== null && { file: acceptedFile(this.file) }),
      fingerprint: ownFingerprint(),
    }).description;
  }

  start(): void {
    const { media } = this.#body;
    this.#call.user = this;
    // The box answers for somebody who has not (RFC 4964): the sender may say so.
    this.#call.accept({ description: this.#answer, headers: [["P-Answer-State", "Unconfirmed"]] });
    this.#session.start(ourSetup(media.setup), peerOf(media));
  }

  /** Looked at every few seconds. */
  tick(now: number): void {
    if (this.#callOver) return;
    if (this.many === null && !this.#host.deps.stillWanted(this.parties.recipient)) return this.forbid(NOT_WANTED);
    const { lastActive, underWay } = this.#session;
    const { moved, paused, idle } = this.#messages;
    const verdict = this.#patience.verdict(now, { lastActive, underWay, paused, moved });
    if (verdict === "stalled") {
      this.#messages.giveUp({ status: 408, comment: "it did not go on in time", why: "time" });
      this.#bye(STALLED);
      this.#session.close("the message did not go on");
    } else if (!idle) return;
    else if (verdict === "idle") this.#bye(INACTIVITY);
    else if (this.#farewell !== null && now >= this.#farewell.at) this.#bye(this.#farewell.reason);
    else if (now - this.#since >= LONGEST_MS) this.#bye(TOO_LONG);
  }

  /** The recipient has come: what the sender says next is to reach them live, in another session. A single message goes on. */
  recipientCame(): void {
    if (this.kind !== "session" || this.#onlineAt > 0 || this.#callOver) return;
    this.#onlineAt = this.#now();
    this.#start(PAUSE_MS, LEAVE);
  }

  /** At once: what is under way is given up. */
  close(reason: string): void {
    this.#bye(reason);
    this.#session.close("session over");
  }

  /** The same, and what is complete but not handed to the store yet is not stored any more. */
  forbid(reason: string): void {
    this.#messages.forbid();
    this.close(reason);
  }

  // The call.

  onCancelled(): void {
    this.onEnded();
  }

  onEnded(): void {
    this.#callOver = true;
    if (this.#mediaOver) this.#finish();
    else this.#start(AFTER_BYE_MS, CLOSE);
  }

  /** Nothing changes here: the same answer again, or none. */
  onOffer(_call: Call, offer: PeerOffer): void {
    if (offer.description === null || this.#sameAs(offer.description)) {
      return offer.answer({ description: this.#answer });
    }
    const reason = "A session that is stored cannot be changed";
    offer.refuse(488, { reason, headers: [["Warning", `399 ${this.#host.deps.host} "${reason}"`]] });
  }

  // The MSRP session.

  /** Never: everything comes as a stream. */
  onMessage(): number {
    return 413;
  }

  onStream(stream: IncomingStream): StreamSink | null {
    return this.#messages.take(stream);
  }

  onClosed(): void {
    this.#mediaOver = true;
    if (this.#callOver) this.#finish();
    else this.#bye(LOST);
  }

  // Its messages.

  pause(): void {
    this.#session.pause();
  }

  resume(): void {
    this.#session.resume();
  }

  settled(stored: boolean): void {
    this.#settled++;
    if (this.kind === "session") return;
    this.#farewell = { at: this.#now() + FAREWELL_MS, reason: stored ? STORED : NOT_STORED };
  }

  onTimer(kind: number): void {
    this.#timer = null;
    if (kind === CLOSE) this.#session.close("session over");
    else if (!this.#callOver) this.#leave();
  }

  #leave(): void {
    const now = this.#now();
    const quiet = this.#settled > 0 && now - this.#session.lastActive >= PAUSE_MS;
    if (this.#messages.idle && (quiet || now - this.#onlineAt >= LEAVE_WITHIN_MS)) this.#bye(ONLINE);
    else this.#start(PAUSE_MS, LEAVE);
  }

  #sameAs(description: Description): boolean {
    const reading = readSessionBody(description);
    if (reading.kind !== "session") return false;
    const { sdp, index, media } = reading.body;
    return index === this.#body.index && sdp.media.length === this.#body.sdp.media.length &&
      media.path.join(" ") === this.#body.media.path.join(" ") && sends(media.direction);
  }

  #bye(reason: string): void {
    if (this.#callOver) return;
    this.#call.end(reason);
    // Nobody is told of a call that ends before its 200 went out (it waited for a PRACK).
    if (!this.#callOver) this.onEnded();
  }

  #start(delay_ms: number, kind: number): void {
    this.#timer?.stop();
    this.#timer = this.#host.deps.services.timers.start(delay_ms, this, kind);
  }

  #finish(): void {
    this.#timer?.stop();
    this.#timer = null;
    this.#messages.end();
    this.#ended(this);
  }

  #now(): number {
    return this.#host.deps.services.clock.monotonic();
  }
}
