import type { Events, Metrics } from "../../../foundation/mod.ts";
import type { MsrpNode } from "../../../transport/msrp/mod.ts";
import type { Fingerprint } from "../../../transport/payload/mod.ts";
import type { Calls, Flow } from "../../../transport/sip/mod.ts";
import type { Subscriber } from "../../../storage/mod.ts";
import type { CoreServices } from "../../sip_core/mod.ts";
import type { SessionFallback } from "../../session_media/mod.ts";
import type { AccessRules } from "../access.ts";
import type { UnwillingPolicy } from "../unwilling.ts";
import type { MediaPlane } from "./media_plane.ts";
import type { PublishedSettings } from "./published_settings.ts";
import type { SessionRecorder } from "./session_recorder.ts";
import type { SessionEvents } from "./session_events.ts";
import type { SessionSettings } from "./session_settings.ts";
import type { Undelivered } from "./undelivered.ts";

/** What the participating function stands on for sessions. */
export interface SessionDeps {
  readonly services: CoreServices;
  readonly calls: Calls;
  /** For our URIs. */
  readonly node: Pick<MsrpNode, "uriFor">;
  readonly media: MediaPlane;
  /** Live: read at each use. */
  readonly settings: SessionSettings;
  readonly events: Events<SessionEvents>;
  readonly metrics: Metrics;
  /** Who speaks in Warnings: our first domain. */
  readonly host: string;
  readonly access: AccessRules;
  /** Asked in turn where no device took a session. */
  readonly fallbacks: readonly SessionFallback[];
  /** What happens to messages of a user's, by now; absent: nothing is stored. */
  readonly deferralOf?: (user: Subscriber) => Subscriber["deferral"];
  /** Absent: whoever is here is asked. */
  readonly unwilling?: UnwillingPolicy;
  /** Stores what a session leaves undelivered; null or absent: that fails. */
  readonly undelivered?: Undelivered | null;
  /** Null: users publish no settings here. */
  readonly published: Pick<PublishedSettings, "device"> | null;
  /** Fingerprint of our MSRP certificate where no public authority signed it; null: not said. */
  readonly ownFingerprint: () => Fingerprint | null;
  /** The name a party used to reach us, for our URI in its path; "" for that of the door. Null flow: not known yet. */
  readonly hostFor: (flow: Flow | null) => string;
  /** Records what users want recorded; null or absent: nothing is. */
  readonly recorder?: SessionRecorder | null;
}
