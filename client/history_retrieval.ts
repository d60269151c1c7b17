import { CPIM_TYPE, HISTORY_LIST_TYPE, type MsrpMedia } from "../transport/payload/mod.ts";
import type { IncomingMessage, IncomingStream, StreamSink } from "../transport/msrp/session/mod.ts";
import { type ClientWorld, IM_TAG } from "./client_world.ts";
import type { FileSink } from "./file_transfer.ts";
import type { Reason } from "./im_user.ts";
import { MediaCall } from "./media_call.ts";
import type { MediaOwner } from "./media_owner.ts";
import type { MediaWish } from "./media_offer.ts";
import { reason } from "./reason.ts";
import { type RecordedHead, type RecordedMessage, recordedMessage } from "./recorded_message.ts";
import { RecordedStream, type RecordedStreamUser } from "./recorded_stream.ts";

/** Who hears of what is brought besides its messages. */
export interface RetrievalOptions {
  /** A message that is too large for memory: where its content goes; null, or not implemented: it is passed over. */
  onLarge?(head: RecordedHead): FileSink | null;
  /** Such a message is there, at `place`; or it is not, for that `problem`, "" else. */
  onLargeEnded?(head: RecordedHead, place: string, problem: string): void;
  /** It is over, once. `problem` null: all is there, but for `passedOver` messages that nobody wanted, or that could not be kept. */
  onEnd?(problem: Reason | null, passedOver: number): void;
}

/** Recordings that are being brought. */
export interface Retrieval {
  readonly over: boolean;
  /** Gives it up. */
  cancel(): void;
}

/** The session in which recorded conversations come (oma-reference §3.5, Retrieve): asked for by us, ended by the service. */
export class HistoryRetrieval implements MediaOwner, Retrieval, RecordedStreamUser {
  readonly sessionLimits: { readonly whole: number };
  readonly #options: RetrievalOptions;
  readonly #onMessage: (message: RecordedMessage) => void;
  readonly #media: MediaCall;
  readonly #done: () => void;
  #agreed = false;
  #cancelled = false;
  #passedOver = 0;
  /** Large messages whose place is not done with them: the end waits for it. */
  #open = 0;
  #ended: Reason | null = null;

  /** `service`: `sip:history@domain`. `list`: the references. `done`: it is over, before `onEnd`. */
  constructor(
    world: ClientWorld,
    service: string,
    list: Uint8Array,
    onMessage: (message: RecordedMessage) => void,
    options: RetrievalOptions,
    done: () => void,
  ) {
    this.sessionLimits = { whole: world.limits.largeMessage };
    this.#options = options;
    this.#onMessage = onMessage;
    this.#done = done;
    this.#media = new MediaCall(world, this);
    const part = { headers: [["Content-Type", HISTORY_LIST_TYPE]] as const, body: list };
    this.#media.invite({ to: service, tags: IM_TAG, part });
  }

  get over(): boolean {
    return this.#media.over;
  }

  cancel(): void {
    if (this.over) return;
    this.#cancelled = true;
    this.#media.end("given up");
  }

  // MediaOwner

  /** No size is named: what is too large for memory may have a place elsewhere. */
  describe(_theirs: MsrpMedia | null): MediaWish {
    return { acceptTypes: [CPIM_TYPE], acceptWrappedTypes: ["*"], direction: "recvonly" };
  }

  onAgreed(): void {
    this.#agreed = true;
  }

  onOpen(): void {}

  onMessage({ body, messageId }: IncomingMessage): number {
    this.#onMessage(recordedMessage(body, messageId));
    return 200;
  }

  onStream(stream: IncomingStream): StreamSink | number | null {
    if (this.#options.onLarge !== undefined) return new RecordedStream(stream, this);
    if (stream.total < 0) return null;
    this.#passedOver++;
    return 413;
  }

  onLost(): void {}

  onOver(why: Reason): void {
    this.#done();
    this.#ended = why;
    if (this.#open === 0) this.#tellEnd(why);
  }

  // RecordedStreamUser

  onLarge(head: RecordedHead): FileSink | null {
    const sink = this.#options.onLarge!(head);
    if (sink !== null) this.#open++;
    return sink;
  }

  onLargeEnded(head: RecordedHead, place: string, problem: string): void {
    if (problem !== "") this.#passedOver++;
    this.#options.onLargeEnded?.(head, place, problem);
    this.#open--;
    if (this.#open === 0 && this.#ended !== null) this.#tellEnd(this.#ended);
  }

  onPassedOver(): void {
    this.#passedOver++;
  }

  #tellEnd(why: Reason): void {
    const whole = this.#agreed && why.status === 0;
    const problem = this.#cancelled ? reason(0, "given up") : whole ? null : why;
    this.#options.onEnd?.(problem, this.#passedOver);
  }
}
