import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { userAddress } from "../../../operations/stored/mod.ts";
import type { Subscriber, Subscribers } from "../../../storage/mod.ts";
import { credentialsFor } from "../../sip_core/mod.ts";

const NO_HASH = Buffer.alloc(32);

/**
 * The user whose SIP password this is: HA1 (RFC 7616 §3.4.2, SHA-256) compared in constant time, worked out also where there
 * is no such user. Null where address or password is wrong.
 */
export function userWithPassword(
  uri: string,
  password: string,
  subscribers: Pick<Subscribers, "get">,
): Subscriber | null {
  let address;
  try {
    address = userAddress(uri);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  if (password === "" || password.length > 1024 || address.user.includes(":")) return null;
  const subscriber = subscribers.get(address.aor);
  const realm = subscriber?.credentials.realm ?? address.domain;
  const typed = Buffer.from(credentialsFor(address.user, realm, password).sha256, "hex");
  const kept = subscriber === undefined ? NO_HASH : Buffer.from(subscriber.credentials.sha256, "hex");
  return timingSafeEqual(typed, kept) && subscriber !== undefined ? subscriber : null;
}

/** Whether the service is theirs to use: not suspended, not barred at this time. */
export function mayLogIn({ state, barredUntil }: Subscriber, now: number): boolean {
  if (state === "barred") return barredUntil !== undefined && barredUntil <= now;
  return state !== "suspended";
}

/** Changes with the password, and where the user was removed and added again. */
export function stampOf({ createdAt, credentials }: Subscriber): string {
  return createHash("sha256").update(`${createdAt} ${credentials.sha256}`).digest("hex").slice(0, 16);
}
