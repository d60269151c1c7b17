import type { Call } from "../../../transport/sip/mod.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import type { Exchange } from "../../sip_core/mod.ts";
import type { SessionBody } from "./session_body.ts";
import type { SessionKind } from "./session_kind.ts";

/** An invitation as the recipient's rules see it. */
export interface Invitation {
  /** The sender's identity; "" where the core vouches for none. */
  readonly from: string;
  /** The recipient's address-of-record. */
  readonly to: string;
  readonly kind: SessionKind;
  /** The sender asks not to be named (RFC 3323). */
  readonly anonymous: boolean;
}

/** What the recipient's rules make of it (oma-reference §3.1, §3.2). */
export type SessionDecision =
  /** `overrides`: this sender may have it answered without the recipient's hand (RFC 5373 §4.1). */
  | { readonly verdict: "allow"; readonly overrides: boolean }
  /** 403 with `100 Function not allowed due to <reason>`; of an anonymous sender because of that: `102 Anonymity not allowed`. */
  | { readonly verdict: "refuse"; readonly reason: string; readonly anonymity?: boolean };

/** Who may invite whom. The rules of the Policy XDMS take this place when they come. */
export interface SessionAccess {
  decide(invitation: Invitation): SessionDecision;
}

/** Everybody may invite everybody; nobody overrides manual answer. */
export const OPEN_ACCESS: SessionAccess = { decide: () => ({ verdict: "allow", overrides: false }) };

/** An invitation that no device took. */
export interface Untaken {
  readonly exchange: Exchange;
  readonly recipient: Subscriber;
  readonly kind: SessionKind;
  /** Null where the INVITE brought no offer. */
  readonly body: SessionBody | null;
  /** The best answer of the devices; 480 where there was none. */
  readonly status: number;
}

/** Whoever takes sessions that no device took: deferred messages (oma-reference §3.4), devices that speak only MESSAGE. */
export interface SessionFallback {
  /** True: it has taken the call, made itself its user, and answers it. */
  take(call: Call, untaken: Untaken): boolean;
}
