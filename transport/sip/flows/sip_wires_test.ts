import assert from "node:assert/strict";
import { EMPTY } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { parseListenUrl } from "./listen_url.ts";
import { ipv6Missing, message, Recorder, testWires } from "./testing.ts";

const to = (transport: "udp" | "tcp" | "tls" | "ws", host: string, port: number, tlsName = "") => ({
  transport,
  host,
  port,
  tlsName,
});

Deno.test("one connection to a peer is used again, also the one the peer opened", async () => {
  const a = testWires();
  const b = testWires();
  const door = await a.wires.listen("tcp://127.0.0.1:0");
  await b.wires.listen("tcp://127.0.0.1:0");
  const flow = b.wires.flowTo(to("tcp", "127.0.0.1", door.local.port))!;
  assert.equal(b.wires.flowTo(to("tcp", "127.0.0.1", door.local.port)), flow);
  flow.send(message(1, EMPTY), EMPTY);
  const { flow: other } = await a.recorder.next();
  assert.equal(a.wires.flowTo(to("tcp", "127.0.0.1", other.remote.port)), other);
  flow.close("test");
  assert.notEqual(b.wires.flowTo(to("tcp", "127.0.0.1", door.local.port)), flow);
  await b.close();
  await a.close();
});

Deno.test("a connect that is refused closes the flow, and its watchers are told", async () => {
  const a = testWires();
  await a.wires.listen("tcp://127.0.0.1:0");
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  free.close();
  const flow = a.wires.flowTo(to("tcp", "127.0.0.1", free.addr.port))!;
  const watcher = new Recorder();
  flow.watch(watcher);
  assert.equal(flow.send(message(1, EMPTY), EMPTY), true);
  assert.match((await watcher.next()).text, /^connect failed: .*refused/);
  assert.equal(a.wires.flow(flow.id), null);
  await a.close();
});

Deno.test("a connect without an answer ends after 5 s", async () => {
  const fake = new FakeTime();
  const a = testWires({ clock: fake, timers: fake.timers });
  await a.wires.listen("tcp://127.0.0.1:0");
  // A listener whose backlog is never taken from still completes TCP; TLS on top of it says nothing for ever.
  const deaf = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { makeCertificate, NO_TLS } = await import("../../net/machine/mod.ts");
  const pair = await makeCertificate(["a.test"], { now: () => Date.now(), monotonic: () => 0 });
  const b = testWires({ clock: fake, timers: fake.timers, tls: { ...NO_TLS, certificates: [pair] } });
  await b.wires.listen("tls://127.0.0.1:0");
  const flow = b.wires.flowTo(to("tls", "127.0.0.1", deaf.addr.port, "a.test"))!;
  const watcher = new Recorder();
  flow.watch(watcher);
  fake.advance(4_000);
  assert.equal(flow.open, true);
  fake.advance(2_000);
  assert.equal((await watcher.next()).text, "no connection in time");
  await b.close();
  await a.close();
  deaf.close();
});

Deno.test("without a door for the transport or the family there is no flow", async () => {
  const a = testWires();
  await a.wires.listen("udp://127.0.0.1:0");
  assert.equal(a.wires.flowTo(to("tcp", "127.0.0.1", 5060)), null);
  assert.equal(a.wires.flowTo(to("ws", "127.0.0.1", 5060)), null);
  assert.equal(a.wires.flowTo(to("udp", "::1", 5060)), null);
  assert.equal(a.wires.flowTo(to("udp", "192.0.2.1", 5060)), null);
  assert.equal(a.wires.flowTo(to("udp", "127.0.0.1", 0)), null);
  assert.notEqual(a.wires.flowTo(to("udp", "127.0.0.1", 5060)), null);
  await a.close();
});

Deno.test("a door on every address takes IPv6 and IPv4, and an IPv4 peer is called by its IPv4 address", async () => {
  const missing = ipv6Missing();
  if (missing !== "") return console.log(`not tested: ${missing}`);
  for (const transport of ["udp", "tcp"] as const) {
    for (const udp of ["plain", "auto"] as const) {
      const a = testWires({ udp });
      const b = testWires({ udp });
      const door = await a.wires.listen(`${transport}://[::]:0`);
      await b.wires.listen(`${transport}://127.0.0.1:0`);
      await b.wires.listen(`${transport}://[::1]:0`);
      a.recorder.onEach = (flow, head, body) => void flow.send(head, body);
      for (const host of ["127.0.0.1", "::1"]) {
        // The second one comes in the same turn as the first where there are batches.
        const flow = b.wires.flowTo(to(transport, host, door.local.port))!;
        for (const n of [1, 2, 3]) flow.send(message(n, EMPTY), EMPTY);
        const heard = await a.recorder.take(3);
        for (const { flow: other } of heard) {
          assert.equal(other.remote.host, host);
          assert.equal(other, heard[0].flow);
        }
        assert.equal((await b.recorder.take(3))[2].text, message(3, EMPTY));
        // From our side, by the address as a Contact would have it.
        if (transport === "udp") {
          assert.equal(a.wires.flowTo(to("udp", host, heard[0].flow.remote.port)), heard[0].flow);
        }
      }
      await b.close();
      await a.close();
    }
  }
});

Deno.test("what the box calls itself: the advertised host, or the address of the door", async () => {
  const named = testWires({ advertise: "IM.Example.test" });
  const door = await named.wires.listen("udp://127.0.0.1:0");
  const port = door.local.port;
  assert.deepEqual(door.advertised, { host: "im.example.test", port });
  const flow = named.wires.flowTo(to("udp", "127.0.0.1", 9))!;
  assert.deepEqual(named.wires.advertised(flow), { host: "im.example.test", port });
  const own = (host: string, p: number, transport: "udp" | "tcp" | null) => named.wires.isOwn(host, p, transport);
  assert.equal(own("im.example.test", port, "udp"), true);
  assert.equal(own("im.example.TEST", 0, null), true);
  assert.equal(own("127.0.0.1", port, null), true);
  assert.equal(own("127.0.0.1", port, "tcp"), false);
  assert.equal(own("127.0.0.1", port === 5060 ? 5061 : 5060, "udp"), false);
  assert.equal(own("127.0.0.2", port, "udp"), false);
  assert.equal(own("example.test", port, "udp"), false);
  await named.close();
  const plain = testWires();
  const every = await plain.wires.listen("tcp://0.0.0.0:0");
  assert.notEqual(every.advertised.host, "0.0.0.0");
  assert.equal(plain.wires.isOwn("127.0.0.1", every.local.port, "tcp"), true);
  await plain.close();
});

Deno.test("a door that is taken says so; a closed one is free again", async () => {
  const a = testWires();
  const door = await a.wires.listen("tcp://127.0.0.1:0");
  const b = testWires();
  await assert.rejects(b.wires.listen(`tcp://127.0.0.1:${door.local.port}`), Deno.errors.AddrInUse);
  const udp = await a.wires.listen("udp://127.0.0.1:0");
  await assert.rejects(b.wires.listen(`udp://127.0.0.1:${udp.local.port}`), Deno.errors.AddrInUse);
  await udp.close();
  await (await b.wires.listen(`udp://127.0.0.1:${udp.local.port}`)).close();
  assert.equal(a.wires.isOwn("127.0.0.1", udp.local.port, "udp"), false);
  await assert.rejects(a.wires.listen("tls://127.0.0.1:0"), /needs a certificate/);
  await a.close();
  await b.close();
});

Deno.test("a listen URL that is none is refused with what is allowed", () => {
  assert.deepEqual(parseListenUrl("udp://0.0.0.0"), { transport: "udp", host: "0.0.0.0", port: 5060 });
  assert.deepEqual(parseListenUrl("tls://[::]"), { transport: "tls", host: "::", port: 5061 });
  assert.deepEqual(parseListenUrl("tcp://localhost:0"), { transport: "tcp", host: "127.0.0.1", port: 0 });
  for (
    const text of [
      "",
      "sip:a",
      "udp://",
      "udp://a.test:5060",
      "udp://1.2.3.4:70000",
      "sctp://1.2.3.4:1",
      "udp://::1:5060",
    ]
  ) {
    assert.throws(() => parseListenUrl(text), SyntaxError, text);
  }
});
