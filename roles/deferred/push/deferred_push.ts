import type { DeferredEntry, DeferredMessage } from "../../../storage/mod.ts";
import {
  identOf,
  type PushAddresses,
  PushCall,
  type PushDeps,
  type PushFormat,
  SessionPush,
  type SessionPushEnd,
  type SessionPushUser,
} from "../../session_media/mod.ts";
import { envelopeOf } from "./enveloped.ts";
import { withoutCoding } from "./without_coding.ts";

/** A session in which deferred messages are brought. */
export type DeferredPush = SessionPush<DeferredEntry, DeferredMessage>;
export type DeferredPushUser = SessionPushUser<DeferredEntry, DeferredMessage>;
export type DeferredPushEnd = SessionPushEnd<DeferredEntry>;

/** The Message-ID a message had in the session of its sender; "" where it had none that MSRP knows. */
export function originalId({ messageId = "" }: DeferredMessage): string {
  return identOf(messageId);
}

/** One that is made of what the store knows of it: the same for every try. */
export function storedId({ id }: DeferredEntry, { arrivedAt }: DeferredMessage): string {
  return `p${id.toString(36)}.${Math.abs(arrivedAt).toString(36)}`;
}

/** How deferred messages go into a session. */
export const DEFERRED_FORMAT: PushFormat<DeferredEntry, DeferredMessage> = {
  sessionMost: 5_000,
  reports: true,
  prepared: withoutCoding,
  idOf: originalId,
  otherId: storedId,
  envelopeOf,
  logged: ({ recipient, id }) => ({ recipient, id }),
};

/** Invites in that name, and brings what `user` gives. */
export function deferredPush(deps: PushDeps, addresses: PushAddresses, user: DeferredPushUser): DeferredPush {
  return new SessionPush(deps, DEFERRED_FORMAT, (call) => new PushCall(deps, addresses, call), user);
}
