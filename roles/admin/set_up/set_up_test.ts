import assert from "node:assert/strict";
import type { DnsAnswer, DnsRecords, DnsType } from "../../../transport/net/mod.ts";
import { SetUp, type SetUpParts } from "./set_up.ts";

const RECORDS: Record<string, unknown[]> = {
  "_sip._tcp.example.test SRV": [{ priority: 0, weight: 0, port: 5060, target: "im.example.test" }],
  "im.example.test A": ["192.0.2.7"],
  "example.test A": ["198.51.100.9"],
};

function setUp(more: Partial<SetUpParts> = {}): SetUp {
  return new SetUp({
    isOpen: () => true,
    version: "1.2.3",
    domain: "example.test",
    addresses: () => ["127.0.0.1", "192.0.2.7"],
    readEntry: (text) => {
      const [, transport, host, port] = /^(\w+):\/\/([^:]+):(\d+)$/.exec(text) ?? [];
      if (transport === undefined) throw new SyntaxError("not an address");
      return { transport, host, port: Number(port) };
    },
    tryListen: (kind, { port }) => port === 80 ? `${kind} 80 is in use` : null,
    doors: () => ["tcp://127.0.0.1:80"],
    resolver: {
      resolve<T extends DnsType>(name: string, type: T, done: (answer: DnsAnswer<DnsRecords[T]>) => void): void {
        if (name === "broken.test") return done({ status: "failed" });
        const records = RECORDS[`${name} ${type}`] as DnsRecords[T][] | undefined;
        done(records === undefined ? { status: "none" } : { status: "found", records });
      },
    },
    ...more,
  });
}

Deno.test("the set-up code admits once, and only while there is no admin", () => {
  let open = true;
  const one = setUp({ isOpen: () => open });
  const { code } = one;
  assert.equal(code.length, 32);
  assert.ok(one.admits(code));
  assert.ok(!one.admits(""));
  assert.ok(!one.admits(`${code.slice(0, -1)}${code.endsWith("x") ? "y" : "x"}`));
  assert.notEqual(setUp().code, code);
  open = false;
  assert.ok(!one.admits(code));
  assert.equal(one.code, "");
  open = true;
  one.close();
  assert.ok(!one.admits(code));
  assert.ok(!one.admits(""));
});

Deno.test("doors are tried before they are asked for; those that are open already are no problem", async () => {
  const entries = ["tcp://127.0.0.1:80", "udp://0.0.0.0:80", "tcp://0.0.0.0:5060", "nonsense", "tls://0.0.0.0:80"];
  const [own, busy, free, wrong, wider] = await setUp().tryListen(entries);
  assert.equal(own.problem, null);
  assert.equal(wider.problem, null, "the same port on more addresses: it is free when the box restarts");
  assert.equal(busy.problem, "udp 80 is in use");
  assert.equal(free.problem, null);
  assert.match(wrong.problem!, /^"nonsense" is not an address to listen on: /);
});

Deno.test("a domain is looked up as a client would, and it is said whether the answers lead here", async () => {
  const probes = await setUp().tryDomain("example.test");
  assert.deepEqual(probes, [
    { question: "_sips._tcp.example.test SRV", answer: "no such record", ok: false },
    { question: "_sip._tcp.example.test SRV", answer: "im.example.test:5060 (192.0.2.7)", ok: true },
    { question: "_sip._udp.example.test SRV", answer: "no such record", ok: false },
    { question: "example.test A, AAAA", answer: "198.51.100.9", ok: false },
  ]);
  const [, , , broken] = await setUp().tryDomain("broken.test");
  assert.equal(broken.answer, "the name server gave no answer");
});
