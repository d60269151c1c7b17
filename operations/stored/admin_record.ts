import type { AdminRole } from "../operations.ts";

/** A password as it is kept: scrypt (RFC 7914) with its own salt and the cost it was made with. */
export interface PasswordHash {
  /** log2 of N. */
  readonly cost: number;
  /** 16 octets, hexadecimal. */
  readonly salt: string;
  /** 32 octets, hexadecimal. */
  readonly hash: string;
}

/** One admin in `records("admins")`, by name. */
export interface StoredAdmin {
  readonly display_name: string;
  readonly role: AdminRole;
  readonly password: PasswordHash;
  readonly totp: StoredTotp | null;
  readonly created_at: number;
  readonly changed_at: number;
  readonly last_login_at: number;
  /** Where the latest log-ins came from, newest first: a flood of guesses from elsewhere does not hold these up. */
  readonly sources: readonly string[];
  /** Grows with each change that an admin makes; a log-in is none. */
  readonly version: number;
}

/** The second factor of an admin. */
export interface StoredTotp {
  /** Base32. */
  readonly secret: string;
  /** Time step of the last code that was taken; it and older ones are not taken again (RFC 6238 §5.2). */
  readonly last_step: number;
  /** SHA-256 of each recovery code that is left, hexadecimal. */
  readonly recovery: readonly string[];
}
