/**
 * The server's side of the users' page: the page itself with its files, its session with a short-lived SIP key in place of the
 * password, and the way to REST and documents in the name of who is signed in. The page is the room portal/. Loaded when somebody
 * first asks for it. Sources: GR-2, USE-13; CSP Level 3, Trusted Types, Fetch Metadata, Service Workers, Web App Manifest.
 */
export { createPortal, type PortalParts } from "./create_portal.tsx";
