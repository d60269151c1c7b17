/**
 * The REST API under /api/v1, a projection of the console's services, and the session cookie that pages share with it.
 * Sources: RFC 9457 (problems), RFC 9110 §8.8 and §13.1 (ETag, If-Match), RFC 8288 (Link), OpenAPI 3.1, W3C Fetch Metadata.
 */
export { closeStreams, createApi, routesOf } from "./create_api.ts";
export type { ApiApp, ApiOptions } from "./api.ts";
export type { RouteInfo, RoutePermission } from "./declaration.ts";
export { cameSecurely, sourceOf } from "./caller.ts";
export { clearSessionCookie, readSessionCookie, sessionCookieName, setSessionCookie } from "./session_cookie.ts";
export { type ProblemKind, PROBLEMS } from "./problems.ts";
