import type { FailureReport, RequestHead } from "../frame.ts";
import type { BodySource } from "./body_source.ts";
import { ByteRanges } from "./byte_ranges.ts";

/** A message to be sent. */
export interface OutgoingParts {
  readonly contentType: string;
  /** Octets are not copied: they stay as they are until the message is sent. */
  readonly body: Uint8Array | BodySource;
  /** Further header lines, each with its CRLF (Content-Disposition …); they go with every chunk. */
  readonly others?: string;
  /** Default: no. */
  readonly successReport?: boolean;
  /** Default: `yes`. */
  readonly failureReport?: FailureReport;
  /** Default: a new one. That of the first attempt for what is sent again (RFC 4975 §5.4). 4 to 32 characters, see §9. */
  readonly messageId?: string;
  /** Octets that the peer has already: sending begins behind them. A source gives what is behind them; an array is the whole. */
  readonly from?: number;
  readonly user?: OutgoingUser;
}

/** Whoever follows a message on its way. Every method returns at once. */
export interface OutgoingUser {
  /** A chunk went out or was answered, or a success REPORT came. */
  onProgress?(message: OutgoingMessage): void;
  /**
   * It went out as a whole, and the next hop took it (Failure-Report `yes`). May be left out where `onDelivered` came before.
   * A failure may still come.
   */
  onSent?(message: OutgoingMessage): void;
  /** The recipient has all of it (success REPORTs cover it). Nothing comes afterwards. */
  onDelivered?(message: OutgoingMessage): void;
  /**
   * It failed, or may have: the status of the hop or of a REPORT, 408 for none in time, LOST where the session ended before it
   * was known (also after `onSent`, where the next hop has ended the session while a REPORT might still come). Once; nothing comes
   * afterwards.
   */
  onFailed?(message: OutgoingMessage, status: number, comment: string): void;
}

/**
 * `waiting`: nothing went out yet. `sending`; `sent`: out as a whole and taken by the next hop; `delivered`: reported by the
 * recipient; `failed`; `aborted` by us.
 */
export type OutgoingState = "waiting" | "sending" | "sent" | "delivered" | "failed" | "aborted";

/** A message of ours. Octets of `from` (resumed) count in all figures. */
export interface OutgoingMessage {
  readonly messageId: string;
  readonly contentType: string;
  readonly state: OutgoingState;
  /** -1 while the source does not know. */
  readonly size: number;
  /** Octets handed to the connection. */
  readonly sent: number;
  /** Octets that the next hop took; without its answers (Failure-Report `no`, `partial`) those handed over. */
  readonly confirmed: number;
  /** Octets from the first on that success REPORTs cover: where to go on in a new session. */
  readonly delivered: number;
  /** Stops it with `#`. False: it is out already, or over. Its user is told nothing more. */
  abort(): boolean;
  /** Its source, which said `later`, has octets again. */
  more(): void;
}

/** What carries a message out. */
export interface OutgoingOwner {
  abort(message: Outgoing): boolean;
  more(message: Outgoing): void;
}

/** The message as its session keeps it. */
export class Outgoing implements OutgoingMessage {
  readonly owner: OutgoingOwner;
  readonly messageId: string;
  readonly contentType: string;
  readonly others: string;
  readonly successReport: boolean;
  readonly failureReport: FailureReport;
  readonly from: number;
  readonly user: OutgoingUser | null;
  state: OutgoingState = "waiting";
  size: number;
  sent: number;
  confirmed: number;
  /** Null for a stream. */
  line: Uint8Array | null = null;
  /** Null for a line, and when it is over. */
  source: BodySource | null = null;
  /** The source said `later`. */
  idle = false;
  /** The last octet is with the connection. */
  complete = false;
  /** When it was sent, monotonic. */
  sentAt = 0;
  #reported: ByteRanges | null = null;
  #covered = false;

  constructor(owner: OutgoingOwner, messageId: string, parts: OutgoingParts, size: number) {
    this.owner = owner;
    this.messageId = messageId;
    this.contentType = parts.contentType;
    this.others = parts.others ?? "";
    this.successReport = parts.successReport ?? false;
    this.failureReport = parts.failureReport ?? "yes";
    this.user = parts.user ?? null;
    this.from = this.sent = this.confirmed = parts.from ?? 0;
    this.size = size;
  }

  get delivered(): number {
    if (this.state === "delivered") return this.size;
    return this.#reported === null ? this.from : this.#reported.runEnd(this.from);
  }

  get over(): boolean {
    return this.state === "delivered" || this.state === "failed" || this.state === "aborted";
  }

  /** The next hop has answered for all of it, or will not. */
  get taken(): boolean {
    return this.complete && this.confirmed >= this.sent;
  }

  abort(): boolean {
    return this.owner.abort(this);
  }

  more(): void {
    if (this.idle) this.owner.more(this);
  }

  /** The head of a chunk that begins at `sent`; `end`: its last octet, -1 for one that may be interrupted. */
  head(toPath: string, fromPath: string, end: number): RequestHead {
    return {
      method: "SEND",
      toPath,
      fromPath,
      messageId: this.messageId,
      start: this.sent + 1,
      end,
      total: this.size,
      successReport: this.successReport,
      failureReport: this.failureReport,
      status: 0,
      statusText: "",
      contentType: this.contentType,
      others: this.others,
    };
  }

  /** A success REPORT about octets from `from` up to `to`. Of runs beyond `gaps` no note is taken. */
  report(from: number, to: number, gaps: number): void {
    const end = Math.min(to, this.sent);
    if (this.complete && from <= this.from && end === this.size) {
      this.#covered = true;
      return;
    }
    const reported = this.#reported ??= new ByteRanges();
    if (reported.runs < gaps || reported.runEnd(from) > from) reported.add(from, end);
  }

  /** Success REPORTs cover all of it. */
  get covered(): boolean {
    if (this.#covered) return true;
    const reported = this.#reported;
    return this.complete && reported !== null && reported.covers(this.from, this.size) && this.size > this.from;
  }
}
