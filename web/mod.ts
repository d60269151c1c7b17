/**
 * HTTP: the doors of `[listen] web`, health and metrics, and the way in for SIP and MSRP over WebSocket. Roles add their routes.
 * Sources: RFC 6455, 7118 and 7977 (WebSocket), RFC 9457 (problems), Prometheus text format 0.0.4.
 */
export { createWeb, type Web, type WebParts } from "./application.ts";
export { type Check, type CheckResult, Health } from "./health.ts";
export { openWebDoor, type WebDoor, type WebDoorParts, type WebListenEntry } from "./door.ts";
export { DEFAULT_FRONT_LIMITS, type FrontLimits, type TlsMaterial } from "./front.ts";
export { type AcceptMsrpWebSocket, NO_TAKERS, type WebSocketTaker, type WebSocketTakers } from "./upgrades.ts";
export type { AcceptWebSocket, Connection } from "./websocket.ts";
export { problem } from "./problem.ts";
