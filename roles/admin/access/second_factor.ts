import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import { Secret, TOTP } from "otpauth";
import type { StoredTotp } from "../../../operations/stored/mod.ts";

const PERIOD_S = 30;
const WINDOW = 1;
const RECOVERY_CODES = 10;
/** Crockford's, without I, L, O and U: read aloud without mistakes. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new secret of 160 bits (RFC 4226 §4, R6) and its otpauth URI for an authenticator. */
export function newSecret(name: string, issuer: string): { secret: string; uri: string } {
  const secret = new Secret({ size: 20 });
  return { secret: secret.base32, uri: totpOf(secret.base32, name, issuer).toString() };
}

/** The time step that `code` is for, among the present one and its neighbours (RFC 6238 §5.2); null for a wrong code. */
export function stepOf(code: string, secret: string, now: number): number | null {
  if (!/^[0-9]{6}$/.test(code)) return null;
  const delta = totpOf(secret, "", "").validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? null : Math.floor(now / 1000 / PERIOD_S) + delta;
}

/** What is left of the second factor once this code is used up; null where it is no code that may be used. */
export function useCode(code: string, totp: StoredTotp, now: number): StoredTotp | null {
  const typed = code.replace(/[\s-]/g, "").toLowerCase();
  const step = stepOf(typed, totp.secret, now);
  if (step !== null) return step > totp.last_step ? { ...totp, last_step: step } : null;
  const used = recoveryHash(typed);
  const at = totp.recovery.findIndex((kept) => timingSafeEqual(Buffer.from(kept, "hex"), used));
  return at < 0 ? null : { ...totp, recovery: totp.recovery.filter((_, i) => i !== at) };
}

/** Ten codes of 80 bits, and what is kept of them: too many to search, so a plain hash will do. */
export function newRecoveryCodes(): { codes: string[]; hashes: string[] } {
  const codes = Array.from({ length: RECOVERY_CODES }, () => {
    const text = Array.from(randomBytes(16), (octet) => ALPHABET[octet & 31]).join("");
    return text.match(/.{4}/g)!.join("-");
  });
  return { codes, hashes: codes.map((code) => recoveryHash(code.replaceAll("-", "")).toString("hex")) };
}

function recoveryHash(code: string): Buffer {
  return createHash("sha256").update(code, "utf8").digest();
}

function totpOf(secret: string, label: string, issuer: string): TOTP {
  return new TOTP({ issuer, label, algorithm: "SHA1", digits: 6, period: PERIOD_S, secret: Secret.fromBase32(secret) });
}
