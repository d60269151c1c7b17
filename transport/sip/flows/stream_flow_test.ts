import assert from "node:assert/strict";
import { EMPTY, fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { DEFAULT_ADMISSION } from "../../net/mod.ts";
import { DEFAULT_FLOW_LIMITS } from "./flow_limits.ts";
import { StreamFlow } from "./stream_flow.ts";
import {
  events,
  message,
  messageBytes,
  pattern,
  readText,
  Recorder,
  type TestWires,
  testWires,
  until,
} from "./testing.ts";
import type { WiresOptions } from "./sip_wires.ts";

async function open(options: Partial<WiresOptions> = {}) {
  const server = testWires(options);
  const door = await server.wires.listen("tcp://127.0.0.1:0");
  const connect = () => Deno.connect({ hostname: "127.0.0.1", port: door.local.port });
  return { server, door, connect };
}

/** Runs with a clock that stands still, and one raw connection. */
async function withFakeTime(
  run: (fake: FakeTime, server: TestWires, conn: Deno.TcpConn) => Promise<void>,
  limits = DEFAULT_FLOW_LIMITS,
): Promise<void> {
  const fake = new FakeTime();
  const { server, connect } = await open({ clock: fake, timers: fake.timers, limits });
  const conn = await connect();
  try {
    await until(() => server.wires.connections === 1, "the connection");
    await run(fake, server, conn);
  } finally {
    conn.close();
    await server.close();
  }
}

Deno.test("a double CRLF is answered with one CRLF, alone and between messages", async () => {
  const { server, connect } = await open();
  const conn = await connect();
  await conn.write(fromLatin1("\r\n\r"));
  await conn.write(fromLatin1("\n"));
  assert.equal(await readText(conn, (text) => text.length >= 2), "\r\n");
  await conn.write(messageBytes(1));
  await conn.write(fromLatin1("\r\n\r\n"));
  assert.equal(await readText(conn, (text) => text.length >= 2), "\r\n");
  assert.equal((await server.recorder.next()).what, "message");
  assert.equal(events(server.metrics, "tcp", "keep_alive"), 2);
  conn.close();
  await server.close();
});

for (
  const [what, head, status] of [
    ["no Content-Length", "OPTIONS sip:a SIP/2.0\r\nX: y\r\n\r\n", 400],
    ["a body too long", "OPTIONS sip:a SIP/2.0\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(100_000), 413],
    ["a message too long", `OPTIONS sip:a SIP/2.0\r\nContent-Length: 65500\r\n\r\n` + "x".repeat(65_500), 513],
  ] as const
) {
  Deno.test(`${what}: the answer arrives, then the connection closes`, async () => {
    const { server, connect } = await open();
    const conn = await connect();
    const writing = conn.write(fromLatin1(head)).catch(() => 0);
    const text = await readText(conn);
    assert.match(text, new RegExp(`^SIP/2.0 ${status} `));
    await writing;
    conn.close();
    await server.close();
  });
}

Deno.test("garbage closes its connection, is counted, and harms no other", async () => {
  const { server, connect } = await open();
  const bad = await connect();
  const good = await connect();
  await bad.write(fromLatin1("\x16\x03\x01\x02\x00\x01"));
  assert.equal(await readText(bad), "");
  assert.equal((await server.recorder.next()).what, "garbage");
  assert.equal(events(server.metrics, "tcp", "garbage"), 1);
  await good.write(messageBytes(7));
  assert.equal((await server.recorder.next()).what, "message");
  bad.close();
  good.close();
  await server.close();
});

Deno.test("a peer that resets is told to the watchers, once", async () => {
  const { server, connect } = await open();
  const conn = await connect();
  const watcher = new Recorder();
  await conn.write(messageBytes(1));
  const { flow } = await server.recorder.next();
  flow.watch(watcher);
  // Octets that were not read when a socket closes make the kernel send a reset.
  flow.send(message(1, pattern(1000)), pattern(1000));
  await conn.readable.cancel();
  await watcher.next();
  flow.send(message(2, EMPTY), EMPTY);
  assert.equal(flow.open, false);
  assert.equal(watcher.heard.length, 1);
  await server.close();
});

Deno.test("a peer that does not read: the queue is bounded, send says so, and it is closed after 30 s", async () => {
  await withFakeTime(async (fake, server, conn) => {
    await conn.write(messageBytes(1));
    const { flow } = await server.recorder.next();
    const watcher = new Recorder();
    flow.watch(watcher);
    const body = pattern(60_000);
    let sent = 0;
    // Each turn lets the kernel take what it will; in the end it takes nothing more and the queue is full.
    for (let full = 0; full < 20;) {
      if (flow.send(message(sent, body), body)) sent++, full = 0;
      else full++;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.ok(events(server.metrics, "tcp", "queue_full") >= 20);
    fake.advance(DEFAULT_FLOW_LIMITS.stalled_ms - 2_000);
    assert.equal(flow.open, true);
    fake.advance(4_000);
    assert.equal(flow.open, false);
    assert.deepEqual(watcher.heard.map(({ text }) => text), ["the peer does not read"]);
    assert.equal(events(server.metrics, "tcp", "timeout"), 1);
  });
});

Deno.test("a peer that reads again gets every message that was taken, whole and in order", async () => {
  const { server, connect } = await open();
  const conn = await connect();
  await conn.write(messageBytes(1));
  const { flow } = await server.recorder.next();
  const body = pattern(50_000);
  const taken: number[] = [];
  for (let n = 0, refused = 0; refused < 20; n++) {
    if (flow.send(message(n, body), body)) taken.push(n), refused = 0;
    else refused++;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const expected = taken.map((n) => toLatin1(messageBytes(n, body))).join("");
  assert.ok((await readText(conn, (text) => text.length >= expected.length)) === expected);
  assert.equal(flow.open, true);
  conn.close();
  await server.close();
});

Deno.test("a crowded connection says when there is room: once the peer reads, and where it never does, when it is closed", async () => {
  for (const reads of [true, false]) {
    const { server, connect } = await open();
    const conn = await connect();
    await conn.write(messageBytes(1));
    const { flow } = await server.recorder.next();
    assert.equal(flow.crowded, false);
    const big = pattern(60_000);
    for (let refused = 0; refused < 20;) {
      refused = flow.send(message(1, big), big) ? 0 : refused + 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.equal(flow.crowded, true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    flow.whenRoom!(() => {
      throw new Error("who fails keeps nobody else from it");
    });
    flow.whenRoom!(() => resolve(flow.open));
    if (reads) void conn.readable.pipeTo(new WritableStream()).catch(() => {});
    else conn.close();
    assert.equal(await promise, reads);
    if (reads) assert.equal(flow.crowded, false);
    assert.equal(events(server.metrics, "tcp", "defect"), 1);
    await server.close();
  }
});

Deno.test("a connection that says nothing is closed after 30 s", async () => {
  await withFakeTime(async (fake, server, conn) => {
    fake.advance(28_000);
    assert.equal(server.wires.connections, 1);
    fake.advance(4_000);
    assert.equal(server.wires.connections, 0);
    assert.equal(await readText(conn), "");
  });
});

Deno.test("pings alone do not keep a connection that never sends a message", async () => {
  await withFakeTime(async (fake, server, conn) => {
    for (let i = 0; i < 4; i++) {
      fake.advance(8_000);
      if (i < 3) {
        await conn.write(fromLatin1("\r\n\r\n"));
        await readText(conn, (text) => text.length >= 2);
      }
    }
    assert.equal(server.wires.connections, 0);
  });
});

/** A connection without a socket: what arrives is said, what is written is taken at once. */
class FakeStream extends StreamFlow {
  destroyed = false;
  arrives(text: string): void {
    this.received(fromLatin1(text));
  }
  protected override write(octets: Uint8Array<ArrayBuffer>): void {
    this.written(octets);
  }
  protected override endWriting(): void {}
  protected override destroy(): void {
    this.destroyed = true;
  }
  protected override pauseReading(): void {}
  protected override resumeReading(): void {}
}

Deno.test("a message that begins and does not end is closed after 30 s, however it trickles", () => {
  const fake = new FakeTime();
  const { wires, recorder } = testWires({ clock: fake, timers: fake.timers });
  const here = { host: "127.0.0.1", port: 5060 };
  const door = { transport: "tcp" as const, local: here, advertised: here };
  const open = () =>
    new FakeStream(wires, door, { host: "127.0.0.1", port: 1 }, true, wires.admission.source("127.0.0.1"));
  const slow = open();
  const steady = open();
  slow.arrives("A b SIP/2.0\r\nContent-Length: 0\r\n\r\n");
  for (let i = 0; i < 40; i++) {
    if (slow.open) slow.arrives(i === 0 ? "MESSAGE sip:b SIP/2.0\r\n" : `X: ${i}\r\n`);
    // The end of one message and the beginning of the next, always.
    steady.arrives(i === 0 ? "A b SIP/2.0\r\n" : "Content-Length: 0\r\n\r\nA b SIP/2.0\r\n");
    fake.advance(1_000);
    if (i < 28 || i > 31) assert.equal(slow.open, i < 30, `after ${i + 1} s`);
  }
  assert.equal(slow.destroyed, true);
  assert.equal(steady.open, true);
  assert.equal(recorder.heard.length, 40);
});

Deno.test("an idle connection is closed after 20 minutes, a ping keeps it", async () => {
  await withFakeTime(async (fake, server, conn) => {
    await conn.write(messageBytes(1));
    await server.recorder.next();
    fake.advance(1_100_000);
    await conn.write(fromLatin1("\r\n\r\n"));
    await readText(conn, (text) => text.length >= 2);
    fake.advance(1_100_000);
    assert.equal(server.wires.connections, 1);
    fake.advance(102_000);
    assert.equal(server.wires.connections, 0);
  });
});

Deno.test("a source has its share of connections, and its place is free again when one ends", async () => {
  const admission = { ...DEFAULT_ADMISSION, connections: 2, exempt: [] };
  const { server, connect } = await open({ admission });
  const one = await connect();
  const two = await connect();
  await until(() => server.wires.connections === 2, "two connections");
  const three = await connect();
  assert.equal(await readText(three), "");
  three.close();
  assert.equal(events(server.metrics, "tcp", "admission"), 1);
  one.close();
  await until(() => server.wires.connections === 1, "one connection");
  const four = await connect();
  await four.write(messageBytes(4));
  assert.equal((await server.recorder.next()).what, "message");
  two.close();
  four.close();
  await server.close();
});

Deno.test("a source that is too fast over TCP is read more slowly, and nothing is lost", async () => {
  const admission = { ...DEFAULT_ADMISSION, rate: 100, burst: 10, exempt: [] };
  const fake = new FakeTime();
  const { server, connect } = await open({ admission, clock: fake, timers: fake.timers });
  const conn = await connect();
  const stream = Array.from({ length: 400 }, (_, n) => toLatin1(messageBytes(n, pattern(900))));
  const writing = (async () => {
    const bytes = fromLatin1(stream.join(""));
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
  })();
  await until(() => events(server.metrics, "tcp", "admission") === 1, "the pause");
  const before = server.recorder.heard.length;
  assert.ok(before < 200, `${before} were read at once`);
  for (let i = 0; i < 300 && server.recorder.heard.length < 400; i++) {
    fake.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await writing;
  const order = server.recorder.heard.map(({ text }) => Number(/Call-ID: (\d+)/.exec(text)![1]));
  assert.deepEqual(order, stream.map((_, n) => n));
  // 400 messages at 100 a second, less the burst: no earlier than after 3.9 seconds.
  assert.ok(fake.monotonic() >= 1_000 + 3_000);
  conn.close();
  await server.close();
});

Deno.test("shutting down writes out what is queued", async () => {
  const { server, connect } = await open();
  const conn = await connect();
  await conn.write(messageBytes(1));
  const { flow } = await server.recorder.next();
  const body = pattern(60_000);
  for (let n = 0; n < 4; n++) assert.equal(flow.send(message(n, body), body), true);
  const closing = server.close();
  const text = await readText(conn);
  conn.close();
  await closing;
  assert.equal(text.match(/Call-ID: /g)?.length, 4);
  assert.ok(text.endsWith(toLatin1(body)));
});
