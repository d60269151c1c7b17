import type { DnsAnswer, NaptrRecord, Resolver, SrvRecord } from "../../net/mod.ts";
import { isIpLiteral } from "../../net/mod.ts";
import type { Destination, TransportName } from "../flow.ts";
import { srvOrder } from "./srv_order.ts";
import { defaultPort, isSecure, type Target } from "./uri_transport.ts";

/** Enough of a bad or hostile zone: how many records of a kind are followed. */
const MAX_NAPTR = 4, MAX_SRV = 16, MAX_ADDRESSES = 8, MAX_DESTINATIONS = 24;

/** NAPTR services (RFC 3263 §4.1, §8; RFC 7118 §9.3 for WebSocket) and what they mean here. */
const SERVICES: Readonly<Record<string, TransportName>> = {
  "sip+d2u": "udp",
  "sip+d2t": "tcp",
  "sips+d2t": "tls",
  "sip+d2w": "ws",
  "sips+d2w": "wss",
};

const SRV_PREFIX: Readonly<Partial<Record<TransportName, string>>> = {
  udp: "_sip._udp.",
  tcp: "_sip._tcp.",
  tls: "_sips._tcp.",
};

interface Tools {
  readonly resolver: Resolver;
  readonly transports: ReadonlySet<TransportName>;
  readonly random: () => number;
}

/** A name and a transport whose SRV records are wanted. */
interface Service {
  readonly name: string;
  readonly transport: TransportName;
}

/** A host whose addresses are wanted. */
interface Hop {
  readonly host: string;
  readonly port: number;
  readonly transport: TransportName;
}

/**
 * One search for the servers of a target that is a name (RFC 3263 §4.1, §4.2). Each step asks all it needs at once and goes
 * on when the last answer is there; where all are cached the whole search runs inside `start`.
 */
export class Search {
  readonly #tools: Tools;
  readonly #families: readonly ("A" | "AAAA")[];
  readonly #target: Target;
  readonly #done: (destinations: readonly Destination[]) => void;

  constructor(
    tools: Tools,
    families: readonly ("A" | "AAAA")[],
    target: Target,
    done: (destinations: readonly Destination[]) => void,
  ) {
    this.#tools = tools;
    this.#families = families;
    this.#target = target;
    this.#done = done;
  }

  start(): void {
    const { host, port, transport } = this.#target;
    if (transport !== null && !this.#usable(transport)) return this.#done([]);
    if (port !== 0) {
      const chosen = transport ?? this.#defaultTransport();
      return chosen === null ? this.#done([]) : this.#addresses([{ host, port, transport: chosen }]);
    }
    if (transport === null) return this.#tools.resolver.resolve(host, "NAPTR", (answer) => this.#onNaptr(answer));
    // No SRV names are defined for WebSocket (RFC 7118 §5.5 leaves it to the HTTP URI).
    if (SRV_PREFIX[transport] === undefined) return this.#hostItself(transport);
    this.#services([{ name: SRV_PREFIX[transport] + host, transport }], transport);
  }

  #onNaptr(answer: DnsAnswer<NaptrRecord>): void {
    const services = answer.status === "found" ? this.#naptrServices(answer.records) : [];
    if (services.length > 0) return this.#services(services, null);
    // No NAPTR: SRV for each transport we have. RFC 3263 §4.1 leaves the choice among them to us.
    const guesses: Service[] = [];
    for (const transport of this.#target.secure ? TLS_ONLY : GUESSES) {
      if (this.#usable(transport)) guesses.push({ name: SRV_PREFIX[transport] + this.#target.host, transport });
    }
    this.#services(guesses, null);
  }

  /** Those of the lowest order that has something usable: RFC 3403 §4.1 forbids to go on to the next order. */
  #naptrServices(records: readonly NaptrRecord[]): Service[] {
    const usable = records.filter(({ flags, service, replacement }) =>
      flags === "s" && replacement !== "" && SERVICES[service] !== undefined && this.#usable(SERVICES[service])
    );
    usable.sort((a, b) => a.order - b.order || a.preference - b.preference);
    return usable.filter(({ order }) => order === usable[0].order).slice(0, MAX_NAPTR)
      .map(({ service, replacement }) => ({ name: replacement, transport: SERVICES[service] }));
  }

  #services(services: readonly Service[], transport: TransportName | null): void {
    if (services.length === 0) return this.#hostItself(transport);
    const found: (readonly SrvRecord[])[] = new Array(services.length).fill([]);
    let waiting = services.length;
    services.forEach(({ name }, i) => {
      this.#tools.resolver.resolve(name, "SRV", (answer) => {
        if (answer.status === "found") found[i] = answer.records;
        if (--waiting === 0) this.#onSrv(services, found, transport);
      });
    });
  }

  #onSrv(
    services: readonly Service[],
    found: readonly (readonly SrvRecord[])[],
    transport: TransportName | null,
  ): void {
    const hops: Hop[] = [];
    let any = false;
    services.forEach((service, i) => {
      for (const { target, port } of srvOrder(found[i].slice(0, 256), this.#tools.random)) {
        any = true;
        // RFC 2782: the root as target says that the service is decidedly not there.
        if (target !== "" && hops.length < MAX_SRV) hops.push({ host: target, port, transport: service.transport });
      }
    });
    if (any) this.#addresses(hops);
    else this.#hostItself(transport);
  }

  /** RFC 3263 §4.2: no SRV, so the addresses of the name itself at the default port. */
  #hostItself(wanted: TransportName | null): void {
    const transport = wanted ?? this.#defaultTransport();
    if (transport === null) return this.#done([]);
    this.#addresses([{ host: this.#target.host, port: defaultPort(transport), transport }]);
  }

  #addresses(hops: readonly Hop[]): void {
    const families = this.#families;
    const found: (readonly string[])[] = new Array(hops.length * families.length).fill([]);
    let waiting = found.length;
    if (waiting === 0) return this.#done([]);
    hops.forEach(({ host }, i) => {
      families.forEach((family, j) => {
        const at = i * families.length + j;
        const settled = (addresses: readonly string[]) => {
          found[at] = addresses;
          if (--waiting === 0) this.#onAddresses(hops, found);
        };
        // Not allowed in an SRV record, and seen all the same.
        if (isIpLiteral(host)) settled(host.includes(":") === (family === "AAAA") ? [host] : []);
        else {
          this.#tools.resolver.resolve(host, family, (answer) => {
            settled(answer.status === "found" ? answer.records : []);
          });
        }
      });
    });
  }

  #onAddresses(hops: readonly Hop[], found: readonly (readonly string[])[]): void {
    const destinations: Destination[] = [];
    const width = this.#families.length;
    hops.forEach(({ port, transport }, i) => {
      const tlsName = isSecure(transport) ? this.#target.tlsName : "";
      const addresses = found.slice(i * width, (i + 1) * width).flat().slice(0, MAX_ADDRESSES);
      for (const host of addresses) {
        if (destinations.length < MAX_DESTINATIONS) destinations.push({ transport, host, port, tlsName });
      }
    });
    this.#done(destinations);
  }

  #usable(transport: TransportName): boolean {
    return this.#tools.transports.has(transport) && (!this.#target.secure || isSecure(transport));
  }

  #defaultTransport(): TransportName | null {
    return (this.#target.secure ? TLS_ONLY : GUESSES).find((transport) => this.#usable(transport)) ?? null;
  }
}

/** For sip: UDP is the default of RFC 3263 §4.1; TLS where a domain has nothing else. */
const GUESSES: readonly TransportName[] = ["udp", "tcp", "tls"];
const TLS_ONLY: readonly TransportName[] = ["tls"];
