/**
 * Addresses, names, certificates and admission: what every wire shares, whatever it carries.
 * Sources: RFC 4291 (IPv6 text), RFC 5922 (domain certificates in SIP), RFC 8446.
 */
export { type Endpoint, endpointText, isIpLiteral, isIpv4, normalHost } from "./address.ts";
