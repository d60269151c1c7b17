import { concatBytes, EMPTY } from "../../../foundation/mod.ts";
import {
  BodyBuffer,
  type IncomingHead,
  type IncomingStream,
  LATER,
  type OctetBudget,
  type StreamSink,
} from "../../../transport/msrp/session/mod.ts";
import { type ContentWriter, StorageError, type StoredContent } from "../../../storage/mod.ts";
import { type ContentFacts, contentFacts, isComposing, isWrapped } from "./content_facts.ts";
import type { Turn } from "./completion_order.ts";
import type { Dressed } from "./intake_deps.ts";
import { messageLines } from "./message_lines.ts";
import { type Problem, problemOf } from "./refusals.ts";

/** Octets up to which a message is kept in its record; what is longer becomes a content of its own. */
export const IN_RECORD = 16_384;

/** A message that is there as a whole, as it is to be stored. */
export interface CompleteMessage {
  readonly head: IncomingHead;
  /** Octets the sender sent. */
  readonly octets: number;
  readonly facts: ContentFacts;
  /** As it is stored. */
  readonly contentType: string;
  /** Further header lines, each with CRLF. */
  readonly lines: string;
  /** Null where `content` has it. */
  readonly body: Uint8Array | null;
  readonly content: StoredContent | null;
  /** It is handed to the store, which counts it, and has its content, from now on. */
  posting(): void;
  /** Told once what became of it. */
  settled(stored: boolean): void;
}

/** What a stream asks of its session. */
export interface StreamHost {
  /** A message without octets is one: a file may be empty. Else it is nothing. */
  readonly takesEmpty: boolean;
  readonly budget: OctetBudget;
  /** Wall time, ms. */
  now(): number;
  /** Why so many octets of a type (lower-case, no parameters) are not stored. */
  contentProblem(type: string, octets: number): Problem | null;
  /** Why a message that is complete is none: a file that is shorter than was said. */
  wholeProblem(facts: ContentFacts, octets: number): Problem | null;
  /** So many octets more are here. */
  came(octets: number): void;
  reserve(octets: number): Problem | null;
  unreserve(octets: number): void;
  /** As `ManyRecipients.dressed`; null: it is stored as it came. */
  dressed(contentType: string, lines: string, begin: Uint8Array): Dressed | null;
  openContent(): ContentWriter | Problem;
  closedContent(): void;
  enter(): Turn;
  drop(turn: Turn): void;
  store(turn: Turn, message: CompleteMessage): void;
  /** It is not stored. */
  turnedDown(problem: Problem): void;
  /** Its sender broke off, or the connection did. */
  brokenOff(): void;
  /** It is done with. `stored`: else the sender may begin anew, also where there can be one message only. */
  gone(stream: StoringStream, stored: boolean): void;
}

/**
 * A message on its way into the store. Its beginning is kept in memory: a short one is all there, and of a longer one it shows what
 * it is. The rest goes to a content, no faster than that can be written: only in order, since what is sealed cannot be filled in.
 */
export class StoringStream implements StreamSink {
  readonly #host: StreamHost;
  readonly #stream: IncomingStream;
  readonly #begin: BodyBuffer;
  #facts: ContentFacts | null = null;
  #writer: ContentWriter | null = null;
  #dressed: Dressed | null = null;
  #received = 0;
  #reserved = 0;
  #paused = false;
  #over = false;

  constructor(host: StreamHost, stream: IncomingStream) {
    this.#host = host;
    this.#stream = stream;
    this.#begin = new BodyBuffer(host.budget, IN_RECORD);
  }

  /** The source waits for the store. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Null: it may come. What it will be long counts from now on. */
  begin(): Problem | null {
    const { total, contentType } = this.#stream;
    if (!isWrapped(contentType)) this.#facts = contentFacts(contentType, EMPTY, 0);
    if (this.#facts !== null) {
      const problem = this.#host.contentProblem(this.#facts.type, Math.max(total, 0));
      if (problem !== null) return problem;
    }
    return total > 0 ? this.#reserve(total) : null;
  }

  write(octets: Uint8Array, offset: number): void {
    if (this.#over) return;
    const end = offset + octets.length;
    if (offset > this.#received) {
      const comment = `octets from ${this.#received + 1} on are missing, and a long message is stored in order only`;
      return this.#refuse({ status: 413, comment, why: "order" });
    }
    if (end <= this.#received) return;
    const problem = end > this.#reserved ? this.#reserve(end) : null;
    if (problem !== null) return this.#refuse(problem);
    let fresh = octets.subarray(this.#received - offset);
    this.#received = end;
    this.#host.came(fresh.length);
    if (this.#writer === null) {
      const at = end - fresh.length;
      const short = fresh.subarray(0, IN_RECORD - at);
      if (!this.#begin.write(short, at)) {
        return this.#refuse({ status: 408, comment: "no memory for so much at present", why: "busy" });
      }
      if (end <= IN_RECORD) return;
      const problem = this.#open();
      if (problem !== null) return this.#refuse(problem);
      fresh = fresh.subarray(short.length);
    }
    const tooMuch = this.#host.contentProblem(this.#facts!.type, end - this.#facts!.bodyAt);
    if (tooMuch !== null) return this.#refuse(tooMuch);
    this.#writer!.write(fresh);
    this.#mindRoom(this.#writer!);
  }

  end(size: number): number {
    if (this.#over) return LATER;
    this.#over = true;
    this.#paused = false;
    if (size === 0 && !this.#host.takesEmpty) return this.#nothing();
    const problem = this.#lastLook(size);
    if (problem !== null) {
      this.#turnDown(problem);
      return LATER;
    }
    if (isComposing(this.#facts!)) return this.#nothing();
    const turn = this.#host.enter();
    const writer = this.#writer;
    if (writer === null) this.#store(turn, this.#short(this.#facts!.before, size), null);
    else {
      if (this.#dressed !== null) writer.write(this.#dressed.tail);
      writer.finish((outcome) => this.#written(turn, outcome));
    }
    return LATER;
  }

  abort(): void {
    if (this.#over) return;
    this.#release();
    this.#host.brokenOff();
    this.#host.gone(this, false);
  }

  /** Its time is over. */
  giveUp(problem: Problem): void {
    if (!this.#over) this.#refuse(problem);
  }

  /** It is done with, and nothing of it is to be stored. */
  #nothing(): number {
    this.#release();
    this.#host.gone(this, false);
    return 200;
  }

  /** It has become too long for memory: what it is shows by now, and its content begins. */
  #open(): Problem | null {
    const begin = this.#begin.body(IN_RECORD);
    const problem = this.#look(begin, Math.max(this.#stream.total, this.#received));
    if (problem !== null) return problem;
    const writer = this.#host.openContent();
    if ("status" in writer) return writer;
    this.#writer = writer;
    writer.onRoom = () => this.#roomAgain();
    if (this.#facts!.before.length > 0) writer.write(this.#facts!.before);
    const dressed = this.#dressed = this.#dress(begin);
    if (dressed !== null) writer.write(dressed.head);
    writer.write(dressed === null ? begin : begin.subarray(dressed.skip));
    this.#begin.free();
    return null;
  }

  /** What it is, from its beginning. */
  #look(begin: Uint8Array, octets: number): Problem | null {
    try {
      this.#facts ??= contentFacts(this.#stream.contentType, begin, this.#host.now());
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return { status: 400, comment: error.message, why: "malformed" };
    }
    if (this.#facts === null) {
      return { status: 400, comment: "message/cpim whose headers do not end", why: "malformed" };
    }
    return this.#host.contentProblem(this.#facts.type, octets - this.#facts.bodyAt);
  }

  #lastLook(size: number): Problem | null {
    const problem = this.#writer === null ? this.#look(this.#begin.body(size), size) : null;
    return problem ?? this.#host.wholeProblem(this.#facts!, size);
  }

  #written(turn: Turn, outcome: StoredContent | StorageError): void {
    if (!(outcome instanceof StorageError)) return this.#store(turn, null, outcome);
    this.#turnDown(problemOf({ kind: "failed", error: outcome }));
    this.#host.drop(turn);
  }

  #dress(begin: Uint8Array): Dressed | null {
    return this.#host.dressed(this.#stream.contentType, messageLines(this.#stream), begin);
  }

  /** The whole of a short one. Its memory counts until it is stored. */
  #short(before: Uint8Array, size: number): Uint8Array {
    const body = this.#begin.body(size);
    const dressed = this.#dressed = this.#dress(body);
    if (dressed !== null) return concatBytes([before, dressed.head, body.subarray(dressed.skip), dressed.tail]);
    return before.length === 0 ? body : concatBytes([before, body]);
  }

  #store(turn: Turn, body: Uint8Array | null, content: StoredContent | null): void {
    this.#host.store(turn, {
      head: this.#stream,
      octets: this.#received,
      facts: this.#facts!,
      contentType: this.#dressed?.contentType ?? this.#stream.contentType,
      lines: this.#dressed?.lines ?? messageLines(this.#stream),
      body,
      content,
      posting: () => this.#handOver(),
      settled: (stored) => this.#settled(stored),
    });
  }

  #handOver(): void {
    this.#unreserve();
    if (this.#letGo() !== null) this.#host.closedContent();
  }

  #settled(stored: boolean): void {
    this.#release();
    this.#host.gone(this, stored);
  }

  /** All of it has come, and it cannot be stored. */
  #turnDown(problem: Problem): void {
    this.#release();
    this.#host.turnedDown(problem);
    this.#stream.report(problem.status, problem.comment);
    this.#host.gone(this, false);
  }

  #reserve(octets: number): Problem | null {
    const problem = this.#host.reserve(octets - this.#reserved);
    if (problem === null) this.#reserved = octets;
    return problem;
  }

  #refuse(problem: Problem): void {
    this.#release();
    this.#host.turnedDown(problem);
    this.#stream.refuse(problem.status, problem.comment);
    this.#host.gone(this, false);
  }

  #mindRoom(writer: ContentWriter): void {
    if (!writer.full || this.#paused) return;
    this.#paused = true;
    this.#stream.pause();
  }

  #roomAgain(): void {
    const error = this.#writer?.error ?? null;
    if (error !== null && !this.#over) return this.#refuse(problemOf({ kind: "failed", error }));
    if (!this.#paused) return;
    this.#paused = false;
    this.#stream.resume();
  }

  #unreserve(): void {
    if (this.#reserved > 0) this.#host.unreserve(this.#reserved);
    this.#reserved = 0;
  }

  #release(): void {
    this.#over = true;
    this.#begin.free();
    this.#unreserve();
    const writer = this.#letGo();
    if (writer === null) return;
    writer.abandon();
    this.#host.closedContent();
  }

  #letGo(): ContentWriter | null {
    const writer = this.#writer;
    this.#writer = null;
    if (writer !== null) writer.onRoom = null;
    return writer;
  }
}
