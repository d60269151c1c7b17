/** One behaviour, three transports: what every duplex on a wire does. */
import assert from "node:assert/strict";
import type { MsrpTransport } from "../connection.ts";
import type { Duplex } from "../duplex.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { events, pattern, Reader, type TestWires, testWires, webSocketServer, within } from "./testing.ts";

interface Rig {
  readonly server: TestWires;
  readonly client: TestWires;
  dial(): Duplex;
  pair(): Promise<[client: Reader, server: Reader]>;
  close(): Promise<void>;
}

async function rig(transport: MsrpTransport): Promise<Rig> {
  const server = testWires();
  const client = testWires();
  const web = transport === "ws" ? await webSocketServer(server) : null;
  const port = web?.port ?? (await server.wires.listen(`${transport}://127.0.0.1:0`)).local.port;
  const dial = () => client.wires.dial(transport, { host: "127.0.0.1", port }, transport === "tls" ? "msrp.test" : "")!;
  return {
    server,
    client,
    dial,
    pair: async () => {
      const reader = new Reader(dial());
      const other = await server.next();
      await reader.until(() => reader.connects === 1, "connected");
      return [reader, other];
    },
    close: async () => {
      await client.close();
      await server.close();
      await web?.close();
    },
  };
}

const test = (name: string, body: (rig: Rig, transport: MsrpTransport) => Promise<void>) => {
  for (const transport of ["tcp", "tls", "ws"] as const) {
    Deno.test(`${transport}: ${name}`, async () => {
      const made = await rig(transport);
      try {
        await body(made, transport);
      } finally {
        await made.close();
      }
    });
  }
};

test("octets go both ways whole and in order, and each write is told once", async ({ pair }) => {
  const [client, server] = await pair();
  const parts = [1, 2_000, 40_000, 3, 250_000].map((length, i) => pattern(length, i));
  server.onEach = (octets) => server.write(octets);
  for (const part of parts) client.write(part);
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  await client.until(() => client.length === total, "the echo");
  assert.deepEqual(client.octets, new Uint8Array(parts.flatMap((part) => [...part])));
  assert.ok(server.largest <= 32_768, `pieces of ${server.largest}`);
  await client.until(() => client.written === parts.length, "written");
});

test("both ends know where they are", async ({ pair }, transport) => {
  const [client, server] = await pair();
  assert.equal(client.duplex.transport, transport);
  assert.equal(server.duplex.transport, transport);
  assert.deepEqual([client.duplex.inbound, server.duplex.inbound], [false, true]);
  assert.deepEqual(client.duplex.local, server.duplex.remote);
  assert.deepEqual(client.duplex.remote, server.duplex.local);
});

test("none come between pause and resume, the sender is stopped, and nothing is lost", async ({ pair }) => {
  const [client, server] = await pair();
  server.duplex.pause();
  server.keep = false;
  const CHUNK = 65_536, CHUNKS = 400;
  const sums: number[] = [0, 0];
  for (let i = 0; i < CHUNKS; i++) {
    const chunk = pattern(CHUNK, i);
    for (const octet of chunk) sums[0] += octet;
    client.write(chunk);
  }
  server.onEach = (octets) => {
    for (const octet of octets) sums[1] += octet;
  };
  // The buffers of both kernels take some, then nothing moves any more.
  let before = -1;
  for (let still = 0; still < 5;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    still = client.written === before ? still + 1 : 0;
    before = client.written;
  }
  assert.ok(client.written < CHUNKS / 2, `${client.written} of ${CHUNKS} chunks were taken while it was paused`);
  assert.equal(server.length, 0);
  server.duplex.resume();
  await server.until(() => server.length === CHUNK * CHUNKS, "all of it");
  assert.equal(sums[1], sums[0]);
});

test("paused and resumed at every piece, it brings the same octets", async ({ pair }) => {
  const [client, server] = await pair();
  let calls = 0;
  let paused = false;
  server.onEach = () => {
    assert.equal(paused, false, "octets while it is paused");
    server.duplex.pause();
    paused = true;
    const goOn = () => {
      paused = false;
      server.duplex.resume();
    };
    if (++calls % 2 === 0) queueMicrotask(goOn);
    else setTimeout(goOn, 0);
  };
  const sent = pattern(1_000_000);
  for (let at = 0; at < sent.length; at += 100_000) client.write(sent.subarray(at, at + 100_000));
  await server.until(() => server.length === sent.length, "all of it");
  assert.deepEqual(server.octets, sent);
});

test("a slow reader gets all, and the sender never has more than one write under way", async ({ pair }) => {
  const [client, server] = await pair();
  for (let i = 0; i < 60; i++) client.write(pattern(50_000, i));
  server.keep = false;
  server.onEach = () => {
    server.duplex.pause();
    setTimeout(() => server.duplex.resume(), 1);
  };
  await server.until(() => server.length === 3_000_000, "all of it");
  assert.equal(client.written, 60);
});

test("end: what was written arrives, the other side is told, then it is over for both", async ({ pair }) => {
  const [client, server] = await pair();
  client.write(pattern(100_000));
  client.duplex.end();
  await server.until(() => server.closed !== null, "the end");
  assert.equal(server.length, 100_000);
  assert.equal(server.closed, "closed by the peer");
  await client.until(() => client.closed !== null, "its own end");
  assert.equal(client.closed, "closed");
});

test("end while it is paused does not wait for a resume", async ({ pair }) => {
  const [client, server] = await pair();
  client.duplex.pause();
  server.write(pattern(300_000));
  await server.until(() => server.written === 1 || server.queued === 0, "a write");
  client.duplex.end();
  await client.until(() => client.closed !== null, "the end");
  assert.equal(client.length, 0);
});

test("destroy ends both at once, and its own user hears of it after the call", async ({ pair }) => {
  const [client, server] = await pair();
  client.duplex.destroy();
  assert.equal(client.closed, null);
  await client.until(() => client.closed !== null, "closed");
  await server.until(() => server.closed !== null, "closed there");
  client.duplex.write(pattern(1));
  client.duplex.destroy();
  client.duplex.end();
});

test("a second write before the first was taken is a mistake that is told", async ({ pair }) => {
  const [client] = await pair();
  client.duplex.write(pattern(10));
  assert.throws(() => client.duplex.write(pattern(10)), /one write at a time/);
});

test("a reader that throws loses its connection and harms no other", async ({ pair, server }, transport) => {
  const [bad, other] = await pair();
  const [good, echo] = await pair();
  other.onEach = () => {
    throw new Error("a defect");
  };
  echo.onEach = (octets) => echo.write(octets);
  bad.write(pattern(10));
  await bad.until(() => bad.closed !== null, "closed");
  good.write(pattern(10));
  await good.until(() => good.length === 10, "the echo");
  assert.equal(events(server.metrics, transport, "defect"), 1);
});

test("a connection that is refused, and a name without an address, tell their user", async ({ client }, transport) => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = (free.addr as Deno.NetAddr).port;
  free.close();
  for (const host of ["127.0.0.1", "nowhere.test"]) {
    const reader = new Reader(client.wires.dial(transport, { host, port }, "")!);
    await reader.until(() => reader.closed !== null, "closed");
    assert.match(reader.closed!, host === "127.0.0.1" ? /^connect failed: .*refused/i : /has no address/);
  }
  assert.equal(events(client.metrics, transport, "dial_failure"), 2);
  assert.equal(client.wires.size, 0);
});

for (const transport of ["tcp", "tls", "ws"] as const) {
  Deno.test(`${transport}: no connection within 10 s, a peer that takes nothing for 60 s, an end that is not answered in 2 s`, async () => {
    const fake = new FakeTime();
    const client = testWires({ clock: fake, timers: fake.timers });
    const server = testWires();
    const web = transport === "ws" ? await webSocketServer(server) : null;
    const port = web?.port ?? (await server.wires.listen(`${transport}://127.0.0.1:0`)).local.port;
    // TCP comes about in the backlog of a listener that accepts nothing; TLS and HTTP on top of it get no answer.
    const deaf = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    if (transport !== "tcp") {
      const reader = new Reader(client.wires.dial(transport, { host: "127.0.0.1", port: deaf.addr.port }, "")!);
      fake.advance(9_000);
      assert.equal(reader.closed, null);
      fake.advance(2_000);
      await reader.until(() => reader.closed !== null, "closed");
      assert.equal(reader.closed, "no connection in time");
    }
    const dial = async () => {
      const reader = new Reader(client.wires.dial(transport, { host: "127.0.0.1", port }, "")!);
      await reader.until(() => reader.connects === 1, "connected");
      return { reader, other: await server.next() };
    };
    const stalled = await dial();
    stalled.other.duplex.pause();
    for (let i = 0; i < 200; i++) stalled.reader.write(new Uint8Array(65_536));
    let before = -1;
    for (let still = 0; still < 5;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      still = stalled.reader.written === before ? still + 1 : 0;
      before = stalled.reader.written;
    }
    fake.advance(59_000);
    assert.equal(stalled.reader.closed, null);
    fake.advance(3_000);
    await stalled.reader.until(() => stalled.reader.closed !== null, "closed");
    assert.equal(stalled.reader.closed, "the peer does not read");

    const ending = await dial();
    ending.other.duplex.pause();
    ending.reader.duplex.end();
    fake.advance(1_000);
    assert.equal(ending.reader.closed, null);
    fake.advance(2_000);
    await ending.reader.until(() => ending.reader.closed !== null, "closed");
    deaf.close();
    await within(client.wires.close(), "close");
    await server.close();
    await web?.close();
  });
}
