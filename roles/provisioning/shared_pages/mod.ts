/**
 * What other pages of users share with `/account` and `/join`: the frame, signing in, the session in the browser. A door of its own,
 * since the pages are loaded when somebody first asks for them.
 */
export { takeForm } from "../join_routes.tsx";
export { PublicThrottle } from "../public_door.ts";
export { pageErrorOf } from "../public_errors.ts";
export { PublicErrorPage, PublicFrame } from "../public_frame.tsx";
export { RestClient, type RestFetch } from "../rest_client.ts";
export { refused, SignInPage } from "../sign_in_page.tsx";
export { type SignedIn, type SignInFault, userCookie, UserSessions, userToken } from "../user_sessions.ts";
