/**
 * The keys of a vault that are in use, as a backup has them behind the database: `Vault.packed` under ChaCha20-Poly1305, tag (16) behind it.
 * The key is drawn for this backup and stands in its key block, so the nonce can be zero.
 */
import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const CIPHER = "chacha20-poly1305";
const TAG_OCTETS = 16;
const TAG = { authTagLength: TAG_OCTETS };
const NONCE = Buffer.alloc(12);

export function sealVault(packed: Uint8Array): { readonly key: string; readonly sealed: Uint8Array } {
  const key = randomBytes(32);
  const cipher = createCipheriv(CIPHER, key, NONCE, TAG);
  const sealed = Buffer.concat([cipher.update(packed), cipher.final()]);
  return { key: key.toString("hex"), sealed: Buffer.concat([sealed, cipher.getAuthTag()]) };
}

/** Null where it does not open. */
export function openVault(sealed: Uint8Array, key: string): Uint8Array | null {
  const end = sealed.length - TAG_OCTETS;
  try {
    const decipher = createDecipheriv(CIPHER, Buffer.from(key, "hex"), NONCE, TAG);
    decipher.setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  } catch {
    return null;
  }
}
