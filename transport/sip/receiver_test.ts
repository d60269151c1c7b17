import assert from "node:assert/strict";
import { EMPTY, type Log, silentLog } from "../../foundation/mod.ts";
import { reply, requestText, responseTo, World } from "./testing/transaction_world.ts";

const VIA = "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKabc;rport";

/** A log that keeps its lines. */
function keepingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const log = {
    ...silentLog,
    lines,
    warn: (text: string) => void lines.push(text),
    error: (text: string) => void lines.push(text),
    child: () => log,
  };
  return log;
}

Deno.test("the top Via gets received and rport of the source (§18.2.1, RFC 3581)", () => {
  const world = new World();
  const flow = world.flow("udp", "192.0.2.9", 40_000);
  world.wires.receive(flow, requestText("MESSAGE", { via: "SIP/2.0/UDP client.test;branch=z9hG4bKabc;rport" }));
  const { via } = world.core.requests[0].request;
  assert.equal(via.received, "192.0.2.9");
  assert.equal(via.rport, 40_000);
  reply(world.core.requests[0], 200);
  assert.equal(flow.last().via.rport, 40_000);
});

Deno.test("a request that breaks the rules gets 400 with the reason in its phrase, without a transaction", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA }).replace("CSeq: 1 MESSAGE", "CSeq: one MESSAGE"));
  assert.match(flow.lines()[0], /^SIP\/2\.0 400 CSeq malformed/);
  assert.equal(flow.last().get("Call-ID"), "c1@example.test");
  assert.equal(flow.last().via.branch, "z9hG4bKabc");
  assert.equal(world.layer.serverCount, 0);
  assert.equal(world.core.requests.length, 0);
  assert.equal(world.metric(`sip_messages_refused_total{status="400"}`), 1);
});

Deno.test("what the request lacks the 400 lacks too; a Via that cannot be read goes back as it came", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, `MESSAGE sip:b@example.test SIP/2.0\r\nVia: nonsense\r\nCall-ID: x\r\n\r\n`);
  assert.equal(flow.sent.length, 1);
  assert.match(
    flow.sent[0],
    /^SIP\/2\.0 400 Via malformed[^\r]*\r\nVia: nonsense\r\nCall-ID: x\r\nContent-Length: 0\r\n\r\n$/,
  );
});

Deno.test("another SIP version gets 505", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA }).replace("SIP/2.0\r\n", "SIP/7.0\r\n"));
  assert.deepEqual(flow.lines(), ["SIP/2.0 505 Version Not Supported"]);
});

Deno.test("a malformed ACK, a request without Via and malformed responses have no answer; they are counted", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, requestText("ACK", { via: VIA }).replace("CSeq: 1 ACK", "CSeq: x"));
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA }).replace(/Via: .*\r\n/, ""));
  world.wires.receive(flow, "SIP/2.0 200 OK\r\nVia: " + VIA + "\r\n\r\n");
  assert.equal(flow.sent.length, 0);
  assert.equal(world.metric(`sip_messages_dropped_total{why="malformed"}`), 3);
});

Deno.test("garbage is dropped and counted, whether the framer or the parser finds it", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, "\x00\x01\x02");
  world.wires.receive(flow, "hello there\r\n\r\n");
  world.receiver.onGarbage(flow, "no header end in 64 KiB");
  assert.equal(flow.sent.length, 0);
  assert.equal(world.metric(`sip_messages_dropped_total{why="garbage"}`), 3);
});

Deno.test("what a framer refuses gets its answer: 413, 513, 400; never an ACK", () => {
  const world = new World();
  const flow = world.flow("tcp");
  const head = requestText("MESSAGE", { via: VIA, length: 9_000_000 });
  world.receiver.onRefused(flow, head, 413, "Body longer than 65535 octets");
  world.receiver.onRefused(flow, head, 513, "Message longer than 65535 octets");
  world.receiver.onRefused(flow, head.replace("9000000", "many"), 400, "Content-Length is not a number");
  world.receiver.onRefused(flow, requestText("ACK", { via: VIA }), 413, "Body too long");
  world.receiver.onRefused(flow, "SIP/2.0 200 OK\r\n\r\n", 413, "Body too long");
  world.receiver.onRefused(flow, "?", 400, "nonsense");
  assert.deepEqual(flow.lines(), [
    "SIP/2.0 413 Body longer than 65535 octets",
    "SIP/2.0 513 Message longer than 65535 octets",
    "SIP/2.0 400 Content-Length is not a number",
  ]);
});

Deno.test("§18.1.2: a response whose top Via is not ours is dropped; another address of ours is fine", () => {
  const world = new World();
  const flow = world.flow();
  world.start("MESSAGE", flow);
  const ok = responseTo(flow.last(), 200);
  world.wires.receive(flow, ok.replace("192.0.2.1:5060", "203.0.113.5:5060"));
  world.wires.receive(flow, ok.replace("192.0.2.1:5060", "192.0.2.1:5070"));
  assert.deepEqual(world.core.statuses, []);
  assert.equal(world.metric(`sip_messages_dropped_total{why="foreign-response"}`), 2);
  world.wires.isOwn = (host, port) => host === "sip.example.test" && port === 5060;
  world.wires.receive(flow, ok.replace("192.0.2.1:5060", "SIP.example.test"));
  assert.deepEqual(world.core.statuses, [200]);
});

Deno.test("log lines come at 10 a second at most, and the next one says how many were left out", () => {
  const log = keepingLog();
  const world = new World({ log });
  const flow = world.flow();
  for (let i = 0; i < 500; i++) world.receiver.onGarbage(flow, "noise");
  assert.equal(log.lines.length, 10);
  world.time.advance(1_000);
  for (let i = 0; i < 500; i++) world.receiver.onGarbage(flow, "noise");
  assert.equal(log.lines.length, 20);
  assert.equal(world.metric(`sip_messages_dropped_total{why="garbage"}`), 1000);
});

Deno.test("a fault of ours in working on a message leaves the listener alive, and is told", () => {
  const log = keepingLog();
  const world = new World({ log });
  const flow = world.flow();
  world.wires.advertised = () => {
    throw new Error("a defect");
  };
  world.wires.receive(flow, responseTo(parsedRequest(), 200));
  assert.deepEqual(log.lines, ["a message could not be worked on"]);
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA }));
  assert.equal(world.core.requests.length, 1);
});

Deno.test("a request before there is a core gets 503", () => {
  const world = new World();
  world.layer.user = null;
  const flow = world.flow();
  world.receiver.onMessage(flow, requestText("MESSAGE", { via: VIA }), EMPTY);
  assert.deepEqual(flow.lines(), ["SIP/2.0 503 Service Unavailable"]);
});

function parsedRequest() {
  const world = new World();
  const flow = world.flow();
  world.start("MESSAGE", flow);
  return flow.last();
}
