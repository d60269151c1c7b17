import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { DEFAULT_ADMISSION } from "../../net/mod.ts";
import { makeCertificate, NO_TLS } from "../../net/machine/mod.ts";
import { systemClock } from "../../../foundation/mod.ts";
import { parseMsrpListenUrl } from "./listen_url.ts";
import { DEFAULT_WIRE_LIMITS } from "./wire_limits.ts";
import { events, pattern, Reader, testWires } from "./testing.ts";

const connect = (port: number) => Deno.connect({ hostname: "127.0.0.1", port });

/** Reads until the end; 0 where it was a reset. */
async function ended(conn: Deno.Conn): Promise<number> {
  let got = 0;
  const buffer = new Uint8Array(1000);
  for (let n = await conn.read(buffer).catch(() => null); n !== null; n = await conn.read(buffer).catch(() => null)) {
    got += n;
  }
  return got;
}

Deno.test("listen URLs: what is none is refused with what is allowed", () => {
  assert.deepEqual(parseMsrpListenUrl("tcp://127.0.0.1"), { transport: "tcp", host: "127.0.0.1", port: 2855 });
  assert.deepEqual(parseMsrpListenUrl("tls://[::1]:2856"), { transport: "tls", host: "::1", port: 2856 });
  assert.equal(parseMsrpListenUrl("tcp://localhost:1").host, "127.0.0.1");
  for (const bad of ["udp://127.0.0.1:1", "tcp://im.test:1", "tcp://1.2.3.4:99999", "tcp://::1:5", ""]) {
    assert.throws(() => parseMsrpListenUrl(bad), /is not tcp:\/\/ or tls:\/\//);
  }
});

Deno.test("a door that is taken says so; a closed one is free again, and its connections stay", async () => {
  const server = testWires();
  for (const transport of ["tcp", "tls"] as const) {
    const door = await server.wires.listen(`${transport}://127.0.0.1:0`);
    const url = `${transport}://127.0.0.1:${door.local.port}`;
    await assert.rejects(server.wires.listen(url), /in use/i);
    const reader = new Reader(server.wires.dial(transport, door.local, "127.0.0.1")!);
    const there = await server.next();
    there.onEach = (octets) => there.write(octets);
    await reader.until(() => reader.connects === 1, "connected");
    await door.close();
    reader.write(pattern(10));
    await reader.until(() => reader.length === 10, "the echo");
    await (await server.wires.listen(url)).close();
  }
  assert.deepEqual(server.wires.doors, []);
  await server.close();
});

Deno.test("without a certificate there is no TLS door; without a taker there is none at all", async () => {
  const bare = testWires({ tls: NO_TLS });
  await assert.rejects(bare.wires.listen("tls://127.0.0.1:0"), /needs a certificate/);
  await bare.close();
  const nobody = testWires({ accept: undefined });
  await assert.rejects(nobody.wires.listen("tcp://127.0.0.1:0"), /nobody takes/);
  await nobody.close();
});

Deno.test("a source has its share of connections, and its place is free again when one ends", async () => {
  const server = testWires({ admission: { ...DEFAULT_ADMISSION, connections: 2, exempt: [] } });
  const { local: { port } } = await server.wires.listen("tcp://127.0.0.1:0");
  const [a, b] = [await connect(port), await connect(port)];
  const first = await server.next();
  await server.next();
  const third = await connect(port);
  assert.equal(await ended(third), 0);
  assert.equal(events(server.metrics, "tcp", "admission"), 1);
  a.close();
  await first.until(() => first.closed !== null, "closed");
  const fourth = await connect(port);
  await server.next();
  for (const conn of [b, third, fourth]) conn.close();
  await server.close();
});

Deno.test("no more connections than may be, and no dials either", async () => {
  const server = testWires({ limits: { ...DEFAULT_WIRE_LIMITS, connections: 1 } });
  const { local } = await server.wires.listen("tcp://127.0.0.1:0");
  const conn = await connect(local.port);
  await server.next();
  const other = await connect(local.port);
  assert.equal(await ended(other), 0);
  assert.equal(server.wires.dial("tcp", local, ""), null);
  conn.close();
  other.close();
  await server.close();
});

Deno.test("a source that opens connections in a loop is served more slowly, and loses nothing", async () => {
  const fake = new FakeTime();
  const server = testWires({
    clock: fake,
    timers: fake.timers,
    admission: { ...DEFAULT_ADMISSION, exempt: [] },
    limits: { ...DEFAULT_WIRE_LIMITS, connects: { rate: 2, burst: 3 } },
  });
  const { local: { port } } = await server.wires.listen("tcp://127.0.0.1:0");
  const conns: Deno.Conn[] = [];
  for (let i = 0; i < 5; i++) conns.push(await connect(port));
  for (const conn of conns) await conn.write(pattern(10));
  for (let i = 0; i < 3; i++) await server.next();
  while (server.wires.size < 5) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(server.accepted.length, 3);
  assert.equal(events(server.metrics, "tcp", "slowed"), 2);
  // It owes two; three is what it may owe.
  for (let i = 0; i < 3; i++) conns.push(await connect(port));
  for (const conn of conns.slice(-2)) assert.equal(await ended(conn), 0);
  assert.equal(events(server.metrics, "tcp", "admission"), 2);
  conns.slice(-3).forEach((conn) => conn.close());
  conns.length = 5;
  fake.advance(600);
  assert.equal(server.accepted.length, 4);
  fake.advance(500);
  const last = [await server.next(), await server.next()];
  for (const reader of last) await reader.until(() => reader.length === 10, "what it said meanwhile");
  for (const conn of conns) conn.close();
  await server.close();
});

Deno.test("close: doors and connections are gone, dials go nowhere", async () => {
  const server = testWires();
  const { local } = await server.wires.listen("tcp://127.0.0.1:0");
  const conn = await connect(local.port);
  const there = await server.next();
  await server.close();
  assert.equal(await ended(conn), 0);
  await there.until(() => there.closed !== null, "closed");
  assert.equal(server.wires.size, 0);
  assert.equal(server.wires.dial("tcp", local, ""), null);
  await assert.rejects(connect(local.port));
  conn.close();
});

Deno.test("transports that nobody dials", async () => {
  const { wires, close } = testWires();
  assert.equal(wires.dial("memory", { host: "127.0.0.1", port: 1 }, ""), null);
  assert.equal(wires.dial("tcp", { host: "127.0.0.1", port: 0 }, ""), null);
  assert.equal(wires.dial("tcp", { host: "127.0.0.1", port: 70_000 }, ""), null);
  await close();
});

Deno.test("a taker that throws costs that connection only", async () => {
  let calls = 0;
  const server = testWires({
    accept: (duplex) => {
      if (calls++ === 0) throw new Error("a defect");
      new Reader(duplex).write(pattern(5));
    },
  });
  const { local: { port } } = await server.wires.listen("tcp://127.0.0.1:0");
  const first = await connect(port);
  assert.equal(await ended(first), 0);
  const second = await connect(port);
  assert.equal(await second.read(new Uint8Array(10)), 5);
  assert.equal(events(server.metrics, "tcp", "defect"), 1);
  first.close();
  second.close();
  await server.close();
});

Deno.test("quiet connections hold no large read buffers", async () => {
  const server = testWires();
  const { local: { port } } = await server.wires.listen("tcp://127.0.0.1:0");
  const conns: Deno.Conn[] = [];
  for (let i = 0; i < 20; i++) {
    const conn = await connect(port);
    conns.push(conn);
    const there = await server.next();
    await conn.write(pattern(400_000));
    await there.until(() => there.length === 400_000, "all of it");
    // The 200 OK of a hop, or any short frame, is what a burst ends with.
    await conn.write(pattern(100));
    await there.until(() => there.length === 400_100, "the last");
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(server.wires.reads.lent, 0);
  for (const conn of conns) conn.close();
  await server.close();
});

Deno.test("a handshake that does not go on ends after 10 s", async () => {
  const fake = new FakeTime();
  const pair = await makeCertificate(["a.test"], systemClock);
  const server = testWires({ clock: fake, timers: fake.timers, tls: { ...NO_TLS, certificates: [pair] } });
  const { local: { port } } = await server.wires.listen("tls://127.0.0.1:0");
  const silent = await connect(port);
  // Something to read shows that the door has it.
  await new Promise((resolve) => setTimeout(resolve, 50));
  fake.advance(12_000);
  assert.equal(await ended(silent), 0);
  assert.equal(events(server.metrics, "tls", "timeout"), 1);
  silent.close();
  await server.close();
});
