/**
 * An MSRP relay (RFC 4976): AUTH with digest, session URIs in Use-Path, forwarding from and to authenticated clients, chains.
 * The node's doorman.
 */
export { Relay } from "./relay.ts";
export {
  DEFAULT_RELAY_LIMITS,
  type RelayAccounts,
  type RelayClient,
  type RelayLimits,
  type RelayLockOut,
  type RelayParts,
} from "./relay_options.ts";
