import type { Call } from "../../transport/sip/mod.ts";
import type { Subscriber } from "../../storage/mod.ts";
import type { Exchange } from "../sip_core/mod.ts";
import type { SessionBody } from "./session_body.ts";
import type { SessionKind } from "./session_kind.ts";

/** An invitation that no device took. */
export interface Untaken {
  readonly exchange: Exchange;
  /** Address-of-record it was for. */
  readonly to: string;
  /** Null for one of another domain: its sender is ours. */
  readonly recipient: Subscriber | null;
  readonly kind: SessionKind;
  /** Null where the INVITE brought no offer. */
  readonly body: SessionBody | null;
  /** The best answer of the devices; 480 where there was none. */
  readonly status: number;
  /** Devices were asked, in vain. False: none is there, or none was to be asked. */
  readonly asked: boolean;
  /** When it came, wall time, ms: a device that registered since was not asked. */
  readonly since: number;
}

/** Whoever takes sessions that no device took: deferred messages (oma-reference §3.4), devices that speak only MESSAGE. */
export interface SessionFallback {
  /** True: it has taken the call, made itself its user, and answers it. */
  take(call: Call, untaken: Untaken): boolean;
}
