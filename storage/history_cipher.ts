import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, randomFillSync } from "node:crypto";
import { chacha20 } from "./history_chacha.ts";
import { DamageError } from "./kv/blob_store.ts";
import { readU32, writeU32 } from "./kv/log_blob.ts";

const CIPHER = "chacha20";
const SEALING = "chacha20-poly1305";
const IV_OCTETS = 16;
const NONCE_OCTETS = 12;
const PREFIX_OCTETS = 8;
const TAG_OCTETS = 16;
const TAG = { authTagLength: TAG_OCTETS };
/** What every text begins with: another key than the right one shows. */
const CHECK = 0x68697374;
export const CHECK_OCTETS = 4;
/** Up to so many octets plain code is faster than asking the runtime's cipher, which costs some µs before its first octet. */
const SHORT_OCTETS = 2048;

/** Octets that `encrypt` adds to a text, which begins with room for the check; and `seal`. */
export const ENCRYPTION_OVERHEAD = NONCE_OCTETS;
export const SLOT_SEAL_OVERHEAD = NONCE_OCTETS + TAG_OCTETS;

/**
 * Encrypts with keys of the vault. Records: ChaCha20 (RFC 8439 §2.4), nonce before it; the seal of their log authenticates them. Values that
 * stand by themselves: ChaCha20-Poly1305.
 *
 * A nonce is 64 random bits of this start and a counter, and is stored: nothing that a crash took back and that is written again, differently,
 * has the same.
 */
export class SlotCipher {
  /** Of ChaCha20 as OpenSSL has it: block counter (4), nonce (12). */
  readonly #iv = Buffer.alloc(IV_OCTETS);
  readonly #readIv = Buffer.alloc(IV_OCTETS);
  #counter = 0xffff_ffff;

  /** The first `length` octets of `plain` begin with CHECK_OCTETS that are free, and are written to. Gives nonce and text. */
  encrypt(key: Uint8Array, plain: Uint8Array, length: number, into: Uint8Array, at: number): void {
    writeU32(plain, 0, CHECK);
    this.#nextNonce();
    for (let i = 0; i < NONCE_OCTETS; i++) into[at + i] = this.#iv[4 + i];
    if (length <= SHORT_OCTETS) return chacha20(key, this.#iv, 4, plain, 0, length, into, at + NONCE_OCTETS);
    const cipher = createCipheriv(CIPHER, key, this.#iv);
    into.set(cipher.update(plain.subarray(0, length)), at + NONCE_OCTETS);
    // It would stay in memory.
    cipher.final();
  }

  /** The text behind the check; null where another key encrypted it. */
  tryDecrypt(key: Uint8Array, from: Uint8Array, at: number): Uint8Array | null {
    const plain = new Uint8Array(Math.max(0, from.length - at - NONCE_OCTETS));
    this.#decrypt(key, from, at, plain, 0);
    if (plain.length < CHECK_OCTETS || readU32(plain, 0) !== CHECK) return null;
    return plain.subarray(CHECK_OCTETS);
  }

  /** As `tryDecrypt`. Throws WrongKeyError, saying that `what` does not open. */
  decrypt(key: Uint8Array, from: Uint8Array, at: number, what: string): Uint8Array {
    const plain = this.tryDecrypt(key, from, at);
    if (plain === null) throw new WrongKeyError(what);
    return plain;
  }

  /** The same into memory of the caller, check and all; gives the octets it takes there. Throws WrongKeyError. */
  decryptInto(
    key: Uint8Array,
    from: Uint8Array,
    at: number,
    into: Uint8Array,
    intoAt: number,
    what: string,
  ): number {
    const octets = from.length - at - NONCE_OCTETS;
    this.#decrypt(key, from, at, into, intoAt);
    if (octets < CHECK_OCTETS || readU32(into, intoAt) !== CHECK) throw new WrongKeyError(what);
    return octets;
  }

  seal(key: Uint8Array, plain: Uint8Array, place: string): Uint8Array {
    this.#nextNonce();
    const sealed = new Uint8Array(plain.length + SLOT_SEAL_OVERHEAD);
    const nonce = this.#iv.subarray(4);
    sealed.set(nonce);
    const cipher = createCipheriv(SEALING, key, nonce, TAG);
    cipher.setAAD(Buffer.from(place, "utf8"), { plaintextLength: plain.length });
    sealed.set(cipher.update(plain), NONCE_OCTETS);
    cipher.final();
    sealed.set(cipher.getAuthTag(), NONCE_OCTETS + plain.length);
    return sealed;
  }

  /** Throws DamageError. */
  open(key: Uint8Array, sealed: Uint8Array, place: string): Uint8Array {
    const end = sealed.length - TAG_OCTETS;
    try {
      if (end < NONCE_OCTETS) throw new RangeError(`${sealed.length} octets`);
      const decipher = createDecipheriv(SEALING, key, sealed.subarray(0, NONCE_OCTETS), TAG);
      decipher.setAAD(Buffer.from(place, "utf8"), { plaintextLength: end - NONCE_OCTETS });
      decipher.setAuthTag(sealed.subarray(end));
      const plain = decipher.update(sealed.subarray(NONCE_OCTETS, end));
      decipher.final();
      return plain;
    } catch (cause) {
      throw new DamageError(`record ${place} is damaged: it does not open with its key in the vault`, { cause });
    }
  }

  #decrypt(key: Uint8Array, from: Uint8Array, at: number, into: Uint8Array, intoAt: number): void {
    const textAt = at + NONCE_OCTETS;
    const length = from.length - textAt;
    if (length <= SHORT_OCTETS) return chacha20(key, from, at, from, textAt, length, into, intoAt);
    const iv = this.#readIv;
    iv.set(from.subarray(at, at + NONCE_OCTETS), 4);
    const decipher = createDecipheriv(CIPHER, key, iv);
    into.set(decipher.update(from.subarray(textAt)), intoAt);
    // It would stay in memory.
    decipher.final();
  }

  #nextNonce(): void {
    if (this.#counter === 0xffff_ffff) {
      randomFillSync(this.#iv, IV_OCTETS - NONCE_OCTETS, PREFIX_OCTETS);
      this.#counter = 0;
    }
    this.#iv.writeUInt32BE(++this.#counter, IV_OCTETS - 4);
  }
}

/** What is encrypted does not open with the key of its slot: the vault is not the one it was. */
export class WrongKeyError extends DamageError {
  constructor(what: string) {
    super(`${what} does not open with its key in the vault`);
    this.name = "WrongKeyError";
  }
}
