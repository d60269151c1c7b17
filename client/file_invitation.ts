import type { FileOffer, FileSelector } from "../transport/payload/mod.ts";
import type { FileSink, FileSource, FileTransfer } from "./file_transfer.ts";
import type { Party } from "./inbox.ts";

/** Somebody wants to send us a file, and waits for the answer. */
export interface FileOffered {
  /** Who sends it; where they are to be known by an alias alone, the room with that as its name. */
  readonly from: Party;
  /** What the room is called in which it was sent: its group, else its own URI; "" for a file from somebody to us. */
  readonly room: string;
  /** Everything that was said of it; the name as its sender wrote it, not fit for a file system (`localFileName`). */
  readonly file: FileOffer;
  readonly transfer: FileTransfer;
  /** Octets before the part that comes: above 0 the sender goes on with a file that was cut. */
  readonly start: number;
  /** Where the offer is over already, or was accepted before, the sink is aborted. */
  accept(sink: FileSink): void;
  refuse(status?: number, text?: string): void;
}

/** Somebody asks us for a file (RFC 5547 §8.2.2). */
export interface FileAsked {
  readonly from: Party;
  readonly selector: FileSelector;
  /** The file must fit the selector. */
  send(source: FileSource): void;
  refuse(status?: number, text?: string): void;
}
