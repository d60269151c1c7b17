import type { Credentials, Subscriber, Subscribers } from "../../storage/mod.ts";
import type { SessionKey, SessionKeys } from "./session_keys.ts";

/** The user a digest username names, and which of the stored hashes is for that way of writing it. */
export type Account =
  | { readonly subscriber: Subscriber; readonly form: "user" | "user@domain" | "number" }
  /** A page of the user's, by a key of its browser session. */
  | { readonly subscriber: Subscriber; readonly form: "session"; readonly key: SessionKey; readonly keys: SessionKeys };

/**
 * Finds the user of a digest username in a realm (the user's domain): `user`, `user@domain`, an E.164 number, or, where there are
 * `keys`, the name of one of these.
 */
export function accountOf(
  username: string,
  realm: string,
  subscribers: Subscribers,
  keys: SessionKeys | null = null,
): Account | null {
  const at = username.lastIndexOf("@");
  if (at >= 0) {
    if (username.slice(at + 1).toLowerCase() !== realm) return null;
    const subscriber = subscribers.get(`sip:${username.slice(0, at)}@${realm}`);
    return subscriber === undefined ? null : { subscriber, form: "user@domain" };
  }
  const subscriber = subscribers.get(`sip:${username}@${realm}`);
  if (subscriber !== undefined) return { subscriber, form: "user" };
  const key = keys?.read(username) ?? null;
  if (keys !== null && key !== null) {
    const owner = subscribers.get(`sip:${key.user}@${realm}`);
    return owner === undefined ? null : { subscriber: owner, form: "session", key, keys };
  }
  if (!username.startsWith("+")) return null;
  const byNumber = subscribers.byNumber(username);
  return byNumber !== undefined && byNumber.aor.endsWith(`@${realm}`) ? { subscriber: byNumber, form: "number" } : null;
}

/** HA1 for an account; null where none was kept for that form. */
export function ha1Of(account: Account, algorithm: "SHA-256" | "MD5"): string | null {
  const { subscriber, form } = account;
  if (form === "session") return account.keys.ha1(account.key, subscriber.aor, algorithm);
  const kept: Credentials = subscriber.credentials;
  const sha = algorithm === "SHA-256";
  if (form === "user") return sha ? kept.sha256 : kept.md5;
  if (form === "user@domain") return sha ? kept.sha256WithDomain : kept.md5WithDomain;
  return (sha ? kept.sha256Number : kept.md5Number) ?? null;
}

/** False for one who has proved to know a key of a session that is over by now: not a wrong password, and no way in. */
export function isInForce(account: Account): boolean {
  return account.form !== "session" || account.keys.isAlive(account.key, account.subscriber.aor);
}
