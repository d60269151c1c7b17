import type { Endpoint } from "../../transport/net/mod.ts";
import type { Uri } from "../../transport/sip/mod.ts";

/** One contact of an address-of-record (RFC 3261 §10, RFC 5626 §6). Plain data: it is stored as it is. */
export interface Binding {
  /** The Contact URI as registered. */
  readonly contact: string;
  /** Contact header parameters as registered (`;q=0.7;+g.oma.sip-im;methods="…"`), without expires; "" when none. */
  readonly params: string;
  /** 0 to 1. */
  readonly q: number;
  /** `+sip.instance` without quotes (`<urn:uuid:…>`); "" when none. */
  readonly instance: string;
  /** `reg-id` of outbound; 0 when none. */
  readonly regId: number;
  /** The registration's Path values, topmost first (RFC 3327). */
  readonly path: readonly string[];
  readonly callId: string;
  readonly cseq: number;
  /** Wall time, ms since the epoch. */
  readonly expiresAt: number;
  readonly registeredAt: number;
  /** Flow that carried the last REGISTER, valid in this boot only; 0 after a restart. */
  readonly flowId: number;
  /** Outbound: only its own flow may be used (RFC 5626 §6); also where nothing else reaches the client: WebSocket, or a Contact that
   * names the client's end of its own connection. */
  readonly flowOnly: boolean;
  /** Where the REGISTER came from, and over what. */
  readonly source: Endpoint;
  readonly transport: string;
  readonly userAgent: string;
  /** P-Access-Network-Info as sent; "" when none. */
  readonly accessNetwork: string;
}

/** Where users are: the registrar writes, everybody else reads. */
export interface LocationService {
  /** Live bindings, highest q first, then the most recently registered. Empty when offline. */
  bindings(aor: string): readonly Binding[];
  /** Takes away bindings whose flow failed (RFC 5626 §5.3.1: 430) at once, without waiting for their expiry. */
  flowFailed(aor: string, binding: Binding): void;
  /** Address-of-records with at least one live binding. */
  readonly size: number;
}

/** Who is found at an address. */
export type DeviceAt =
  /** A device of this user registered from there, with a Contact that says so or as a source: it is there. */
  | { readonly kind: "device"; readonly aor: string; readonly binding: Binding }
  /** Somebody's Contact or Path names it, which nothing proves: the REGISTER came from elsewhere. */
  | { readonly kind: "claimed"; readonly aor: string; readonly binding: Binding }
  /** Devices of several users, and the user part tells none of them; or what several users claim. */
  | { readonly kind: "several" };

/** Finds users by where their devices are, so that nobody reaches a device past its user's rules. */
export interface Devices {
  /** `host`: an IP literal; `user`: user part of the URI that names the address. Null where no device of ours is known to be. */
  deviceAt(host: string, port: number, user: string): DeviceAt | null;
}

/** Whom a GRUU names (RFC 5627). */
export interface GruuTarget {
  readonly aor: string;
  /** The instance whose bindings the request may go to (`Binding.instance`). */
  readonly instance: string;
}

/** Looks GRUUs up; a URI is one when it carries the `gr` parameter (RFC 5627 §6.1). */
export interface Gruus {
  /**
   * The target of a GRUU of ours. The domain's being ours is the caller's to check. Null when it is none, or no longer
   * one: 404. A valid one without bindings at the moment resolves, and `bindings` are none: 480.
   */
  resolveGruu(uri: Uri): GruuTarget | null;
  /** The live bindings of one instance of an address-of-record, in the order of `bindings`. */
  instanceBindings(aor: string, instance: string): readonly Binding[];
}
