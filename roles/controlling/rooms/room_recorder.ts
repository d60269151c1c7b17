import type { HistoryMessage, HistoryParty } from "../../../storage/mod.ts";

/** A participant who may record what is said, as this one sees the room: in a hidden one by aliases, the own one too. */
export interface RoomListener {
  /** Folded address-of-record. */
  readonly aor: string;
  /** What its recordings are gathered under: the group, else the room. */
  readonly with: string;
  /** The listener first. Read where this one records. */
  readonly parties: readonly HistoryParty[];
}

/** Something that is said, its body in pieces as the room wrote it. */
export type RecordedSaying = Omit<HistoryMessage, "body" | "content"> & { readonly body: readonly Uint8Array[] };

/** The recording of one room, from its first participant to its end. */
export interface RoomRecording {
  /** Somebody of these records now; asks for none of them where nobody does. */
  records(aors: Iterable<string>): boolean;
  /** Comes in, or is seen anew. */
  join(listener: RoomListener): void;
  leave(aor: string): void;
  /** For those of `aors` who record. `done` once, never inside the call, whatever becomes of it. */
  said(saying: RecordedSaying, aors: readonly string[], done: () => void): void;
  /** The room is over, or the box goes down. What was said is still recorded. */
  close(): void;
}

/** Records rooms for users who want that (history, HST-1). */
export interface RoomRecorder {
  /** Nobody can record anything now: one look for each message, and no more. */
  readonly idle: boolean;
  open(
    room: { readonly uri: string; readonly group: string; readonly name: string; readonly subject: string },
  ): RoomRecording;
}
