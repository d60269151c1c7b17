import type { DeferredEntry, DeferredMessage, DeferredMessages } from "../../storage/mod.ts";
import type { Binding, CoreServices } from "../sip_core/mod.ts";
import type { DeliveryNotes } from "./delivery_notes.ts";
import type { PassedOver } from "./passed_over.ts";
import type { PushDeps } from "../session_media/mod.ts";

/** What delivers by MSRP session. */
export interface SessionDelivery extends PushDeps {
  /**
   * A device of `user` (address-of-record of ours) sends a disposition notification, `message/cpim`: it goes on as a MESSAGE of that
   * user. `done`: the final status, once. `Onward.send`.
   */
  readonly onward: (cpim: Uint8Array, user: string, done: (status: number) => void) => void;
}

/** What the deliveries to one recipient ask of the function. */
export interface PushHost {
  readonly services: CoreServices;
  readonly store: DeferredMessages;
  readonly passed: PassedOver;
  readonly notes: DeliveryNotes;
  /** Null: everything goes by MESSAGE, or waits. */
  readonly sessions: SessionDelivery | null;
  /** Longest body of a MESSAGE, octets. */
  readonly pagerLimit: number;
  /** In order of arrival, without those that are passed over. */
  waitingEntries(aor: string): readonly DeferredEntry[];
  /** Nothing may go out to this recipient at present. */
  mustWait(aor: string): boolean;
  heldFor(aor: string, id: number, bindings: readonly Binding[]): boolean;
  /** True, or a promise of it: the recipient's rules let the message through. */
  admits(message: DeferredMessage): boolean | Promise<boolean>;
  /** A device has it. */
  remove(id: number): void;
  copyForDevice(message: DeferredMessage, device: string, done: () => void): void;
  /** The recipient is looked at again. */
  kick(recipient: string, fresh: boolean): void;
  /** One that ran has stopped. */
  ended(aor: string): void;
  /** Files that are under way, over all recipients, leave room for one more. */
  readonly filesOpen: FileRoom;
}

/** How many files may be under way at once, over all recipients. */
export class FileRoom {
  readonly #most: number;
  #open = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get full(): boolean {
    return this.#open >= this.#most;
  }
  enter(): void {
    this.#open++;
  }
  leave(): void {
    this.#open--;
  }
}
