/**
 * SIP/IP Core: registrar, proxy, authentication, and the routing table that decides which role serves a request (TS 7.1).
 * Sources: RFC 3261 §10 and §16, 3323, 3325, 3327, 3455, 3608, 3680, 5393, 5626, 5627; oma-reference §2.2, §3.1, §3.6.
 */
export { type Address, addressOf, addressOfText, type Identity } from "./identity.ts";
export { chain, type Element, Exchange, type Handler } from "./exchange.ts";
export type { Binding, LocationService } from "./location.ts";
export type { CoreEvents } from "./core_events.ts";
