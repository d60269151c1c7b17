import type { Credentials, Subscriber, Subscribers } from "../../storage/mod.ts";

/** The user a digest username names, and which of the stored hashes is for that way of writing it. */
export interface Account {
  readonly subscriber: Subscriber;
  readonly form: "user" | "user@domain" | "number";
}

/** Finds the user of a digest username in a realm (the user's domain): `user`, `user@domain`, or an E.164 number. */
export function accountOf(username: string, realm: string, subscribers: Subscribers): Account | null {
  const at = username.lastIndexOf("@");
  if (at >= 0) {
    if (username.slice(at + 1).toLowerCase() !== realm) return null;
    const subscriber = subscribers.get(`sip:${username.slice(0, at)}@${realm}`);
    return subscriber === undefined ? null : { subscriber, form: "user@domain" };
  }
  const subscriber = subscribers.get(`sip:${username}@${realm}`);
  if (subscriber !== undefined) return { subscriber, form: "user" };
  if (!username.startsWith("+")) return null;
  const byNumber = subscribers.byNumber(username);
  return byNumber !== undefined && byNumber.aor.endsWith(`@${realm}`) ? { subscriber: byNumber, form: "number" } : null;
}

/** HA1 for an account; null where none was kept for that form. */
export function ha1Of({ subscriber, form }: Account, algorithm: "SHA-256" | "MD5"): string | null {
  const kept: Credentials = subscriber.credentials;
  const sha = algorithm === "SHA-256";
  if (form === "user") return sha ? kept.sha256 : kept.md5;
  if (form === "user@domain") return sha ? kept.sha256WithDomain : kept.md5WithDomain;
  return (sha ? kept.sha256Number : kept.md5Number) ?? null;
}
