import type { Connection, ResponseUser } from "../connection.ts";
import type { RequestHead } from "../frame.ts";
import type { SwitchedMessage } from "./message.ts";
import { LINE, type OrderEntry } from "./room_order.ts";

/**
 * A long message on its way to one leg: chunks of LINE octets, each a frame of its own with an answer of its own, written from the
 * pieces that all legs share. Between two of them frames of others may go, and the sender looks whether there is room.
 */
export class ChunkedMessage {
  readonly entry: OrderEntry;
  /** Chunks that were not answered. */
  out = 0;
  #sent = 0;
  /** Where the next octet is. */
  #piece = 0;
  #at = 0;

  constructor(entry: OrderEntry) {
    this.entry = entry;
  }

  /** Nothing is left to be written. */
  get written(): boolean {
    return this.#sent === this.entry.message.size;
  }
  /** Octets out; the last chunk counts as a full one. */
  get octets(): number {
    return this.out * LINE;
  }

  /** Writes the next chunk; `user` gets its answer, with the entry as context. False where the connection is closed. */
  writeNext(connection: Connection, toPath: string, fromPath: string, user: ResponseUser): boolean {
    const { message } = this.entry;
    const chunk = connection.begin(
      sendHead(message, this.#sent + 1, toPath, fromPath),
      user,
      this.entry,
    );
    if (chunk === null) return false;
    const size = Math.min(LINE, message.size - this.#sent);
    for (let left = size; left > 0;) {
      const piece = this.entry.body[this.#piece];
      const taken = Math.min(left, piece.length - this.#at);
      if (taken > 0) chunk.write(piece.subarray(this.#at, this.#at + taken));
      left -= taken;
      this.#at += taken;
      if (this.#at === piece.length) {
        this.#piece++;
        this.#at = 0;
      }
    }
    this.#sent += size;
    this.out++;
    chunk.finish(this.written ? "$" : "+");
    return connection.open;
  }
}

/** The head of a SEND of what stands from octet `start` (the first is 1) on to the end. */
export function sendHead(message: SwitchedMessage, start: number, toPath: string, fromPath: string): RequestHead {
  const { messageId, contentType, size } = message;
  return {
    method: "SEND",
    toPath,
    fromPath,
    messageId,
    start,
    end: size,
    total: size,
    successReport: false,
    failureReport: "yes",
    status: 0,
    statusText: "",
    contentType,
    others: "",
  };
}
