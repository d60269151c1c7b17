import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { concatBytes, EMPTY } from "../../foundation/mod.ts";
import type { BackupFacts, RecoveryKey } from "../repositories.ts";
import { type BackupHead, DIGEST_OCTETS, factsFromPrefix, readHead } from "./backup_format.ts";
import { type KeyBlock, openKeyBlock } from "./key_block.ts";
import { reasonOf, StoreRefusal } from "./refusal.ts";
import { openVault } from "./vault_block.ts";

/** 1 ms of hashing on a small board, twice. */
const READ_OCTETS = 128 * 1024;
const HEAD_OCTETS = 32 * 1024;

/** A backup that has been read to its end, and is whole. */
export interface WholeBackup {
  readonly facts: BackupFacts;
  readonly keyFile: string;
  /** Keys of its vault, packed; null where it has none. */
  readonly vault: Uint8Array | null;
}

/**
 * Reads a backup as it comes, piece by piece, and refuses it as early as can be: by its first octets, its facts, its recovery
 * key, its size, and at the end by its digests.
 */
export class BackupReader {
  readonly #name: string;
  readonly #recovery: RecoveryKey | null;
  readonly #maxOctets: number;
  readonly #whole = createHash("sha256");
  readonly #database = createHash("sha256");
  readonly #digest = Buffer.alloc(DIGEST_OCTETS);
  #begun: Uint8Array[] = [];
  #wanted = 1;
  #head: BackupHead | null = null;
  #block: KeyBlock | null = null;
  /** What has come of the sealed vault. */
  readonly #vault: Uint8Array[] = [];
  #octets = 0;

  /** `name`: what messages call it. `maxOctets`: of the whole file. */
  constructor(name: string, recovery: RecoveryKey | null, maxOctets = Infinity) {
    this.#name = name;
    this.#recovery = recovery;
    this.#maxOctets = maxOctets;
  }

  /** Known once what stands before the database has been read, and the recovery key has opened it. */
  get facts(): BackupFacts | null {
    return this.#block === null ? null : this.#head!.facts;
  }

  /** Takes the next piece; gives what of it belongs to the database. Throws StoreRefusal. */
  push(piece: Uint8Array): Uint8Array {
    this.#octets += piece.length;
    if (this.#octets > this.#maxOctets) throw this.#tooLarge(this.#octets);
    if (this.#head !== null) return this.#take(piece, this.#octets - piece.length);
    this.#begun.push(piece);
    if (this.#octets < this.#wanted) return EMPTY;
    const prefix = concatBytes(this.#begun);
    this.#begun = [prefix];
    const head = readHead(prefix, this.#name);
    if (typeof head === "number") {
      this.#wanted = head;
      return EMPTY;
    }
    this.#block = openKeyBlock(head, this.#recovery, this.#name);
    if (head.total > this.#maxOctets) throw this.#tooLarge(head.total);
    this.#head = head;
    this.#begun = [];
    this.#whole.update(prefix.subarray(0, head.octets));
    return this.#take(prefix.subarray(head.octets), head.octets);
  }

  /** There is no more. Throws StoreRefusal where it is not whole. */
  finish(): WholeBackup {
    const head = this.#head;
    if (head === null) throw this.#refusal(`is cut off: it ends after ${this.#octets} octets`);
    if (this.#octets < head.total) {
      throw this.#refusal(`is cut off: it has ${this.#octets} octets, and should have ${head.total}`);
    }
    const { keyFile, sha256, vaultKey } = this.#block!;
    if (!this.#whole.digest().equals(this.#digest) || this.#database.digest("hex") !== sha256) {
      throw this.#refusal("is a damaged backup: its content is not what its digest says");
    }
    const vault = vaultKey === undefined ? null : openVault(concatBytes(this.#vault), vaultKey);
    if (vaultKey !== undefined && vault === null) throw this.#refusal("is a damaged backup: its vault does not open");
    return { facts: head.facts, keyFile, vault };
  }

  /** A piece from behind the head that begins at octet `at`. */
  #take(piece: Uint8Array, at: number): Uint8Array {
    const { total } = this.#head!;
    if (at + piece.length > total) throw this.#refusal(`is a damaged backup: it goes on behind its end at ${total}`);
    const end = total - DIGEST_OCTETS;
    const split = cut(piece, end - at);
    if (split > 0) this.#whole.update(piece.subarray(0, split));
    if (split < piece.length) this.#digest.set(piece.subarray(split), at + split - end);
    const behind = cut(piece, end - (this.#head!.facts.vault ?? 0) - at);
    if (behind < split) this.#vault.push(piece.slice(behind, split));
    const database = piece.subarray(0, behind);
    if (behind > 0) this.#database.update(database);
    return database;
  }

  #tooLarge(octets: number): StoreRefusal {
    return this.#refusal(`is too large: ${octets} octets or more; at most ${this.#maxOctets} are allowed`);
  }

  #refusal(reason: string): StoreRefusal {
    return new StoreRefusal(this.#name, reason);
  }
}

/** How many octets of a piece come before a place that is `distance` octets behind its beginning. */
function cut(piece: Uint8Array, distance: number): number {
  return Math.max(0, Math.min(piece.length, distance));
}

/** What a backup file says of itself, without any key; its database is not looked at. Rejects with StoreRefusal. */
export async function readBackupFacts(path: string): Promise<BackupFacts> {
  using file = await openBackup(path);
  const prefix = new Uint8Array(HEAD_OCTETS);
  let length = 0;
  for (let got: number | null = 0; got !== null && length < prefix.length; length += got ?? 0) {
    got = await file.read(prefix.subarray(length));
  }
  const facts = factsFromPrefix(prefix.subarray(0, length), path);
  if (facts === null) throw new StoreRefusal(path, `is cut off: it ends after ${length} octets`);
  return facts;
}

/** Reads the whole of a backup file and checks it. Rejects with StoreRefusal, whose message says what is wrong. */
export async function verifyBackup(path: string, recovery: RecoveryKey | null): Promise<BackupFacts> {
  return (await readBackup(path, recovery, () => Promise.resolve())).facts;
}

/** Reads and checks the whole of a backup file; `take` gets its database, piece by piece. Rejects with StoreRefusal. */
export async function readBackup(
  path: string,
  recovery: RecoveryKey | null,
  take: (database: Uint8Array) => Promise<void>,
): Promise<WholeBackup> {
  using file = await openBackup(path);
  const reader = new BackupReader(path, recovery);
  const buffer = new Uint8Array(READ_OCTETS);
  for (;;) {
    const got = await file.read(buffer);
    if (got === null) return reader.finish();
    const database = reader.push(reader.facts === null ? buffer.slice(0, got) : buffer.subarray(0, got));
    if (database.length > 0) await take(database);
  }
}

async function openBackup(path: string): Promise<Deno.FsFile> {
  try {
    const file = await Deno.open(path, { read: true });
    if ((await file.stat()).isFile) return file;
    file.close();
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "does not exist" : `cannot be read: ${reasonOf(error)}`;
    throw new StoreRefusal(path, reason, { cause: error });
  }
  throw new StoreRefusal(path, "is no backup of Parley: a backup is one file");
}
