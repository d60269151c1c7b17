/** Locating SIP servers (RFC 3263) with records that a real DNS server serves, over our own DNS client. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Metrics, silentLog, systemClock, TimerQueues } from "../../foundation/mod.ts";
import { type DnsAnswer, DnsResolver, type DnsType } from "../../transport/net/mod.ts";
import { DenoDnsWire } from "../../transport/net/machine/mod.ts";
import { type Destination, DnsLocator, parseUri } from "../../transport/sip/mod.ts";
import { Child, freePort, interopTest, programPath } from "../support/process.ts";

const MANY = 100;

const RECORDS = [
  "--naptr-record=example.test,100,50,S,SIP+D2U,,_sip._udp.example.test",
  "--naptr-record=example.test,90,50,S,SIP+D2T,,_sip._tcp.example.test",
  "--naptr-record=example.test,50,50,S,SIPS+D2T,,_sips._tcp.example.test",
  "--srv-host=_sips._tcp.example.test,second.example.test,5061,10,1",
  "--srv-host=_sips._tcp.example.test,first.example.test,5061,0,1",
  "--srv-host=_sip._tcp.example.test,second.example.test,5070,0,0",
  "--srv-host=_sip._udp.plain.test,first.example.test,5080,0,0",
  "--host-record=first.example.test,192.0.2.1,2001:db8::1",
  "--host-record=second.example.test,192.0.2.2",
  "--host-record=bare.test,192.0.2.3,77",
  "--cname=alias.test,bare.test",
  ...Array.from({ length: MANY }, (_, i) => `--srv-host=_sip._udp.many.test,h${i}.many.test,5060,${i},0`),
  ...Array.from({ length: 16 }, (_, i) => `--host-record=h${i}.many.test,198.51.100.${i}`),
];

/** dnsmasq on a loopback port, with a resolver and a locator that ask it. */
class Dnsmasq {
  readonly #child: Child;
  readonly #timers: TimerQueues;
  readonly resolver: DnsResolver;
  readonly locator: DnsLocator;

  private constructor(child: Child, port: number) {
    this.#child = child;
    this.#timers = new TimerQueues(systemClock, (error) => {
      throw error;
    });
    this.#timers.run();
    const metrics = new Metrics();
    this.resolver = new DnsResolver({
      wire: new DenoDnsWire(),
      servers: [{ host: "127.0.0.1", port }],
      hosts: new Map(),
      clock: systemClock,
      timers: this.#timers,
      log: silentLog,
      metrics,
    });
    this.locator = new DnsLocator({
      resolver: this.resolver,
      clock: systemClock,
      metrics,
      peers: new Map(),
      transports: new Set(["udp", "tcp", "tls"]),
      random: () => 0.5,
    });
  }

  static async start(): Promise<Dnsmasq> {
    const port = freePort();
    const child = new Child("dnsmasq", programPath("dnsmasq")!, {
      args: [
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--no-resolv",
        "--no-hosts",
        "--user=",
        "--pid-file=",
        "--log-facility=-",
        "--log-queries",
        "--listen-address=127.0.0.1",
        "--bind-interfaces",
        `--port=${port}`,
        "--local-ttl=60",
        ...RECORDS,
      ],
    });
    await child.printed(/started, version/);
    return new Dnsmasq(child, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resolver.close();
    this.#timers.stop();
    await this.#child.stop();
  }

  locate(uri: string): Promise<readonly Destination[]> {
    return new Promise((resolve) => this.locator.locate(parseUri(uri), resolve));
  }

  ask(name: string, type: DnsType): Promise<DnsAnswer<unknown>> {
    return new Promise((resolve) => this.resolver.resolve(name, type, resolve));
  }

  /** Queries that dnsmasq has seen. */
  get queries(): number {
    return this.#child.output.match(/query\[/g)?.length ?? 0;
  }
}

const texts = (found: readonly Destination[]) =>
  found.map(({ transport, host, port }) => `${transport} ${host} ${port}`);

interopTest(
  "dnsmasq: NAPTR, SRV and addresses lead to the servers of a domain, failover in order",
  ["dnsmasq"],
  async () => {
    await using dns = await Dnsmasq.start();
    const secure = ["tls 192.0.2.1 5061", "tls 2001:db8::1 5061", "tls 192.0.2.2 5061"];
    deepEqual(texts(await dns.locate("sip:bob@example.test")), secure);
    deepEqual(texts(await dns.locate("sip:bob@example.test;transport=tcp")), ["tcp 192.0.2.2 5070"]);
    deepEqual(texts(await dns.locate("sip:bob@plain.test")), ["udp 192.0.2.1 5080", "udp 2001:db8::1 5080"]);
    deepEqual(texts(await dns.locate("sip:bob@bare.test")), ["udp 192.0.2.3 5060"]);
    deepEqual(texts(await dns.locate("sip:bob@alias.test:5090")), ["udp 192.0.2.3 5090"]);
    deepEqual(texts(await dns.locate("sip:bob@nowhere.invalid")), []);
    const before = dns.queries;
    let inside = 0;
    dns.locator.locate(parseUri("sip:carol@example.test"), (found) => inside = found.length);
    equal(inside, 3, "the second search is answered inside the call, from the cache");
    equal(dns.queries, before);
  },
);

interopTest("dnsmasq: an answer too large for a datagram comes over TCP", ["dnsmasq"], async () => {
  await using dns = await Dnsmasq.start();
  const answer = await dns.ask("_sip._udp.many.test", "SRV");
  ok(answer.status === "found");
  equal(answer.records.length, MANY);
  equal((await dns.locate("sip:bob@many.test;transport=udp"))[0].host, "198.51.100.0");
});
