import type { Clock, Events, Log, Metrics, Timers } from "../../../foundation/mod.ts";
import type { Subscribers } from "../../../storage/mod.ts";
import type { DurableStates } from "../../../transport/sip/mod.ts";
import type { CoreEvents, LocationService } from "../../sip_core/mod.ts";
import type { DocumentService, XdmEvents } from "../../xdm/mod.ts";
import type { PresenceEvents } from "../presence_events.ts";
import type { OwnSources } from "../presentity.ts";

/** Of `[presence]`; read at each use. */
export interface PresentitiesSettings {
  /** Octets of one published document. */
  readonly max_document: number;
  /** Longest time that a publication holds, seconds. */
  readonly max_expires: number;
  /** How often one user may publish in the long run. */
  readonly publish_per_minute: number;
}

/** What presentities stand on. */
export interface PresentitiesParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Where `presenceChanged` is told. */
  readonly events: Events<PresenceEvents>;
  readonly coreEvents: Events<CoreEvents>;
  readonly location: Pick<LocationService, "bindings">;
  readonly own: OwnSources;
  readonly documents: Pick<DocumentService, "peek" | "read">;
  readonly xdmEvents: Events<XdmEvents>;
  readonly subscribers: Pick<Subscribers, "get" | "byNumber">;
  readonly domains: ReadonlySet<string>;
  /** A secret of the box, always the same: ids that watchers see are made from it. */
  readonly salt: string;
  readonly settings: PresentitiesSettings;
  /** Where publications outlast a restart; absent: in memory alone. */
  readonly durable?: DurableStates;
  readonly limits?: PresentitiesLimits;
}

/** What is not worth a setting. */
export interface PresentitiesLimits {
  /** Octets, roughly, of documents and compositions that are kept ready; those used longest ago are made again when needed. */
  readonly memory: number;
  /** After the box has started, a device that needs its connection has so long to come back before it counts as gone. */
  readonly return_ms: number;
  /** How long changes are worked off at a stretch. */
  readonly slice_ms: number;
}

export const PRESENTITIES_LIMITS: PresentitiesLimits = {
  memory: 96 * 1024 * 1024,
  return_ms: 120_000,
  slice_ms: 8,
};
