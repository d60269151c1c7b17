import { canonicalHost } from "../../transport/net/mod.ts";
import { tryNameAddr, tryParseUri, type Uri } from "../../transport/sip/mod.ts";
import type { AorRecord } from "./aor_record.ts";
import type { Binding, DeviceAt } from "./location.ts";
import { directDestination } from "./targets.ts";

/** An address at which a device can be reached. */
interface Place {
  /** `host:port`, canonical. */
  readonly key: string;
  /** The REGISTER came from there: nobody registers a place that is another's, to have what is sent there. */
  readonly proven: boolean;
  /** The Contact's user part; null for an address that has none. */
  readonly user: string | null;
}

/** Everybody at one address, and in the same way by their user parts: mostly one, without a set around. */
type Index = Map<string, AorRecord | Set<AorRecord>>;

/** What is in the indexes of one record. */
interface Held {
  bindings: readonly Binding[];
  readonly places: readonly Place[];
}

/**
 * Where the devices of our users are, by address: each binding's Contact where its host is an IP literal, its source, and
 * instead of that its Path. Kept with every change of bindings and as large as they are; names in Contacts prove nothing
 * and are not kept, else a Contact in somebody else's domain would claim that domain.
 */
export class DevicePlaces {
  readonly #proven: Index = new Map();
  readonly #claimed: Index = new Map();
  readonly #held = new Map<AorRecord, Held>();
  readonly #trusts: (host: string) => boolean;

  /** `trusts`: IP literals of trusted hops. They are no devices, though they may register users in their own name. */
  constructor(trusts: (host: string) => boolean) {
    this.#trusts = trusts;
  }

  /** The record's bindings are others now. */
  update(record: AorRecord): void {
    const { live } = record;
    const held = this.#held.get(record);
    // Nearly always: a refresh from where it was.
    if (held !== undefined && sameAddresses(held.bindings, live)) {
      held.bindings = live;
      return;
    }
    for (const place of held?.places ?? []) this.#each(place, (index, key) => leave(index, key, record));
    const places = this.#placesOf(live);
    for (const place of places) this.#each(place, (index, key) => enter(index, key, record));
    if (live.length === 0) this.#held.delete(record);
    else this.#held.set(record, { bindings: live, places });
  }

  /** `user`: the user part by which the address was named; it decides between several. */
  at(host: string, port: number, user: string, now: number): DeviceAt | null {
    const key = `${canonicalHost(host)}:${port}`;
    const proven = this.#at(this.#proven, key, user);
    if (proven !== undefined) return this.#found("device", proven, key, user, now);
    const claimed = this.#at(this.#claimed, key, user);
    return claimed === undefined ? null : this.#found("claimed", claimed, key, user, now);
  }

  /** Addresses that are known, of all kinds. */
  get size(): number {
    return this.#proven.size + this.#claimed.size;
  }

  #at(index: Index, key: string, user: string): AorRecord | Set<AorRecord> | undefined {
    return index.get(named(key, user)) ?? index.get(key);
  }

  #found(
    kind: "device" | "claimed",
    record: AorRecord | Set<AorRecord>,
    key: string,
    user: string,
    now: number,
  ): DeviceAt | null {
    if (record instanceof Set) return { kind: "several" };
    let found: Binding | null = null;
    for (const binding of record.live) {
      if (binding.expiresAt <= now) continue;
      const place = this.#placesOf([binding]).find((one) => one.key === key && one.proven === (kind === "device"));
      if (place === undefined || (found !== null && place.user !== user)) continue;
      found = binding;
      if (place.user === user) break;
    }
    // Expired since the last sweep: nobody is there any more.
    return found === null ? null : { kind, aor: record.aor, binding: found };
  }

  #placesOf(bindings: readonly Binding[]): Place[] {
    const places: Place[] = [];
    const add = (host: string, port: number, proven: boolean, user: string | null): void => {
      if (this.#trusts(host)) return;
      const key = `${host}:${port}`;
      if (!places.some((place) => place.key === key && place.proven === proven && place.user === user)) {
        places.push({ key, proven, user });
      }
    };
    for (const { contact, source, path } of bindings) {
      const from = canonicalHost(source.host);
      const uri = tryParseUri(contact);
      const to = uri === null ? null : directDestination(uri);
      if (to !== null) {
        const host = canonicalHost(to.host);
        const proven = path.length === 0 && host === from;
        for (const port of portsOf(to.port)) add(host, port, proven, uri!.user);
      }
      if (path.length === 0) add(from, source.port, true, null);
      for (const value of path) {
        const hop = hopOf(value);
        if (hop !== null) add(canonicalHost(hop.host), hop.port, false, null);
      }
    }
    return places;
  }

  #each(place: Place, act: (index: Index, key: string) => void): void {
    const index = place.proven ? this.#proven : this.#claimed;
    act(index, place.key);
    if (place.user !== null) act(index, named(place.key, place.user));
  }
}

function named(key: string, user: string): string {
  return `${user}@${key}`;
}

/** Where a device uses one of the two ports of SIP it mostly listens on both (RFC 3261 §19.1.2). */
function portsOf(port: number): readonly number[] {
  return port === 5060 || port === 5061 ? BOTH : [port];
}

const BOTH: readonly number[] = [5060, 5061];

function hopOf(value: string): { readonly host: string; readonly port: number } | null {
  const uri: Uri | undefined = tryNameAddr(value)?.uri;
  return uri === undefined ? null : directDestination(uri);
}

function sameAddresses(before: readonly Binding[], now: readonly Binding[]): boolean {
  return before.length === now.length && before.every(({ contact, source, path }, i) => {
    const other = now[i];
    return contact === other.contact && source.host === other.source.host && source.port === other.source.port &&
      path.length === other.path.length && path.every((value, n) => value === other.path[n]);
  });
}

function enter(index: Index, key: string, record: AorRecord): void {
  const there = index.get(key);
  if (there === undefined) index.set(key, record);
  else if (there instanceof Set) there.add(record);
  else if (there !== record) index.set(key, new Set([there, record]));
}

function leave(index: Index, key: string, record: AorRecord): void {
  const there = index.get(key);
  if (there === record) index.delete(key);
  if (!(there instanceof Set) || !there.delete(record) || there.size > 1) return;
  for (const last of there) index.set(key, last);
}
