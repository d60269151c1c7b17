import { type AtomicWrite, type Entry, M_DELETE, M_SET, type ReadRange } from "./messages.ts";

/** What denokv takes (denoland/denokv, proto/limits.rs); a test sees here what a real service would refuse. */
const LIMITS = { key: 2048, value: 65_536, ranges: 10, entries: 1000, checks: 10, mutations: 1000, octets: 819_200 };

/** A request is not one the service takes: answered 400. */
export class Refused extends Error {}

/** The values of one database in order of their keys, in memory, with versionstamps. */
export class SortedStore {
  readonly #entries = new Map<string, Entry>();
  #order: string[] = [];
  #version = 0;

  /** Commits that took place. */
  get version(): number {
    return this.#version;
  }
  get size(): number {
    return this.#entries.size;
  }

  /** Entries of each range, in its direction. Throws Refused. */
  read(ranges: readonly ReadRange[]): Entry[][] {
    limit("read ranges", ranges.length, LIMITS.ranges);
    limit("entries", ranges.reduce((sum, range) => sum + range.limit, 0), LIMITS.entries);
    return ranges.map((range) => {
      if (range.limit < 1) throw new Refused("a read range without a limit");
      const from = this.#place(nameOf(range.start));
      const to = Math.max(from, this.#place(nameOf(range.end)));
      const found = range.reverse
        ? this.#order.slice(Math.max(from, to - range.limit), to).reverse()
        : this.#order.slice(from, Math.min(to, from + range.limit));
      return found.map((name) => this.#entries.get(name)!);
    });
  }

  /** Writes all of it, or nothing: null when a check does not hold. Throws Refused. */
  write({ checks, mutations, enqueues }: AtomicWrite): Uint8Array | null {
    if (enqueues > 0) throw new Refused("queues are not offered");
    limit("checks", checks.length, LIMITS.checks);
    limit("mutations", mutations.length, LIMITS.mutations);
    let octets = checks.reduce((sum, { key }) => sum + key.length, 0);
    for (const { key, value, type } of mutations) {
      if (type !== M_SET && type !== M_DELETE) throw new Refused(`mutation type ${type} is not offered`);
      limit("octets of a key", key.length, LIMITS.key);
      limit("octets of a value", value.length, LIMITS.value);
      octets += key.length + value.length;
    }
    limit("octets of a write", octets, LIMITS.octets);
    for (const { key, versionstamp } of checks) {
      if (nameOf(this.#entries.get(nameOf(key))?.versionstamp ?? new Uint8Array(0)) !== nameOf(versionstamp)) {
        return null;
      }
    }
    const stamp = new Uint8Array(10);
    new DataView(stamp.buffer).setBigUint64(0, BigInt(++this.#version));
    for (const { key, value, encoding, type } of mutations) {
      const name = nameOf(key);
      if (type === M_DELETE) this.#remove(name);
      else {
        if (!this.#entries.has(name)) this.#order.splice(this.#place(name), 0, name);
        this.#entries.set(name, { key, value, encoding, versionstamp: stamp });
      }
    }
    return stamp;
  }

  #remove(name: string): void {
    if (this.#entries.delete(name)) this.#order.splice(this.#place(name), 1);
  }

  /** Where the first key that is not before `name` stands. */
  #place(name: string): number {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order[middle] < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function limit(what: string, found: number, allowed: number): void {
  if (found > allowed) throw new Refused(`${found} ${what}, at most ${allowed}`);
}

/** Octets as a string, one char each: it sorts as the octets do. */
function nameOf(octets: Uint8Array): string {
  return Array.from(octets, (octet) => String.fromCharCode(octet)).join("");
}
