/**
 * MSRP: frames, connections, and what stands behind a session id. Pure: the octets come through `Duplex`, whose real forms are
 * in `flows/`. Sources: RFC 4975 (MSRP), 4976 (relays), 6135 (set-up), 6714 (CEMA), 7977 (WebSocket).
 */
export * from "./frame.ts";
export * from "./msrp_uri.ts";
export * from "./connection.ts";
export * from "./duplex.ts";
export * from "./node.ts";
