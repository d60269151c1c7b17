import { type ListenAddress, listenersCollide } from "../../../../transport/net/mod.ts";

/** How far a door opens: to this machine, to the network, or as its entries say. */
export type Opening = "local" | "network" | "own";

/** Keys of doors that have such a choice. */
export const DOOR_KEYS = ["listen.sip", "listen.msrp", "listen.web"] as const;
export type DoorKey = typeof DOOR_KEYS[number];

interface Door {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

const STANDARD: Readonly<Record<DoorKey, readonly Door[]>> = {
  "listen.sip": [
    { scheme: "udp", host: "127.0.0.1", port: "5060" },
    { scheme: "tcp", host: "127.0.0.1", port: "5060" },
    { scheme: "tls", host: "127.0.0.1", port: "5061" },
  ],
  "listen.msrp": [
    { scheme: "tcp", host: "127.0.0.1", port: "2855" },
    { scheme: "tls", host: "127.0.0.1", port: "2856" },
  ],
  "listen.web": [{ scheme: "http", host: "127.0.0.1", port: "8080" }],
};
/** What a door of the network must be where there is none yet. */
const HTTPS: Door = { scheme: "https", host: "127.0.0.1", port: "8443" };
const EVERYWHERE = "[::]";
const LOCAL = /^(?:127\.|\[::1\]$|localhost$)/;

/**
 * The entries of a choice, with the transports and ports of those that there are: `[::]` takes IPv4 as well. Of the web only
 * https opens to the network: passwords go over nothing else.
 */
export function entriesFor(key: DoorKey, opening: "local" | "network", present: readonly string[]): string[] {
  const read = present.map(readDoor).filter((door) => door !== null);
  let doors: readonly Door[] = read.length > 0 ? read : STANDARD[key];
  if (key === "listen.web" && opening === "network" && !doors.some(({ scheme }) => scheme === "https")) {
    doors = [...doors, HTTPS];
  }
  const hostOf = ({ scheme, host }: Door): string => {
    if (opening === "local" || scheme === "http") return LOCAL.test(host) ? host : "127.0.0.1";
    return LOCAL.test(host) ? EVERYWHERE : host;
  };
  return [...new Set(doors.map((door) => `${door.scheme}://${hostOf(door)}:${door.port}`))];
}

/** Which choice these entries are. */
export function openingOf(key: DoorKey, present: readonly string[]): Opening {
  const same = (other: readonly string[]) => [...other].sort().join() === [...present].sort().join();
  if (present.length === 0) return "own";
  if (present.every((entry) => isLocal(entry)) && same(entriesFor(key, "local", present))) return "local";
  return same(entriesFor(key, "network", present)) ? "network" : "own";
}

/** Whether an entry can only be reached from this machine. */
export function isLocal(entry: string): boolean {
  const door = readDoor(entry);
  return door !== null && LOCAL.test(door.host);
}

/** The first of `entries` that cannot be open together with another entry, as both want one port; "" for none. */
export function portShared(entry: string, entries: readonly string[]): string {
  const wanted = addressOf(entry);
  if (wanted === null) return "";
  return entries.find((text) => {
    const other = addressOf(text);
    return other !== null && listenersCollide(other, wanted);
  }) ?? "";
}

function addressOf(entry: string): ListenAddress | null {
  const door = readDoor(entry);
  if (door === null) return null;
  const { scheme, host, port } = door;
  return { transport: scheme, host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

/** Whether one of `open` (doors of this box) holds the port of `entry` already: it will be free when the change is made. */
export function holdsPort(entry: string, open: readonly string[]): boolean {
  const wanted = readDoor(entry);
  return wanted !== null &&
    open.map(readDoor).some((door) => door !== null && door.port === wanted.port && kindOf(door) === kindOf(wanted));
}

function kindOf({ scheme }: Door): "udp" | "tcp" {
  return scheme === "udp" ? "udp" : "tcp";
}

function readDoor(entry: string): Door | null {
  const [, scheme, host, port] = /^([a-z]+):\/\/(\[[0-9a-f:.]+\]|[^:/\[\]]+):(\d{1,5})\/?$/i.exec(entry.trim()) ?? [];
  return host === undefined ? null : { scheme, host, port };
}
