/** SIP up to its transactions, over real wires: certificates, connections, names. Part of the composition root, beside `appliance.ts`. */
import type { Clock, Log, Metrics, TimerQueues } from "./foundation/mod.ts";
import type { Config } from "./config.ts";
import type { ParleyStorage } from "./storage/mod.ts";
import {
  type AuditCertificates,
  CERTIFICATE_RECORDS,
  CertificateKeeper,
  type CertificateRecord,
} from "./certificates/mod.ts";
import { admissionOf, flowLimitsOf } from "./doors.ts";
import { DnsResolver } from "./transport/net/mod.ts";
import { DenoDnsWire, systemDnsServers, systemHosts } from "./transport/net/machine/mod.ts";
import { DnsLocator, parseUri, Receiver, TransactionLayer, type TransportName, type Uri } from "./transport/sip/mod.ts";
import { SipWires } from "./transport/sip/flows/mod.ts";

export interface SipStackParts {
  readonly config: Config;
  readonly storage: ParleyStorage;
  readonly audit: AuditCertificates;
  readonly clock: Clock;
  readonly timers: TimerQueues;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** What everything that speaks SIP stands on. Its doors are opened when all stands; it is closed by closing the wires. */
export interface SipStack {
  readonly tls: CertificateKeeper;
  readonly wires: SipWires;
  readonly transactions: TransactionLayer;
  readonly resolver: DnsResolver;
  readonly locator: DnsLocator;
  /** Where requests to domains of peers go, as the administrator says. */
  readonly peerUris: ReadonlyMap<string, Uri>;
}

/** Rejects where the certificates cannot be read. */
export async function openSipStack(
  { config, storage, audit, clock, timers, metrics, log }: SipStackParts,
): Promise<SipStack> {
  const tls = await CertificateKeeper.open({
    config,
    clock,
    timers,
    log: log.child("tls"),
    records: await storage.records<CertificateRecord>(CERTIFICATE_RECORDS.name, CERTIFICATE_RECORDS.max),
    audit,
    metrics,
  });
  const sipLog = log.child("sip");
  const wires = new SipWires({
    log: sipLog,
    metrics,
    clock,
    timers,
    limits: flowLimitsOf(config),
    admission: admissionOf(config),
    tls: tls.options,
    advertise: config.advertise.host,
  });
  const transactions = new TransactionLayer({ wires, clock, timers, log: sipLog, metrics, timing: config.timers });
  wires.handler = new Receiver({ transactions, wires, clock, log: sipLog, metrics, limits: config.limits });

  const resolver = new DnsResolver({
    wire: new DenoDnsWire(),
    servers: config.dns.server === null ? systemDnsServers() : [config.dns.server],
    hosts: systemHosts(),
    clock,
    timers,
    log: log.child("dns"),
    metrics,
  });
  const peerUris = new Map(config.peer.map((peer) => [peer.domain, parseUri(peer.next_hop)]));
  const locator = new DnsLocator({
    resolver,
    clock,
    metrics,
    peers: peerUris,
    transports: new Set<TransportName>(config.listen.sip.map((entry) => entry.transport)),
    random: Math.random,
  });
  return { tls, wires, transactions, resolver, locator, peerUris };
}
