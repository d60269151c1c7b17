/**
 * What the wires need of the machine itself: certificate files, TLS, doors that accept connections, the addresses of its
 * interfaces, and datagrams in batches.
 * Deno only; the pure half is `../mod.ts`.
 * Sources: RFC 5280 and 5922 (certificates), recvmmsg(2), sendmmsg(2), socket(7).
 */
export {
  CertificateError,
  type CertificatePair,
  certificatesOf,
  checkDates,
  keyTypeOf,
  makeCertificate,
  readPair,
  readPairFiles,
  savePair,
} from "./certificates.ts";
export {
  certificateBlocks,
  certificateDer,
  type CertificateFacts,
  certificateFacts,
  chainProblem,
  foreignPurpose,
  isKeyOf,
} from "./certificate_facts.ts";
export { type CertificateRequest, makeCertificateRequest } from "./certificate_request.ts";
export { interfaceAddresses } from "./interfaces.ts";
export { Breather } from "./breather.ts";
export { TcpAcceptor, type TcpAcceptorUser } from "./tcp_acceptor.ts";
export { TlsAcceptor, type TlsAcceptorOptions, type TlsAcceptorUser } from "./tls_acceptor.ts";
export { namesOfPeer, NO_TLS, type PeerCertificate, serverName, TlsContexts, type TlsOptions } from "./tls_contexts.ts";
export { repairPause } from "./tls_pause.ts";
export { tryListen } from "./try_listen.ts";
export { DatagramCalls, openDatagramCalls } from "./datagram_calls.ts";
export { MessageVector, NAME_STRIDE } from "./message_vector.ts";
export { DenoDnsWire, systemDnsServers, systemHosts } from "./deno_resolver.ts";
export { decodeContent } from "./content_coding.ts";
