/**
 * The key block of a backup: the key file's text, the SHA-256 of the database, and the key of the vault behind it, as JSON.
 *
 *     as it is = 0, JSON
 *     sealed   = 1, salt (16), nonce (12), JSON under AES-256-GCM, tag (16)
 *
 * The sealing key is HKDF-SHA256 (RFC 5869) of the recovery key with that salt; the associated data is the file up to the
 * block. So the facts before it and, by its digest, the database behind it are what they were when it was sealed: nobody
 * without the recovery key can put another database (with API tokens of his own) into a sealed backup.
 */
import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { RecoveryKey } from "../repositories.ts";
import type { BackupHead } from "./backup_format.ts";
import { type KeyRing, parseKeyFile } from "./key_file.ts";
import { StoreRefusal } from "./refusal.ts";

const OPEN = 0;
const SEALED = 1;
const SALT_OCTETS = 16;
const NONCE_OCTETS = 12;
const TAG_OCTETS = 16;
const TEXT_AT = 1 + SALT_OCTETS + NONCE_OCTETS;

/** What a key block holds. */
export interface KeyBlock {
  /** The content of the key file. */
  readonly keyFile: string;
  /** SHA-256 of the database, hexadecimal. */
  readonly sha256: string;
  /** What the vault's keys are sealed with, hexadecimal; absent where there are none. */
  readonly vaultKey?: string;
}

/** Makes the block for what stands before it; as it is where `recovery` is null. */
export function sealKeyBlock(
  { keyFile, sha256, vaultKey }: KeyBlock,
  bound: Uint8Array,
  recovery: RecoveryKey | null,
): Uint8Array {
  const text = Buffer.from(JSON.stringify({ keyFile, sha256, vaultKey }), "utf8");
  if (recovery === null) return Buffer.concat([Buffer.of(OPEN), text]);
  const salt = randomBytes(SALT_OCTETS);
  const nonce = randomBytes(NONCE_OCTETS);
  const cipher = createCipheriv("aes-256-gcm", keyFor(recovery, salt), nonce);
  cipher.setAAD(bound);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([Buffer.of(SEALED), salt, nonce, sealed, cipher.getAuthTag()]);
}

/** Opens the block and checks the key file in it. Throws StoreRefusal, also where it needs another recovery key. */
export function openKeyBlock(
  head: BackupHead,
  recovery: RecoveryKey | null,
  name: string,
): KeyBlock & { readonly ring: KeyRing } {
  const text = head.block[0] === OPEN && head.facts.recoveryKey === ""
    ? Buffer.from(head.block.subarray(1))
    : unsealed(head, recovery, name);
  let block: Partial<KeyBlock> | null;
  try {
    block = JSON.parse(text.toString("utf8")) as Partial<KeyBlock> | null;
  } catch {
    block = null;
  }
  const { keyFile, sha256, vaultKey } = block ?? {};
  if (typeof keyFile !== "string" || typeof sha256 !== "string") throw damaged(name, "its key block is not whole");
  const ring = parseKeyFile(keyFile, name);
  if (ring.id !== head.facts.box) throw damaged(name, "its key ring is not the one its facts name");
  const sealed = head.facts.vault !== undefined;
  if (sealed !== (typeof vaultKey === "string")) throw damaged(name, "its key block is not whole");
  return { keyFile, sha256, ring, vaultKey };
}

function unsealed({ block, bound, facts }: BackupHead, recovery: RecoveryKey | null, name: string): Buffer {
  const wanted = facts.recoveryKey;
  if (block[0] !== SEALED || block.length < TEXT_AT + TAG_OCTETS || wanted === "") {
    throw damaged(name, "its key block is not whole");
  }
  if (recovery === null) throw new StoreRefusal(name, `needs the recovery key with the id ${wanted}`);
  if (recovery.id !== wanted) {
    throw new StoreRefusal(
      name,
      `needs the recovery key with the id ${wanted}; the one given has the id ${recovery.id}`,
    );
  }
  const salt = block.subarray(1, 1 + SALT_OCTETS);
  const decipher = createDecipheriv("aes-256-gcm", keyFor(recovery, salt), block.subarray(1 + SALT_OCTETS, TEXT_AT));
  decipher.setAAD(bound);
  decipher.setAuthTag(block.subarray(block.length - TAG_OCTETS));
  try {
    return Buffer.concat([decipher.update(block.subarray(TEXT_AT, block.length - TAG_OCTETS)), decipher.final()]);
  } catch (cause) {
    throw new StoreRefusal(name, `is a damaged backup: its key block does not open with the recovery key ${wanted}`, {
      cause,
    });
  }
}

function keyFor(recovery: RecoveryKey, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha256", recovery.octets, salt, "parley backup key block 1", 32));
}

function damaged(name: string, reason: string): StoreRefusal {
  return new StoreRefusal(name, `is a damaged backup: ${reason}`);
}
