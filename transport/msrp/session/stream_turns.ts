import type { Connection, OutgoingChunk, ResponseUser } from "../connection.ts";
import { EMPTY } from "../../../foundation/mod.ts";
import type { Outgoing } from "./outgoing_message.ts";
import type { SessionLimits } from "./session_user.ts";

/** Octets asked of a source at once. */
const PIECE = 16_384;
/** A body above that must be interruptible, and no chunk but the last should be shorter (RFC 4975 §7.1.1). */
export const UNINTERRUPTED = 2048;

/** A chunk on its way: what its response is about. */
export class SentChunk {
  readonly message: Outgoing;
  octets = 0;
  /** Its octets no longer count in the window. */
  released = false;
  constructor(message: Outgoing) {
    this.message = message;
  }
}

/** What long messages ask of their sender, who is also told the responses to their chunks. */
export interface TurnsOwner extends ResponseUser {
  /** The last octet is with the connection. */
  complete(message: Outgoing): void;
  /** Its source gives no more. */
  broken(message: Outgoing, comment: string): void;
}

/**
 * Long messages taking turns on a connection, a chunk each, one chunk open at a time. Octets in chunks without an answer are
 * bounded by a window: over a WebSocket nothing else slows a sender down.
 */
export class StreamTurns {
  readonly #owner: TurnsOwner;
  readonly #limits: SessionLimits;
  readonly #uri: string;
  #toPath = "";
  /** The first one is next. */
  readonly #streams: Outgoing[] = [];
  #chunk: OutgoingChunk | null = null;
  #sent: SentChunk | null = null;
  #unanswered = 0;

  /** `uri`: our own. */
  constructor(owner: TurnsOwner, limits: SessionLimits, uri: string) {
    this.#owner = owner;
    this.#limits = limits;
    this.#uri = uri;
  }

  get length(): number {
    return this.#streams.length;
  }

  start(toPath: string): void {
    this.#toPath = toPath;
  }

  add(message: Outgoing): void {
    this.#streams.push(message);
  }

  /** Sends a piece of the message whose turn it is. False: none can go on now. */
  step(connection: Connection): boolean {
    for (let tries = this.#streams.length; tries > 0; tries--) {
      const message = this.#streams[0];
      const most = message.idle ? 0 : this.#allowance(message);
      if (most > 0 || (!message.idle && message.sent === message.size)) {
        this.#pull(connection, message, most);
        return true;
      }
      // It cannot go on: what it has sent is ended, so that it is answered, and the next one has its turn.
      this.#endChunk("+");
      this.#rotate();
    }
    return false;
  }

  /** Octets it may send now. */
  #allowance(message: Outgoing): number {
    let most = Math.min(PIECE, this.#limits.chunk - (this.#sent === null ? 0 : this.#sent.octets));
    if (message.size >= 0) most = Math.min(most, message.size - message.sent);
    // Without answers there is nothing that a window could wait for.
    if (message.failureReport !== "yes" || this.#unanswered === 0) return most;
    const room = this.#limits.window - this.#unanswered;
    // No crumbs: it waits until a decent piece, or its rest, may go.
    return room >= Math.min(most, UNINTERRUPTED) ? Math.min(most, room) : 0;
  }

  #pull(connection: Connection, message: Outgoing, most: number): void {
    // What is resumed behind its last octet is ended with an empty chunk.
    const octets = most === 0 ? null : message.source!.pull(most);
    if (message.over) return;
    if (octets === "later" || (octets !== null && octets.length === 0)) {
      message.idle = true;
      return;
    }
    if (octets === "failed" || (octets === null && message.size >= 0 && message.sent < message.size)) {
      const known = message.size < 0 ? "" : ` of ${message.size}`;
      return this.#owner.broken(message, `the body ended after ${message.sent}${known} octets`);
    }
    if (octets !== null && octets.length > most) {
      return this.#owner.broken(message, `the body gave ${octets.length} octets where ${most} were asked for`);
    }
    if (!this.#openChunk(connection, message)) return;
    if (octets !== null) this.#write(message, octets);
    if (octets === null || message.sent === message.size) this.#complete(message);
    else if (this.#sent!.octets >= this.#limits.chunk) {
      this.#endChunk("+");
      this.#rotate();
      message.user?.onProgress?.(message);
    }
  }

  #write(message: Outgoing, octets: Uint8Array): void {
    this.#chunk!.write(octets);
    message.sent += octets.length;
    this.#sent!.octets += octets.length;
    if (message.failureReport === "yes") this.#unanswered += octets.length;
  }

  #complete(message: Outgoing): void {
    message.size = message.sent;
    message.complete = true;
    this.#remove(message);
    this.#endChunk("$");
    this.#owner.complete(message);
  }

  #openChunk(connection: Connection, message: Outgoing): boolean {
    if (this.#chunk !== null) return true;
    const sent = new SentChunk(message);
    const user = message.failureReport === "no" ? null : this.#owner;
    this.#chunk = connection.begin(message.head(this.#toPath, this.#uri, -1), user, sent);
    if (this.#chunk === null) return false;
    this.#sent = sent;
    message.state = "sending";
    return true;
  }

  #endChunk(continuation: "$" | "+" | "#"): void {
    if (this.#chunk === null) return;
    const chunk = this.#chunk;
    const { message } = this.#sent!;
    this.#chunk = this.#sent = null;
    if (message.failureReport !== "yes") message.confirmed = message.sent;
    chunk.finish(continuation);
  }

  #rotate(): void {
    if (this.#streams.length > 1) this.#streams.push(this.#streams.shift()!);
  }

  /** A chunk has its answer, or a part of it a bad one. */
  answered(chunk: SentChunk, status: number): void {
    if (chunk.released) return;
    chunk.released = true;
    if (chunk.message.failureReport !== "yes") return;
    this.#unanswered -= chunk.octets;
    if (status === 200) chunk.message.confirmed += chunk.octets;
  }

  /** It goes no further. `told`: its recipient, if it has got some of it, is told by `#` even where no chunk is open. */
  drop(message: Outgoing, connection: Connection | null, told: boolean): void {
    const open = this.#sent?.message === message;
    this.#remove(message);
    if (open) this.#endChunk("#");
    else if (told && message.sent > message.from && connection !== null) {
      connection.send(message.head(this.#toPath, this.#uri, message.sent), EMPTY, "#", null);
    }
  }

  #remove(message: Outgoing): void {
    const at = this.#streams.indexOf(message);
    if (at >= 0) this.#streams.splice(at, 1);
    const { source } = message;
    message.source = null;
    source?.close?.();
  }
}
