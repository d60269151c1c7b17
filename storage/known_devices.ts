import type { Clock, Log, Timed, Timers } from "../foundation/mod.ts";
import { reasonOf } from "./kv/refusal.ts";
import type { KvRecords } from "./records.ts";
import { type KnownDevices, StorageError } from "./repositories.ts";

/** Instances and the day each was last seen, counted from 1970. */
export type DeviceDays = readonly (readonly [instance: string, day: number])[];

export const KNOWN_DEVICES_KIND = "known_devices";
/** Users whose devices are known, at most; about 400 octets each. */
export const MAX_KNOWN_AORS = 200_000;

const DAY_MS = 86_400_000;
const FORGOTTEN_DAYS = 30;
const MAX_DEVICES = 8;
/** `urn:uuid:` and its like; longer ones would be somebody who fills the store. */
const MAX_INSTANCE_LENGTH = 256;
const WRITE_MS = 5_000;
const RETRY_MS = 60_000;
/** Users in one change, and users looked at in one turn of the sweep. */
const BATCH = 200;
const SWEEP_SLICE = 2_000;
const SLICE_MS = 1_000;

const WRITE = 1;
const SWEEP = 2;

export interface KnownDevicesOptions {
  readonly records: KvRecords<DeviceDays>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Known devices as records, one for each user. */
export class RecordedDevices implements KnownDevices, Timed {
  readonly #records: KvRecords<DeviceDays>;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #log: Log;
  /** What is not written yet: it holds, whatever the records say. Empty: the user is to be forgotten. */
  readonly #changed = new Map<string, DeviceDays>();
  /** Where the sweep is; null between two. */
  #sweeping: Iterator<string> | null = null;
  #armed = false;
  #writing = false;

  constructor({ records, clock, timers, log }: KnownDevicesOptions) {
    this.#records = records;
    this.#clock = clock;
    this.#timers = timers;
    this.#log = log;
    timers.start(SLICE_MS, this, SWEEP);
  }

  seen(aor: string, instance: string, now: number): void {
    const day = dayOf(now);
    const known = this.#devicesOf(aor);
    for (const [other, last] of known) if (other === instance && last >= day) return;
    if (instance === "" || instance.length > MAX_INSTANCE_LENGTH) return;
    if (known.length === 0 && this.#records.size + this.#changed.size >= MAX_KNOWN_AORS) return;
    const kept = known.filter(([other, last]) => other !== instance && day - last < FORGOTTEN_DAYS);
    this.#change(aor, [[instance, day], ...kept.slice(0, MAX_DEVICES - 1)]);
  }

  of(aor: string, now: number): readonly string[] {
    const day = dayOf(now);
    const instances: string[] = [];
    for (const [instance, last] of this.#devicesOf(aor)) if (day - last < FORGOTTEN_DAYS) instances.push(instance);
    return instances;
  }

  forget(aor: string): void {
    if (this.#devicesOf(aor).length > 0) this.#change(aor, []);
  }

  onTimer(kind: number): void {
    if (kind === SWEEP) return this.#sweep();
    this.#armed = false;
    void this.#write();
  }

  /** Writes what has changed. */
  async flush(): Promise<void> {
    await this.#write();
  }

  #devicesOf(aor: string): DeviceDays {
    return this.#changed.get(aor) ?? this.#records.get(aor) ?? [];
  }

  #change(aor: string, devices: DeviceDays): void {
    this.#changed.set(aor, devices);
    this.#arm(WRITE_MS);
  }

  #arm(delay_ms: number): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#timers.start(delay_ms, this, WRITE);
  }

  /** Users none of whose devices came for so long: once a day, some at a time. */
  #sweep(): void {
    const today = dayOf(this.#clock.now());
    const ids = this.#sweeping ??= this.#records.ids();
    for (let i = 0; i < SWEEP_SLICE; i++) {
      const { value: aor, done } = ids.next();
      if (done === true) {
        this.#sweeping = null;
        break;
      }
      if (this.#devicesOf(aor).every(([, last]) => today - last >= FORGOTTEN_DAYS)) this.forget(aor);
    }
    this.#timers.start(this.#sweeping === null ? DAY_MS : SLICE_MS, this, SWEEP);
  }

  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    try {
      while (this.#changed.size > 0) await this.#writeSome();
    } catch (error) {
      if (!(error instanceof StorageError) && !(error instanceof RangeError)) throw error;
      if (error instanceof StorageError && error.kind === "closed") return;
      this.#log.warn("known devices could not be written; it is tried again", { reason: reasonOf(error) });
      this.#arm(RETRY_MS);
    } finally {
      this.#writing = false;
    }
  }

  async #writeSome(): Promise<void> {
    const batch: [string, DeviceDays][] = [];
    for (const [aor, devices] of this.#changed) {
      if (devices.length > 0) batch.push([aor, devices]);
      else {
        await this.#records.remove(aor);
        this.#written(aor, devices);
      }
      if (batch.length === BATCH) break;
    }
    await this.#records.putAll(batch);
    for (const [aor, devices] of batch) this.#written(aor, devices);
  }

  /** What has changed again meanwhile is written again. */
  #written(aor: string, devices: DeviceDays): void {
    if (this.#changed.get(aor) === devices) this.#changed.delete(aor);
  }
}

function dayOf(now: number): number {
  return Math.floor(now / DAY_MS);
}
