import type { Timed, Timer } from "../../../foundation/mod.ts";
import { LOST } from "../../../transport/msrp/mod.ts";
import { type OutgoingMessage, type OutgoingUser, ReadAhead } from "../../../transport/msrp/session/mod.ts";
import type { FileOffer, MsrpMedia } from "../../../transport/payload/mod.ts";
import type { HeaderName } from "../../../transport/sip/mod.ts";
import type { DeferredEntry, DeferredMessage } from "../../../storage/mod.ts";
import type { Target } from "../../sip_core/mod.ts";
import { receives } from "../../../transport/payload/mod.ts";
import { roomOfLines } from "../intake/file_lines.ts";
import { contentTypeOf, headerIn } from "../stored_message.ts";
import {
  ContentBlocks,
  isDamage,
  type PushAddresses,
  PushCall,
  type PushCallUser,
  type PushDeps,
  type PushOutcome,
  type PushSession,
} from "../../session_media/mod.ts";
import { originalId, storedId } from "./deferred_push.ts";

/** How a file's push came to its end. */
export type FilePushEnd =
  /** The device has it. */
  | { readonly kind: "taken"; readonly target: Target; readonly callId: string }
  /** It took the invitation, and then not the file (MSRP 400, 413, 415 …). */
  | { readonly kind: "refused"; readonly target: Target; readonly status: number }
  /** It is not whole in the store: nobody is to be asked about it again. */
  | { readonly kind: "damaged" }
  | { readonly kind: "untaken"; readonly outcomes: readonly PushOutcome[] }
  | { readonly kind: "broken"; readonly target: Target; readonly why: string };

/** A device that takes nothing for so long is silent. */
const SILENCE_MS = 30_000;
/** A device that has all octets and sends no report is not waited for longer. */
const REPORT_MS = 10_000;
const LOOK_MS = 5_000;

const DONE = 'SIP;cause=200;text="file delivered"';

/**
 * One stored file in a session of its own, as its sender offered it (RFC 5547): From, identity and file are the original ones, so
 * that a client shows who sends it.
 */
export class FilePush implements PushCallUser, OutgoingUser, Timed {
  readonly facts;
  readonly limits = {};
  readonly #deps: PushDeps;
  readonly #entry: DeferredEntry;
  readonly #message: DeferredMessage;
  readonly #done: (end: FilePushEnd) => void;
  readonly #call: PushCall;
  #up: PushSession | null = null;
  #source: ReadAhead | null = null;
  #progress = 0;
  /** When the next hop had it all, monotonic; -1 before. */
  #sentAt = -1;
  #timer: Timer | null = null;
  #over = false;

  /** `done`: once, also inside of `start`. */
  constructor(
    deps: PushDeps,
    entry: DeferredEntry,
    message: DeferredMessage,
    file: FileOffer,
    done: (end: FilePushEnd) => void,
  ) {
    this.#deps = deps;
    this.#entry = entry;
    this.#message = message;
    this.#done = done;
    this.facts = { acceptTypes: [this.#type], direction: "sendonly" as const, file };
    this.#call = new PushCall(deps, addressesOf(message), this);
  }

  get answerWithin_s(): number {
    return this.#deps.settings.fileAnswerWithin_s;
  }

  start(targets: readonly Target[]): void {
    this.#call.start(targets);
  }

  /** The device that takes it; null before one does. */
  get target(): Target | null {
    return this.#up?.target ?? null;
  }

  /** The device has gone. */
  leave(why: string): void {
    if (this.#up !== null) this.onDown(why);
  }

  /** At once; `done` is not called, but where the device has all of it. */
  stop(): void {
    if (this.#sentAt >= 0 && this.#up!.direct) return this.#taken();
    this.#over = true;
    this.#close('SIP;cause=503;text="Service going down"');
  }

  unfit(media: MsrpMedia): number {
    return receives(media.direction) ? 0 : 488;
  }

  onUp(up: PushSession): void {
    this.#up = up;
    const { services, contents } = this.#deps;
    this.#moved();
    this.#timer = services.timers.start(LOOK_MS, this, 0);
    const { content = null, body } = this.#message;
    if (content !== null) this.#source = new ReadAhead(new ContentBlocks(contents, content, 0), content.octets);
    const sent = up.session.send({
      contentType: this.#type,
      body: this.#source ?? body,
      messageId: originalId(this.#message) || storedId(this.#entry, this.#message),
      successReport: true,
      user: this,
    });
    if (sent === null) this.#end({ kind: "broken", target: up.target, why: "the session takes nothing" });
  }

  onUntaken(outcomes: readonly PushOutcome[]): void {
    this.#end({ kind: "untaken", outcomes });
  }

  onMessage(): number {
    // The session is for one file of theirs.
    return 403;
  }

  onDown(why: string): void {
    if (this.#sentAt >= 0 && this.#up!.direct) this.#taken();
    else this.#end({ kind: "broken", target: this.#up!.target, why });
  }

  onProgress(): void {
    this.#moved();
  }

  onSent(): void {
    this.#moved();
    this.#sentAt = this.#progress;
  }

  onDelivered(): void {
    this.#taken();
  }

  onFailed(_message: OutgoingMessage, status: number, comment: string): void {
    if (this.#over) return;
    const { target } = this.#up!;
    if (this.#source !== null && this.#source.error !== null) {
      const { recipient, id } = this.#entry;
      const error = String(this.#source.error);
      this.#deps.services.log.error("stored file could not be read", { recipient, id, error });
      if (isDamage(this.#source.error)) return this.#end({ kind: "damaged" });
    }
    // The end of the session tells the rest, with its reason.
    if (status === LOST && this.#sentAt >= 0 && this.#up!.direct) return;
    const later = status === LOST || status === 408 || status === 481 || status >= 500;
    if (later) this.#end({ kind: "broken", target, why: comment === "" ? `MSRP ${status}` : comment });
    else this.#end({ kind: "refused", target, status });
  }

  onTimer(): void {
    this.#timer = null;
    if (this.#over) return;
    const { clock, timers } = this.#deps.services;
    const now = clock.monotonic();
    if (this.#sentAt >= 0 && this.#up!.direct && now - this.#sentAt >= REPORT_MS) return this.#taken();
    if (now - this.#progress >= SILENCE_MS) {
      return this.#end({ kind: "broken", target: this.#up!.target, why: "the device takes nothing" });
    }
    this.#timer = timers.start(LOOK_MS, this, 0);
  }

  get #type(): string {
    return contentTypeOf(this.#message.headers) || "application/octet-stream";
  }

  #moved(): void {
    this.#progress = this.#deps.services.clock.monotonic();
  }

  #taken(): void {
    const { target, callId } = this.#up!;
    this.#end({ kind: "taken", target, callId });
  }

  #end(end: FilePushEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#close(end.kind === "taken" ? DONE : 'SIP;cause=480;text="File not delivered"');
    this.#done(end);
  }

  #close(reason: string): void {
    this.#timer?.stop();
    this.#call.end(reason);
  }
}

const OF_A_FILE = ["Subject", "Date"] as const;
const OF_A_ROOMS_FILE = [...OF_A_FILE, "Referred-By"] as const;

/** As its sender invited. */
function addressesOf({ headers, sender, recipient }: DeferredMessage): PushAddresses {
  const more: (readonly [HeaderName, string])[] = [];
  const room = roomOfLines(headers);
  for (const name of room === "" ? OF_A_FILE : OF_A_ROOMS_FILE) {
    const value = headerIn(headers, name);
    if (value !== "") more.push([name, value]);
  }
  // As in its invitations: the room's own URI is gone with its session.
  if (room !== "") more.push(["X-IM-Group" as HeaderName, room]);
  return {
    from: headerIn(headers, "From") || `<${sender}>`,
    to: headerIn(headers, "To") || `<${recipient}>`,
    asserted: headerIn(headers, "P-Asserted-Identity"),
    focus: room !== "",
    headers: more,
  };
}
