import assert from "node:assert/strict";
import { EMPTY, fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { DEFAULT_ADMISSION } from "../../net/mod.ts";
import { DEFAULT_FLOW_LIMITS } from "./flow_limits.ts";
import { answerStun } from "./stun.ts";
import { events, message, messageBytes, pattern, Recorder, testWires, until, within } from "./testing.ts";
import type { WiresOptions } from "./sip_wires.ts";

const MODES = ["plain", "auto"] as const;

async function open(udp: "plain" | "auto", options: Partial<WiresOptions> = {}) {
  const server = testWires({ udp, ...options });
  const door = await server.wires.listen("udp://127.0.0.1:0");
  assert.deepEqual(server.fallbacks, []);
  const to = { transport: "udp" as const, hostname: "127.0.0.1", port: door.local.port };
  return { server, to };
}

function peer() {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  return { socket, port: (socket.addr as Deno.NetAddr).port };
}

// RFC 5389 §6: type, length, cookie, transaction id.
const BINDING = fromLatin1("\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl");

for (const mode of MODES) {
  const name = mode === "plain" ? "plain" : "batched";

  Deno.test(`udp ${name}: a STUN Binding request is answered on the SIP port with the address it came from`, async () => {
    const { server, to } = await open(mode);
    const { socket, port } = peer();
    await socket.send(BINDING, to);
    const [answer] = await within(socket.receive(), "the answer");
    assert.equal(toLatin1(answer, 0, 20), "\x01\x01\x00\x0c\x21\x12\xa4\x42abcdefghijkl");
    assert.equal(toLatin1(answer, 20, 26), "\x00\x20\x00\x08\x00\x01");
    assert.equal((answer[26] << 8 | answer[27]) ^ 0x2112, port);
    assert.deepEqual([...answer.subarray(28)].map((c, i) => c ^ [0x21, 0x12, 0xa4, 0x42][i]), [127, 0, 0, 1]);
    socket.close();
    await server.close();
  });

  Deno.test(`udp ${name}: CRLF and zero octets are taken in silence, garbage is counted, the next message is read`, async () => {
    const { server, to } = await open(mode);
    const { socket } = peer();
    for (const text of ["\r\n\r\n", "\r\n", "\0\0\0\0", ""]) await socket.send(fromLatin1(text), to);
    for (const text of ["\x00\x02xx", "<xml>", "NO END\r\n"]) await socket.send(fromLatin1(text), to);
    await socket.send(messageBytes(1), to);
    const heard = await server.recorder.take(4);
    assert.deepEqual(heard.map(({ what }) => what), ["garbage", "garbage", "garbage", "message"]);
    assert.equal(events(server.metrics, "udp", "keep_alive"), 4);
    assert.equal(events(server.metrics, "udp", "garbage"), 3);
    // Nothing was answered: the first thing to come is what we send now.
    server.recorder.heard[3].flow.send(message(9, EMPTY), EMPTY);
    const [first] = await within(socket.receive(), "a message");
    assert.equal(toLatin1(first), message(9, EMPTY));
    socket.close();
    await server.close();
  });

  Deno.test(`udp ${name}: a peer whose port is closed harms nobody else`, async () => {
    const { server, to } = await open(mode);
    const dead = peer();
    const alive = peer();
    await dead.socket.send(messageBytes(1), to);
    const { flow } = await server.recorder.next();
    dead.socket.close();
    // Each of these brings an ICMP error back to our socket.
    for (let n = 0; n < 100; n++) {
      flow.send(message(n, EMPTY), EMPTY);
      if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await alive.socket.send(messageBytes(2), to);
    const { flow: other } = await server.recorder.next();
    other.send(message(3, EMPTY), EMPTY);
    const [octets] = await within(alive.socket.receive(), "a message");
    assert.equal(toLatin1(octets), message(3, EMPTY));
    alive.socket.close();
    await server.close();
  });

  Deno.test(`udp ${name}: what fits no datagram is refused, what just fits goes`, async () => {
    const { server, to } = await open(mode, { limits: { ...DEFAULT_FLOW_LIMITS, body: 65_536 } });
    const { socket } = peer();
    await socket.send(messageBytes(1), to);
    const { flow } = await server.recorder.next();
    const head = message(1, EMPTY);
    assert.equal(flow.send(head, pattern(65_508 - head.length)), false);
    assert.equal(flow.open, true);
    assert.equal(flow.send(head, pattern(65_507 - head.length)), true);
    const [octets] = await within(socket.receive(new Uint8Array(65_536)), "the datagram");
    assert.equal(octets.length, 65_507);
    assert.deepEqual(octets.subarray(head.length), pattern(65_507 - head.length));
    socket.close();
    await server.close();
  });

  Deno.test(`udp ${name}: a burst larger than every buffer is sent or refused, and the socket lives on`, async () => {
    const limits = { ...DEFAULT_FLOW_LIMITS, datagrams: 200_000, socket_buffer: 4_608 };
    const { server, to } = await open(mode, { limits });
    const { socket } = peer();
    await socket.send(messageBytes(1), to);
    const { flow } = await server.recorder.next();
    const body = pattern(8_000);
    let sent = 0;
    for (let n = 0; n < 500; n++) if (flow.send(message(n, body), body)) sent++;
    assert.ok(sent >= 20);
    const [octets] = await within(socket.receive(new Uint8Array(65_536)), "the first");
    assert.equal(toLatin1(octets, 0, message(0, body).length), message(0, body));
    await until(() => flow.send(message(501, EMPTY), EMPTY), "room again");
    for (let last = ""; !last.includes("Call-ID: 501\r\n");) {
      last = toLatin1((await within(socket.receive(new Uint8Array(65_536)), "the last"))[0]);
    }
    socket.close();
    await server.close();
  });

  Deno.test(`udp ${name}: peers are bounded; the oldest that nobody watches goes`, async () => {
    const { server, to } = await open(mode, { limits: { ...DEFAULT_FLOW_LIMITS, peers: 3 } });
    const watcher = new Recorder();
    const sockets = Array.from({ length: 6 }, peer);
    for (const [n, { socket }] of sockets.entries()) {
      await socket.send(messageBytes(n), to);
      const { flow } = await server.recorder.next();
      if (n === 0) flow.watch(watcher);
    }
    const flows = server.recorder.heard.map(({ flow }) => flow);
    assert.equal(flows[0].open, true);
    assert.equal(flows[5].open, true);
    assert.equal(flows.filter((flow) => flow.open).length, 3);
    assert.equal(flows.filter((flow) => server.wires.flow(flow.id) !== null).length, 3);
    assert.equal(watcher.heard.length, 0);
    for (const { socket } of sockets) socket.close();
    await server.close();
    assert.equal(watcher.heard.length, 1);
  });

  Deno.test(`udp ${name}: a source over its rate is dropped and counted, and let in again later`, async () => {
    const fake = new FakeTime();
    const admission = { ...DEFAULT_ADMISSION, rate: 10, burst: 5, exempt: [] };
    const { server, to } = await open(mode, { admission, clock: fake, timers: fake.timers });
    const { socket } = peer();
    for (let n = 0; n < 20; n++) await socket.send(messageBytes(n), to);
    await until(() => events(server.metrics, "udp", "admission") === 15, "15 dropped");
    assert.equal(server.recorder.heard.length, 5);
    fake.advance(1_000);
    await socket.send(messageBytes(99), to);
    await server.recorder.take(5);
    assert.match((await server.recorder.next()).text, /Call-ID: 99/);
    socket.close();
    await server.close();
  });

  Deno.test(`udp ${name}: a peer nobody hears of is forgotten after an hour, a watched one is not`, async () => {
    const fake = new FakeTime();
    const { server, to } = await open(mode, { clock: fake, timers: fake.timers });
    const [a, b] = [peer(), peer()];
    for (const { socket } of [a, b]) await socket.send(messageBytes(1), to);
    const [first, second] = await server.recorder.take(2);
    first.flow.watch(new Recorder());
    fake.advance(3_720_000);
    assert.equal(first.flow.open, true);
    assert.equal(second.flow.open, false);
    a.socket.close();
    b.socket.close();
    await server.close();
  });
}

Deno.test("without the permission for system calls the same door opens plain, and says so once", async () => {
  const script = `
    import { Metrics, systemClock, TimerQueues } from ${
    JSON.stringify(import.meta.resolve("../../../foundation/mod.ts"))
  };
    import { SipWires } from ${JSON.stringify(import.meta.resolve("./mod.ts"))};
    const lines = [];
    const log = { debug() {}, info: (text, fields) => lines.push(text + ": " + fields.why), warn() {}, error() {}, child: () => log };
    const wires = new SipWires({ log, metrics: new Metrics(), clock: systemClock,
      timers: new TimerQueues(systemClock, console.error),
      handler: { onMessage(flow, head) { console.log(JSON.stringify({ lines, head })); Deno.exit(0); }, onGarbage() {}, onRefused() {} } });
    const door = await wires.listen("udp://127.0.0.1:0");
    wires.flowTo({ transport: "udp", host: "127.0.0.1", port: door.local.port, tlsName: "" }).send("A b\\r\\n\\r\\n", new Uint8Array(0));
  `;
  const file = await Deno.makeTempFile({ dir: import.meta.dirname, prefix: ".plain_", suffix: ".js" });
  try {
    await Deno.writeTextFile(file, script);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-check", "--unstable-net", "--allow-net", "--allow-read", "--allow-env", file],
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.notEqual(text, "", new TextDecoder().decode(stderr));
    assert.deepEqual(JSON.parse(text), {
      lines: ["UDP one datagram at a time: no --allow-ffi"],
      head: "A b\r\n\r\n",
    });
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("STUN: what is no Binding request gets nothing, an attribute not understood gets 420", () => {
  const bytes = (text: string) => fromLatin1(text);
  assert.equal(answerStun(bytes("\x00\x01\x00\x00"), "192.0.2.1", 1), null);
  assert.equal(answerStun(bytes("\x00\x11\x00\x00\x21\x12\xa4\x42abcdefghijkl"), "192.0.2.1", 1), null);
  assert.equal(answerStun(bytes("\x00\x01\x00\x00\x21\x12\xa4\x43abcdefghijkl"), "192.0.2.1", 1), null);
  assert.equal(
    answerStun(bytes("\x00\x01\x00\x08\x21\x12\xa4\x42abcdefghijkl\x00\x24\x00\x09abcd"), "192.0.2.1", 1),
    null,
  );
  const refused = answerStun(
    bytes("\x00\x01\x00\x08\x21\x12\xa4\x42abcdefghijkl\x00\x24\x00\x04abcd"),
    "192.0.2.1",
    1,
  )!;
  assert.equal(toLatin1(refused, 0, 4), "\x01\x11\x00\x10");
  assert.equal(toLatin1(refused, 20), "\x00\x09\x00\x04\x00\x00\x04\x14\x00\x0a\x00\x02\x00\x24\x00\x00");
  // RFC 5769 §2.3: the IPv6 sample response's mapped address.
  const request = Uint8Array.from([
    0,
    1,
    0,
    0,
    0x21,
    0x12,
    0xa4,
    0x42,
    0xb7,
    0xe7,
    0xa7,
    1,
    0xbc,
    0x34,
    0xd6,
    0x86,
    0xfa,
    0x87,
    0xdf,
    0xae,
  ]);
  const v6 = answerStun(request, "2001:db8:1234:5678:11:2233:4455:6677", 32853)!;
  assert.equal(
    [...v6.subarray(20)].map((c) => c.toString(16).padStart(2, "0")).join(""),
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9",
  );
});
