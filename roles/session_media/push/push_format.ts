import type { LogFields } from "../../../foundation/mod.ts";
import type { StoredContent } from "../../../storage/mod.ts";
import type { Envelope } from "./envelope.ts";

/** What names a message that is to go out. */
export interface PushEntry {
  /** Octets it counts in what is read ahead. */
  readonly size: number;
}

/** A message as it was read. */
export interface PushMessage {
  /** Empty where `content` has it. */
  readonly body: Uint8Array;
  readonly content?: StoredContent | null;
}

/** How messages of one kind go into a session: `E` names one, `M` is it once it was read. */
export interface PushFormat<E extends PushEntry, M extends PushMessage> {
  /** Messages of one session; what is left goes in another. */
  readonly sessionMost: number;
  /** Success REPORTs are asked for where relays stand between; without, what the first of them took counts as delivered. */
  readonly reports: boolean;
  /** As MSRP can carry it. */
  prepared(message: M): M;
  /** The Message-ID it had where it was said; "" where it had none that MSRP knows (`identOf`). */
  idOf(message: M): string;
  /** One for where it had none, or another message of the session has the same. */
  otherId(entry: E, message: M): string;
  /** `start`: the first octets of its body, 32 KiB at least where it is longer. Null where it cannot be sent. */
  envelopeOf(message: M, start: Uint8Array, messageId: string): Envelope | null;
  /** What a log says of it. */
  logged(entry: E): LogFields;
}

const IDENT = /^[A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}$/;

/** A Message-ID that MSRP knows (RFC 4975 §9, ident); "" for what is none. */
export function identOf(messageId: string): string {
  return IDENT.test(messageId) ? messageId : "";
}
