import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomFillSync } from "node:crypto";
import type { KeyRing } from "./key_file.ts";

/** A sealed value does not open: damaged, moved to another key, or sealed with a key that is not here. */
export class SealError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SealError";
  }
}

/** What the first octet of a sealed value says. New ones are of the newest. */
const CIPHERS = { 1: "aes-256-gcm", 2: "chacha20-poly1305" } as const;
type Version = keyof typeof CIPHERS;
const NEWEST = 2;
const NONCE_AT = 2;
const NONCE_OCTETS = 12;
const TEXT_AT = NONCE_AT + NONCE_OCTETS;
const TAG_OCTETS = 16;
const TAG = { authTagLength: TAG_OCTETS };

/** Octets that sealing adds: version, key number, nonce, tag. */
export const SEAL_OVERHEAD = TEXT_AT + TAG_OCTETS;

/**
 * Seals values with ChaCha20-Poly1305 (RFC 8439): `version, key number, nonce (12), text, tag (16)`. The associated data is the
 * value's place (its KV key as text), so that a value moved to another key does not open. Version 1 was AES-256-GCM (NIST SP
 * 800-38D), which this runtime does in software at seven times the cost for each octet; it still opens. Each has keys of its own.
 *
 * Nonces are 64 random bits drawn at start and a 32-bit counter (SP 800-38D §8.2.1, the random bits standing for the device):
 * two values of one start never share one, two starts would have to draw the same 64 bits. Random nonces alone would reach
 * the limit of 2^32 values a key (§8.3) within some months of writing.
 */
export class Sealer {
  #current: number;
  /** By version and key number. */
  readonly #keys = new Map<string, Buffer>();
  #sealing: Buffer = Buffer.alloc(0);
  readonly #names: Buffer;
  readonly #nonce = Buffer.alloc(NONCE_OCTETS);
  #counter = 0;

  constructor(ring: KeyRing) {
    this.#current = ring.current;
    this.#names = Buffer.from(ring.names);
    this.use(ring);
    this.#freshPrefix();
  }

  /** Seals with this ring's current key from now on; older keys still open. */
  use(ring: KeyRing): void {
    this.#current = ring.current;
    for (const { number, secret } of ring.keys) {
      for (const version of Object.keys(CIPHERS)) {
        const key = hkdfSync("sha256", secret, new Uint8Array(0), `parley sealed values ${version}`, 32);
        this.#keys.set(`${version} ${number}`, Buffer.from(key));
      }
    }
    this.#sealing = this.#keys.get(`${NEWEST} ${this.#current}`)!;
  }

  /** The number of the key that seals now. */
  get current(): number {
    return this.#current;
  }

  seal(plain: Uint8Array, place: string): Uint8Array<ArrayBuffer> {
    const sealed = new Uint8Array(plain.length + SEAL_OVERHEAD);
    sealed[0] = NEWEST;
    sealed[1] = this.#current;
    sealed.set(this.#nextNonce(), NONCE_AT);
    const cipher = createCipheriv(CIPHERS[NEWEST], this.#sealing, this.#nonce, TAG);
    cipher.setAAD(associated(NEWEST, this.#current, place), { plaintextLength: plain.length });
    const text = cipher.update(plain);
    cipher.final();
    sealed.set(text, TEXT_AT);
    sealed.set(cipher.getAuthTag(), TEXT_AT + plain.length);
    return sealed;
  }

  /** Throws SealError. */
  open(sealed: Uint8Array, place: string): Uint8Array {
    const version = sealed[0] as Version;
    if (sealed.length < SEAL_OVERHEAD || CIPHERS[version] === undefined) {
      throw new SealError(`no sealed value of version ${Object.keys(CIPHERS).join(" or ")} (${sealed.length} octets)`);
    }
    const number = sealed[1];
    const key = this.#keys.get(`${version} ${number}`);
    if (key === undefined) throw new SealError(`sealed with key ${number}, which the key file does not hold`);
    const end = sealed.length - TAG_OCTETS;
    const nonce = sealed.subarray(NONCE_AT, TEXT_AT);
    const decipher = version === 1
      ? createDecipheriv(CIPHERS[1], key, nonce, TAG)
      : createDecipheriv(CIPHERS[2], key, nonce, TAG);
    decipher.setAAD(associated(version, number, place), { plaintextLength: end - TEXT_AT });
    decipher.setAuthTag(sealed.subarray(end));
    try {
      const plain = decipher.update(sealed.subarray(TEXT_AT, end));
      decipher.final();
      // A plain view: Buffer's own slice() would not copy.
      return new Uint8Array(plain.buffer, plain.byteOffset, plain.length);
    } catch (error) {
      throw new SealError(`does not open with key ${number}`, { cause: error });
    }
  }

  /** True when the value was sealed with an older key, or in an older way. */
  isOld(sealed: Uint8Array): boolean {
    return sealed[1] !== this.#current || sealed[0] !== NEWEST;
  }

  /** Gives the maker of KV names for one purpose; the same text for two purposes gives unrelated names. */
  namer(purpose: string): (text: string) => string {
    const key = Buffer.from(hkdfSync("sha256", this.#names, new Uint8Array(0), `parley names 1 ${purpose}`, 32));
    return (text) => createHmac("sha256", key).update(text, "utf8").digest("base64url");
  }

  #nextNonce(): Uint8Array {
    if (this.#counter === 0xffff_ffff) this.#freshPrefix();
    this.#nonce.writeUInt32BE(++this.#counter, 8);
    return this.#nonce;
  }

  #freshPrefix(): void {
    randomFillSync(this.#nonce, 0, 8);
    this.#counter = 0;
  }
}

function associated(version: Version, keyNumber: number, place: string): Buffer {
  return Buffer.from(`${version} ${keyNumber} ${place}`, "utf8");
}

/** A KV key as text, each key its own: the associated data of what is stored under it, and its name in messages. */
export function placeOf(key: Deno.KvKey): string {
  return JSON.stringify(key.map((part) => part instanceof Uint8Array ? Buffer.from(part).toString("hex") : part));
}
