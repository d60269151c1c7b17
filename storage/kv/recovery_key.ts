/**
 * The recovery key: 20 random octets that open the key ring of a backup, as text for paper. Crockford's base 32
 * (crockford.com/base32.html): digits and letters without I, L, O and U, in eight groups of four, and a ninth group that checks
 * the others. What people confuse in writing it down is read as what it must be.
 */
import type { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import type { RecoveryKey } from "../repositories.ts";

const OCTETS = 20;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP = 4;
const KEY_CHARACTERS = OCTETS * 8 / 5;
const CHARACTERS = KEY_CHARACTERS + GROUP;
const ALLOWED = `allowed: ${CHARACTERS} digits and letters (without I, L, O, U) in nine groups of four`;

export function newRecoveryKey(): RecoveryKey {
  return recoveryKeyFrom(randomBytes(OCTETS));
}

/** A key from its 20 octets. Throws RangeError for another number of them. */
export function recoveryKeyFrom(octets: Uint8Array): RecoveryKey {
  if (octets.length !== OCTETS) throw new RangeError(`A recovery key has ${OCTETS} octets; these are ${octets.length}`);
  return { octets: new Uint8Array(octets), id: digest(octets).toString("hex").slice(0, 8) };
}

/** The key as it stands on paper: nine groups of four characters. It is a secret. */
export function recoveryKeyText({ octets }: RecoveryKey): string {
  const text = base32(octets) + checkGroup(octets);
  return text.match(/.{4}/g)!.join("-");
}

/** Reads a key as typed: case, spaces and dashes do not matter, O is 0, I and L are 1. Throws RangeError with what is allowed. */
export function parseRecoveryKey(text: string): RecoveryKey {
  if (text.length > 1000) throw new RangeError(`This is no recovery key: it is too long; ${ALLOWED}`);
  const typed = text.toUpperCase().replace(/[\s\p{Pd}_.]/gu, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  const wrong = [...typed].find((character) => !ALPHABET.includes(character));
  if (wrong !== undefined) {
    throw new RangeError(`This is no recovery key: ${JSON.stringify(wrong)} cannot be in one; ${ALLOWED}`);
  }
  if (typed.length !== CHARACTERS) {
    throw new RangeError(`This is no recovery key: it has ${typed.length} characters; ${ALLOWED}`);
  }
  const octets = octetsOf(typed.slice(0, KEY_CHARACTERS));
  if (checkGroup(octets) !== typed.slice(KEY_CHARACTERS)) {
    throw new RangeError("This is no recovery key: a character in it is wrong (the last group checks the others)");
  }
  return recoveryKeyFrom(octets);
}

function digest(octets: Uint8Array): Buffer {
  return createHash("sha256").update(octets).digest();
}

/** 20 bits of the digest, others than the id's. */
function checkGroup(octets: Uint8Array): string {
  return base32(digest(octets).subarray(4, 9)).slice(0, GROUP);
}

/** For a multiple of five octets. */
function base32(octets: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const octet of octets) {
    value = (value << 8 | octet) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[value >>> (bits - 5) & 31];
  }
  return text;
}

function octetsOf(text: string): Uint8Array {
  const octets = new Uint8Array(text.length * 5 / 8);
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const character of text) {
    value = (value << 5 | ALPHABET.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    octets[at++] = value >>> bits & 0xff;
  }
  return octets;
}
