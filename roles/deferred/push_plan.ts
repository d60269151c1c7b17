import type { DeferredEntry } from "../../storage/mod.ts";
import type { Binding } from "../sip_core/mod.ts";

/** What goes out next, and to whom. */
export interface PlannedPush {
  readonly entry: DeferredEntry;
  readonly devices: readonly Binding[];
  /** Devices (instances) it does not go to although they are registered. */
  readonly leftOut: readonly string[];
  /** What comes behind it; undefined at the end. */
  readonly following: DeferredEntry | undefined;
}

/** What planning stands on. */
export interface PlanFacts {
  /** Of the recipient, all that are registered. */
  readonly bindings: readonly Binding[];
  /** Contacts that gave no answer lately. */
  readonly down: ReadonlySet<string>;
  /** As the store has them, without those that are passed over. */
  readonly entries: readonly DeferredEntry[];
  /** A first attempt is still under way to one of these devices. */
  readonly held: (id: number, bindings: readonly Binding[]) => boolean;
  /** Who has refused what; null, the usual case, where nobody has anything. */
  readonly refused: ((id: number, device: Binding) => boolean) | null;
  /** Files that may not begin now: they hold up nobody. */
  readonly waits: (entry: DeferredEntry) => boolean;
}

/** The next push; or none, `silent` where something waits for a device that gives no answer. */
export function planPush(facts: PlanFacts): PlannedPush | { readonly silent: boolean } {
  const { bindings, down } = facts;
  const alive = down.size === 0 ? bindings : bindings.filter((binding) => !down.has(binding.contact));
  const owed = owedSince(facts.entries);
  const entries = owed === null ? facts.entries : ownByAge(facts.entries);
  const held = new Set<string>();
  let silent = false;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    const { device } = entry;
    if (held.has(device) || facts.waits(entry)) continue;
    const free = device !== ""
      ? alive.filter((binding) => binding.instance === device)
      : owed === null
      ? alive
      : alive.filter(({ instance }) => !isOwed(owed, instance, entry));
    const devices = facts.refused === null ? free : free.filter((binding) => !facts.refused!(entry.id, binding));
    if (devices.length === 0) {
      silent ||= free.length > 0
        ? device === "" && bindings.some((one) => down.has(one.contact) && !facts.refused!(entry.id, one))
        : device === ""
        ? alive.length === 0
        : bindings.some((binding) => binding.instance === device);
      continue;
    }
    // A first attempt is still under way to one of these devices; its end goes on here.
    if (facts.held(entry.id, device === "" ? bindings : devices)) {
      if (device === "") return { silent };
      held.add(device);
      continue;
    }
    return { entry, devices, leftOut: leftOut(entry, devices, facts), following: entries[i + 1] };
  }
  return { silent };
}

/** When the oldest copy came that waits for a device alone, by instance; null, the usual case, where there are none. */
function owedSince(entries: readonly DeferredEntry[]): Map<string, number> | null {
  let owed: Map<string, number> | null = null;
  for (const { device, arrivedAt } of entries) {
    if (device === "") continue;
    owed ??= new Map();
    owed.set(device, Math.min(owed.get(device) ?? Infinity, arrivedAt));
  }
  return owed;
}

/** A device takes older copies of its own first: what is for all is copied for it, behind them. */
function isOwed(owed: ReadonlyMap<string, number>, instance: string, { arrivedAt }: DeferredEntry): boolean {
  const since = owed.get(instance);
  return since !== undefined && since <= arrivedAt;
}

function leftOut(
  { id, device }: DeferredEntry,
  devices: readonly Binding[],
  { bindings, refused }: PlanFacts,
): readonly string[] {
  if (device !== "" || devices.length === bindings.length) return NOBODY;
  return bindings.filter((one) => one.instance !== "" && !devices.includes(one) && refused?.(id, one) !== true)
    .map(({ instance }) => instance);
}

const NOBODY: readonly string[] = [];

/**
 * What a device that has taken a session is to get of these: what is for all, and what is for it alone, which was stored behind
 * younger ones and goes by its age. `given`: what it has had, or refused.
 */
export function forDevice(
  entries: readonly DeferredEntry[],
  device: string,
  given: (id: number) => boolean,
): DeferredEntry[] {
  const its = entries.filter((entry) => (entry.device === "" || entry.device === device) && !given(entry.id));
  // Else the order is that of the store, which a clock that is set back cannot change.
  if (!its.some((entry) => entry.device !== "")) return its;
  return its.sort(older);
}

/**
 * A copy for one device may have been stored behind younger ones of its own: each device gets its own by age, in the places that they
 * have among the others.
 */
function ownByAge(entries: readonly DeferredEntry[]): readonly DeferredEntry[] {
  const own = new Map<string, DeferredEntry[]>();
  let isByAge = true;
  for (const entry of entries) {
    if (entry.device === "") continue;
    const its = own.get(entry.device);
    if (its === undefined) own.set(entry.device, [entry]);
    else if (its.push(entry) && older(its[its.length - 2], entry) > 0) isByAge = false;
  }
  if (isByAge) return entries;
  const next = new Map([...own].map(([device, its]) => [device, its.sort(older).values()]));
  return entries.map((entry) => next.get(entry.device)?.next().value ?? entry);
}

function older(a: DeferredEntry, b: DeferredEntry): number {
  return a.arrivedAt - b.arrivedAt || a.id - b.id;
}
