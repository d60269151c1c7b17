import type { HeaderName } from "../header_names.ts";
import type { Problem } from "../message.ts";
import type { TransportName } from "../flow.ts";
import type { DurableStates } from "./durable_states.ts";

/** The flow that a PUBLISH came over. */
export interface PublicationOrigin {
  /** Of this boot; 0 for a publication from before a restart. */
  readonly flowId: number;
  /** Remote address as an IP literal, and port. */
  readonly host: string;
  readonly port: number;
  readonly transport: TransportName;
}

/** One piece of published state (RFC 3903 §4): soft, until it expires. The same object from its first PUBLISH to its end. */
export interface Publication {
  /** Unique in its store, also over restarts; never another's. */
  readonly id: string;
  /** The entity-tag of now; another after each success. */
  readonly etag: string;
  readonly resource: string;
  /** Who published it, as the core vouches. */
  readonly publisher: string;
  /** Lower-case, parameters kept out. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Grows with each initial and modifying publication of the store: the greater is the newer. */
  readonly revision: number;
  /** How the last PUBLISH of it came that was answered with a 2xx, a refresh too. */
  readonly origin: PublicationOrigin;
  /** When this state was published, wall time in ms; a refresh does not change it. */
  readonly publishedAt: number;
  /** What the rules' `deviceOf` said of the last PUBLISH that was answered with a 2xx; stored with it. "" for none. */
  readonly device: string;
  /** What the rules keep of this state in memory: at first what `check` gave. Goes with it; undefined after a restart. */
  kept?: unknown;
}

/** What is to be stored in the place of a body: what a patch made of the body before (RFC 5264 §4.1). */
export interface PublicationContent {
  /** Lower-case, without parameters. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** `Publication.kept` from now on. */
  readonly kept?: unknown;
}

/** An answer that refuses one PUBLISH; where it says more than a reason, this is its body. */
export interface PublicationProblem extends Problem {
  readonly contentType?: string;
  readonly body?: Uint8Array;
  readonly headers?: readonly (readonly [HeaderName, string])[];
}

/** What a package says about the publications it takes. */
export interface PublicationRules {
  /** The event package. */
  readonly event: string;
  /** Media types it takes, lower-case. */
  readonly contentTypes: readonly string[];
  /** Seconds. */
  readonly expires: { readonly default: number; readonly min: number; readonly max: number };
  /** Octets of one body, as it comes and as it is stored; default 32 KiB. More gets 413. */
  readonly maxBody?: number;
  /**
   * Publications of one resource: one more takes the place of the oldest, as does what makes them more octets than four bodies of full
   * size. Default 20.
   */
  readonly maxPerResource?: number;
  /** Publications in all; one more gets 503. Default 100,000. */
  readonly maxPublications?: number;
  /**
   * Present: what was answered with 200 outlasts a restart of the box; a 200 that brings new state, or removes it, goes out once it is
   * stored there. Read when the store is made: `changed` is not called for what was found. Absent: in memory alone.
   */
  readonly durable?: DurableStates;
  /**
   * How often one publisher may publish for one resource: once each `interval_ms` in the long run, `burst` times at once after a quiet
   * time. More gets 503 with Retry-After. Absent: as often as it likes.
   */
  readonly rate?: { readonly interval_ms: number; readonly burst: number };
  /** Whether `publisher` may publish for `resource`; null when so (404 and 403 are the usual refusals). */
  authorize(resource: string, publisher: string): Problem | null;
  /**
   * Whether the body is what its type says. Null: it is, and is stored as it came. Something to store in its place: what a partial
   * publication made of `before`. `before` is the publication that the PUBLISH modifies, null for an initial one; it stays as it is.
   * Default: not looked at.
   */
  check?(
    contentType: string,
    body: Uint8Array,
    before: Publication | null,
    resource: string,
  ): PublicationProblem | PublicationContent | null;
  /** The device that sends this PUBLISH, as a text of a few dozen characters; "" where none is known. Default: "". */
  deviceOf?(resource: string, origin: PublicationOrigin): string;
  /** The live publications of a resource are others than before: compose its state anew. */
  changed(resource: string): void;
  /** A publication was refreshed: nothing but its entity-tag, its time and its origin are others than before. */
  refreshed?(publication: Publication): void;
}

/** What a publication request wants, read from its headers. */
export interface PublicationRequest {
  readonly resource: string;
  readonly publisher: string;
  /** SIP-If-Match; "" for an initial publication. */
  readonly etag: string;
  /** Seconds wanted; -1 when not said. */
  readonly expires: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly origin: PublicationOrigin;
}

/** What was done. */
export interface PublicationSuccess {
  readonly status: 200;
  readonly etag: string;
  /** Seconds; 0: it is gone. */
  readonly expires: number;
  /** Which of the rules' methods is to be called once the answer is on its way. */
  readonly effect: "changed" | "refreshed" | "none";
  /** What is stored now; null where nothing is. */
  readonly publication: Publication | null;
}

/** The outcome: stored (or removed, `expires` 0), or refused with that answer. */
export type PublicationResult = PublicationSuccess | PublicationProblem;
