import type { DnsRecords, DnsType, Resolver } from "../../../../transport/net/mod.ts";
import { advice, type HealthCheck, HOURS, type Issue } from "../health_check.ts";

const MAX_DOMAINS = 20;
/** RFC 3263 §4.1, in the order in which others prefer them. */
const SERVICES = ["_sips._tcp", "_sip._tcp", "_sip._udp"];
/** RFC 2606, RFC 6761, RFC 6762, RFC 8375 and the like: no name there is anybody's. */
const UNREAL = /(?:^|\.)(?:test|example|invalid|localhost|local|internal|lan|home\.arpa|example\.(?:com|net|org))$/;

export interface DnsFacts {
  readonly resolver: Resolver;
  domains(): readonly string[];
  /** `[advertise] host`; "" for none. */
  advertised(): string;
  /** True for an address of this machine. */
  isOwn(address: string): boolean;
  /** False while no door is open to other machines: then nobody can come. */
  reachable(): boolean;
}

/** Whether others find this box by its domains' SRV records (RFC 3263). Only for names that are in the public tree. */
export function dnsRecordsCheck(facts: DnsFacts): HealthCheck {
  return {
    code: "dns.srv",
    every_ms: HOURS,
    behind: ["domain.default"],
    async run(): Promise<Issue[]> {
      if (!facts.reachable()) return [];
      const domains = facts.domains().filter((name) =>
        name.includes(".") && !UNREAL.test(name) && !/^[0-9.]+$/.test(name)
      );
      const found = await Promise.all(domains.slice(0, MAX_DOMAINS).map((domain) => look(facts, domain)));
      return found.filter((one) => one !== null);
    },
  };
}

async function look(facts: DnsFacts, domain: string): Promise<Issue | null> {
  const answers = await Promise.all(SERVICES.map((service) => ask(facts.resolver, `${service}.${domain}`, "SRV")));
  const records = answers.flatMap((answer) => answer ?? []).filter(({ target }) => target !== "");
  if (records.length === 0) {
    if (answers.includes(null)) return null;
    const text = `DNS has no SRV record for ${domain}: other servers, and clients set up by hand, do not find the box.`;
    const host = facts.advertised() || "the box's name";
    return about(domain, "info", text, `Add "_sips._tcp.${domain}. SRV 10 10 5061 ${host}." to the zone.`);
  }
  for (const { target } of records) if (await leadsHere(facts, target)) return null;
  const targets = [...new Set(records.map(({ target }) => target))].slice(0, 3).join(", ");
  const text = `The SRV records of ${domain} lead to ${targets}, which is not this box.`;
  return about(domain, "warning", text, "Change the records, or set [advertise] host to the name they carry.");
}

async function leadsHere(facts: DnsFacts, target: string): Promise<boolean> {
  if (target === facts.advertised().toLowerCase()) return true;
  const [v4, v6] = await Promise.all([ask(facts.resolver, target, "A"), ask(facts.resolver, target, "AAAA")]);
  // Where nobody answers nothing is known.
  if (v4 === null || v6 === null) return true;
  return [...v4, ...v6].some((address) => facts.isOwn(address));
}

function about(domain: string, severity: Issue["severity"], text: string, repair: string): Issue {
  return { subject: domain, severity, text, repair: advice(repair, "/admin/network") };
}

/** The records; empty where there are none, null where no server answered. */
function ask<T extends DnsType>(resolver: Resolver, name: string, type: T): Promise<readonly DnsRecords[T][] | null> {
  return new Promise((resolve) => {
    resolver.resolve(name, type, (answer) => {
      resolve(answer.status === "found" ? answer.records : answer.status === "none" ? [] : null);
    });
  });
}
