import { addressOfText, credentialsFor } from "../../roles/sip_core/mod.ts";
import type { Subscriber } from "../../storage/mod.ts";
import type { NewUser, UserView } from "../operations.ts";

const MAX_NAME = 128;
const MAX_PASSWORD = 256;
const MAX_URI = 255;

/** A user's address as typed. */
export interface UserAddress {
  readonly aor: string;
  readonly user: string;
  readonly domain: string;
}

/** Reads `sip:alice@example.test` (or without `sip:`). Throws RangeError with what is allowed. */
export function userAddress(text: string): UserAddress {
  const allowed = `"${text.slice(0, 80)}" is not a user's address; allowed: sip:user@domain`;
  if (text.length > MAX_URI) throw new RangeError(`${allowed}, at most ${MAX_URI} characters`);
  // A colon before the @ would be a password in the URI (RFC 3261 §19.1.1), which is no part of an address.
  if (/^[^@]*:[^@]*@/.test(text.replace(/^sips?:/i, ""))) throw new RangeError(`${allowed}, without a password inside`);
  // deno-lint-ignore no-control-regex
  if (/[^\u0021-\u007e]/.test(text)) throw new RangeError(`${allowed}, other characters escaped as %C3%A9`);
  try {
    const { aor, user, domain } = addressOfText(/^sips?:/i.test(text) ? text : `sip:${text}`);
    if (user !== "" && domain !== "") return { aor, user, domain };
  } catch (error) {
    throw new RangeError(allowed, { cause: error });
  }
  throw new RangeError(allowed);
}

/**
 * User parts of the service's own addresses: it speaks (SMSG-1), keeps what waits, deletes, and serves lists that requests bring
 * (oma-reference §2.4).
 */
const OF_THE_SERVICE: ReadonlySet<string> = new Set(["system", "deferred", "delete", "history", "rls"]);

/** True for the user part of an address of the service itself, in whatever letters: no user can have it. */
export function isReservedUser(user: string): boolean {
  return OF_THE_SERVICE.has(user.toLowerCase());
}

/** A telephone number as typed, without its visual separators (RFC 3966 §5.1.1); "" stays "". Throws RangeError. */
export function e164Number(text: string): string {
  if (text === "") return "";
  const number = text.replace(/[\s\-.()]/g, "");
  if (!/^\+[1-9][0-9]{4,14}$/.test(number)) {
    throw new RangeError(`"${text.slice(0, 40)}" is not a number; allowed: + and 5 to 15 digits, such as +15551234567`);
  }
  return number;
}

/** Throws RangeError where the password is none. */
export function checkPassword(password: string): void {
  // deno-lint-ignore no-control-regex
  if (password === "" || password.length > MAX_PASSWORD || /[\u0000-\u001f\u007f]/.test(password)) {
    throw new RangeError(`the password must have 1 to ${MAX_PASSWORD} characters and no control characters`);
  }
}

/** The record of a new user, or of an old one with new values. Throws RangeError with what is allowed. */
export function subscriberOf(user: NewUser, old: Subscriber | undefined, now: number): Subscriber {
  const { aor, user: name, domain } = userAddress(user.uri);
  if (old === undefined && isReservedUser(name)) {
    throw new RangeError(`${aor} is an address of the service itself; allowed: any other user part`);
  }
  const e164 = e164Number(user.e164);
  const displayName = user.display_name.normalize("NFC").trim();
  // deno-lint-ignore no-control-regex
  if (displayName.length > MAX_NAME || /[\u0000-\u001f\u007f]/.test(displayName)) {
    throw new RangeError(`the display name must have at most ${MAX_NAME} characters and no control characters`);
  }
  checkPassword(user.password);
  return {
    ...old,
    aor,
    displayName,
    e164,
    state: old?.state ?? "active",
    deferral: old?.deferral ?? "offline",
    credentials: credentialsFor(name, domain, user.password, e164),
    createdAt: old?.createdAt ?? now,
    changedAt: now,
  };
}

/** A record without what belongs to a state that it is not in any more. */
export function tidied(subscriber: Subscriber): Subscriber {
  const { barredUntil, leftAt, ...rest } = subscriber;
  const { state } = rest;
  return {
    ...rest,
    ...(state === "barred" && barredUntil !== undefined ? { barredUntil } : {}),
    ...(state === "unsubscribed" && leftAt !== undefined ? { leftAt } : {}),
  };
}

/** What the provider has set for new users (UPROF-3). */
export interface ProfileDefaults {
  readonly deferral: Subscriber["deferral"];
  /** Null: the box's own limits. */
  readonly quota: { readonly messages: number; readonly octets: number } | null;
}

/** What holds where the provider has set nothing. */
export const PROFILE_DEFAULTS: ProfileDefaults = { deferral: "offline", quota: null };

/**
 * A new user's record with the provider's defaults in it. For users who are new alone: a default that changes later changes
 * nobody who is there already.
 */
export function withDefaults(subscriber: Subscriber, { deferral, quota }: ProfileDefaults): Subscriber {
  const { quota: _none, ...rest } = subscriber;
  return { ...rest, deferral, ...(quota === null ? {} : { quota: { ...quota } }) };
}

/** What may be shown of a user. */
export function viewOf(subscriber: Subscriber): UserView {
  const { aor, displayName, e164, state, createdAt, changedAt } = subscriber;
  return { uri: aor, display_name: displayName, e164, state, created_at: createdAt, changed_at: changedAt };
}
