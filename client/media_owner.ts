import type { MsrpMedia } from "../transport/payload/mod.ts";
import type {
  IncomingMessage,
  IncomingStream,
  MsrpSession,
  SessionLimits,
  StreamSink,
} from "../transport/msrp/session/mod.ts";
import type { Reason } from "./im_user.ts";
import type { MediaWish } from "./media_offer.ts";

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
