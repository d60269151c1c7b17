/**
 * Addresses, names, certificates and admission: what every wire shares, whatever it carries. Pure; what needs the machine
 * (certificate files, system calls, interfaces) is behind the door `machine/mod.ts`.
 * Sources: RFC 4291 and 5952 (IPv6 text), RFC 5922 (domain certificates in SIP), RFC 8446.
 */
export { type Endpoint, endpointText, isIpLiteral, isIpv4, normalHost } from "./address.ts";
export { canonicalHost, ipv4Number, ipv4Text, ipv6Octets, ipv6Text, isLoopback, isWildcard } from "./ip_octets.ts";
export { type ListenAddress, listenersCollide } from "./listen_address.ts";
export { Network, parseNetwork } from "./network.ts";
export { Admission, type AdmissionLimits, DEFAULT_ADMISSION, Source } from "./admission.ts";
export { certificateMatches, type CertificateNames, certificateNames, sipIdentities } from "./certificate_names.ts";
export { type DnsAnswer, type DnsExchange, type DnsOptions, DnsResolver, type DnsWire, type Resolver } from "./dns.ts";
export { type DnsRecords, type DnsType, type NaptrRecord, type SrvRecord } from "./dns_message.ts";
export { parseDnsServer, parseHosts, parseResolvConf } from "./dns_config.ts";
