import { randomHex } from "../foundation/mod.ts";
import type { ServerTransaction } from "../transport/sip/mod.ts";
import {
  acceptedFile,
  type FileOffer,
  type FileSelector,
  hashText,
  type MsrpMedia,
  selectorConflict,
} from "../transport/payload/mod.ts";
import {
  type IncomingHead,
  type IncomingMessage,
  type IncomingStream,
  LATER,
  type StreamSink,
} from "../transport/msrp/session/mod.ts";
import { type ClientWorld, IM_TAG } from "./client_world.ts";
import type { FileOffered } from "./file_invitation.ts";
import { type FileSink, type FileTransfer, startOf } from "./file_transfer.ts";
import type { Reason } from "./im_user.ts";
import type { Party } from "./inbox.ts";
import { MediaCall } from "./media_call.ts";
import type { MediaOwner } from "./media_owner.ts";
import type { MediaWish, TheirDescription } from "./media_offer.ts";
import { reason } from "./reason.ts";

/** A file from one other side (RFC 5547): offered by it, or fetched by us. */
export class FileReceiving implements MediaOwner, FileTransfer, FileOffered {
  /** All of it comes as a stream, whatever its size. */
  readonly sessionLimits = { whole: 0 };
  readonly direction = "in";
  readonly deferred = false;
  readonly peer: Party;
  readonly room: string;
  readonly #world: ClientWorld;
  readonly #media: MediaCall;
  readonly #done: () => void;
  #file: FileOffer;
  #sink: FileSink | null = null;
  #state: FileTransfer["state"] = "offered";
  /** Octets before the part that comes. */
  #start: number;
  /** Octets of the file that are here, from the first on. */
  #moved: number;
  #place = "";

  private constructor(world: ClientWorld, peer: Party, room: string, file: FileOffer, done: () => void) {
    this.#world = world;
    this.peer = peer;
    this.room = room;
    this.#file = file;
    this.#start = this.#moved = startOf(file);
    this.#done = done;
    this.#media = new MediaCall(world, this);
  }

  /** Takes up an INVITE that offers a file; `room`: as `FileOffered.room`. Null where it was refused already. */
  static offered(
    world: ClientWorld,
    from: Party,
    room: string,
    transaction: ServerTransaction,
    offer: TheirDescription,
    done: () => void,
  ): FileReceiving | null {
    const receiving = new FileReceiving(world, from, room, offer.media.file!, done);
    return receiving.#media.receive(transaction, offer, IM_TAG) ? receiving : null;
  }

  /** Asks for a file; `have`: octets of it that are in the sink already. */
  static fetch(
    world: ClientWorld,
    from: string,
    selector: FileSelector,
    sink: FileSink,
    have: number,
    done: () => void,
  ): FileReceiving {
    const range = have > 0 ? { range: { start: have + 1, stop: null } } : {};
    const file: FileOffer = { selector, transferId: randomHex(12), ...range };
    const receiving = new FileReceiving(world, { uri: from, name: "" }, "", file, done);
    receiving.#sink = sink;
    receiving.#media.invite({ to: from, tags: IM_TAG });
    return receiving;
  }

  get id(): string {
    return this.#file.transferId ?? "";
  }
  get from(): Party {
    return this.peer;
  }
  get file(): FileOffer {
    return this.#file;
  }
  get transfer(): FileTransfer {
    return this;
  }
  get start(): number {
    return this.#start;
  }
  get name(): string {
    return this.#file.selector.name ?? "";
  }
  get size(): number {
    return this.#file.selector.size ?? -1;
  }
  get type(): string {
    return this.#file.selector.type ?? "";
  }
  get state(): FileTransfer["state"] {
    return this.#state;
  }
  get moved(): number {
    return this.#moved;
  }
  get place(): string {
    return this.#place;
  }

  accept(sink: FileSink): void {
    if (sink === this.#sink) return;
    // Given up by the other side before the user had made up his mind.
    if (this.#sink !== null || this.#media.over) return sink.abort("the file is not offered any more", false);
    this.#sink = sink;
    this.#media.accept();
  }

  refuse(status = 603, text = ""): void {
    if (this.#sink === null) this.#media.refuse(status, text);
  }

  cancel(): void {
    if (this.#over) return;
    this.#fail(reason(0, "given up"), true);
    this.#media.end("the recipient has given the file up");
  }

  // MediaOwner

  describe(theirs: MsrpMedia | null): MediaWish | string {
    if (theirs !== null) {
      const problem = this.#offerProblem(theirs.file);
      if (problem !== null) return problem;
    } else if (this.#moved > 0) {
      this.#file = { ...this.#file, range: { start: this.#moved + 1, stop: null } };
      this.#start = this.#moved;
    }
    const { type, size } = this.#file.selector;
    const maxSize = size === undefined ? this.#world.limits.file : Math.max(1, size - this.#start);
    return {
      acceptTypes: type === undefined ? ["*"] : [type.split(";", 1)[0]],
      maxSize,
      direction: "recvonly",
      file: theirs === null ? this.#file : acceptedFile(this.#file),
    };
  }

  onAgreed(theirs: MsrpMedia): void {
    if (this.#over) return;
    const { file } = theirs;
    if (file === undefined) return this.#give(488, "the other side does not understand files (RFC 5547)");
    // What they say of a file that we asked for.
    const { selector } = file;
    if (selectorConflict(this.#file.selector, selector) !== null) return this.#give(488, "they send another file");
    this.#file = {
      ...this.#file,
      selector: { ...selector, ...withoutHashes(this.#file.selector), hashes: hashesOf(this.#file, file) },
    };
    this.#state = "moving";
    this.#tell(this.#moved);
  }

  onOpen(): void {}

  onMessage(message: IncomingMessage): number {
    // Of one octet, or none.
    if (this.#over || this.#sink === null) return 403;
    if (message.body.length > 0) this.#take(message.body, 0);
    return this.#complete(message.body.length, message);
  }

  onStream(stream: IncomingStream): StreamSink | number {
    const sink = this.#sink;
    if (this.#over || sink === null) return 403;
    return {
      write: (octets, offset) => this.#take(octets, offset),
      end: (size) => this.#complete(size, stream),
      // The session's end tells the rest.
      abort: () => {},
    };
  }

  onLost(): void {
    if (this.#over || this.#state === "checking") return;
    this.#state = "cut";
    this.#tell(this.#moved);
  }

  onOver(why: Reason): void {
    if (!this.#over && this.#state !== "checking") this.#fail(why, true);
    this.#done();
  }

  get #over(): boolean {
    return this.#state === "done" || this.#state === "failed";
  }

  /** What is wrong with a (later) offer of theirs. */
  #offerProblem(file: FileOffer | undefined): string | null {
    if (file === undefined) return "the offer has no file any more";
    if (file !== this.#file) {
      if (file.transferId !== this.#file.transferId) return "one file a session";
      if (selectorConflict(this.#file.selector, file.selector) !== null) return "the same id for another file";
    }
    const start = startOf(file);
    if (start > this.#moved) return `octets ${this.#moved + 1} to ${start} are missing`;
    this.#start = start;
    this.#file = { ...this.#file, range: file.range };
    return null;
  }

  #take(octets: Uint8Array, offset: number): void {
    if (this.#over) return;
    const at = this.#start + offset;
    const problem = this.#sink!.write(octets, at);
    if (problem !== "") return this.#give(500, problem);
    // A gap is filled later: what counts is what there is from the first octet on.
    if (at <= this.#moved) this.#tell(Math.max(this.#moved, at + octets.length));
  }

  /** All of the part is here. The hash may take its time. */
  #complete(size: number, head: IncomingHead): number {
    if (this.#over) return 403;
    const whole = this.#start + size;
    const wanted = this.#file.selector.size;
    if (wanted !== undefined && whole !== wanted) {
      this.#fail(reason(400, `it has ${whole} bytes, and ${wanted} were announced`), false);
      return 400;
    }
    this.#state = "checking";
    this.#moved = whole;
    this.#sink!.finish((sha1, problem) => this.#checked(sha1, problem, head));
    return LATER;
  }

  #checked(sha1: Uint8Array | null, problem: string, head: IncomingHead): void {
    if (this.#over) return;
    const wanted = this.#file.selector.hashes.find(({ algorithm }) => algorithm === "sha-1");
    const found = sha1 === null ? "" : hashText(sha1);
    if (sha1 === null || (wanted !== undefined && wanted.value !== found)) {
      const text = sha1 === null ? problem : "what came is not what was announced: its hash is another one";
      head.report(400, sha1 === null ? "the file could not be kept" : "the hash is another one");
      return this.#fail(reason(400, text), false);
    }
    try {
      this.#place = this.#sink!.keep();
    } catch (error) {
      head.report(400, "the file could not be kept");
      return this.#fail(reason(400, `it could not be kept: ${(error as Error).message}`), false);
    }
    this.#state = "done";
    head.report(200);
    this.#world.user.onFileProgress?.(this);
    this.#world.user.onFileEnded?.(this, null);
  }

  #tell(moved: number): void {
    this.#moved = moved;
    this.#world.user.onFileProgress?.(this);
  }

  #give(status: number, text: string): void {
    this.#fail(reason(status, text), false);
    this.#media.end("the file cannot be taken");
  }

  #fail(why: Reason, partial: boolean): void {
    if (this.#over) return;
    this.#state = "failed";
    this.#sink?.abort(why.text, partial);
    this.#world.user.onFileEnded?.(this, why);
  }
}

function withoutHashes({ name, size, type }: FileSelector): Omit<FileSelector, "hashes"> {
  return {
    ...(name !== undefined && { name }),
    ...(size !== undefined && { size }),
    ...(type !== undefined && { type }),
  };
}

function hashesOf(ours: FileOffer, theirs: FileOffer): FileSelector["hashes"] {
  return theirs.selector.hashes.length > 0 ? theirs.selector.hashes : ours.selector.hashes;
}
