import assert from "node:assert/strict";
import { concatBytes, Metrics, silentLog } from "../../foundation/mod.ts";
import { FakeTime } from "../../foundation/testing.ts";
import type { Endpoint } from "./address.ts";
import { type DnsAnswer, type DnsExchange, DnsResolver, type DnsWire } from "./dns.ts";

/** One query as the fake wire saw it, and the means to answer. */
class Asked implements DnsExchange {
  readonly server: Endpoint;
  readonly query: Uint8Array;
  readonly tcp: boolean;
  readonly onReply: (reply: Uint8Array) => void;
  readonly onError: (reason: string) => void;
  closed = false;
  constructor(
    server: Endpoint,
    query: Uint8Array,
    tcp: boolean,
    onReply: (reply: Uint8Array) => void,
    onError: (reason: string) => void,
  ) {
    this.server = server;
    this.query = query;
    this.tcp = tcp;
    this.onReply = onReply;
    this.onError = onError;
  }
  close(): void {
    this.closed = true;
  }
  /** A reply to this query: flags, and records as octets behind a pointer to the question's name. */
  answer({ rcode = 0, flags = 0x8180, id = -1, ttl = 60, a = [] as string[], soa = -1, cname = "" } = {}): void {
    const question = this.query.slice(12, this.query.length - 11);
    const records: Uint8Array[] = [];
    const record = (type: number, data: readonly number[], owner: readonly number[]) =>
      Uint8Array.from([...owner, 0, type, 0, 1, 0, 0, ttl >> 8, ttl & 255, 0, data.length, ...data]);
    let owner: readonly number[] = [0xc0, 12];
    if (cname !== "") {
      const target = cname.split(".").flatMap((label) => [label.length, ...new TextEncoder().encode(label)]).concat(0);
      records.push(record(5, target, owner));
      owner = target;
    }
    for (const address of a) records.push(record(1, address.split(".").map(Number), owner));
    const authority = soa < 0 ? [] : [Uint8Array.from([0xc0, 12, 0, 6, 0, 1, 0, 0, 255, 255, 0, 22, 0, 0])];
    if (soa >= 0) authority.push(Uint8Array.from([...new Array(16).fill(0), 0, 0, soa >> 8, soa & 255]));
    const head = Uint8Array.from([
      id < 0 ? this.query[0] : id >> 8,
      id < 0 ? this.query[1] : id & 255,
      flags >> 8,
      (flags & 255) | rcode,
      0,
      1,
      0,
      records.length,
      0,
      soa < 0 ? 0 : 1,
      0,
      0,
    ]);
    this.onReply(concatBytes([head, question, ...records, ...authority]));
  }
}

class FakeWire implements DnsWire {
  readonly asked: Asked[] = [];
  ask(...args: ConstructorParameters<typeof Asked>): DnsExchange {
    const asked = new Asked(...args);
    this.asked.push(asked);
    return asked;
  }
}

function world({ servers = ["192.0.2.53"], cacheSize = 100, maxInFlight = 10 } = {}) {
  const time = new FakeTime();
  const wire = new FakeWire();
  const metrics = new Metrics();
  const resolver = new DnsResolver({
    wire,
    servers: servers.map((host) => ({ host, port: 53 })),
    hosts: new Map([["box.test", ["192.0.2.1", "2001:db8::1"]]]),
    clock: time,
    timers: time.timers,
    log: silentLog,
    metrics,
    cacheSize,
    maxInFlight,
  });
  const answers: DnsAnswer<string>[] = [];
  const ask = (name: string) => resolver.resolve(name, "A", (answer) => answers.push(answer));
  const texts = () => answers.map((answer) => answer.status === "found" ? answer.records.join() : answer.status);
  return { time, wire, resolver, ask, texts, metrics };
}

Deno.test("an answer is kept for its time to live and then asked for again", () => {
  const { time, wire, ask, texts } = world();
  ask("a.test");
  wire.asked[0].answer({ a: ["192.0.2.7", "192.0.2.8"], ttl: 60 });
  assert.equal(wire.asked[0].closed, true);
  ask("A.TEST.");
  assert.deepEqual(texts(), ["192.0.2.7,192.0.2.8", "192.0.2.7,192.0.2.8"]);
  time.advance(59_000);
  ask("a.test");
  assert.equal(wire.asked.length, 1);
  time.advance(1_000);
  ask("a.test");
  assert.equal(wire.asked.length, 2);
});

Deno.test("equal questions under way share one query", () => {
  const { wire, ask, texts } = world();
  for (let i = 0; i < 3; i++) ask("a.test");
  assert.equal(wire.asked.length, 1);
  wire.asked[0].answer({ a: ["192.0.2.7"] });
  assert.deepEqual(texts(), ["192.0.2.7", "192.0.2.7", "192.0.2.7"]);
});

Deno.test("a name that is not there is remembered for the SOA's time", () => {
  const { time, wire, ask, texts } = world();
  ask("no.test");
  wire.asked[0].answer({ rcode: 3, soa: 120 });
  ask("no.test");
  assert.deepEqual(texts(), ["none", "none"]);
  time.advance(119_000);
  ask("no.test");
  assert.equal(wire.asked.length, 1);
  time.advance(2_000);
  ask("no.test");
  assert.equal(wire.asked.length, 2);
});

Deno.test("replies to another question, with another id, or of noise are passed over", () => {
  const { wire, ask, texts } = world();
  ask("a.test");
  const [asked] = wire.asked;
  const id = asked.query[0] * 256 + asked.query[1];
  asked.answer({ a: ["203.0.113.1"], id: id ^ 1 });
  asked.onReply(Uint8Array.of(1, 2, 3));
  ask("b.test");
  const other = wire.asked[1];
  // The octets of b.test's answer, sent to the socket of a.test.
  const swapped = new Asked(asked.server, other.query, false, asked.onReply, asked.onError);
  swapped.answer({ a: ["203.0.113.2"], id });
  assert.deepEqual(texts(), []);
  asked.answer({ a: ["192.0.2.7"] });
  assert.deepEqual(texts(), ["192.0.2.7"]);
});

Deno.test("silent, refusing and broken servers are passed on the way to one that answers; two rounds, then failed", () => {
  const { time, wire, ask, texts, metrics } = world({ servers: ["192.0.2.53", "192.0.2.54"] });
  ask("a.test");
  time.advance(2100);
  wire.asked[1].answer({ rcode: 5 });
  wire.asked[2].onError("port unreachable");
  wire.asked[3].answer({ a: ["192.0.2.7"] });
  assert.deepEqual(wire.asked.map(({ server }) => server.host.slice(-2)), ["53", "54", "53", "54"]);
  assert.deepEqual(texts(), ["192.0.2.7"]);
  assert.ok(wire.asked.every(({ closed }) => closed));
  ask("b.test");
  time.advance(8500);
  assert.deepEqual(texts(), ["192.0.2.7", "failed"]);
  ask("b.test");
  assert.equal(wire.asked.length, 8, "a failure is remembered for a moment");
  assert.match(metrics.render(), /dns_failures_total 1/);
});

Deno.test("a late reply of the server before does not count", () => {
  const { time, wire, ask, texts } = world({ servers: ["192.0.2.53", "192.0.2.54"] });
  ask("a.test");
  time.advance(2100);
  wire.asked[0].answer({ a: ["203.0.113.1"] });
  assert.deepEqual(texts(), []);
});

Deno.test("a truncated reply is asked for again over TCP, at the same server", () => {
  const { wire, ask, texts } = world({ servers: ["192.0.2.53", "192.0.2.54"] });
  ask("a.test");
  wire.asked[0].answer({ flags: 0x8380 });
  assert.deepEqual([wire.asked[1].tcp, wire.asked[1].server.host], [true, "192.0.2.53"]);
  wire.asked[1].answer({ a: ["192.0.2.7"] });
  assert.deepEqual(texts(), ["192.0.2.7"]);
});

Deno.test("aliases are followed inside a reply, and asked on where it stops at one; a ring of aliases fails", () => {
  const { wire, ask, texts } = world();
  ask("a.test");
  wire.asked[0].answer({ cname: "b.test", a: ["192.0.2.7"] });
  ask("c.test");
  wire.asked[1].answer({ cname: "d.test" });
  wire.asked[2].answer({ a: ["192.0.2.8"] });
  assert.deepEqual(texts(), ["192.0.2.7", "192.0.2.8"]);
  ask("ring.test");
  for (let i = 3; i < wire.asked.length && i < 40; i++) wire.asked[i].answer({ cname: i % 2 ? "x.test" : "ring.test" });
  assert.equal(texts()[2], "failed");
  assert.ok(wire.asked.length < 14);
});

Deno.test("hosts and localhost are answered inside the call, without a server", () => {
  const { wire, resolver, ask, texts } = world({ servers: [] });
  ask("BOX.test");
  ask("localhost");
  ask("me.localhost.");
  ask("elsewhere.test");
  ask("not..a.name");
  resolver.resolve(
    "box.test",
    "AAAA",
    (answer) => assert.deepEqual(answer, { status: "found", records: ["2001:db8::1"] }),
  );
  assert.deepEqual(texts(), ["192.0.2.1", "127.0.0.1", "127.0.0.1", "failed", "none"]);
  assert.equal(wire.asked.length, 0);
});

Deno.test("cache and questions under way are bounded", () => {
  const { wire, resolver, ask, texts } = world({ cacheSize: 2, maxInFlight: 2 });
  for (const name of ["a.test", "b.test", "c.test"]) ask(name);
  assert.deepEqual(texts(), ["failed"], "the third had no room");
  for (const asked of wire.asked) asked.answer({ a: ["192.0.2.7"] });
  ask("c.test");
  wire.asked[2].answer({ a: ["192.0.2.9"] });
  ask("b.test");
  ask("c.test");
  assert.equal(wire.asked.length, 3);
  ask("a.test");
  assert.equal(wire.asked.length, 4, "the oldest answer had to go");
  resolver.close();
  assert.equal(texts().at(-1), "failed");
  assert.equal(wire.asked[3].closed, true);
});
