import { createHash, createHmac } from "node:crypto";
import type { Clock } from "../../foundation/mod.ts";
import type { Algorithm } from "../../transport/sip/mod.ts";

/** What session keys stand on. */
export interface SessionKeysParts {
  /** 32 secret octets, the same over restarts. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
  /** Whether that browser session stands, and is that user's. */
  readonly stands: (session: string, aor: string) => boolean;
  /** Ends the registrations of a user that have these Call-IDs. */
  readonly endRegistrations: (aor: string, callIds: ReadonlySet<string>) => void;
}

/** Digest credentials of one browser session, good until `expires_at` (wall time, ms). */
export interface IssuedKey {
  readonly username: string;
  readonly password: string;
  readonly expires_at: number;
}

/** A key as a client names it by its digest username. Whether the client knows it, the digest shows. */
export interface SessionKey {
  /** User part of the address it was made for, as it was written. */
  readonly user: string;
  /** The browser session's id. */
  readonly session: string;
  readonly username: string;
  /** Wall time, ms. */
  readonly expires_at: number;
}

/** `alice;u=mgz5k2c0;s=0123456789abcdef0123456789abcdef`: user, end in ms to the base of 36, session. */
const USERNAME = /^([^@:"\\]{1,255});u=([0-9a-z]{1,10});s=([0-9a-f]{16,64})$/;
/** HA1s that are kept, in two generations of so many. A request of a page costs a look instead of two hashes. */
const CACHED = 4096;
/** Browser sessions whose registrations are known, and of each so many Call-IDs: a page registers under one, each time it is loaded. */
const SESSIONS = 20_000, CALLS = 64;

/**
 * Passwords for pages of users who are signed in, so that the user's own password is in no page. They need no table: the
 * password is a MAC over the digest username, which says whose it is, until when, and of which browser session. So they outlast
 * a restart, and are dead with the session.
 */
export class SessionKeys {
  readonly #parts: SessionKeysParts;
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  /** Who registered by keys of a session, the latest at the end. Not kept: a page registers anew after a restart. */
  readonly #registered = new Map<string, { readonly aor: string; readonly callIds: Set<string> }>();

  constructor(parts: SessionKeysParts) {
    this.#parts = parts;
  }

  /** A key of that session. `aor`: `sip:user@domain`, canonical. */
  issue(aor: string, session: string, life_ms: number): IssuedKey {
    const expires_at = this.#parts.clock.now() + life_ms;
    const username = `${aor.slice(4, aor.lastIndexOf("@"))};u=${expires_at.toString(36)};s=${session}`;
    return { username, password: this.#password(username, aor), expires_at };
  }

  /** The key of a digest username; null where it is no such name. */
  read(username: string): SessionKey | null {
    const [, user, end, session] = USERNAME.exec(username) ?? [];
    return user === undefined ? null : { user, session, username, expires_at: parseInt(end, 36) };
  }

  /** HA1 (RFC 7616 §3.4.2) of who knows the key, in hexadecimal. */
  ha1({ username }: SessionKey, aor: string, algorithm: Algorithm): string {
    const name = `${algorithm} ${username} ${aor}`;
    const known = this.#young.get(name) ?? this.#old.get(name);
    if (known !== undefined) return known;
    const realm = aor.slice(aor.lastIndexOf("@") + 1);
    const hash = createHash(algorithm === "MD5" ? "md5" : "sha256");
    const ha1 = hash.update(`${username}:${realm}:${this.#password(username, aor)}`, "latin1").digest("hex");
    if (this.#young.size >= CACHED) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, ha1);
    return ha1;
  }

  /** Whether a key that was proved still opens anything: its time is not over, and its session stands. */
  isAlive({ expires_at, session }: SessionKey, aor: string): boolean {
    return this.#parts.clock.now() < expires_at && this.#parts.stands(session, aor);
  }

  /** A registration under this Call-ID ends with the session. One that is known no longer ends now: it would outlast the session. */
  registered({ session }: SessionKey, aor: string, callId: string): void {
    const known = this.#registered.get(session);
    const callIds = known?.callIds ?? new Set<string>();
    callIds.delete(callId);
    callIds.add(callId);
    this.#registered.delete(session);
    this.#registered.set(session, { aor, callIds });
    if (callIds.size > CALLS) {
      const [oldest] = callIds;
      callIds.delete(oldest);
      this.#parts.endRegistrations(aor, new Set([oldest]));
    }
    if (this.#registered.size > SESSIONS) {
      const [oldest] = this.#registered.keys();
      this.ended(oldest);
    }
  }

  /** The session is over: what registered by its keys ends with it. */
  ended(session: string): void {
    const known = this.#registered.get(session);
    if (known === undefined) return;
    this.#registered.delete(session);
    this.#parts.endRegistrations(known.aor, known.callIds);
  }

  #password(username: string, aor: string): string {
    return createHmac("sha256", this.#parts.secret).update(`${username}\n${aor}`, "latin1").digest("base64url");
  }
}
