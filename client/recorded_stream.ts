import type { IncomingStream, StreamSink } from "../transport/msrp/session/mod.ts";
import { LATER } from "../transport/msrp/session/mod.ts";
import type { FileSink } from "./file_transfer.ts";
import { type RecordedHead, recordedHead } from "./recorded_message.ts";

/** Who hears of a message that is too large for memory. */
export interface RecordedStreamUser {
  /** Where its content goes; null: nowhere, it is passed over. Called once. */
  onLarge(head: RecordedHead): FileSink | null;
  /** It is there: at `place`, as `FileSink.keep` says; or it is not, for that `problem`. Called once where `onLarge` gave a sink. */
  onLargeEnded(head: RecordedHead, place: string, problem: string): void;
  /** Nobody wants it. */
  onPassedOver(): void;
}

/** A message of a recording as it comes in pieces: its wrapper is taken off, its content goes to a sink. */
export class RecordedStream implements StreamSink {
  readonly #stream: IncomingStream;
  readonly #user: RecordedStreamUser;
  /** What has come before the head was there as a whole; bounded by what a head may have. */
  #start = new Uint8Array(0);
  #head: RecordedHead | null = null;
  #bodyAt = 0;
  #sink: FileSink | null = null;
  #over = false;

  constructor(stream: IncomingStream, user: RecordedStreamUser) {
    this.#stream = stream;
    this.#user = user;
  }

  write(octets: Uint8Array, offset: number): void {
    if (this.#over) return;
    if (this.#head !== null) return this.#write(octets, offset);
    if (offset > this.#start.length) return this.#refuse(400, "its beginning is missing");
    const fresh = octets.subarray(this.#start.length - offset);
    const start = new Uint8Array(this.#start.length + fresh.length);
    start.set(this.#start);
    start.set(fresh, this.#start.length);
    this.#start = start;
    this.#begin(false);
  }

  end(size: number): number {
    if (this.#over) return 413;
    if (this.#head === null) this.#begin(true);
    const sink = this.#sink, head = this.#head;
    if (sink === null || head === null) return 413;
    const facts = { ...head, size: size - this.#bodyAt };
    sink.finish((digest, problem) => this.#finished(sink, facts, digest === null ? problem : ""));
    return LATER;
  }

  abort(reason: string): void {
    this.#fail(reason);
  }

  #begin(last: boolean): void {
    const { messageId, total } = this.#stream;
    const start = this.#start;
    const found = recordedHead(start, messageId, total, last);
    if (found === null) return;
    this.#head = found.facts;
    this.#bodyAt = found.bodyAt;
    this.#sink = this.#user.onLarge(found.facts);
    this.#start = new Uint8Array(0);
    if (this.#sink !== null) return this.#write(start, 0);
    this.#over = true;
    this.#user.onPassedOver();
    if (!last) this.#stream.refuse(413, "it is not wanted");
  }

  #write(octets: Uint8Array, offset: number): void {
    const skip = Math.max(0, this.#bodyAt - offset);
    if (skip >= octets.length) return;
    const problem = this.#sink!.write(octets.subarray(skip), offset + skip - this.#bodyAt);
    if (problem !== "") this.#refuse(413, problem);
  }

  #finished(sink: FileSink, head: RecordedHead, problem: string): void {
    if (this.#over) return;
    if (problem !== "") {
      this.#stream.report(413, "it could not be kept");
      return this.#fail(problem);
    }
    let place: string;
    try {
      place = sink.keep();
    } catch (error) {
      this.#stream.report(413, "it could not be kept");
      return this.#fail(`it could not be kept: ${(error as Error).message}`);
    }
    this.#over = true;
    this.#stream.report(200);
    this.#user.onLargeEnded(head, place, "");
  }

  #refuse(status: number, why: string): void {
    if (this.#over) return;
    this.#stream.refuse(status, why);
    this.#fail(why);
  }

  #fail(why: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#start = new Uint8Array(0);
    if (this.#sink === null) return this.#user.onPassedOver();
    this.#sink.abort(why, false);
    this.#user.onLargeEnded(this.#head!, "", why);
  }
}
