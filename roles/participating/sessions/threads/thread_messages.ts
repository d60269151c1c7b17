import type { LogFields, LogLevel, MetricFamily } from "../../../../foundation/mod.ts";
import type { AdmissionLimits, Endpoint } from "../../../../transport/net/mod.ts";
import type { CertificatePair, TlsOptions } from "../../../../transport/net/machine/mod.ts";
import type { MsrpDoor } from "../../../../transport/msrp/mod.ts";
import type { BridgedSide } from "../bridged_media.ts";
import type { MediaNames, MediaParty, Party } from "../media_plane.ts";
import type { SessionSettings } from "../session_settings.ts";
import type { Traffic } from "../session_events.ts";
import type { UndeliveredMessage } from "../../../../transport/msrp/forward/mod.ts";

/** A door that a thread is to open. */
export interface DoorWish {
  /** `tcp://127.0.0.1:2860` */
  readonly url: string;
  /** The host by which it is reached from outside. */
  readonly advertised: string;
}

/** What a thread works with from its beginning. */
export interface ThreadSetup {
  readonly doors: readonly DoorWish[];
  readonly admission: AdmissionLimits;
  readonly tls: TlsOptions;
  /** The name server to ask; null: the system's. */
  readonly dns: Endpoint | null;
  readonly settings: SessionSettings;
  readonly level: LogLevel;
}

/** What the main thread tells a media thread. Heard in the order in which it was said. `n`: which session. */
export type ToThread =
  | { readonly what: "begin"; readonly setup: ThreadSetup }
  | {
    readonly what: "open";
    readonly n: number;
    readonly inviter: BridgedSide;
    readonly invitee: BridgedSide;
    readonly names: MediaNames;
  }
  | { readonly what: "tell"; readonly n: number; readonly party: Party; readonly facts: MediaParty }
  /** That party leaves; `drained` is the answer. */
  | { readonly what: "drain"; readonly n: number; readonly party: Party }
  | { readonly what: "close"; readonly n: number; readonly reason: string }
  /** What became of the `undelivered` of that number. */
  | { readonly what: "kept"; readonly k: number; readonly status: number; readonly comment: string }
  /** The answer to `ask`: what was said before it has been heard now. */
  | { readonly what: "answer" }
  | { readonly what: "settings"; readonly settings: SessionSettings; readonly level: LogLevel }
  | { readonly what: "certificates"; readonly pairs: readonly CertificatePair[] }
  /** Lets connections write what they hold, and says `ended`. */
  | { readonly what: "end" };

/** What a session has carried so far. */
export interface SessionTraffic {
  readonly n: number;
  /** Milliseconds since the last message either way. */
  readonly quiet_ms: number;
  readonly inviter: Traffic;
  readonly invitee: Traffic;
}

/** What a media thread tells the main thread. */
export type FromThread =
  | { readonly what: "up"; readonly doors: readonly MsrpDoor[]; readonly urls: readonly string[] }
  /** It will not come up: a door cannot be had. */
  | { readonly what: "cannot"; readonly reason: string }
  | { readonly what: "refused"; readonly n: number }
  | { readonly what: "ask" }
  | { readonly what: "bound" | "lost"; readonly n: number; readonly party: Party }
  /** `settled`: nothing of it is left; else `settled` follows. */
  | { readonly what: "closed"; readonly traffic: SessionTraffic; readonly settled: boolean }
  /** A message to that party has not arrived. Also of a session that is closed and not settled. */
  | {
    readonly what: "undelivered";
    readonly n: number;
    readonly k: number;
    readonly party: Party;
    readonly message: UndeliveredMessage;
  }
  | { readonly what: "settled"; readonly n: number }
  /** What the party that leaves has sent is with the other, or lost. Also of a session that is closed. */
  | { readonly what: "drained"; readonly n: number }
  /** Once a second, also where there is nothing new: it is alive. */
  | { readonly what: "pulse"; readonly traffic: readonly SessionTraffic[]; readonly metrics: readonly MetricFamily[] }
  | {
    readonly what: "log";
    readonly level: LogLevel;
    readonly component: string;
    readonly text: string;
    readonly fields: LogFields | undefined;
  }
  | { readonly what: "ended" };
