/**
 * MSRP on real wires: TCP, TLS and WebSocket, doors and dials, as `Duplex` and `Dialer` of `../mod.ts`. Knows octets, not frames.
 * The only room of `transport/msrp` that uses Deno, node: modules and the package `ws`.
 *
 * Sources: RFC 4975 §6, §14 (connections, TLS, fingerprints), 4976 §8 (relays), 7977 (WebSocket), 8122 (fingerprints).
 */
export { MsrpWires, type MsrpWiresOptions } from "./msrp_wires.ts";
export type { WireDoor } from "./msrp_doors.ts";
export { type MsrpListenUrl, parseMsrpListenUrl } from "./listen_url.ts";
export { DEFAULT_WIRE_LIMITS, type WireLimits } from "./wire_limits.ts";
export { isFingerprintOf } from "./peer_certificate.ts";
