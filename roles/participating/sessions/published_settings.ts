import { type Clock, type Log, type Metrics, silentLog, type Timers } from "../../../foundation/mod.ts";
import { type DurableStates, PublicationStore } from "../../../transport/sip/mod.ts";
import { parseServiceSettings, SERVICE_SETTINGS_TYPE, type ServiceSettings } from "../../../transport/payload/mod.ts";

/** What holds for a user as a whole (oma-reference §2.6): for whoever asks without a device in mind. */
export interface UserSettings {
  /** What becomes of messages that cannot be delivered; null: what the subscriber record says. */
  readonly deferral: ServiceSettings["deferral"] | null;
  /** False: shown to nobody as being there (PRI-17). */
  readonly visible: boolean;
  /** What the user wants recorded. */
  readonly recording: { readonly session: boolean; readonly pagerAndLarge: boolean };
}

const NOTHING: UserSettings = {
  deferral: null,
  visible: true,
  recording: { session: false, pagerAndLarge: false },
};

const NONE: ReadonlyMap<string, ServiceSettings> = new Map();

export interface PublishedSettingsParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  /** Where publications outlast a restart: who hides, or bars, does so after it, too. Absent: in memory alone. */
  readonly durable?: DurableStates;
  readonly log?: Log;
  /** The settings of a user are others than before. */
  readonly changed?: (aor: string) => void;
}

/**
 * The settings that clients publish about themselves (RFC 3903 with the package of RFC 4354 and OMA's extension,
 * oma-reference §2.6), as long as each publication lasts; one a device, told apart by its entity's id, the newest of
 * equal ids. Only users publish, and for themselves.
 */
export class PublishedSettings {
  /** For `EventServer.acceptPublications`. */
  readonly store: PublicationStore;
  /** By user, then by entity; read anew after a change. Holds only users who publish. */
  readonly #read = new Map<string, ReadonlyMap<string, ServiceSettings>>();

  constructor({ clock, timers, metrics, durable, log = silentLog, changed }: PublishedSettingsParts) {
    this.store = new PublicationStore(
      {
        event: "poc-settings",
        contentTypes: [SERVICE_SETTINGS_TYPE],
        expires: { default: 3600, min: 60, max: 86_400 },
        maxBody: 8192,
        maxPerResource: 20,
        durable,
        authorize: (resource, publisher) =>
          resource === publisher ? null : { status: 403, reason: "Settings Are Their User's Own" },
        check: (_type, body) => problemOf(body),
        changed: (aor) => {
          this.#refresh(aor);
          changed?.(aor);
        },
      },
      clock,
      timers,
      metrics,
      log,
    );
    for (const aor of [...this.store.resources()]) this.#restore(aor, log);
  }

  /** What the device with this instance id publishes, else what was published for the user as a whole; null for neither. */
  device(aor: string, instance: string): ServiceSettings | null {
    const entities = this.#entities(aor);
    if (entities.size === 0) return null;
    return (instance === "" ? undefined : entities.get(entityKey(instance))) ?? entities.get(entityKey(aor)) ?? null;
  }

  /**
   * True where nothing may come in for this user: each of the devices that are there bars, or the user as a whole does. Without
   * devices: where all publications that still live do.
   */
  barred(aor: string, instances: readonly string[]): boolean {
    const entities = this.#entities(aor);
    if (entities.size === 0) return false;
    if (instances.length === 0) return [...entities.values()].every(bars);
    return instances.every((instance) => {
      const settings = this.device(aor, instance);
      return settings !== null && bars(settings);
    });
  }

  /** What holds for the user: the newest publication that says something about it. */
  user(aor: string): UserSettings {
    const entities = this.#entities(aor);
    if (entities.size === 0) return NOTHING;
    let { deferral, visible, recording } = NOTHING;
    for (const settings of entities.values()) {
      deferral = settings.deferral ?? deferral;
      visible = settings.visible ?? visible;
      recording = settings.recording ?? recording;
    }
    return { deferral, visible, recording };
  }

  /** What the user's devices want recorded, as the newest says that speaks of it; null where none does. */
  recordingOf(aor: string): UserSettings["recording"] | null {
    let recording: UserSettings["recording"] | null = null;
    for (const settings of this.#entities(aor).values()) recording = settings.recording ?? recording;
    return recording;
  }

  /** Users of whom something is published. */
  publishers(): Iterable<string> {
    return this.#read.keys();
  }

  /** The user was removed. */
  forget(aor: string): void {
    this.store.clear(aor);
    this.#read.delete(aor);
  }

  #restore(aor: string, log: Log): void {
    try {
      this.#refresh(aor);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      log.warn("settings that an earlier version of the box took cannot be read", { user: aor, error: error.message });
      this.forget(aor);
    }
  }

  /** Oldest first, so that what comes later wins. */
  #entities(aor: string): ReadonlyMap<string, ServiceSettings> {
    return this.#read.get(aor) ?? NONE;
  }

  #refresh(aor: string): void {
    const entities = new Map<string, ServiceSettings>();
    for (const publication of this.store.live(aor)) {
      for (const settings of parseServiceSettings(publication.body)) {
        const key = entityKey(settings.entity);
        entities.delete(key);
        entities.set(key, settings);
      }
    }
    if (entities.size === 0) this.#read.delete(aor);
    else this.#read.set(aor, entities);
  }
}

/** Nothing comes in to a device that says so, or whose service is switched off. */
export function bars({ barred, active }: ServiceSettings): boolean {
  return barred === true || active === false;
}

/** Instance ids with and without `<>`, as clients write both. */
function entityKey(id: string): string {
  return id.replace(/^<|>$/g, "").toLowerCase();
}

function problemOf(body: Uint8Array): { readonly status: 400; readonly reason: string } | null {
  try {
    parseServiceSettings(body);
    return null;
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 400, reason: `Settings Not Readable: ${error.message}` };
    throw error;
  }
}
