import { concatBytes, letGo, type Log } from "../../../foundation/mod.ts";
import { LOST } from "../../../transport/msrp/mod.ts";
import {
  type BlockReader,
  type MsrpSession,
  type OutgoingMessage,
  type OutgoingUser,
  ReadAhead,
} from "../../../transport/msrp/session/mod.ts";
import { CPIM_TYPE } from "../../../transport/payload/mod.ts";
import type { Contents, DeferredEntry, DeferredMessage, StoredContent } from "../../../storage/mod.ts";
import { enclosed, type Envelope, envelopeOf } from "./enveloped.ts";
import { withoutCoding } from "./without_coding.ts";
import type { PushDeps, PushSession } from "./push_call.ts";

/** What a message on its way asks of its push. */
export interface SlotOwner {
  readonly deps: PushDeps;
  readonly user: {
    read(entry: DeferredEntry): Promise<DeferredMessage | null>;
    admits(message: DeferredMessage, entry: DeferredEntry): boolean | Promise<boolean>;
  };
  readonly up: PushSession;
  refusalOf(inner: string, size: number): number;
  idFor(wanted: string, otherwise: string): string;
  wantsNotifications(): void;
  moved(): void;
  ready(): void;
  taken(slot: PushSlot, message: DeferredMessage): void;
  refused(slot: PushSlot, message: DeferredMessage, status: number): void;
  passed(slot: PushSlot, gone: boolean): void;
  failed(slot: PushSlot, status: number, why: string): void;
}

/** Octets of a content that are asked of the store at once: one chunk of it. */
export const BLOCK = 60_000;
/** Longest body that goes in one piece. */
const LINE = 16_384;
const IDENT = /^[A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}$/;

/** The Message-ID a message had in the session of its sender; "" where it had none that MSRP knows (RFC 4975 §9, ident). */
export function originalId({ messageId = "" }: DeferredMessage): string {
  return IDENT.test(messageId) ? messageId : "";
}

/** One that is made of what the store knows of it: the same for every try. */
export function storedId({ id }: DeferredEntry, { arrivedAt }: DeferredMessage): string {
  return `p${id.toString(36)}.${Math.abs(arrivedAt).toString(36)}`;
}

/** One stored message on its way: read, admitted, wrapped, sent, confirmed. */
export class PushSlot implements OutgoingUser {
  readonly entry: DeferredEntry;
  /** Octets it counts in the window. */
  readonly counted: number;
  state: "reading" | "ready" | "sent" = "reading";
  /** It goes in pieces: what follows would overtake it. */
  streams = false;
  readonly #owner: SlotOwner;
  #message: DeferredMessage | null = null;
  #start: Uint8Array | null = null;
  #messageId = "";
  #source: ReadAhead | null = null;
  #over = false;

  constructor(owner: SlotOwner, entry: DeferredEntry, counted: number) {
    this.#owner = owner;
    this.entry = entry;
    this.counted = counted;
  }

  read(): void {
    this.#read().catch((error: unknown) => {
      this.#log.error("stored message could not be read", {
        recipient: this.entry.recipient,
        id: this.entry.id,
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      });
      // The store may be itself again later; what is damaged stays so, and is in nobody's way.
      if (isDamage(error)) this.#pass(true);
      else if (!this.#over) this.#owner.failed(this, 0, "the store cannot be read");
    });
  }

  async #read(): Promise<void> {
    const { user, deps } = this.#owner;
    const stored = await user.read(this.entry);
    if (stored === null) return this.#pass(true);
    const message = withoutCoding(stored);
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
    if (this.#messageId === "") {
      this.#messageId = this.#owner.idFor(originalId(message), storedId(this.entry, message));
    }
    const envelope = envelopeOf(message, start, this.#messageId);
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
      successReport: !this.#owner.up.direct,
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

  /** The next hop has it: the device itself, where no relay stands between. */
  onSent(): void {
    if (this.#owner.up.direct) this.#taken();
    else this.#owner.moved();
  }

  onDelivered(): void {
    this.#taken();
  }

  onFailed(_message: OutgoingMessage, status: number, comment: string): void {
    if (this.#over) {
      const { recipient, id } = this.entry;
      return this.#log.info("a device reports as failed what it had taken", { recipient, id, status });
    }
    if (this.#source !== null && this.#source.error !== null) return this.#unreadable(this.#source.error);
    if (status === LOST || status === 481 || status === 506 || status === 408) {
      this.#owner.failed(this, 0, comment === "" ? `MSRP ${status}` : comment);
    } else if (status >= 500) this.#owner.failed(this, status, comment);
    else this.#refuse(status);
  }

  /** In the middle of its content. It may be gone (expired, deleted); what is damaged stays so; the store may be itself again later. */
  #unreadable(error: unknown): void {
    const { recipient, id } = this.entry;
    const damaged = isDamage(error);
    const later = () => {
      this.#log.error("stored content could not be read", { recipient, id, error: String(error) });
      if (damaged) this.#pass(true);
      else if (!this.#over) this.#owner.failed(this, 0, "the store cannot be read");
    };
    if (damaged) return later();
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

/** What is stored is not whole, and never will be. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && error.name === "DamageError";
}

/** A content block by block, from an offset on. Whoever reads is done with a block when it asks for the one after the next. */
export class ContentBlocks implements BlockReader {
  readonly #contents: Pick<Contents, "read">;
  readonly #content: StoredContent;
  #at: number;
  #first: Uint8Array | null;
  /** The last two that were given; the older one is done with at the next call. */
  #given: [Uint8Array | null, Uint8Array | null] = [null, null];

  /** `first`: what goes before the octets at `from`. */
  constructor(contents: Pick<Contents, "read">, content: StoredContent, from: number, first: Uint8Array | null = null) {
    this.#contents = contents;
    this.#content = content;
    this.#at = from;
    this.#first = first;
  }

  async read(): Promise<Uint8Array | null> {
    const first = this.#first;
    this.#first = null;
    if (first !== null && first.length > 0) return first;
    if (this.#at >= this.#content.octets) return null;
    const block = await this.#contents.read(this.#content, this.#at, BLOCK);
    if (block.length === 0) throw new Error(`the content ends after ${this.#at} of ${this.#content.octets} octets`);
    this.#at += block.length;
    const [done, last] = this.#given;
    if (done !== null) letGo(done);
    this.#given = [last, block];
    return block;
  }
}
