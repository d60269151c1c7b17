/**
 * How users come to the service and configure their clients: invitations with a link and a QR code, sign-up, confirming and
 * leaving the service, linphone's remote provisioning, and the user's own page. Sources: REG-2, REG-3, REG-6, SEC-3, SEC-7,
 * USE-2; linphone's lpconfig.xsd; RFC 7616 §3.4.2 (HA1), RFC 8760.
 */
export { createProvisioning, type Provisioning, type ProvisioningParts } from "./create_provisioning.ts";
export { bestDoor, type ClientDoor, clientDoors } from "./client_door.ts";
export type { SignUpSettings } from "./sign_up_settings.ts";
export { Subscription } from "./subscription.ts";
export type { RestFetch } from "./rest_client.ts";
