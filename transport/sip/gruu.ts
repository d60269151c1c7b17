import { randomHex } from "../../foundation/mod.ts";
import type { Uri } from "./uri.ts";

/** A globally routable user agent URI (RFC 5627): an address-of-record and one of its instances. */
export type Gruu =
  /** `instance` is the instance ID without angle brackets, as in `urn:uuid:…`. */
  | { readonly kind: "public"; readonly instance: string }
  /** The user part hides everything; `TempGruus` opens it. */
  | { readonly kind: "temporary" };

/** Null for a URI without `gr` (RFC 5627 §5.1, §6.1): a value makes it public, a flag temporary. */
export function gruuOf(uri: Uri): Gruu | null {
  const value = uri.params.get("gr");
  if (value === undefined) return null;
  return value === "" ? { kind: "temporary" } : { kind: "public", instance: unescapeValue(value) };
}

/** `sip:alice@example.test;gr=urn:uuid:…` (RFC 5627 §A.1). `instance` with or without its angle brackets. */
export function publicGruu(aor: string, instance: string): string {
  return `${aor};gr=${escapeValue(bareInstance(instance))}`;
}

/** `<urn:uuid:…>`, as `+sip.instance` carries it, without the angle brackets. */
export function bareInstance(instance: string): string {
  return instance.startsWith("<") && instance.endsWith(">") ? instance.slice(1, -1) : instance;
}

/** `pvalue` (RFC 3261 §25.1): what may not stand in a URI parameter is escaped; one character is one octet, as in heads. */
function escapeValue(text: string): string {
  return text.replace(
    /[^A-Za-z0-9\-_.!~*'()\[\]\/:&+$]/g,
    (c) => `%${(c.charCodeAt(0) & 255).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function unescapeValue(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

const PREFIX = "tgruu.";
const NONCE = 10, INDEX = 6, TAG = 10;
const MAX_INDEX = 2 ** 48;

/**
 * User parts of temporary GRUUs, with the properties of RFC 5627 §A.2: each is different and tells nothing of the user, none
 * can be made up, and none has to be stored, but for the index of a registration that they all lead to. The index is hidden by
 * a mask from HMAC over a random number in place of AES, so that one injected function is all that is needed.
 */
export class TempGruus {
  readonly #hmac: (data: Uint8Array) => Uint8Array;

  /** `hmac`: HMAC-SHA-256 (or as strong) under a key that outlives restarts as long as the indexes do. */
  constructor(hmac: (data: Uint8Array) => Uint8Array) {
    this.#hmac = hmac;
  }

  /** A new user part of 42 characters for a registration. Throws RangeError for an index that is not below 2^48. */
  mint(index: number): string {
    if (!Number.isInteger(index) || index < 0 || index >= MAX_INDEX) throw new RangeError(`no index: ${index}`);
    const sealed = new Uint8Array(NONCE + INDEX);
    const nonce = randomHex(NONCE);
    for (let i = 0; i < NONCE; i++) sealed[i] = parseInt(nonce.slice(2 * i, 2 * i + 2), 16);
    const mask = this.#mask(sealed);
    for (let i = INDEX - 1, left = index; i >= 0; i--, left = Math.floor(left / 256)) {
      sealed[NONCE + i] = (left % 256) ^ mask[i];
    }
    return PREFIX + base64url(sealed) + base64url(this.#tag(sealed));
  }

  /** The index that a user part leads to; null for one that was not minted here. */
  open(user: string): number | null {
    if (user.length !== PREFIX.length + 36 || !user.startsWith(PREFIX)) return null;
    const sealed = fromBase64url(user.slice(PREFIX.length, PREFIX.length + 22));
    const tag = fromBase64url(user.slice(PREFIX.length + 22));
    if (sealed === null || tag === null) return null;
    const expected = this.#tag(sealed);
    let difference = 0;
    for (let i = 0; i < TAG; i++) difference |= tag[i] ^ expected[i];
    if (difference !== 0) return null;
    const mask = this.#mask(sealed);
    let index = 0;
    for (let i = 0; i < INDEX; i++) index = index * 256 + (sealed[NONCE + i] ^ mask[i]);
    return index;
  }

  #mask(sealed: Uint8Array): Uint8Array {
    return this.#hmac(labelled(1, sealed.subarray(0, NONCE))).subarray(0, INDEX);
  }

  #tag(sealed: Uint8Array): Uint8Array {
    return this.#hmac(labelled(2, sealed)).subarray(0, TAG);
  }
}

/** The two uses of one key never see the same input. */
function labelled(label: number, data: Uint8Array): Uint8Array {
  const all = new Uint8Array(data.length + 1);
  all[0] = label;
  all.set(data, 1);
  return all;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Null for text that is not the one way to write its octets. */
function fromBase64url(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  const octets = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(octets, (c) => c.charCodeAt(0));
  return base64url(bytes) === text ? bytes : null;
}
