/**
 * An MSRP relay (RFC 4976): AUTH with digest, session URIs in Use-Path, forwarding from and to authenticated clients, chains.
 * The node's doorman. And the client's side: a path through relays that is kept alive.
 */
export { Relay } from "./relay.ts";
export {
  DEFAULT_RELAY_LIMITS,
  type RelayAccounts,
  type RelayLimits,
  type RelayLockOut,
  type RelayParts,
} from "./relay_options.ts";
export { RelayClient, type RelayClientParts, type RelayClientUser, type RelayWish } from "./relay_client.ts";
export type { RelayAnswerer } from "./auth_attempt.ts";
