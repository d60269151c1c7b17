import type { Target } from "../../sip_core/mod.ts";
import type { PushOutcome } from "./push_call.ts";

/** Where the messages of one push come from, and who is told what became of them. Every method returns at once. */
export interface SessionPushUser<E, M> {
  /**
   * The next one to go out, each once; null: none at present. Asked whenever there is room, so what is stored meanwhile goes
   * through the same session. "later": it is being fetched, and `SessionPush.more` tells. `device`: instance of the device that took
   * it, "" where it has none (a server of another domain).
   */
  next(device: string): E | null | "later";
  /** As it is stored; null where it is not there any more. */
  read(entry: E): Promise<M | null>;
  /** False: it is not for this recipient at present; whoever says so remembers it. A promise that rejects ends the push. */
  admits(message: M, entry: E): boolean | Promise<boolean>;
  /** It is not in the store any more, or is damaged there (which has been logged). */
  onGone(entry: E): void;
  /** The device has it. `callId`: of the INVITE. */
  onTaken(entry: E, message: M, target: Target, callId: string): void;
  /** The device does not take this message, and would not another time (MSRP 413, 415, 403 …). The push goes on behind it. */
  onRefused(entry: E, message: M, target: Target, status: number): void;
  /** The device sends a disposition notification (`message/cpim`, copied); `done` with the status of its way on. */
  onNotification(octets: Uint8Array, done: (status: number) => void): void;
  /** Nothing comes after it but `onNotification`. */
  onEnded(end: SessionPushEnd<E>): void;
}

/** How a push came to its end. What is neither taken nor refused has stayed where it was. */
export type SessionPushEnd<E> =
  /** `next` has nothing more, and the device has everything that it gave. */
  | { readonly kind: "done" }
  /** No target took the session. */
  | { readonly kind: "untaken"; readonly outcomes: readonly PushOutcome[] }
  /** The device took it and then went silent, left, or broke off. `entry`: the one it gave a fault for (5xx), else null. */
  | { readonly kind: "broken"; readonly target: Target; readonly entry: E | null; readonly why: string };
