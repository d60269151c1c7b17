import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { fileInfo, writeDurably } from "./durable_file.ts";
import { reasonOf, StoreRefusal } from "./refusal.ts";

/** One 256-bit secret of the key file. */
export interface SealingKey {
  /** 1 to 255; every sealed value carries it. */
  readonly number: number;
  readonly secret: Uint8Array;
  readonly createdAt: number;
}

/** What a key file holds. */
export interface KeyRing {
  /** Names this key file; the database remembers it, so that a foreign key file is told from a damaged value. */
  readonly id: string;
  /** The number of the key that seals from now on. */
  readonly current: number;
  readonly keys: readonly SealingKey[];
  /** Hides identities in KV keys. Never rotated, because a name must stay the same for as long as its value lives. */
  readonly names: Uint8Array;
}

const APPLICATION = "parley key file";
const FORMAT = 1;
const KEY_OCTETS = 32;
const MAX_KEYS = 255;

interface Stored {
  application: string;
  format: number;
  id: string;
  current: number;
  keys: { number: number; secret: string; createdAt: string }[];
  names: string;
  /** SHA-256 over all the rest: a damaged file is told from a foreign one. */
  check: string;
}

function checkOf(stored: Omit<Stored, "check">): string {
  const { application, format, id, current, keys, names } = stored;
  const text = JSON.stringify([
    application,
    format,
    id,
    current,
    keys.map((k) => [k.number, k.secret, k.createdAt]),
    names,
  ]);
  return createHash("sha256").update(text).digest("hex");
}

/** A ring with one new key. */
export function newKeyRing(now: number): KeyRing {
  return {
    id: randomBytes(8).toString("hex"),
    current: 1,
    keys: [{ number: 1, secret: randomBytes(KEY_OCTETS), createdAt: now }],
    names: randomBytes(KEY_OCTETS),
  };
}

/** The same ring with a new current key; the older ones stay, for what they sealed. RangeError after 255 keys. */
export function withNewKey(ring: KeyRing, now: number): KeyRing {
  const number = Math.max(...ring.keys.map((key) => key.number)) + 1;
  if (number > MAX_KEYS) throw new RangeError(`The key file has had ${MAX_KEYS} keys; it takes no more`);
  return {
    ...ring,
    current: number,
    keys: [...ring.keys, { number, secret: randomBytes(KEY_OCTETS), createdAt: now }],
  };
}

/** Writes the ring durably, mode 0600. */
export function writeKeyFile(path: string, ring: KeyRing): void {
  const stored = {
    application: APPLICATION,
    format: FORMAT,
    id: ring.id,
    current: ring.current,
    keys: ring.keys.map((key) => ({
      number: key.number,
      secret: Buffer.from(key.secret).toString("hex"),
      createdAt: new Date(key.createdAt).toISOString(),
    })),
    names: Buffer.from(ring.names).toString("hex"),
  };
  const text = JSON.stringify({ ...stored, check: checkOf(stored) }, null, 2);
  writeDurably(path, new TextEncoder().encode(text + "\n"));
}

/** Reads a key file; null when there is none, StoreRefusal when it is damaged or something else. */
export function readKeyFile(path: string): KeyRing | null {
  return fileInfo(path) === null ? null : parseKeyFile(Deno.readTextFileSync(path), path);
}

/** The ring in a key file's text. Throws StoreRefusal, naming the file as `path`. */
export function parseKeyFile(text: string, path: string): KeyRing {
  let stored: Stored;
  try {
    stored = JSON.parse(text) as Stored;
  } catch (error) {
    throw new StoreRefusal(path, `is not a readable key file: ${reasonOf(error)}`, { cause: error });
  }
  if (stored?.application !== APPLICATION) throw new StoreRefusal(path, "is not a key file of Parley");
  if (stored.format !== FORMAT) {
    throw new StoreRefusal(path, `is a key file of format ${stored.format}; this Parley reads format ${FORMAT}`);
  }
  const ring = decode(stored);
  if (ring === null) {
    throw new StoreRefusal(
      path,
      "is a damaged key file (its content does not match its checksum); restore it from a backup",
    );
  }
  return ring;
}

function decode(stored: Stored): KeyRing | null {
  if (!Array.isArray(stored.keys) || stored.keys.length === 0 || typeof stored.names !== "string") return null;
  for (const key of stored.keys) {
    if (typeof key?.secret !== "string" || !Number.isInteger(key.number)) return null;
  }
  if (stored.check !== checkOf(stored)) return null;
  const keys = stored.keys.map((key) => ({
    number: key.number,
    secret: new Uint8Array(Buffer.from(key.secret, "hex")),
    createdAt: Date.parse(key.createdAt),
  }));
  const names = new Uint8Array(Buffer.from(stored.names, "hex"));
  const whole = keys.every((key) => key.secret.length === KEY_OCTETS && key.number >= 1 && key.number <= MAX_KEYS);
  if (!whole || names.length !== KEY_OCTETS || !keys.some((key) => key.number === stored.current)) return null;
  return { id: stored.id, current: stored.current, keys, names };
}
