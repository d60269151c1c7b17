import type { DeferredMessage } from "../../../storage/mod.ts";

/** The copy of a large message, or of a file, for one recipient of ours, as it is recorded for whoever wants that. */
export interface RecordedCopy {
  /** As it is stored. Its content is claimed by the caller until it is recorded. */
  readonly message: DeferredMessage;
  readonly sender: { readonly aor: string; readonly displayName: string; readonly anonymous: boolean };
  /** Folded URI of the group it was written to; "" for a list, whose copies are from their sender alone. */
  readonly group: string;
  /** Call-ID of the session in which it came. */
  readonly callId: string;
  /** The name of a file, as its sender wrote it; "" for a message. */
  readonly file: string;
}

/** Records copies of large messages and files for recipients who want that (history, HST-1). */
export interface CopyRecorder {
  /** What was recorded before is not recorded again. `done` once: its sender may be told that it is stored. */
  copy(copy: RecordedCopy, done: () => void): void;
}
