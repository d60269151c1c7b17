import assert from "node:assert/strict";
import type { DuplexUser } from "./duplex.ts";
import { WebSocketDialer, WebSocketDuplex } from "./websocket_duplex.ts";

/** A WebSocket as a page has it. */
class FakeSocket extends EventTarget {
  binaryType = "blob";
  readyState = 0;
  bufferedAmount = 0;
  readonly sent: (string | Uint8Array)[] = [];
  closedWith: number | null = null;

  send(data: string | Uint8Array): void {
    this.sent.push(data);
  }
  close(code: number): void {
    this.closedWith = code;
    this.readyState = 2;
  }
  opens(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }
  says(data: string | ArrayBuffer): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
  ends(): void {
    this.readyState = 3;
    this.dispatchEvent(new CloseEvent("close", { code: 1000 }));
  }
}

class User implements DuplexUser {
  readonly events: string[] = [];
  readonly octets: number[] = [];
  largest = 0;
  onEach: () => void = () => {};
  onConnected(): void {
    this.events.push("connected");
  }
  onOctets(octets: Uint8Array): void {
    this.octets.push(...octets);
    this.largest = Math.max(this.largest, octets.length);
    this.onEach();
  }
  onWritten(): void {
    this.events.push("written");
  }
  onClosed(reason: string): void {
    this.events.push(`closed: ${reason}`);
  }
}

/** Microtasks run. */
const turn = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));

function open(connected = true) {
  const socket = new FakeSocket();
  const timers: { run: () => void; delay_ms: number }[] = [];
  const duplex = new WebSocketDuplex({
    open: () => socket as unknown as WebSocket,
    remote: { host: "192.0.2.1", port: 443 },
    secure: true,
    later: (run, delay_ms) => void timers.push({ run, delay_ms }),
  });
  const user = new User();
  duplex.start(user);
  if (connected) socket.opens();
  const fire = (delay_ms: number) => {
    const due = timers.filter((timer) => timer.delay_ms === delay_ms);
    for (const timer of due) timers.splice(timers.indexOf(timer), 1);
    for (const timer of due) timer.run();
    return due.length;
  };
  return { socket, duplex, user, fire };
}

const octetsOf = (...values: number[]) => new Uint8Array(values);

Deno.test("each write is one binary message; the next may come when the socket's queue is short", async () => {
  const { socket, duplex, user, fire } = open();
  assert.equal(socket.binaryType, "arraybuffer");
  duplex.write(octetsOf(1, 2));
  assert.throws(() => duplex.write(octetsOf(3)), /one write at a time/);
  await turn();
  assert.deepEqual(user.events, ["connected", "written"]);
  duplex.write(octetsOf(3));
  socket.bufferedAmount = 200_000;
  await turn();
  assert.equal(fire(5), 1);
  assert.equal(user.events.length, 2);
  socket.bufferedAmount = 100_000;
  assert.equal(fire(5), 1);
  assert.deepEqual(user.events.slice(2), ["written"]);
  assert.deepEqual(socket.sent, [octetsOf(1, 2), octetsOf(3)]);
});

Deno.test("a peer that sends only text gets text where it is UTF-8 (RFC 7977 §4.2)", async () => {
  const { socket, duplex, user } = open();
  socket.says("é");
  assert.deepEqual(user.octets, [0xc3, 0xa9]);
  for (const octets of [octetsOf(0xc3, 0xa9), octetsOf(0xff)]) {
    duplex.write(octets);
    await turn();
  }
  socket.says(octetsOf(1).buffer);
  duplex.write(octetsOf(0x41));
  assert.deepEqual(socket.sent, ["é", octetsOf(0xff), octetsOf(0x41)]);
});

Deno.test("long messages come in pieces; none come while it is paused; then all that were kept", () => {
  const { socket, duplex, user } = open();
  user.onEach = () => duplex.pause();
  socket.says(new Uint8Array(70_000).fill(7).buffer);
  assert.equal(user.octets.length, 32_768);
  socket.says(octetsOf(9).buffer);
  duplex.resume();
  assert.equal(user.octets.length, 65_536);
  user.onEach = () => {};
  duplex.resume();
  assert.equal(user.octets.length, 70_001);
  assert.equal(user.octets.at(-1), 9);
  assert.equal(user.largest, 32_768);
});

Deno.test("more than 4 MiB while it is paused ends it", async () => {
  const { socket, duplex, user } = open();
  duplex.pause();
  for (let i = 0; i < 17; i++) socket.says(new ArrayBuffer(262_144));
  await turn();
  assert.equal(socket.closedWith, 4009);
  assert.deepEqual(user.events, ["connected", "closed: the peer sends more than can be kept"]);
  assert.equal(user.octets.length, 0);
});

Deno.test("end closes after what was sent, and does not wait for ever; octets until then are handed up", async () => {
  for (const answered of [true, false]) {
    const { socket, duplex, user, fire } = open();
    duplex.write(octetsOf(1));
    duplex.end();
    assert.equal(socket.closedWith, 1000);
    socket.says(octetsOf(5).buffer);
    assert.deepEqual(user.octets, [5]);
    if (answered) socket.ends();
    else fire(2_000);
    await turn();
    assert.equal(user.events.at(-1), "closed: closed");
    duplex.write(octetsOf(2));
    assert.equal(socket.sent.length, 1);
  }
});

Deno.test("the peer's end is told after what it said before, also where that waited", async () => {
  const { socket, duplex, user } = open();
  duplex.pause();
  socket.says(octetsOf(1, 2).buffer);
  socket.ends();
  await turn();
  assert.deepEqual(user.events, ["connected"]);
  duplex.resume();
  await turn();
  assert.deepEqual(user.octets, [1, 2]);
  assert.deepEqual(user.events, ["connected", "closed: closed by the peer"]);
});

Deno.test("no connection: refused, in ten seconds, or by a URL that is none; told once, after the call", async () => {
  const refused = open(false);
  refused.socket.dispatchEvent(new Event("error"));
  refused.socket.ends();
  await turn();
  assert.deepEqual(refused.user.events, ["closed: connect failed"]);

  const late = open(false);
  late.fire(10_000);
  await turn();
  assert.deepEqual(late.user.events, ["closed: no connection in time"]);
  late.socket.opens();
  assert.equal(late.user.events.length, 1);

  const user = new User();
  const duplex = new WebSocketDialer("/ws", () => {
    throw new SyntaxError("no URL");
  }).dial("ws", { host: "a b", port: 1 }, "")!;
  duplex.start(user);
  assert.deepEqual(user.events, []);
  await turn();
  assert.deepEqual(user.events, ["closed: connect failed: no URL"]);
});

Deno.test("destroy: its own user hears of it after the call", async () => {
  const { duplex, user, socket } = open();
  duplex.destroy();
  assert.deepEqual(user.events, ["connected"]);
  await turn();
  assert.deepEqual(user.events, ["connected", "closed: closed"]);
  assert.equal(socket.closedWith, 1000);
});

Deno.test("the dialler: what it asks for, and what it does not do", () => {
  const asked: string[] = [];
  const dialer = new WebSocketDialer("/ws", (url, protocol) => {
    asked.push(`${url} ${protocol}`);
    return new FakeSocket() as unknown as WebSocket;
  });
  const to = { host: "2001:db8::1", port: 8443 };
  for (const [transport, name] of [["wss", "im.test"], ["ws", ""]] as const) {
    const duplex = dialer.dial(transport, to, name)!;
    assert.equal(duplex.transport, transport);
    assert.equal(duplex.hasFingerprint("sha-1 00"), false);
    duplex.start(new User());
    duplex.destroy();
  }
  assert.deepEqual(asked, ["wss://im.test:8443/ws msrp", "ws://[2001:db8::1]:8443/ws msrp"]);
  assert.equal(dialer.dial("tcp", to, ""), null);
  assert.equal(dialer.dial("wss", to, ""), null);
});
