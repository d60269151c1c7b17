import assert from "node:assert/strict";
import { Metrics } from "../../foundation/mod.ts";
import { FakeTime } from "../../foundation/testing.ts";
import { DnsLocator, type LocatorOptions } from "./dns_locator.ts";
import type { Destination, TransportName } from "./flow.ts";
import { FakeResolver } from "./testing/fake_resolver.ts";
import { parseUri } from "./uri.ts";

/** The zone of RFC 3263 §4.1's example, on documentation addresses. */
function exampleZone(): FakeResolver {
  return new FakeResolver()
    .naptr(
      "example.com",
      "100 50 s sip+d2u _sip._udp.example.com",
      "50 50 s sips+d2t _sips._tcp.example.com",
      "90 50 s sip+d2t _sip._tcp.example.com",
      "40 50 s sips+d2w _sips._ws.example.com",
      "10 50 u e2u+sip ",
    )
    .srv("_sips._tcp.example.com", "0 1 5061 server1.example.com", "1 1 5061 server2.example.com")
    .srv("_sip._tcp.example.com", "0 1 5060 server1.example.com", "0 2 5070 server2.example.com")
    .srv("_sip._udp.example.com", "0 1 5060 server1.example.com")
    .a("server1.example.com", "192.0.2.1", "192.0.2.11")
    .aaaa("server1.example.com", "2001:db8::1")
    .a("server2.example.com", "192.0.2.2")
    .a("example.com", "192.0.2.9");
}

function world(resolver: FakeResolver, more: Partial<LocatorOptions> = {}) {
  const time = new FakeTime();
  const locator = new DnsLocator({
    resolver,
    clock: time,
    metrics: new Metrics(),
    peers: new Map(),
    transports: new Set<TransportName>(["udp", "tcp", "tls"]),
    random: () => 0.999,
    ...more,
  });
  const locate = (uri: string): readonly Destination[] => {
    let found: readonly Destination[] | null = null;
    locator.locate(parseUri(uri), (destinations) => {
      assert.equal(found, null, "called twice");
      found = destinations;
    });
    assert.notEqual(found, null, "not called inside the call");
    return found!;
  };
  const texts = (uri: string) =>
    locate(uri).map(({ transport, host, port, tlsName }) => `${transport} ${host} ${port}${tlsName && ` ${tlsName}`}`);
  return { time, locator, locate, texts };
}

const TLS_SERVERS = [
  "tls 192.0.2.1 5061 example.com",
  "tls 192.0.2.11 5061 example.com",
  "tls 2001:db8::1 5061 example.com",
  "tls 192.0.2.2 5061 example.com",
];

Deno.test("RFC 3263 case by case", () => {
  const cases: [string, string[]][] = [
    // §4.1, §4.2: numeric hosts
    ["sip:bob@192.0.2.5", ["udp 192.0.2.5 5060"]],
    ["sip:bob@192.0.2.5:5080", ["udp 192.0.2.5 5080"]],
    ["sip:bob@192.0.2.5;transport=tcp", ["tcp 192.0.2.5 5060"]],
    ["sip:bob@192.0.2.5;transport=TLS", ["tls 192.0.2.5 5061 192.0.2.5"]],
    ["sips:bob@192.0.2.5", ["tls 192.0.2.5 5061 192.0.2.5"]],
    ["sips:bob@192.0.2.5:5071;transport=tcp", ["tls 192.0.2.5 5071 192.0.2.5"]],
    ["sip:bob@[2001:DB8::5]:5080", ["udp 2001:db8::5 5080"]],
    ["sip:bob@example.com;maddr=192.0.2.5", ["udp 192.0.2.5 5060"]],
    ["sip:bob@example.com;maddr=[2001:db8::5];transport=tls", ["tls 2001:db8::5 5061 example.com"]],
    // §4.2: a port asks for addresses only
    ["sip:bob@example.com:5060", ["udp 192.0.2.9 5060"]],
    ["sip:bob@server2.example.com:5080;transport=tcp", ["tcp 192.0.2.2 5080"]],
    ["sips:bob@example.com:5061", ["tls 192.0.2.9 5061 example.com"]],
    // §4.1: NAPTR, the lowest order with a service that we have and understand
    ["sip:bob@example.com", TLS_SERVERS],
    ["sips:bob@example.com", TLS_SERVERS],
    // §4.2: a transport asks for its SRV records
    ["sip:bob@example.com;transport=udp", ["udp 192.0.2.1 5060", "udp 192.0.2.11 5060", "udp 2001:db8::1 5060"]],
    ["sip:bob@example.com;transport=tcp", [
      "tcp 192.0.2.2 5070",
      "tcp 192.0.2.1 5060",
      "tcp 192.0.2.11 5060",
      "tcp 2001:db8::1 5060",
    ]],
    ["sip:bob@example.com;transport=tls", TLS_SERVERS],
    // §4.2: no SRV records
    ["sip:bob@server2.example.com", ["udp 192.0.2.2 5060"]],
    ["sip:bob@server2.example.com;transport=tcp", ["tcp 192.0.2.2 5060"]],
    ["sips:bob@server2.example.com", ["tls 192.0.2.2 5061 server2.example.com"]],
    // nothing to reach
    ["sip:bob@nowhere.test", []],
    ["sip:bob@example.com;transport=sctp", []],
    ["sip:bob@example.com;transport=ws", []],
    ["sips:bob@example.com;transport=udp", []],
    ["tel:+15551234", []],
  ];
  const { texts } = world(exampleZone());
  for (const [uri, expected] of cases) assert.deepEqual(texts(uri), expected, uri);
});

Deno.test("no NAPTR: SRV for each transport of ours, UDP first; _sips only for sips, or where nothing else is", () => {
  const resolver = new FakeResolver()
    .srv("_sip._udp.a.test", "0 0 5060 u.a.test").srv("_sip._tcp.a.test", "0 0 5062 t.a.test")
    .srv("_sips._tcp.a.test", "0 0 5061 s.a.test").a("u.a.test", "192.0.2.1").a("t.a.test", "192.0.2.2")
    .a("s.a.test", "192.0.2.3");
  const { texts } = world(resolver);
  assert.deepEqual(texts("sip:a.test"), ["udp 192.0.2.1 5060", "tcp 192.0.2.2 5062", "tls 192.0.2.3 5061 a.test"]);
  assert.deepEqual(texts("sips:a.test"), ["tls 192.0.2.3 5061 a.test"]);
  const tcpOnly = world(resolver, { transports: new Set(["tcp"]) });
  assert.deepEqual(tcpOnly.texts("sip:a.test"), ["tcp 192.0.2.2 5062"]);
  assert.deepEqual(tcpOnly.texts("sips:a.test"), []);
  assert.deepEqual(tcpOnly.texts("sip:192.0.2.7"), ["tcp 192.0.2.7 5060"]);
});

Deno.test("NAPTR: within one order by preference; WebSocket services only where we have it; a higher order never", () => {
  const resolver = new FakeResolver()
    .naptr(
      "a.test",
      "10 20 s sip+d2t t.a.test",
      "10 10 s sip+d2u u.a.test",
      "20 1 s sips+d2t s.a.test",
      "5 1 s sip+d2w w.a.test",
    )
    .srv("u.a.test", "0 0 5060 h.a.test").srv("t.a.test", "0 0 5062 h.a.test").srv("s.a.test", "0 0 5061 h.a.test")
    .srv("w.a.test", "0 0 80 h.a.test").a("h.a.test", "192.0.2.1");
  assert.deepEqual(world(resolver).texts("sip:a.test"), ["udp 192.0.2.1 5060", "tcp 192.0.2.1 5062"]);
  assert.deepEqual(world(resolver, { transports: new Set(["ws", "udp"]) }).texts("sip:a.test"), ["ws 192.0.2.1 80"]);
});

Deno.test("SRV: a target of the root means that the service is not there, and addresses are not guessed", () => {
  const resolver = new FakeResolver().srv("_sip._udp.a.test", "0 0 0 ").srv("_sip._tcp.a.test", "0 0 0 ").a(
    "a.test",
    "192.0.2.1",
  );
  assert.deepEqual(world(resolver).texts("sip:a.test"), []);
  assert.deepEqual(world(resolver).texts("sip:a.test;transport=udp"), []);
});

Deno.test("a server failure at one step does not stop the next", () => {
  const resolver = exampleZone();
  resolver.broken.add("NAPTR example.com");
  assert.equal(world(resolver).texts("sip:example.com")[0], "udp 192.0.2.1 5060");
});

Deno.test("destinations that failed come last for a minute", () => {
  const { time, locator, locate, texts } = world(exampleZone());
  locator.failed(locate("sips:example.com")[0]);
  assert.deepEqual(texts("sips:example.com").map((text) => text.split(" ")[1]), [
    "192.0.2.11",
    "2001:db8::1",
    "192.0.2.2",
    "192.0.2.1",
  ]);
  assert.deepEqual(texts("sip:192.0.2.1;transport=tls").length, 1, "the only one stays");
  time.advance(60_000);
  assert.deepEqual(texts("sips:example.com"), TLS_SERVERS);
});

Deno.test("[[peer]] comes before DNS, for the domain and not for a server of it named with a port", () => {
  const resolver = exampleZone();
  const peers = new Map([
    ["other.test", parseUri("sip:127.0.0.1:5070;transport=tcp")],
    ["named.test", parseUri("sip:server2.example.com:5090")],
    ["safe.test", parseUri("sip:192.0.2.4;transport=tls")],
  ]);
  const { texts } = world(resolver, { peers });
  assert.deepEqual(texts("sip:bob@other.test"), ["tcp 127.0.0.1 5070"]);
  assert.deepEqual(texts("sip:bob@OTHER.test;transport=udp"), ["tcp 127.0.0.1 5070"]);
  assert.deepEqual(resolver.asked, []);
  assert.deepEqual(texts("sip:bob@other.test:5080"), []);
  assert.deepEqual(texts("sips:bob@other.test"), [], "sips never goes without TLS");
  assert.deepEqual(texts("sips:bob@safe.test"), ["tls 192.0.2.4 5061 safe.test"]);
  assert.deepEqual(texts("sip:bob@named.test"), ["udp 192.0.2.2 5090"]);
});

Deno.test("address families: the preferred first; one that no door has is not asked for", () => {
  assert.equal(
    world(exampleZone(), { families: ["AAAA", "A"] }).texts("sips:example.com")[0].split(" ")[1],
    "2001:db8::1",
  );
  const resolver = exampleZone();
  const { texts } = world(resolver, { families: ["A"] });
  assert.equal(texts("sips:example.com").length, 3);
  assert.ok(!resolver.asked.some((question) => question.startsWith("AAAA")));
  assert.deepEqual(texts("sip:[2001:db8::1]"), []);
});

Deno.test("a search waits for DNS without holding up others, and as many as are allowed may wait", () => {
  const resolver = exampleZone();
  const { locator } = world(resolver, { maxSearches: 2 });
  resolver.held = true;
  const counts: number[] = [];
  for (let i = 0; i < 3; i++) locator.locate(parseUri(`sip:u${i}@example.com`), (found) => counts.push(found.length));
  assert.deepEqual(counts, [0], "the third finds nothing");
  locator.locate(parseUri("sip:192.0.2.1"), (found) => counts.push(found.length));
  assert.deepEqual(counts, [0, 1]);
  resolver.release();
  assert.deepEqual(counts, [0, 1, 4, 4]);
});

Deno.test("a hostile zone costs a bounded number of questions and destinations", () => {
  const resolver = new FakeResolver();
  resolver.srv("_sip._udp.a.test", ...Array.from({ length: 200 }, (_, i) => `0 0 5060 h${i}.a.test`));
  for (let i = 0; i < 200; i++) {
    resolver.a(`h${i}.a.test`, ...Array.from({ length: 100 }, (_, j) => `10.0.${i}.${j}`));
  }
  assert.equal(world(resolver).texts("sip:a.test;transport=udp").length, 24);
  assert.ok(resolver.asked.length < 40);
});
