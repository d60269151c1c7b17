import assert from "node:assert/strict";
import { EMPTY, fromLatin1, utf8 } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { DEFAULT_ADMISSION } from "../../net/mod.ts";
import { DEFAULT_FLOW_LIMITS } from "./flow_limits.ts";
import type { WiresOptions } from "./sip_wires.ts";
import { events, message, Recorder, testWires } from "./testing.ts";

/** A WebSocket as the page of a browser, or the runtime's server, has it: for what cannot be made to happen otherwise. */
class FakeSocket extends EventTarget {
  binaryType = "blob";
  readyState = 1;
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
  says(data: string | ArrayBuffer): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
  ends(): void {
    this.readyState = 3;
    this.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  }
}

const WEB = { host: "127.0.0.1", port: 8080 };

function open(options: Partial<WiresOptions> = {}) {
  const fake = new FakeTime();
  const { wires, recorder, metrics } = testWires({ clock: fake, timers: fake.timers, ...options });
  const accept = (port = 50_000) => {
    const socket = new FakeSocket();
    const remote = { host: "::ffff:192.0.2.7", port };
    return { socket, flow: wires.acceptWebSocket(socket as unknown as WebSocket, remote, WEB, true) };
  };
  return { fake, wires, recorder, metrics, accept };
}

Deno.test("text comes as octets, and goes as text where it is UTF-8, else as octets", () => {
  const { recorder, accept } = open();
  const { socket, flow } = accept();
  socket.says("MESSAGE sip:b SIP/2.0\r\nSubject: é\r\n\r\n€");
  assert.equal(recorder.heard[0].text, "MESSAGE sip:b SIP/2.0\r\nSubject: \xc3\xa9\r\n\r\n");
  assert.deepEqual(recorder.heard[0].body, utf8("€"));
  flow!.send("A b\r\nX: \xc3\xa9\r\n\r\n", utf8("€"));
  assert.equal(socket.sent[0], "A b\r\nX: é\r\n\r\n€");
  flow!.send("A b\r\nX: \xe9\r\n\r\n", EMPTY);
  assert.deepEqual(socket.sent[1], fromLatin1("A b\r\nX: \xe9\r\n\r\n"));
  flow!.send("A b\r\n\r\n", utf8("€").subarray(0, 2));
  assert.ok(socket.sent[2] instanceof Uint8Array);
});

Deno.test("a peer that sends octets gets octets", () => {
  const { recorder, accept } = open();
  const { socket, flow } = accept();
  socket.says(fromLatin1("A b\r\nX: \xff\r\n\r\n\xfe").buffer as ArrayBuffer);
  assert.equal(recorder.heard[0].text, "A b\r\nX: \xff\r\n\r\n");
  assert.deepEqual([...recorder.heard[0].body], [0xfe]);
  flow!.send("A b\r\n\r\n", EMPTY);
  assert.deepEqual(socket.sent[0], fromLatin1("A b\r\n\r\n"));
});

Deno.test("what the flow says of itself: wss, its real source, found by its peer, called by the web door", () => {
  const { wires, accept } = open({ advertise: "im.example.test" });
  const { flow } = accept();
  assert.equal(flow!.transport, "wss");
  assert.equal(flow!.secure, true);
  assert.deepEqual(flow!.remote, { host: "192.0.2.7", port: 50_000 });
  assert.deepEqual(wires.advertised(flow!), { host: "im.example.test", port: 8080 });
  assert.equal(wires.isOwn("im.example.test", 8080, "wss"), true);
  assert.equal(wires.flowTo({ transport: "wss", host: "192.0.2.7", port: 50_000, tlsName: "" }), flow);
  assert.equal(wires.flowTo({ transport: "wss", host: "192.0.2.7", port: 50_001, tlsName: "" }), null);
});

Deno.test("keep-alive: a double CRLF gets one, a single CRLF nothing", () => {
  const { recorder, accept } = open();
  const { socket } = accept();
  socket.says("\r\n\r\n");
  socket.says("\r\n");
  socket.says(fromLatin1("\r\n\r\n").buffer as ArrayBuffer);
  assert.deepEqual(socket.sent.map((data) => typeof data === "string" ? data : "octets"), ["\r\n", "octets"]);
  assert.equal(recorder.heard.length, 0);
});

Deno.test("a peer that does not read: send refuses at the limit, and after 30 s it is closed", () => {
  const { fake, accept, metrics } = open();
  const { socket, flow } = accept();
  const watcher = new Recorder();
  flow!.watch(watcher);
  socket.says(message(1, EMPTY));
  socket.bufferedAmount = DEFAULT_FLOW_LIMITS.queue - 10;
  assert.equal(flow!.send(message(1, EMPTY), EMPTY), false);
  assert.equal(events(metrics, "wss", "queue_full"), 1);
  fake.advance(20_000);
  socket.bufferedAmount -= 1;
  fake.advance(29_000);
  assert.equal(flow!.open, true);
  fake.advance(3_000);
  assert.equal(flow!.open, false);
  assert.deepEqual(watcher.heard.map(({ text }) => text), ["the peer does not read"]);
});

Deno.test("garbage, a body too long and a message far too long close it; a silent one ends after 30 s", () => {
  const { fake, recorder, accept, wires } = open();
  for (
    const [data, what] of [
      ["<xml/>", "garbage"],
      [`A b\r\n\r\n${"x".repeat(65_537)}`, "refused"],
      ["x".repeat(200_000), "garbage"],
    ]
  ) {
    const { socket, flow } = accept();
    socket.says(data);
    assert.equal(recorder.heard.at(-1)!.what, what);
    assert.equal(flow!.open, false);
    assert.ok(socket.closedWith! >= 4000);
    socket.says(message(1, EMPTY));
    assert.equal(recorder.heard.at(-1)!.what, what);
  }
  const { flow } = accept();
  fake.advance(32_000);
  assert.equal(flow!.open, false);
  assert.equal(wires.connections, 0);
});

Deno.test("a source has its share of WebSockets, and gets it back when one ends", () => {
  const { accept } = open({ admission: { ...DEFAULT_ADMISSION, connections: 1 } });
  const one = accept(1);
  const two = accept(2);
  assert.equal(two.flow, null);
  assert.equal(two.socket.closedWith, 4008);
  one.socket.ends();
  assert.equal(one.flow!.open, false);
  assert.notEqual(accept(3).flow, null);
});

Deno.test("a source that is too fast is cut off, since a WebSocket cannot be read more slowly", () => {
  const { recorder, accept, metrics } = open({ admission: { ...DEFAULT_ADMISSION, rate: 1, burst: 3 } });
  const { socket, flow } = accept();
  for (let n = 0; n < 10; n++) socket.says(message(n, EMPTY));
  assert.equal(recorder.heard.length, 3);
  assert.equal(flow!.open, false);
  assert.equal(events(metrics, "wss", "admission"), 1);
});
