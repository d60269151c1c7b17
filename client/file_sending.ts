import { EMPTY, randomHex, type Timed, type Timer } from "../foundation/mod.ts";
import type { ServerTransaction } from "../transport/sip/mod.ts";
import { acceptsType, type FileOffer, hashText, type MsrpMedia, selectsFile } from "../transport/payload/mod.ts";
import { LOST } from "../transport/msrp/mod.ts";
import { type MsrpSession, type OutgoingMessage, type OutgoingUser, ReadAhead } from "../transport/msrp/session/mod.ts";
import { type ClientWorld, IM_TAG } from "./client_world.ts";
import { essence } from "./envelope.ts";
import type { FileAsked } from "./file_invitation.ts";
import { type FileSource, type FileTransfer, selectorOf, startOf } from "./file_transfer.ts";
import type { Reason } from "./im_user.ts";
import type { Party } from "./inbox.ts";
import { MediaCall } from "./media_call.ts";
import type { MediaOwner } from "./media_owner.ts";
import type { MediaWish, TheirDescription } from "./media_offer.ts";
import { reason } from "./reason.ts";

/** A call that broke under a file is begun anew after so long, one try after the other. */
const AGAIN_MS = [2_000, 5_000, 10_000, 20_000, 40_000];

/** A file of ours to one other side (RFC 5547): pushed, or sent because it was asked for. Goes on by range after a cut. */
export class FileSending implements MediaOwner, FileTransfer, FileAsked, OutgoingUser, Timed {
  readonly sessionLimits = {};
  readonly direction = "out";
  readonly peer: Party;
  readonly #world: ClientWorld;
  readonly #done: () => void;
  #media: MediaCall;
  /** What they asked for; null for a push. */
  readonly #asked: FileOffer | null;
  #id: string;
  #source: FileSource | null;
  #state: FileTransfer["state"] = "offered";
  /** Octets of the file that the recipient has for certain, from the first on. */
  #delivered = 0;
  /** Octets before the part that the present offer is about. */
  #start = 0;
  #moved = 0;
  #reader: ReadAhead | null = null;
  #outgoing: OutgoingMessage | null = null;
  #tries = 0;
  #timer: Timer | null = null;

  private constructor(
    world: ClientWorld,
    peer: Party,
    source: FileSource | null,
    asked: FileOffer | null,
    done: () => void,
  ) {
    this.#world = world;
    this.peer = peer;
    this.#source = source;
    this.#asked = asked;
    this.#id = asked?.transferId ?? randomHex(12);
    this.#done = done;
    this.#media = new MediaCall(world, this);
  }

  get deferred(): boolean {
    return this.#media.unconfirmed;
  }

  /** Offers a file. */
  static push(world: ClientWorld, to: string, source: FileSource, done: () => void): FileSending {
    const sending = new FileSending(world, { uri: to, name: "" }, source, null, done);
    sending.#media.invite({ to, tags: IM_TAG });
    return sending;
  }

  /** Takes up an INVITE that asks for a file; null where it was refused already. */
  static asked(
    world: ClientWorld,
    from: Party,
    transaction: ServerTransaction,
    offer: TheirDescription,
    done: () => void,
  ): FileSending | null {
    const sending = new FileSending(world, from, null, offer.media.file!, done);
    sending.#start = sending.#delivered = startOf(offer.media.file);
    return sending.#media.receive(transaction, offer, IM_TAG) ? sending : null;
  }

  get id(): string {
    return this.#id;
  }
  get from(): Party {
    return this.peer;
  }
  get selector(): FileOffer["selector"] {
    return this.#asked?.selector ?? { hashes: [] };
  }
  get name(): string {
    return this.#source?.name ?? this.#asked?.selector.name ?? "";
  }
  get size(): number {
    return this.#source?.size ?? this.#asked?.selector.size ?? -1;
  }
  get type(): string {
    return this.#source?.type ?? this.#asked?.selector.type ?? "";
  }
  get state(): FileTransfer["state"] {
    return this.#state;
  }
  get moved(): number {
    return this.#moved;
  }
  readonly place = "";

  send(source: FileSource): void {
    if (this.#source !== null || this.#media.over) return;
    if (!selectsFile(this.selector, selectorOf(source, hashText)) || this.#start > source.size) {
      return this.#media.refuse(404, "No such file");
    }
    this.#source = source;
    this.#media.accept();
  }

  refuse(status = 404, text = "No such file"): void {
    this.#media.refuse(status, text);
  }

  cancel(): void {
    if (this.#state === "done" || this.#state === "failed") return;
    this.#fail(reason(0, "given up"));
    if (this.#timer === null) return this.#media.end("the sender has given the file up");
    // Between two calls.
    this.#timer.stop();
    this.#timer = null;
    this.#done();
  }

  // MediaOwner

  describe(theirs: MsrpMedia | null): MediaWish | string {
    const source = this.#source;
    if (source === null) return "no file was chosen";
    // What they ask for says where to begin; else we go on where they have got to.
    const start = theirs === null ? this.#delivered : startOf(theirs.file);
    if (theirs !== null && start > source.size) return "the range begins behind the file's end";
    this.#start = start;
    const range = start > 0 ? { start: start + 1, stop: null } : undefined;
    return {
      acceptTypes: [essence(source.type)],
      direction: "sendonly",
      file: {
        selector: selectorOf(source, hashText),
        transferId: this.#id,
        ...(theirs === null && { disposition: "attachment" }),
        ...(range && { range }),
      },
    };
  }

  onAgreed(theirs: MsrpMedia, session: MsrpSession): void {
    const source = this.#source!;
    if (this.#over) return;
    const left = source.size - this.#start;
    if (theirs.file === undefined) return this.#give(488, "the other side does not understand files (RFC 5547)");
    if (!acceptsType(theirs, essence(source.type))) {
      return this.#give(
        415,
        `the other side does not take ${essence(source.type)}; taken: ${theirs.acceptTypes.join(", ")}`,
      );
    }
    if (left > (theirs.maxSize ?? Infinity)) {
      return this.#give(413, `the file has ${left} bytes, and ${theirs.maxSize} are allowed`);
    }
    this.#reader = left === 0 ? null : new ReadAhead(source.open(this.#start), left);
    this.#outgoing = session.send({
      contentType: source.type,
      body: this.#reader ?? EMPTY,
      others: "Content-Disposition: attachment\r\n",
      successReport: true,
      user: this,
    });
    if (this.#outgoing === null) return this.#give(503, "too much waits to be sent already");
    this.#state = "moving";
    this.#tell(this.#start);
  }

  onOpen(): void {
    this.#tries = 0;
  }
  onMessage(): number {
    return 403;
  }

  onLost(): void {
    if (this.#over) return;
    this.#outgoing = null;
    this.#state = "cut";
    this.#tell(this.#delivered);
  }

  onOver(why: Reason): void {
    this.#timer?.stop();
    if (!this.#over) {
      // Neither refused nor left by the other side: the way between broke.
      const broken = this.#state === "cut" || this.#state === "moving";
      const passing = why.status === 408 || why.status === 481 || why.status >= 500;
      if (this.#asked === null && broken && passing && this.#tries < AGAIN_MS.length) {
        this.#state = "cut";
        this.#timer = this.#world.timers.start(AGAIN_MS[this.#tries++], this, 0);
        return;
      }
      this.#fail(why);
    }
    this.#done();
  }

  onTimer(): void {
    this.#timer = null;
    if (this.#over) return this.#done();
    this.#media = new MediaCall(this.#world, this);
    this.#media.invite({ to: this.peer.uri, tags: IM_TAG });
  }

  // OutgoingUser

  onProgress(message: OutgoingMessage): void {
    this.#delivered = Math.max(this.#delivered, this.#start + message.delivered);
    this.#tell(this.#start + message.confirmed);
  }

  onDelivered(message: OutgoingMessage): void {
    this.#delivered = this.#start + message.size;
    this.#state = "done";
    this.#tell(this.#delivered);
    this.#world.user.onFileEnded?.(this, null);
    this.#media.end("");
  }

  onFailed(message: OutgoingMessage, status: number, comment: string): void {
    this.#delivered = Math.max(this.#delivered, this.#start + message.delivered);
    if (this.#over) return;
    if (this.#reader?.error !== null && this.#reader !== null) {
      const { error } = this.#reader;
      return this.#give(0, `the file could not be read: ${error instanceof Error ? error.message : error}`);
    }
    // Another session is being asked for.
    if (status === LOST || status === 481 || status === 506) return;
    this.#give(status, comment === "" ? `refused with ${status}` : `${comment} (${status})`);
  }

  get #over(): boolean {
    return this.#state === "done" || this.#state === "failed";
  }

  #tell(moved: number): void {
    this.#moved = moved;
    this.#world.user.onFileProgress?.(this);
  }

  #give(status: number, text: string): void {
    this.#fail(reason(status, text));
    this.#media.end("the file cannot be sent");
  }

  #fail(why: Reason): void {
    if (this.#over) return;
    this.#state = "failed";
    this.#world.user.onFileEnded?.(this, why);
  }
}
