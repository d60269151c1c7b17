import type { Clock, Events, Log, Metrics, Timers } from "../../../foundation/mod.ts";
import { LocationForms } from "../../../transport/presence/mod.ts";
import type { EventPackage, SubscribeContents, SubscribeRefusal } from "../../../transport/sip/mod.ts";
import type { ServiceListSource, XdmEvents } from "../../xdm/mod.ts";
import type { PresenceEvents } from "../presence_events.ts";
import type { Watches } from "../watch.ts";
import { type ForeignParts, ForeignWatches } from "./foreign_watches.ts";
import { ListPackage } from "./list_package.ts";
import { LIST_LIMITS, type ListLimits, type ListSettings } from "./list_settings.ts";
import type { PresentityOf } from "./member_target.ts";
import { Openings } from "./openings.ts";
import { RefusedMembers } from "./refused_members.ts";
import { ResourceLists } from "./resource_lists.ts";

export interface ListServiceParts extends ServiceListSource {
  readonly watches: Watches;
  readonly presenceEvents: Events<PresenceEvents>;
  readonly xdmEvents: Events<XdmEvents>;
  /** Sends and receives for members at other domains; its NOTIFYs have to be handed to it. */
  readonly subscriber: ForeignParts["subscriber"];
  readonly asserted: ForeignParts["asserted"];
  readonly userOf: (watcher: string) => string | null;
  readonly presentityOf: PresentityOf;
  /** Host name that Content-IDs end with. */
  readonly host: string;
  /** The box was stopped in order before this start: what subscriptions kept is all that was told. Default: false. */
  readonly keptAll?: boolean;
  /** Read at each use. */
  readonly settings: ListSettings;
  readonly limits?: ListLimits;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The Resource List Server of the box (RFC 4662, 4826 §4, 5367; oma-reference §6.3). */
export class ListService {
  readonly #package: ListPackage;

  constructor(parts: ListServiceParts) {
    const { xdmEvents, presenceEvents, clock, log, limits = LIST_LIMITS, keptAll = false } = parts;
    this.#package = new ListPackage({
      ...parts,
      limits,
      keptAll,
      lists: new ResourceLists({ ...parts, events: xdmEvents }),
      events: presenceEvents,
      foreign: new ForeignWatches({ ...parts, limits }),
      openings: new Openings(clock, log),
      refused: new RefusedMembers(),
      forms: new LocationForms(),
    });
  }

  /** To be registered beside the package for one presentity: with it subscriptions to lists outlast a restart. */
  get eventPackage(): EventPackage {
    return this.#package;
  }

  /** The resource that a SUBSCRIBE to that URI is for: of a list, or of the server for lists in requests; null for others. */
  addressOf(uri: string): string | null {
    return this.#package.addressOf(uri);
  }

  /** A user (folded address) is one no longer: ends the subscriptions to lists that he has. */
  remove(user: string): void {
    this.#package.remove(user);
  }

  /** For `EventPackage.variant` of presence: the package, or the refusal, for a SUBSCRIBE to a list; null for all others. */
  listVariant(contents: SubscribeContents): EventPackage | SubscribeRefusal | null {
    return this.#package.variantFor(contents);
  }
}
