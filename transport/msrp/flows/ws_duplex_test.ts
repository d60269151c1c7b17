/** MSRP over WebSocket (RFC 7977), as the server, against a client of another make: the runtime's own. */
import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { DEFAULT_ADMISSION } from "../../net/mod.ts";
import type { MsrpWiresOptions } from "./msrp_wires.ts";
import { events, pattern, testWires, webSocketServer, within } from "./testing.ts";

async function open(options: Partial<MsrpWiresOptions> = {}) {
  const server = testWires(options);
  const web = await webSocketServer(server);
  const dial = async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${web.port}/ws`, "msrp");
    socket.binaryType = "arraybuffer";
    const got: (string | Uint8Array)[] = [];
    let wake = () => {};
    socket.onmessage = ({ data }) => {
      got.push(typeof data === "string" ? data : new Uint8Array(data));
      wake();
    };
    const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
    await within(new Promise((resolve, reject) => [socket.onopen, socket.onerror] = [resolve, reject]), "open");
    const next = async () => {
      while (got.length === 0) await within(new Promise<void>((resolve) => wake = resolve), "a message");
      return got.shift()!;
    };
    return { socket, next, closed: () => within(closed, "the end") };
  };
  return {
    server,
    port: web.port,
    dial,
    close: async () => {
      await server.close();
      await web.close();
    },
  };
}

Deno.test("text and octets are both taken; the answer is octets, and text to a peer that sent nothing else (RFC 7977 §4.2)", async () => {
  const { server, dial, close } = await open();
  const client = await dial();
  const there = await server.next();
  there.write(pattern(3));
  assert.deepEqual(await client.next(), pattern(3), "before it has said anything");
  client.socket.send("MSRP é");
  await there.until(() => there.length === 7, "seven octets");
  there.write(new TextEncoder().encode("ü"));
  assert.equal(await client.next(), "ü");
  const broken = new Uint8Array([0xc3, 0x28]);
  there.write(broken);
  assert.deepEqual(await client.next(), broken, "no UTF-8, no text");
  client.socket.send(new Uint8Array([1, 2]));
  await there.until(() => there.length === 9, "two more");
  there.write(new TextEncoder().encode("ü"));
  assert.deepEqual(await client.next(), new TextEncoder().encode("ü"));
  client.socket.send("text again");
  await there.until(() => there.length === 19, "ten more");
  there.write(new TextEncoder().encode("ü"));
  assert.ok((await client.next()) instanceof Uint8Array);
  client.socket.close();
  await there.until(() => there.closed !== null, "closed");
  await close();
});

Deno.test("each write is one message (RFC 7977 §5.1), and a long message comes in pieces", async () => {
  const { server, dial, close } = await open();
  const client = await dial();
  const there = await server.next();
  for (const length of [10, 70_000, 1]) there.write(pattern(length, length));
  for (const length of [10, 70_000, 1]) assert.deepEqual(await client.next(), pattern(length, length));
  client.socket.send(pattern(200_000));
  await there.until(() => there.length === 200_000, "all of it");
  assert.equal(there.largest, 32_768);
  assert.deepEqual(there.octets, pattern(200_000));
  client.socket.close();
  await there.until(() => there.closed !== null, "closed");
  await close();
});

Deno.test("a message over the limit ends it with 1009; the user hears why", async () => {
  const { server, dial, close } = await open();
  const client = await dial();
  const there = await server.next();
  client.socket.send(new Uint8Array(262_145));
  assert.equal((await client.closed()).code, 1009);
  await there.until(() => there.closed !== null, "closed");
  assert.match(there.closed!, /payload/i);
  assert.equal(there.length, 0);
  await close();
});

Deno.test("end closes with 1000; a close by the peer is told", async () => {
  const { server, dial, close } = await open();
  const first = await dial();
  const there = await server.next();
  there.write(pattern(100_000));
  there.duplex.end();
  assert.equal((await first.closed()).code, 1000);
  assert.equal((await first.next()).length, 100_000);
  await there.until(() => there.closed !== null, "closed");
  const second = await dial();
  const other = await server.next();
  second.socket.close();
  await other.until(() => other.closed !== null, "closed");
  assert.equal(other.closed, "closed by the peer");
  await close();
});

Deno.test("messages that came before the peer closed are handed up, also when it was paused meanwhile", async () => {
  const { server, dial, close } = await open();
  const client = await dial();
  const there = await server.next();
  let paused = false;
  there.onEach = () => {
    if (paused) return;
    paused = true;
    there.duplex.pause();
    setTimeout(() => there.duplex.resume(), 30);
  };
  for (let i = 0; i < 5; i++) client.socket.send(pattern(10, i));
  client.socket.close();
  await there.until(() => there.closed !== null, "closed");
  assert.equal(there.length, 50);
  assert.equal(there.closed, "closed by the peer");
  await close();
});

Deno.test("a quiet one is pinged after 30 s and stays while it answers (RFC 7977 §6)", async () => {
  const fake = new FakeTime();
  const { server, dial, close } = await open({ clock: fake, timers: fake.timers });
  const client = await dial();
  const there = await server.next();
  for (let i = 0; i < 4; i++) {
    fake.advance(31_000);
    // The pong: answered by the runtime's own client without being asked.
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(there.closed, null);
  }
  client.socket.close();
  await there.until(() => there.closed !== null, "closed");
  await close();
});

Deno.test("one that does not answer a ping is ended after 60 s, and so is what it counts for", async () => {
  const fake = new FakeTime();
  const { server, port, close } = await open({ clock: fake, timers: fake.timers });
  // A WebSocket by hand, which answers nothing.
  const raw = await Deno.connect({ hostname: "127.0.0.1", port });
  await raw.write(new TextEncoder().encode(
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: msrp\r\n\r\n",
  ));
  const there = await server.next();
  fake.advance(31_000);
  const buffer = new Uint8Array(1000);
  let seen = "";
  while (!seen.includes("\u0089\u0000")) {
    const n = await within(raw.read(buffer), "a ping");
    seen += String.fromCharCode(...buffer.subarray(0, n ?? 0));
  }
  fake.advance(31_000);
  await there.until(() => there.closed !== null, "closed");
  assert.equal(there.closed, "no answer to a ping");
  assert.equal(events(server.metrics, "ws", "timeout"), 1);
  assert.equal(server.wires.size, 0);
  raw.close();
  await close();
});

Deno.test("a source has its share of WebSockets: one more is closed with 1013", async () => {
  const { server, dial, close } = await open({ admission: { ...DEFAULT_ADMISSION, connections: 1, exempt: [] } });
  const first = await dial();
  const there = await server.next();
  const second = await dial();
  assert.equal((await second.closed()).code, 1013);
  assert.equal(events(server.metrics, "ws", "admission"), 1);
  first.socket.close();
  await there.until(() => there.closed !== null, "closed");
  await dial();
  await server.next();
  await close();
});
