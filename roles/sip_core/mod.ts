/**
 * SIP/IP Core: registrar, proxy, authentication, and the routing table that decides which role serves a request (TS 7.1).
 * Sources: RFC 3261 §10 and §16, 3323, 3325, 3327, 3455, 3608, 3680, 5393, 5626, 5627; oma-reference §2.2, §3.1, §3.6.
 */
export { type Address, addressOf, addressOfText, type Identity } from "./identity.ts";
export { chain, type Element, Exchange, type Handler, type Leaving } from "./exchange.ts";
export type { Binding, DeviceAt, Devices, Gruus, GruuTarget, LocationService } from "./location.ts";
export type { CoreEvents } from "./core_events.ts";
export { TrustedHops } from "./trust.ts";
export { assertedIdentity, assertionText, editForHop, editResponseFrom, editResponseTo } from "./assertion.ts";
export { EXPLODED_BY, identityOf, type NextHop } from "./assertion.ts";
export { anonymise, ANONYMOUS, type Privacy, privacyOf, privacyProblem } from "./privacy.ts";
export { type Egress, plainEgress, TrustEgress } from "./egress.ts";
export { FlowTokens, type TokenKind, type TokenReading } from "./flow_token.ts";
export type { CoreServices } from "./services.ts";
export { bindingTarget, bindingTargets, directDestination, type Target, uriTarget } from "./targets.ts";
export { Branch, Fork } from "./fork.ts";
export { bestBranch } from "./best_response.ts";
export { ForwardingFork, ResponseContext } from "./response_context.ts";
export { proxy, targetsOf } from "./proxy.ts";
export { ALLOW, SUPPORTED } from "./options.ts";
export type { TargetDirectory } from "./target_class.ts";
export { insertBefore, routingTable, type Row, rowsFrom, type TableParts } from "./routing_table.ts";
export { Core } from "./core.ts";
export { createRegistrar, type Registrar, type RegistrarParts } from "./registrar.ts";
export type { Newcomers } from "./newcomers.ts";
export { senderState, serviceState } from "./service_state.ts";
export { DEFAULT_REGISTRAR_SETTINGS, type RegistrarSettings } from "./registrar_settings.ts";
export { type AuthenticationSettings, type AuthenticatorParts, createAuthenticator } from "./authenticate.ts";
export { DEFAULT_AUTHENTICATION_SETTINGS } from "./authenticate.ts";
export { DEFAULT_LOCK_OUT, LockOut, type LockOutSettings } from "./lock_out.ts";
export { recordLogins } from "./login_record.ts";
export { RegEvent, type RegEventParts } from "./reg_event.ts";
export { type Account, accountOf, ha1Of, isInForce } from "./account_lookup.ts";
export { type IssuedKey, type SessionKey, SessionKeys, type SessionKeysParts } from "./session_keys.ts";
export { credentialsFor } from "./credentials.ts";
export { subscriberOf } from "./subscriber_lookup.ts";
export { Peers } from "./peers.ts";
export { packageOf, publishElement, subscribeElement } from "./event_elements.ts";
export { ownTargets, userResource } from "./own_targets.ts";
export { deviceName, subscriberDevices } from "./subscriber_devices.ts";
export { InnerTransaction, NO_WIRE } from "./inner_request.ts";
