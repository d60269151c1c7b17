import type { DeferredMessage } from "../../storage/mod.ts";

/** What is known of a stored message; never its text. */
export interface DeferredFacts {
  /** The store's number for it. */
  readonly id: number;
  readonly sender: string;
  readonly recipient: string;
  /** Body octets. */
  readonly size: number;
  /** As the sender wrote it; "" for an empty body. */
  readonly contentType: string;
  /** Wall time, ms. */
  readonly arrivedAt: number;
  /** As `DeferredMessage.transaction`. */
  readonly transaction: string;
}

/** What the Deferred Messaging function tells whoever listens. */
export interface DeferredEvents {
  /** A message was stored; after its commit. */
  deferredStored: {
    readonly id: number;
    readonly recipient: string;
    readonly sender: string;
    /** As stored; "" for none. */
    readonly contentType: string;
  };
  /** A message was not stored: its recipient has as many, or as much, as may wait. */
  deferredQuota: { readonly recipient: string; readonly sender: string; readonly limit: "count" | "bytes" };
  /** A device took a stored message with a 2xx. */
  deferredDelivered: DeferredFacts & {
    /** `+sip.instance` of the device; "" when it gave none. */
    readonly device: string;
    /** P-Access-Network-Info of the device's registration; "" when it sent none. */
    readonly accessNetwork: string;
    readonly deliveredAt: number;
    /** Call-ID of the delivery. */
    readonly callId: string;
  };
  /** A device refused a stored message for good; it stays until it expires, other devices may take it. */
  deferredRefused: DeferredFacts & { readonly device: string; readonly status: number; readonly at: number };
  /**
   * A device took a stored message only without its `message/cpim` wrapper, so it will tell its sender nothing (besides
   * `deferredDelivered`).
   */
  deferredUnwrapped: DeferredFacts & {
    readonly device: string;
    readonly at: number;
    /** As it was stored, wrapper and all; not to be kept. */
    readonly message: DeferredMessage;
  };
  /** The time of a stored message is over; it is about to be removed undelivered. */
  deferredExpired: {
    readonly id: number;
    readonly sender: string;
    readonly recipient: string;
    readonly device: string;
    /** As it counted against the quota. */
    readonly size: number;
    readonly at: number;
    /** As it was stored; not to be kept. Null where the store could not read it any more. */
    readonly message: DeferredMessage | null;
  };
}
