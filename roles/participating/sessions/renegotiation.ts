import { type Description, type PeerOffer, statusAcross } from "../../../transport/sip/mod.ts";
import {
  isRejected,
  type MsrpMedia,
  nextDescription,
  parseSdp,
  type SessionDescription,
} from "../../../transport/payload/mod.ts";
import {
  ourSetup,
  type OwnDescription,
  type OwnSide,
  ownSide,
  readSessionBody,
  type SessionBody,
  setupAfterAnswer,
  transportOf,
  withDescription,
} from "../../session_media/mod.ts";
import type { AnchoredSession } from "./anchored_session.ts";
import { agreementOf, answerFrom, offerFrom } from "./negotiation.ts";
import type { PartySide } from "./party_side.ts";
import { type Refusal, refusedWith } from "./refusal.ts";

/** What was offered to one party and waits for its answer. */
interface Waiting {
  /** Who was asked. */
  readonly asked: PartySide;
  readonly ours: OwnDescription | null;
  /** Whose offer it passes on; null for one of the service itself. */
  readonly offer: PeerOffer | null;
  readonly theirs: SessionBody | null;
  /** What comes next in pulling the messages into the path; `back`: to what was before; "" for anything else. */
  readonly step: "invitee" | "inviter" | "back" | "";
}

/**
 * What changes in a session that stands: hold and other directions, other types, a party that comes from another path, and the
 * session's way into this box (oma-reference §3.1 rule 7). What concerns only one side is answered here; a refresh without any
 * change was answered by the call already.
 */
export class Renegotiation {
  readonly #session: AnchoredSession;
  #waiting: Waiting | null = null;
  /** What each party said last, where the messages pass by. */
  #passed: { inviter: Description; invitee: Description } | null = null;

  constructor(session: AnchoredSession) {
    this.#session = session;
  }

  /** The descriptions of a session whose messages do not pass here. */
  passed(inviter: Description, invitee: Description): void {
    this.#passed = { inviter: kept(inviter), invitee: kept(invitee) };
  }

  stop(): void {
    this.#waiting = null;
    this.#passed = null;
  }

  /** A party wants something else. */
  offered(from: PartySide, offer: PeerOffer): void {
    if (this.#waiting !== null) return offer.refuse(491);
    if (!this.#session.anchored) return this.#passOn(from, offer);
    if (offer.description === null) return offer.answer({ description: from.ours!.description });
    const reading = readSessionBody(offer.description);
    if (reading.kind === "malformed") return offer.refuse(400, { reason: `SDP malformed: ${reading.reason}` });
    if (reading.kind !== "session") return this.#refuse(offer, 304, "The session needs its message section");
    const problem = laterProblem(from.theirs!, reading.body);
    if (problem !== null) return this.#refuse(offer, 304, problem);
    if (onlyMoved(from.theirs!.media, reading.body.media)) this.#moved(from, offer, reading.body);
    else this.#ask(from, offer, reading.body);
  }

  /** A party answered what it was offered, or refused it. */
  answered(from: PartySide, description: Description | null, status: number): void {
    const waiting = this.#waiting;
    if (waiting === null || waiting.asked !== from) {
      // The answer to an offer that it had asked for (a re-INVITE without one): what we said has not changed.
      if (description !== null && this.#session.anchored) this.#learn(from, description);
      return;
    }
    this.#waiting = null;
    if (waiting.step === "back") return this.#cameBack(waiting, description);
    if (waiting.step !== "") return this.#pulled(waiting, description, status);
    const offer = waiting.offer!;
    if (status >= 300 || description === null) return offer.refuse(status >= 300 ? acrossFor(status) : 488);
    if (offer.over) return this.#takeBack(from, waiting, description);
    if (!this.#session.anchored) return this.#passBack(from, offer, description);
    const reading = readSessionBody(description);
    const theirs = waiting.theirs!;
    if (reading.kind !== "session" || !this.#agree(from, reading.body, theirs)) {
      return this.#refuse(offer, 305, "No content type that both sides take");
    }
    from.ours = waiting.ours;
    from.active = setupAfterAnswer(reading.body.media.setup) === "active";
    const asker = this.#other(from);
    this.#answer(asker, offer, theirs, reading.body);
    this.#session.tellMedia(null);
  }

  /** Begins to take the messages of a session into the path: the invitee first. False where something else is under way. */
  pull(): boolean {
    const { inviter, invitee, plan } = this.#session;
    const passed = this.#passed;
    if (this.#waiting !== null || passed === null || plan.body === null) return false;
    const from = readSessionBody(passed.inviter), to = readSessionBody(passed.invitee);
    if (from.kind !== "session" || to.kind !== "session") return false;
    const sides = this.#newSides(from.body.media, to.body.media);
    if (sides === null) return false;
    inviter.own = sides.inviter;
    invitee.own = sides.invitee;
    inviter.theirs = from.body;
    invitee.theirs = to.body;
    const ours = this.#offer(from.body, invitee, parseSdp(bodyOf(from.body, passed.inviter)));
    // Before anybody is invited anew: who has said yes comes at once.
    if (ours === null || !this.#session.openMedia()) return false;
    this.#waiting = { asked: invitee, ours, offer: null, theirs: null, step: "invitee" };
    invitee.call!.offer(ours.description, "INVITE");
    return true;
  }

  /** Fresh sides of ours toward both parties, by the ways they have said; null where one has no door here. */
  #newSides(inviter: MsrpMedia, invitee: MsrpMedia): { inviter: OwnSide; invitee: OwnSide } | null {
    const { taken, flow, host: { deps: { media, hostFor } } } = this.#session;
    const from = transportOf(inviter), to = transportOf(invitee);
    if (from === null || to === null) return null;
    const doors = media.doorsFor([from, to], true);
    const one = ownSide(doors, from, hostFor(flow));
    const other = ownSide(doors, to, hostFor(taken?.target.flow ?? null));
    return one === null || other === null ? null : { inviter: one, invitee: other };
  }

  #pulled(waiting: Waiting, description: Description | null, status: number): void {
    const session = this.#session;
    const { inviter, invitee } = session;
    const reading = status < 300 ? readSessionBody(description) : null;
    if (reading === null || reading.kind !== "session") {
      // The invitee, once moved, has nobody to talk to but us.
      if (waiting.step === "inviter") session.end("failure");
      else session.dropMedia();
      return;
    }
    waiting.asked.theirs = reading.body;
    waiting.asked.ours = waiting.ours;
    waiting.asked.active = setupAfterAnswer(reading.body.media.setup) === "active";
    if (waiting.step === "invitee") {
      const passed = this.#passed!.invitee;
      const said = readSessionBody(passed);
      const previous = said.kind === "session" ? said.body.sdp : null;
      const ours = this.#offer(reading.body, inviter, previous);
      if (ours === null) return session.end("failure");
      this.#waiting = { asked: inviter, ours, offer: null, theirs: null, step: "inviter" };
      inviter.call!.offer(ours.description, "INVITE");
      return;
    }
    const agreed = agreementOf(
      inviter.theirs!.media,
      invitee.theirs!.media,
      session.plan.kind,
      session.host.deps.settings,
    );
    if (agreed === null) return session.end("failure");
    session.agreed = agreed;
    this.#passed = null;
    session.pulledIn();
    session.tellMedia(null);
  }

  /** The party that wanted it has taken it back (CANCEL), while the other side agreed: that one is asked to go back, too. */
  #takeBack(from: PartySide, { ours }: Waiting, description: Description): void {
    const asker = this.#other(from);
    if (!this.#session.anchored) {
      const before = this.#passed?.[asker.party];
      if (before !== undefined) this.#goBack(from, null, before);
      return;
    }
    const reading = readSessionBody(description);
    if (reading.kind !== "session") return;
    from.ours = ours;
    from.theirs = reading.body;
    from.active = setupAfterAnswer(reading.body.media.setup) === "active";
    const before = this.#offer(asker.theirs!, from, from.ours!.sdp);
    if (before !== null) this.#goBack(from, before, before.description);
  }

  #goBack(asked: PartySide, ours: OwnDescription | null, description: Description): void {
    this.#waiting = { asked, ours, offer: null, theirs: null, step: "back" };
    asked.call!.offer(description, "INVITE");
  }

  /** Refused or not: what the party said last holds. */
  #cameBack({ asked, ours }: Waiting, description: Description | null): void {
    if (description === null) return;
    if (this.#session.anchored) {
      asked.ours = ours;
      this.#learn(asked, description);
    } else if (this.#passed !== null) this.#passed[asked.party] = kept(description);
  }

  /** Only where the party is has changed: the other side need not know. */
  #moved(from: PartySide, offer: PeerOffer, theirs: SessionBody): void {
    const other = this.#other(from);
    if (!this.#agree(from, theirs, other.theirs!)) {
      return this.#refuse(offer, 305, "No content type that both sides take");
    }
    this.#answer(from, offer, theirs, other.theirs!);
    this.#session.tellMedia(from);
  }

  #ask(from: PartySide, offer: PeerOffer, theirs: SessionBody): void {
    const other = this.#other(from);
    const ours = this.#offer(theirs, other, other.ours!.sdp);
    if (ours === null) return this.#refuse(offer, 305, "None of the content types is allowed here");
    this.#waiting = { asked: other, ours, offer, theirs, step: "" };
    other.call!.offer(ours.description, offer.how === "UPDATE" ? "UPDATE" : "INVITE");
  }

  /** Answers the party's offer from what the other one said. */
  #answer(to: PartySide, offer: PeerOffer, theirs: SessionBody, others: SessionBody): void {
    const answer = answerFrom(theirs, others, to.own!, this.#session.agreed!, this.#session.negotiator);
    to.theirs = theirs;
    to.active = ourSetup(theirs.media.setup) === "active";
    to.ours = following(to.ours?.sdp ?? null, answer, others);
    offer.answer({ description: to.ours.description });
  }

  /** Our offer to one party, made from what the other one says; the next version of what it was told before. */
  #offer(from: SessionBody, to: PartySide, previous: SessionDescription | null): OwnDescription | null {
    const wanted = offerFrom(from, to.own!, this.#session.plan.kind, this.#session.negotiator, false);
    if (wanted === null) return null;
    return following(previous, { ...wanted, sdp: inPlace(wanted.sdp, previous) }, from);
  }

  #agree(one: PartySide, its: SessionBody, others: SessionBody): boolean {
    const inviter = one.party === "inviter" ? its : others;
    const invitee = one.party === "inviter" ? others : its;
    const { plan, host } = this.#session;
    const agreed = agreementOf(inviter.media, invitee.media, plan.kind, host.deps.settings);
    if (agreed === null) return false;
    this.#session.agreed = agreed;
    one.theirs = its;
    return true;
  }

  #learn(from: PartySide, description: Description): void {
    const reading = readSessionBody(description);
    if (reading.kind !== "session" || !this.#agree(from, reading.body, this.#other(from).theirs!)) return;
    from.active = setupAfterAnswer(reading.body.media.setup) === "active";
    this.#session.tellMedia(from);
  }

  #passOn(from: PartySide, offer: PeerOffer): void {
    const other = this.#other(from);
    if (offer.description === null) {
      const said = from.party === "inviter" ? this.#passed?.invitee : this.#passed?.inviter;
      if (said === undefined) return offer.refuse(488);
      return offer.answer({ description: said });
    }
    this.#waiting = { asked: other, ours: null, offer, theirs: null, step: "" };
    other.call!.offer(kept(offer.description), offer.how === "UPDATE" ? "UPDATE" : "INVITE");
  }

  #passBack(from: PartySide, offer: PeerOffer, description: Description): void {
    const asked = kept(offer.description!), answered = kept(description);
    this.#passed = from.party === "invitee"
      ? { inviter: asked, invitee: answered }
      : { inviter: answered, invitee: asked };
    offer.answer({ description: answered });
  }

  #other(side: PartySide): PartySide {
    return side === this.#session.inviter ? this.#session.invitee : this.#session.inviter;
  }

  #refuse(offer: PeerOffer, code: number, text: string): void {
    const { host } = this.#session.host.deps;
    const { status, reason, headers }: Refusal = refusedWith(488, text, ["Warning", `${code} ${host} "${text}"`]);
    offer.refuse(status, { reason, headers });
  }
}

/** 408 is no answer to an UPDATE (RFC 4320), 481 would end the dialog of who is well (RFC 3261 §12.2.1.2). */
function acrossFor(status: number): number {
  return status === 408 || status === 481 ? 500 : statusAcross(status);
}

/** What is wrong with a later offer; null for nothing. */
function laterProblem(before: SessionBody, now: SessionBody): string | null {
  if (now.sdp.media.length < before.sdp.media.length || now.index !== before.index) {
    return "Sections of a session stay in their places";
  }
  const used = now.sdp.media.some((section, i) =>
    i !== now.index && !isRejected(section) && (before.sdp.media[i] === undefined || isRejected(before.sdp.media[i]))
  );
  // What was offered beside the messages at first was refused, and stays so.
  return used ? "No other media in this session" : null;
}

/** True where nothing differs but where the party is and how it is reached. */
function onlyMoved(before: MsrpMedia, now: MsrpMedia): boolean {
  return before.direction === now.direction && before.maxSize === now.maxSize &&
    before.acceptTypes.join(" ") === now.acceptTypes.join(" ") &&
    before.acceptWrappedTypes.join(" ") === now.acceptWrappedTypes.join(" ") &&
    before.file?.transferId === now.file?.transferId;
}

/** The description that follows another one of ours: same origin, next version (RFC 3264 §8). */
function following(previous: SessionDescription | null, wanted: OwnDescription, from: SessionBody): OwnDescription {
  if (previous === null) return wanted;
  const sdp = nextDescription(previous, wanted.sdp);
  return { sdp, description: withDescription(from.parts, sdp) };
}

/** Sections that stood beside the messages keep their places, not in use. */
function inPlace(wanted: SessionDescription, previous: SessionDescription | null): SessionDescription {
  if (previous === null || previous.media.length <= wanted.media.length) return wanted;
  const [section] = wanted.media;
  const at = previous.media.findIndex(({ media }) => media.toLowerCase() === "message");
  return {
    lines: wanted.lines,
    media: previous.media.map((other, i) => i === at ? section : { ...other, port: 0, lines: [] }),
  };
}

function bodyOf(body: SessionBody, description: Description): Uint8Array {
  return body.parts === null ? description.body : body.parts.all[body.parts.at].body;
}

/** Bodies of messages are views into buffers that are used again. */
function kept({ contentType, body }: Description): Description {
  return { contentType, body: body.slice() };
}
