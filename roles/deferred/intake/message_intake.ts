import { EMPTY } from "../../../foundation/mod.ts";
import type { IncomingStream, OctetBudget } from "../../../transport/msrp/session/mod.ts";
import type { FileOffer } from "../../../transport/payload/mod.ts";
import { type ContentWriter, StorageError, type StoreOutcome, type StoreRefused } from "../../../storage/mod.ts";
import type { SessionKind } from "../../session_media/mod.ts";
import { sessionMessage, type SessionMessageParts, type StoredParties } from "../session_message.ts";
import { CompletionOrder, type Turn } from "./completion_order.ts";
import type { ContentFacts } from "./content_facts.ts";
import { fileLines } from "./file_lines.ts";
import type { Dressed, IntakeDeps, IntakeRecording, ManyRecipients } from "./intake_deps.ts";
import { type Problem, problemOf } from "./refusals.ts";
import type { Reservations } from "./reservations.ts";
import { LEAST_OCTETS } from "./session_patience.ts";
import { type CompleteMessage, StoringStream, type StreamHost } from "./storing_stream.ts";

/** Messages of a session that wait for their commit: from here on it is not read, until half of them are through. */
const UNCOMMITTED = 64;

/** What all sessions share. */
export interface IntakeHost {
  readonly deps: IntakeDeps;
  readonly budget: OctetBudget;
  readonly reservations: Reservations;
  /** Messages being written as contents. */
  writing: number;
  stored(kind: SessionKind, octets: number): void;
  /** Something was not stored; counted. */
  refused(why: Problem["why"]): void;
  /** The store had no room, before it was asked to store. */
  noRoom(refusal: StoreRefused, recipient: string, sender: string): void;
}

/** Whose messages they are. */
export interface IntakeOwner {
  readonly kind: SessionKind;
  readonly parties: StoredParties;
  /** The file that was offered; null for none. */
  readonly file: FileOffer | null;
  /** The recipient's devices were asked in vain just now. */
  readonly tried: boolean;
  /** Null: nobody records it. */
  readonly recording: IntakeRecording | null;
  /** Who gets what comes in the place of `parties.recipient`; null: that one. */
  readonly many: ManyRecipients | null;
  pause(): void;
  resume(): void;
  /** A message is stored, or was refused as a whole. */
  settled(stored: boolean): void;
}

/**
 * The messages of one session on their way into the store. Each has its 200 when it is committed. They are stored in the order in
 * which they were complete; there is no order between sessions.
 */
export class MessageIntake implements StreamHost {
  readonly #host: IntakeHost;
  readonly #owner: IntakeOwner;
  readonly #order = new CompletionOrder();
  /** Until they are stored, or will not be. */
  readonly #streams = new Set<StoringStream>();
  /** Of a large message, or a file, the only message has begun. */
  #begun = false;
  /** Messages that are complete and not stored yet. */
  #waiting = 0;
  #held = false;
  #forbidden = false;
  #ended = false;
  #moved = 0;

  constructor(host: IntakeHost, owner: IntakeOwner) {
    this.#host = host;
    this.#owner = owner;
  }

  get budget(): OctetBudget {
    return this.#host.budget;
  }

  get takesEmpty(): boolean {
    return this.#owner.kind === "file";
  }

  /** Nothing is under way, and nothing waits for its commit. */
  get idle(): boolean {
    return this.#streams.size === 0;
  }

  /** As `Standing.moved`. */
  get moved(): number {
    return this.#moved;
  }

  /** Nothing is read because of us. */
  get paused(): boolean {
    if (this.#held) return true;
    for (const stream of this.#streams) if (stream.paused) return true;
    return false;
  }

  /** A message begins. Null: it has been refused. */
  take(incoming: IncomingStream): StoringStream | null {
    const single = this.#owner.kind !== "session";
    const stream = new StoringStream(this, incoming);
    const more = single && this.#begun;
    const problem = this.#forbidden ? FORBIDDEN : more ? ONE_ONLY : stream.begin();
    if (problem !== null) {
      if (more) this.#host.refused(problem.why);
      else this.turnedDown(problem);
      incoming.refuse(problem.status, problem.comment);
      return null;
    }
    this.#begun = true;
    this.#streams.add(stream);
    return stream;
  }

  /** What has begun is not waited for any more. */
  giveUp(problem: Problem): void {
    for (const stream of this.#streams) stream.giveUp(problem);
  }

  /** Nothing is stored any more, whatever is complete: there is nobody to store for, or from. */
  forbid(): void {
    this.#forbidden = true;
    this.giveUp(FORBIDDEN);
  }

  /** Nothing more comes, and what is complete is still stored. */
  end(): void {
    this.#ended = true;
    if (this.#waiting === 0) this.#owner.recording?.close();
  }

  // What follows is for its streams.

  now(): number {
    return this.#host.deps.services.clock.now();
  }

  came(octets: number): void {
    this.#moved += octets;
  }

  contentProblem(type: string, octets: number): Problem | null {
    const { kind, file } = this.#owner;
    const limit = this.#host.deps.policy.limitFor(type, kind === "session");
    if (limit === 0) return { status: 415, comment: "this type of content is not allowed here", why: "type" };
    if (octets > limit) return { status: 413, comment: `${limit} octets at most`, why: "size" };
    const announced = file?.selector.size;
    if (announced === undefined || octets <= announced) return null;
    return { status: 413, comment: `${announced} octets were announced`, why: "size" };
  }

  wholeProblem({ bodyAt }: ContentFacts, octets: number): Problem | null {
    const announced = this.#owner.file?.selector.size;
    const came = octets - bodyAt;
    if (announced === undefined || came === announced) return null;
    return { status: 400, comment: `${came} octets came, ${announced} were announced`, why: "size" };
  }

  reserve(octets: number): Problem | null {
    const { recipient, sender } = this.#owner.parties;
    const refusal = this.#host.reservations.take(this.#mailbox, octets);
    if (refusal === null) return null;
    if (this.#owner.many === null) this.#host.noRoom(refusal, recipient, sender);
    return problemOf(refusal);
  }

  unreserve(octets: number): void {
    this.#host.reservations.give(this.#mailbox, octets);
  }

  dressed(contentType: string, lines: string, begin: Uint8Array): Dressed | null {
    return this.#owner.many?.dressed(contentType, lines, begin) ?? null;
  }

  openContent(): ContentWriter | Problem {
    const { contents, settings } = this.#host.deps;
    if (this.#host.writing >= settings.streams) return BUSY;
    try {
      const writer = contents.write();
      this.#host.writing++;
      return writer;
    } catch (error) {
      if (error instanceof StorageError) return error.kind === "full" ? BUSY : problemOf({ kind: "failed", error });
      throw error;
    }
  }

  closedContent(): void {
    this.#host.writing--;
  }

  enter(): Turn {
    const turn = this.#order.enter();
    this.#moved += LEAST_OCTETS;
    if (++this.#waiting >= UNCOMMITTED && !this.#held) {
      this.#held = true;
      this.#owner.pause();
    }
    return turn;
  }

  drop(turn: Turn): void {
    this.#order.drop(turn);
    this.#through();
  }

  store(turn: Turn, message: CompleteMessage): void {
    this.#order.ready(turn, () => {
      const { deferred } = this.#host.deps;
      const { parties, tried, many } = this.#owner;
      if (this.#forbidden || many?.isOver === true) return this.#stored(message, FORBIDDEN);
      const stored = sessionMessage(parties, this.#partsOf(message), this.now());
      const { recording } = this.#owner;
      // Whoever it is for may come and have it before it is recorded.
      if (recording !== null && message.content !== null) this.#host.deps.contents.claim(message.content);
      message.posting();
      const done = recording === null
        ? (outcome: StoreOutcome) => this.#stored(message, outcome)
        : (outcome: StoreOutcome) => this.#record(recording, message, outcome);
      if (many === null) deferred.post(stored, done, tried);
      else many.post(stored, done);
    });
  }

  turnedDown(problem: Problem): void {
    this.#host.refused(problem.why);
    this.#owner.settled(false);
  }

  brokenOff(): void {
    this.#host.refused("broken");
  }

  gone(stream: StoringStream, stored: boolean): void {
    this.#streams.delete(stream);
    if (!stored) this.#begun = false;
  }

  /** Whose room is taken while it comes: of what is for many each sender has as much as one recipient may have. */
  get #mailbox(): string {
    const { many, parties: { recipient, sender } } = this.#owner;
    return many === null ? recipient : `${recipient} ${sender}`;
  }

  #partsOf({ head, octets, facts, contentType, lines, body, content }: CompleteMessage): SessionMessageParts {
    const { kind, file } = this.#owner;
    let headers = lines;
    if (file !== null) {
      const { selector } = file;
      headers += fileLines({ ...file, selector: { ...selector, size: selector.size ?? octets - facts.bodyAt } });
    }
    return { mode: kind, messageId: head.messageId, contentType, body, content, headers };
  }

  /** What is stored is recorded, once: what was stored before had been, too. */
  #record(recording: IntakeRecording, message: CompleteMessage, outcome: StoreOutcome): void {
    const { content, body, head: { messageId }, contentType, lines: headers } = message;
    const done = () => {
      if (content !== null) this.#host.deps.contents.release(content);
      this.#stored(message, outcome);
    };
    if (outcome.kind !== "stored") return done();
    const file = this.#owner.file?.selector.name ?? "";
    recording.said({ messageId, contentType, headers, file, body: body ?? EMPTY, content }, done);
  }

  #stored(message: CompleteMessage, outcome: StoreOutcome | Problem): void {
    const problem = "status" in outcome
      ? outcome
      : outcome.kind === "stored" || outcome.kind === "duplicate"
      ? null
      : problemOf(outcome);
    message.settled(problem === null);
    if (problem === null) {
      this.#host.stored(this.#owner.kind, message.octets);
      message.head.report(200);
      this.#owner.settled(true);
    } else {
      message.head.report(problem.status, problem.comment);
      this.turnedDown(problem);
    }
    this.#through();
  }

  /** One message fewer waits. */
  #through(): void {
    this.#waiting--;
    if (this.#ended && this.#waiting === 0) this.#owner.recording?.close();
    if (this.#waiting > UNCOMMITTED / 2 || !this.#held) return;
    this.#held = false;
    this.#owner.resume();
  }
}

const ONE_ONLY: Problem = { status: 403, comment: "one message only in this session", why: "more" };
const FORBIDDEN: Problem = { status: 403, comment: "the session is over", why: "over" };
const BUSY: Problem = { status: 408, comment: "too many long messages are being stored at present", why: "busy" };
