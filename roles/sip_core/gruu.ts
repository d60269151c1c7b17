import { createCipheriv, createDecipheriv, createHmac, randomFillSync } from "node:crypto";
import { Buffer } from "node:buffer";
import { hostText, type Uri } from "../../transport/sip/mod.ts";

const PREFIX = "tgruu.";

/**
 * Makes and reads GRUUs (RFC 5627 §5.4, after its Appendix A). A public GRUU is the address-of-record with the instance in
 * `gr`; a temporary one holds an index and chance, encrypted and authenticated, so that nothing is kept for each of them
 * and nobody can tell whose it is or which two belong together.
 */
export class GruuMaker {
  readonly #cipherKey: Uint8Array;
  readonly #macKey: Uint8Array;
  readonly #block = Buffer.alloc(16);

  /** `key`: 32 secret octets, the same over restarts: else temporary GRUUs end with the boot. */
  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new RangeError(`GRUU key of ${key.length} octets: 32 are needed`);
    this.#cipherKey = key.slice(0, 16);
    this.#macKey = key.slice(16);
  }

  publicGruu(aor: string, instance: string): string {
    return `${aor};gr=${escapeParam(instance.replace(/^<|>$/g, ""))}`;
  }

  /** A new temporary GRUU for an index of 48 bits, in the domain (host) of the address-of-record. */
  temporaryGruu(index: number, domain: string): string {
    const block = this.#block;
    randomFillSync(block, 0, 10);
    block.writeUIntBE(index, 10, 6);
    const cipher = createCipheriv("aes-128-ecb", this.#cipherKey, null).setAutoPadding(false);
    const sealed = cipher.update(block);
    return `sip:${PREFIX}${sealed.toString("base64url")}${this.#mac(sealed)}@${hostText(domain)};gr`;
  }

  /** The index in the user part of a temporary GRUU; null when we did not make it. */
  index(user: string): number | null {
    // 22 characters of 128 encrypted bits, 14 of 80 authenticated ones.
    if (!user.startsWith(PREFIX) || user.length !== PREFIX.length + 36) return null;
    const sealed = Buffer.from(user.slice(PREFIX.length, PREFIX.length + 22), "base64url");
    if (sealed.length !== 16 || this.#mac(sealed) !== user.slice(PREFIX.length + 22)) return null;
    const decipher = createDecipheriv("aes-128-ecb", this.#cipherKey, null).setAutoPadding(false);
    return decipher.update(sealed).readUIntBE(10, 6);
  }

  #mac(sealed: Uint8Array): string {
    return createHmac("sha256", this.#macKey).update(sealed).digest().subarray(0, 10).toString("base64url");
  }
}

/** True for a URI with a `gr` parameter. */
export function isGruu(uri: Uri): boolean {
  return uri.params.has("gr");
}

/** The instance a public GRUU names, as `Binding.instance` has it; "" for a temporary one. */
export function publicInstance(uri: Uri): string {
  const value = uri.params.get("gr") ?? "";
  if (value === "") return "";
  return `<${value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))}>`;
}

/** Text as a URI parameter value: `paramchar` of RFC 3261 §25.1, everything else escaped. */
function escapeParam(text: string): string {
  return text.replace(
    /[^A-Za-z0-9\-_.!~*'()\[\]\/:&+$]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
