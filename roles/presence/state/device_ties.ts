import type { Clock, Events, Timed, Timers } from "../../../foundation/mod.ts";
import type { Publication, PublicationOrigin } from "../../../transport/sip/mod.ts";
import type { Binding, CoreEvents, LocationService } from "../../sip_core/mod.ts";

export interface DeviceTiesParts {
  readonly location: Pick<LocationService, "bindings">;
  readonly coreEvents: Events<CoreEvents>;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The publications of a user. */
  readonly live: (aor: string) => readonly Publication[];
  /** After a start, how long devices have to come back, ms. */
  readonly return_ms: number;
  /** Publications of this user may count, or no longer. */
  readonly changed: (aor: string) => void;
  /** Who has not come back by now is gone: of whichever user. */
  readonly returnOver: () => void;
}

/**
 * A publication counts as long as the device that made it is registered: who loses the connection is not online because a
 * publication of an hour was made before. It is tied to its device at each PUBLISH, or when that registers from where the PUBLISH
 * came: clients are met that publish first. One that comes from no device which is registered (a publisher beside the phone, a portal)
 * is tied to nothing and counts until it expires.
 */
export class DeviceTies implements Timed {
  readonly #parts: DeviceTiesParts;
  readonly #returnUntil: number;
  /** Devices of the time before the start that have ended their registration since: nobody waits for them. */
  readonly #gone = new Set<string>();
  /** Of publications that came before their device registered: from where, and which that is. */
  readonly #late = new WeakMap<Publication, { readonly origin: PublicationOrigin; readonly device: string }>();

  constructor(parts: DeviceTiesParts) {
    this.#parts = parts;
    const { coreEvents, clock, timers, return_ms, changed } = parts;
    this.#returnUntil = clock.monotonic() + return_ms;
    timers.start(return_ms, this, 0);
    coreEvents.on("registered", ({ aor }) => {
      for (const publication of parts.live(aor)) this.#tie(publication);
      changed(aor);
    });
    coreEvents.on("unregistered", ({ aor, binding }) => {
      if (this.#awaitsReturn) this.#gone.add(goneKey(aor, deviceOf(binding)));
      changed(aor);
    });
  }

  /** The device that a PUBLISH came from, as `Publication.device`. */
  deviceOf(resource: string, origin: PublicationOrigin): string {
    return deviceAt(this.#parts.location.bindings(resource), origin);
  }

  /** The device that a publication is tied to; "" for none. */
  tiedTo(publication: Publication): string {
    if (publication.device !== "") return publication.device;
    const late = this.#late.get(publication);
    return late !== undefined && late.origin === publication.origin ? late.device : "";
  }

  counts(publication: Publication): boolean {
    const { resource, origin } = publication;
    const device = this.tiedTo(publication);
    if (device === "") return true;
    if (this.#parts.location.bindings(resource).some((binding) => deviceOf(binding) === device)) return true;
    // Connections end with the box: that of its devices is made anew within the minute, and nobody needs to hear of it.
    return origin.flowId === 0 && this.#awaitsReturn && !this.#gone.has(goneKey(resource, device));
  }

  #tie(publication: Publication): void {
    const { resource, origin } = publication;
    if (this.tiedTo(publication) !== "") return;
    const device = this.deviceOf(resource, origin);
    if (device !== "") this.#late.set(publication, { origin, device });
  }

  onTimer(): void {
    this.#gone.clear();
    this.#parts.returnOver();
  }

  get #awaitsReturn(): boolean {
    return this.#parts.clock.monotonic() < this.#returnUntil;
  }
}

/** The one device among these that is where a request came from; "" where none is, or several are. */
export function deviceAt(bindings: readonly Binding[], origin: PublicationOrigin): string {
  let found = "";
  for (const binding of bindings) {
    if (!isFrom(binding, origin)) continue;
    const device = deviceOf(binding);
    if (found !== "" && found !== device) return "";
    found = device;
  }
  return found;
}

function isFrom({ flowId, transport, source }: Binding, origin: PublicationOrigin): boolean {
  if (origin.flowId !== 0 && flowId === origin.flowId) return true;
  // A datagram has no connection, and its flow may have been forgotten since.
  return source.port === origin.port && source.host === origin.host && transport === origin.transport;
}

/** By the instance, which stays when address and connection change; else by the contact. */
function deviceOf({ instance, contact }: Binding): string {
  return instance === "" ? `c${contact}` : `i${instance}`;
}

function goneKey(aor: string, device: string): string {
  return `${aor}\n${device}`;
}
