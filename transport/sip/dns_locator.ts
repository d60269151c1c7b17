import type { Clock, Metrics } from "../../foundation/mod.ts";
import { canonicalHost, type Resolver } from "../net/mod.ts";
import type { Destination, TransportName } from "./flow.ts";
import { Search } from "./locating/search.ts";
import { defaultPort, isSecure, type Target, targetOf } from "./locating/uri_transport.ts";
import type { Locator } from "./locator.ts";
import { RecentDestinations } from "./recent_destinations.ts";
import type { Uri } from "./uri.ts";

/** How long a destination that did not answer comes last (RFC 3263 §4.3). */
const FAILED_MS = 60_000;

/** What a locator may use, and with whom it talks. */
export interface LocatorOptions {
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** `[[peer]]`: domain in lower case to the next hop's URI. Comes before DNS. */
  readonly peers: ReadonlyMap<string, Uri>;
  /** Transports that some door of ours can send with. */
  readonly transports: ReadonlySet<TransportName>;
  /** Address families in order of preference. Default: IPv4, then IPv6. */
  readonly families?: readonly ("A" | "AAAA")[];
  /** 0 ≤ x < 1, for the weights of RFC 2782. */
  readonly random: () => number;
  /** Searches that may wait for DNS at a time; one more finds nothing. Default 5,000. */
  readonly maxSearches?: number;
}

/**
 * Locating SIP servers (RFC 3263) by peer entries, numeric hosts and DNS. A numeric host, or a name whose records are in
 * the resolver's cache, is answered inside the call.
 */
export class DnsLocator implements Locator {
  readonly #options: LocatorOptions;
  readonly #failed: RecentDestinations;
  readonly #families: readonly ("A" | "AAAA")[];
  readonly #maxSearches: number;
  /** Parsed URIs are shared (`parseUri`), so that of a numeric host needs its answer worked out only once. Not so through
   * peers, which may be others tomorrow. */
  readonly #numeric = new WeakMap<Uri, readonly Destination[]>();
  #searches = 0;

  constructor(options: LocatorOptions) {
    this.#options = options;
    this.#failed = new RecentDestinations(options.clock, FAILED_MS);
    this.#families = options.families ?? ["A", "AAAA"];
    this.#maxSearches = options.maxSearches ?? 5000;
    options.metrics.gauge("sip_locating", "Searches for SIP servers that wait for DNS", () => this.#searches);
  }

  locate(uri: Uri, done: (destinations: readonly Destination[]) => void): void {
    const known = this.#numeric.get(uri);
    if (known !== undefined) return done(known);
    const own = targetOf(uri);
    if (own === null) return done([]);
    const target = this.#throughPeer(uri, own);
    if (target === null) return done([]);
    if (target.numeric) {
      const destinations = this.#numericDestinations(target);
      if (target === own && destinations.length > 0) this.#numeric.set(uri, destinations);
      return done(destinations);
    }
    if (this.#searches >= this.#maxSearches) return done([]);
    this.#searches++;
    new Search(this.#options, this.#families, target, (found) => {
      this.#searches--;
      done(this.#failed.last(found));
    }).start();
  }

  failed(destination: Destination): void {
    this.#failed.add(destination);
  }

  /** The next hop of a domain with a peer entry; the target itself otherwise; null where sips forbids that next hop. */
  #throughPeer(uri: Uri, own: Target): Target | null {
    // A URI with a port of its own means that server and not the domain (RFC 3263 §4.2).
    const ofDomain = own.port === 0 || own.port === 5060 || own.port === 5061;
    const peer = ofDomain && own.host === uri.host ? this.#options.peers.get(uri.host) : undefined;
    if (peer === undefined) return own;
    const next = targetOf(peer);
    if (next === null) return null;
    const secure = next.secure || own.secure;
    if (secure && next.transport !== null && !isSecure(next.transport)) return null;
    // The certificate of a peer given by address names its domain (RFC 5922 §7.1).
    return { ...next, secure, tlsName: next.numeric ? uri.host : next.tlsName };
  }

  #numericDestinations({ host, port, transport, secure, tlsName }: Target): readonly Destination[] {
    const { transports } = this.#options;
    // RFC 3263 §4.1: UDP for sip and TLS for sips, unless the URI says otherwise or we have no such door.
    const choices: readonly TransportName[] = transport !== null
      ? [transport]
      : secure
      ? ["tls"]
      : ["udp", "tcp", "tls"];
    const usable = choices.find((choice) => transports.has(choice));
    if (usable === undefined || !this.#families.includes(host.includes(":") ? "AAAA" : "A")) return [];
    return [{
      transport: usable,
      host: canonicalHost(host),
      port: port === 0 ? defaultPort(usable) : port,
      tlsName: isSecure(usable) ? tlsName : "",
    }];
  }
}
