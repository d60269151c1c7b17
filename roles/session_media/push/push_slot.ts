import { concatBytes, type Log } from "../../../foundation/mod.ts";
import { LOST } from "../../../transport/msrp/mod.ts";
import {
  type MsrpSession,
  type OutgoingMessage,
  type OutgoingUser,
  ReadAhead,
} from "../../../transport/msrp/session/mod.ts";
import { CPIM_TYPE } from "../../../transport/payload/mod.ts";
import type { StoredContent } from "../../../storage/mod.ts";
import { BLOCK, ContentBlocks, isDamage } from "./content_blocks.ts";
import { enclosed, type Envelope } from "./envelope.ts";
import type { PushDeps, PushSession } from "./push_call.ts";
import type { PushEntry, PushFormat, PushMessage } from "./push_format.ts";

/** What a message on its way asks of its push. */
export interface SlotOwner<E extends PushEntry, M extends PushMessage> {
  readonly deps: PushDeps;
  readonly format: PushFormat<E, M>;
  readonly user: {
    read(entry: E): Promise<M | null>;
    admits(message: M, entry: E): boolean | Promise<boolean>;
  };
  readonly up: PushSession;
  refusalOf(inner: string, size: number): number;
  idFor(wanted: string, otherwise: string): string;
  wantsNotifications(): void;
  moved(): void;
  ready(): void;
  taken(slot: PushSlot<E, M>, message: M): void;
  refused(slot: PushSlot<E, M>, message: M, status: number): void;
  passed(slot: PushSlot<E, M>, gone: boolean): void;
  failed(slot: PushSlot<E, M>, status: number, why: string): void;
}

/** Longest body that goes in one piece. */
const LINE = 16_384;

/** One stored message on its way: read, admitted, wrapped, sent, confirmed. */
export class PushSlot<E extends PushEntry, M extends PushMessage> implements OutgoingUser {
  readonly entry: E;
  /** Octets it counts in the window. */
  readonly counted: number;
  state: "reading" | "ready" | "sent" = "reading";
  /** It goes in pieces: what follows would overtake it. */
  streams = false;
  readonly #owner: SlotOwner<E, M>;
  #message: M | null = null;
  #start: Uint8Array | null = null;
  #messageId = "";
  #source: ReadAhead | null = null;
  #over = false;

  constructor(owner: SlotOwner<E, M>, entry: E, counted: number) {
    this.#owner = owner;
    this.entry = entry;
    this.counted = counted;
  }

  read(): void {
    this.#read().catch((error: unknown) => {
      this.#log.error("stored message could not be read", {
        ...this.#owner.format.logged(this.entry),
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      // The store may be itself again later; what is damaged stays so, and is in nobody's way.
      if (isDamage(error)) this.#pass(true);
      else if (!this.#over) this.#owner.failed(this, 0, "the store cannot be read");
    });
  }

  async #read(): Promise<void> {
    const { user, deps, format } = this.#owner;
    const stored = await user.read(this.entry);
    if (stored === null) return this.#pass(true);
    const message = format.prepared(stored);
    const admitted = user.admits(message, this.entry);
    if (!(typeof admitted === "boolean" ? admitted : await admitted)) return this.#pass(false);
    const content = message.content ?? null;
    this.#start = content === null ? message.body : await deps.contents.read(content, 0, BLOCK);
    this.#message = message;
    this.state = "ready";
    this.#owner.ready();
  }

  /** False: the session takes no more at present. */
  send(session: MsrpSession): boolean {
    const message = this.#message!;
    const start = this.#start!;
    const { format } = this.#owner;
    if (this.#messageId === "") {
      this.#messageId = this.#owner.idFor(format.idOf(message), format.otherId(this.entry, message));
    }
    const envelope = format.envelopeOf(message, start, this.#messageId);
    if (envelope === null) return this.#refuse(400);
    const content = message.content ?? null;
    const size = envelope.head.length - envelope.skip + (content === null ? start.length : content.octets);
    const refusal = this.#owner.refusalOf(envelope.inner, size);
    if (refusal !== 0) return this.#refuse(refusal);
    const body = content === null ? enclosed(envelope, start) : this.#streamed(content, envelope, start, size);
    this.streams = content !== null || size > LINE;
    this.state = "sent";
    if (envelope.notifies) this.#owner.wantsNotifications();
    const sent = session.send({
      contentType: CPIM_TYPE,
      body,
      messageId: this.#messageId,
      successReport: !this.#isKnownBySent,
      user: this,
    });
    if (sent !== null) return true;
    this.state = "ready";
    this.#source?.close();
    return false;
  }

  onProgress(): void {
    this.#owner.moved();
  }

  /** The answer of the next hop is all that comes: that of the device, where no relay stands between. */
  get #isKnownBySent(): boolean {
    const { up, format } = this.#owner;
    return up.direct || !format.reports;
  }

  onSent(): void {
    if (this.#isKnownBySent) this.#taken();
    else this.#owner.moved();
  }

  onDelivered(): void {
    this.#taken();
  }

  onFailed(_message: OutgoingMessage, status: number, comment: string): void {
    if (this.#over) {
      const logged = this.#owner.format.logged(this.entry);
      return this.#log.info("a device reports as failed what it had taken", { ...logged, status });
    }
    if (this.#source !== null && this.#source.error !== null) return this.#unreadable(this.#source.error);
    if (status === LOST || status === 481 || status === 506 || status === 408) {
      this.#owner.failed(this, 0, comment === "" ? `MSRP ${status}` : comment);
    } else if (status >= 500) this.#owner.failed(this, status, comment);
    else this.#refuse(status);
  }

  /** In the middle of its content. It may be gone (expired, deleted); what is damaged stays so; the store may be itself again later. */
  #unreadable(error: unknown): void {
    const logged = this.#owner.format.logged(this.entry);
    const damaged = isDamage(error);
    const later = () => {
      this.#log.error("stored content could not be read", { ...logged, error: String(error) });
      if (damaged) this.#pass(true);
      else if (!this.#over) this.#owner.failed(this, 0, "the store cannot be read");
    };
    this.#owner.user.read(this.entry).then((message) => message === null ? this.#pass(true) : later(), later);
  }

  get #log(): Log {
    return this.#owner.deps.services.log;
  }

  #taken(): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.taken(this, this.#message!);
  }

  #refuse(status: number): true {
    if (!this.#over) {
      this.#over = true;
      this.#owner.refused(this, this.#message!, status);
    }
    return true;
  }

  #pass(gone: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.passed(this, gone);
  }

  #streamed(content: StoredContent, envelope: Envelope, start: Uint8Array, size: number): ReadAhead {
    const first = concatBytes([envelope.head, start.subarray(envelope.skip)]);
    return this.#source = new ReadAhead(
      new ContentBlocks(this.#owner.deps.contents, content, start.length, first),
      size,
    );
  }
}
