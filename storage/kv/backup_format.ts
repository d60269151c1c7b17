/**
 * A backup is one file:
 *
 *     "parley backup file\n"
 *     length (4), facts as JSON            BackupFacts; readable without any key
 *     length (4), key block                key_block.ts; opens with the recovery key, or as it is
 *     the database                         `facts.octets` octets, an SQLite file
 *     keys of the vault that are in use    `facts.vault` octets, vault_block.ts; none in format 1
 *     SHA-256 of all the above (32)
 *
 * Lengths are big-endian. What comes first is enough to refuse a file: what it is, from which version, and whether the
 * recovery key opens it, are known before the database is read.
 */
import { Buffer } from "node:buffer";
import type { BackupFacts } from "../repositories.ts";
import { SCHEMA } from "./migrations.ts";
import { reasonOf, StoreRefusal } from "./refusal.ts";

export const APPLICATION = "parley backup";
export const FORMAT = 2;
export const DIGEST_OCTETS = 32;
const MAGIC = Buffer.from("parley backup file\n", "latin1");
const LENGTH_OCTETS = 4;
const MAX_FACTS = 16 * 1024;
const MAX_BLOCK = 512 * 1024;
const MAX_VAULT = 160 * 1024 * 1024;

/** What stands before the database. */
export interface BackupHead {
  readonly facts: BackupFacts;
  readonly block: Uint8Array;
  /** The file up to the key block, which the block is sealed for. */
  readonly bound: Uint8Array;
  /** Octets before the database, and of the whole file. */
  readonly octets: number;
  readonly total: number;
}

/** The file up to the key block. */
export function encodeFacts(facts: BackupFacts): Uint8Array {
  return Buffer.concat([MAGIC, withLength(Buffer.from(JSON.stringify(facts), "utf8"))]);
}

/** The file up to the database. */
export function encodeHead(bound: Uint8Array, block: Uint8Array): Uint8Array {
  return Buffer.concat([bound, withLength(block)]);
}

function withLength(content: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_OCTETS);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

/**
 * Reads what stands before the database from the beginning of a file; a number where more octets are needed: how many at
 * least. Throws StoreRefusal, naming the file as `name`, where it is no backup, or one that this Parley cannot read.
 */
export function readHead(prefix: Uint8Array, name: string): BackupHead | number {
  const read = readFacts(prefix, name);
  if (typeof read === "number") return read;
  const { facts, end } = read;
  const view = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.length);
  const blockAt = end + LENGTH_OCTETS;
  if (prefix.length < blockAt) return blockAt;
  const blockOctets = view.readUInt32BE(end);
  if (blockOctets > MAX_BLOCK) throw damaged(name, `a key block of ${blockOctets} octets`);
  const octets = blockAt + blockOctets;
  if (prefix.length < octets) return octets;
  const total = octets + facts.octets + (facts.vault ?? 0) + DIGEST_OCTETS;
  return { facts, block: prefix.slice(blockAt, octets), bound: prefix.slice(0, end), octets, total };
}

/** The facts from the beginning of a file; null where more octets are needed. Throws StoreRefusal as `readHead` does. */
export function factsFromPrefix(prefix: Uint8Array, name: string): BackupFacts | null {
  const read = readFacts(prefix, name);
  return typeof read === "number" ? null : read.facts;
}

function readFacts(prefix: Uint8Array, name: string): { facts: BackupFacts; end: number } | number {
  const view = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.length);
  if (!view.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, prefix.length))) {
    throw new StoreRefusal(name, "is no backup of Parley (it does not begin as one)");
  }
  const factsAt = MAGIC.length + LENGTH_OCTETS;
  if (prefix.length < factsAt) return factsAt;
  const length = view.readUInt32BE(MAGIC.length);
  if (length > MAX_FACTS) throw damaged(name, `facts of ${length} octets`);
  const end = factsAt + length;
  if (prefix.length < end) return end;
  let facts: BackupFacts;
  try {
    facts = JSON.parse(view.toString("utf8", factsAt, end)) as BackupFacts;
  } catch (error) {
    throw damaged(name, reasonOf(error));
  }
  checkFacts(facts, name);
  return { facts, end };
}

function checkFacts(facts: BackupFacts, name: string): void {
  if (facts?.application !== APPLICATION) throw new StoreRefusal(name, "is no backup of Parley (its facts are not)");
  const { format, schema, version, createdAt, recoveryKey, box, contents, octets } = facts;
  if (!isCount(format) || !isCount(schema) || typeof version !== "string") {
    throw damaged(name, "its facts are not whole");
  }
  if (format > FORMAT || schema > SCHEMA) {
    const known = format > FORMAT
      ? `format ${format}; this one reads ${FORMAT}`
      : `schema ${schema}; this one knows up to ${SCHEMA}`;
    throw new StoreRefusal(
      name,
      `is from a newer Parley${version === "" ? "" : ` ${JSON.stringify(version)}`} (${known})`,
    );
  }
  const texts = [createdAt, recoveryKey, box].every((text) => typeof text === "string" && text.length <= 100);
  const { users, deferredMessages, registrations } = contents ?? {};
  const { documents = 0, subscriptions = 0, publications = 0, rooms = 0, roomMessages = 0 } = contents ?? {};
  const { recordings = 0 } = contents ?? {};
  const later = [documents, subscriptions, publications, rooms, roomMessages, recordings, facts.vault ?? 0];
  const all = [users, deferredMessages, registrations, ...later, octets];
  const counts = all.every(isCount);
  if ((facts.vault ?? 0) > MAX_VAULT) throw damaged(name, `a vault of ${facts.vault} octets`);
  if (!texts || !counts || Number.isNaN(Date.parse(createdAt))) throw damaged(name, "its facts are not whole");
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function damaged(name: string, reason: string): StoreRefusal {
  return new StoreRefusal(name, `is a damaged backup: ${reason}`);
}
