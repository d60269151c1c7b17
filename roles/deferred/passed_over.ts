import type { DeferredEntry } from "../../storage/mod.ts";
import type { Binding } from "../sip_core/mod.ts";

/** What waits in the store and is not to be delivered at present, and why. Only what is in the store stands here. */
export class PassedOver {
  /** Delivered or withdrawn, the removal not yet confirmed. */
  readonly #gone = new Set<number>();
  /** Refused for the user as a whole in this boot (6xx), or of no use to any device. */
  readonly #refused = new Set<number>();
  /** By id: devices of this boot that have refused it. Others may take it. */
  readonly #refusedBy = new Map<number, Set<string>>();
  /** By recipient: what the recipient's rules do not let through at present. */
  readonly #withheld = new Map<string, Set<number>>();
  /** By recipient: what the devices that are there cannot take, or not now; looked at again when one registers. */
  readonly #aside = new Map<string, Set<number>>();

  /** What is left, in its order. */
  among(recipient: string, entries: readonly DeferredEntry[]): readonly DeferredEntry[] {
    const withheld = this.#withheld.get(recipient);
    const aside = this.#aside.get(recipient);
    if (this.#gone.size === 0 && this.#refused.size === 0 && withheld === undefined && aside === undefined) {
      return entries;
    }
    return entries.filter(({ id }) =>
      !this.#gone.has(id) && !this.#refused.has(id) && withheld?.has(id) !== true && aside?.has(id) !== true
    );
  }

  /** False where it is gone already. */
  leave(id: number): boolean {
    if (this.#gone.has(id)) return false;
    this.#gone.add(id);
    this.#refused.delete(id);
    this.#refusedBy.delete(id);
    return true;
  }
  /** Its removal is committed. */
  removed(id: number): void {
    this.#gone.delete(id);
  }
  refuse(id: number): void {
    this.#refused.add(id);
  }
  /** This device does not want it, and would not another time. */
  refuseBy(id: number, device: Binding): void {
    const devices = this.#refusedBy.get(id);
    if (devices === undefined) this.#refusedBy.set(id, new Set([keyOf(device)]));
    else devices.add(keyOf(device));
  }
  /** A device has refused it. Only where `someRefused`. */
  isRefusedBy(id: number, device: Binding): boolean {
    return this.#refusedBy.get(id)?.has(keyOf(device)) === true;
  }
  /** Some device has refused something. */
  get someRefused(): boolean {
    return this.#refusedBy.size > 0;
  }
  withhold(recipient: string, id: number): void {
    add(this.#withheld, recipient, id);
  }
  putAside(recipient: string, id: number): void {
    add(this.#aside, recipient, id);
  }

  /** True where something was withheld. */
  admitAgain(recipient: string): boolean {
    return this.#withheld.delete(recipient);
  }
  tryAgain(recipient: string): void {
    this.#aside.delete(recipient);
  }

  /** The store has it no longer. */
  forget(id: number, recipient: string): void {
    this.#gone.delete(id);
    this.#refused.delete(id);
    this.#refusedBy.delete(id);
    remove(this.#withheld, recipient, id);
    remove(this.#aside, recipient, id);
  }
}

/** Two bindings of one device. */
export function isOne(a: Binding, b: Binding): boolean {
  return keyOf(a) === keyOf(b);
}

/** A device is known by its instance, wherever it registers from. */
function keyOf({ instance, contact }: Binding): string {
  return instance === "" ? contact : instance;
}

function add(sets: Map<string, Set<number>>, recipient: string, id: number): void {
  const ids = sets.get(recipient);
  if (ids === undefined) sets.set(recipient, new Set([id]));
  else ids.add(id);
}

function remove(sets: Map<string, Set<number>>, recipient: string, id: number): void {
  const ids = sets.get(recipient);
  if (ids?.delete(id) && ids.size === 0) sets.delete(recipient);
}
