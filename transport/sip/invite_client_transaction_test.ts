import assert from "node:assert/strict";
import { EMPTY } from "../../foundation/mod.ts";
import { parseMessage, type SipRequest } from "./message.ts";
import { requestText, responseTo, World } from "./testing/transaction_world.ts";

Deno.test("timers A and B: an INVITE on UDP goes seven times, at doubling intervals, then times out at 32 s", () => {
  const world = new World();
  const flow = world.flow();
  world.start("INVITE", flow);
  const times: number[] = [];
  for (let at = 100; at <= 34_000; at += 100) {
    const before = flow.sent.length;
    world.time.advance(100);
    if (flow.sent.length > before) times.push(at);
  }
  assert.deepEqual(times, [500, 1500, 3500, 7500, 15500, 31500]);
  assert.deepEqual(world.core.failures, ["timeout"]);
  assert.equal(world.layer.clientCount, 0);
  assert.ok(flow.lines().every((line) => line.startsWith("INVITE ")), "no ACK is made for a timeout");
});

Deno.test("a 1xx stops timers A and B; each provisional goes up", () => {
  const world = new World();
  const flow = world.flow();
  world.start("INVITE", flow);
  const sent = flow.last();
  world.wires.receive(flow, responseTo(sent, 100));
  world.wires.receive(flow, responseTo(sent, 180));
  world.wires.receive(flow, responseTo(sent, 180));
  world.time.advance(60_000);
  assert.equal(flow.sent.length, 1);
  assert.deepEqual(world.core.statuses, [100, 180, 180]);
  assert.deepEqual(world.core.failures, []);
});

for (const transport of ["udp", "tcp"] as const) {
  Deno.test(`a failure is acknowledged from here, over ${transport} too (§17.1.1.3)`, () => {
    const world = new World();
    const flow = world.flow(transport);
    const branch = world.layer.newBranch();
    const via = world.layer.viaFor(flow, branch);
    const more = "Route: <sip:edge.test;lr>\r\nRoute: <sip:core.test;lr>\r\nRequire: 100rel\r\n";
    world.layer.request(flow, branch, "INVITE", requestText("INVITE", { via, cseq: 7, more }), EMPTY, world.core);
    world.wires.receive(flow, responseTo(flow.last(), 486));
    assert.deepEqual(world.core.statuses, [486]);
    const ack = flow.last() as SipRequest;
    assert.equal(ack.method, "ACK");
    assert.equal(ack.uri, "sip:bob@example.test");
    assert.deepEqual(ack.getAll("Via"), [via]);
    assert.deepEqual(ack.getAll("Route"), ["<sip:edge.test;lr>", "<sip:core.test;lr>"]);
    assert.equal(ack.get("To"), "<sip:bob@example.test>;tag=b1");
    assert.equal(ack.get("From"), "<sip:alice@example.test>;tag=a1");
    assert.equal(ack.get("CSeq"), "7 ACK");
    assert.equal(ack.callId, "c1@example.test");
    assert.equal(ack.has("Require"), false);
    assert.equal(ack.check(), null);
  });
}

Deno.test("Completed on UDP: a repeated failure gets its ACK again and does not go up, until timer D at 32 s", () => {
  const world = new World();
  const flow = world.flow();
  world.start("INVITE", flow);
  const busy = responseTo(flow.last(), 486);
  world.wires.receive(flow, busy);
  world.wires.receive(flow, busy);
  assert.deepEqual(flow.lines().map((line) => line.split(" ")[0]), ["INVITE", "ACK", "ACK"]);
  assert.deepEqual(world.core.statuses, [486]);
  world.time.advance(31_900);
  world.wires.receive(flow, busy);
  assert.equal(flow.sent.length, 4);
  world.time.advance(200);
  assert.equal(world.layer.clientCount, 0);
  world.wires.receive(flow, busy);
  assert.equal(flow.sent.length, 4);
  assert.equal(world.core.strays.length, 1);
});

Deno.test("timer D is zero on TCP", () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.start("INVITE", flow);
  world.wires.receive(flow, responseTo(flow.last(), 486));
  assert.equal(world.layer.clientCount, 0);
  assert.equal(flow.watchers, 0);
});

Deno.test("Accepted (RFC 6026): every 2xx goes up, no ACK is made here, and timer M ends it after 32 s, over TCP too", () => {
  for (const transport of ["udp", "tcp"] as const) {
    const world = new World();
    const flow = world.flow(transport);
    world.start("INVITE", flow);
    const sent = flow.last();
    world.wires.receive(flow, responseTo(sent, 200, "b1"));
    world.wires.receive(flow, responseTo(sent, 200, "b1"));
    world.wires.receive(flow, responseTo(sent, 200, "b2"));
    world.wires.receive(flow, responseTo(sent, 180, "b3"));
    world.wires.receive(flow, responseTo(sent, 486, "b4"));
    assert.deepEqual(world.core.statuses, [200, 200, 200]);
    assert.deepEqual(world.core.responses.map((response) => response.to.tag), ["b1", "b1", "b2"]);
    assert.equal(flow.sent.length, 1);
    world.time.advance(31_900);
    assert.equal(world.layer.clientCount, 1);
    world.time.advance(200);
    assert.equal(world.layer.clientCount, 0);
    world.wires.receive(flow, responseTo(sent, 200, "b1"));
    assert.equal(world.core.strays.length, 1, "a 2xx after timer M is a stray");
  }
});

Deno.test("CANCEL waits for a provisional response, and is a transaction of its own (§9.1)", () => {
  const world = new World();
  const flow = world.flow();
  const transaction = world.start("INVITE", flow);
  const invite = flow.last() as SipRequest;
  transaction.cancel('SIP;cause=200;text="Call completed elsewhere"');
  transaction.cancel();
  assert.equal(flow.sent.length, 1);
  world.wires.receive(flow, responseTo(invite, 180));
  assert.equal(flow.sent.length, 2);
  const cancel = flow.last() as SipRequest;
  assert.equal(cancel.method, "CANCEL");
  assert.equal(cancel.uri, invite.uri);
  for (const name of ["Via", "From", "To", "Call-ID"] as const) {
    assert.deepEqual(cancel.getAll(name), invite.getAll(name));
  }
  assert.equal(cancel.get("CSeq"), "1 CANCEL");
  assert.equal(cancel.get("Reason"), 'SIP;cause=200;text="Call completed elsewhere"');
  assert.equal(cancel.check(), null);
  world.wires.receive(flow, responseTo(cancel, 200));
  assert.deepEqual(world.core.statuses, [180], "the answer to the CANCEL is nobody's business");
  world.wires.receive(flow, responseTo(invite, 487));
  assert.deepEqual(world.core.statuses, [180, 487]);
  assert.equal((flow.last() as SipRequest).method, "ACK");
});

Deno.test("CANCEL is repeated on UDP like any request", () => {
  const world = new World();
  const flow = world.flow();
  const transaction = world.start("INVITE", flow);
  world.wires.receive(flow, responseTo(flow.last(), 180));
  transaction.cancel();
  world.time.advance(1600);
  assert.deepEqual(flow.lines().map((line) => line.split(" ")[0]), ["INVITE", "CANCEL", "CANCEL", "CANCEL"]);
});

Deno.test("an INVITE that is cancelled and never answered counts as cancelled after 64*T1", () => {
  const world = new World();
  const flow = world.flow("tcp");
  const transaction = world.start("INVITE", flow);
  world.wires.receive(flow, responseTo(flow.last(), 180));
  transaction.cancel();
  world.time.advance(31_900);
  assert.deepEqual(world.core.failures, []);
  world.time.advance(200);
  assert.deepEqual(world.core.failures, ["timeout"]);
  assert.equal(world.layer.clientCount, 0);
});

Deno.test("CANCEL after a final response does nothing; CANCEL of another method does nothing", () => {
  const world = new World();
  const flow = world.flow("tcp");
  const invite = world.start("INVITE", flow);
  world.wires.receive(flow, responseTo(flow.last(), 200));
  invite.cancel();
  const message = world.start("MESSAGE", flow);
  world.wires.receive(flow, responseTo(flow.last(), 100));
  message.cancel();
  assert.deepEqual(flow.lines().map((line) => line.split(" ")[0]), ["INVITE", "MESSAGE"]);
});

Deno.test("timer C: an INVITE that rings too long is cancelled; each 18x starts it again, a 100 does not", () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.start("INVITE", flow);
  const invite = flow.last();
  world.wires.receive(flow, responseTo(invite, 100));
  world.time.advance(180_000);
  world.wires.receive(flow, responseTo(invite, 180));
  world.time.advance(180_000);
  world.wires.receive(flow, responseTo(invite, 100));
  assert.equal(flow.sent.length, 1);
  world.time.advance(6_000);
  assert.equal((flow.last() as SipRequest).method, "CANCEL");
});

Deno.test("a flow that dies under a ringing INVITE fails it; one that dies after the final response tells nobody", async () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.start("INVITE", flow);
  world.wires.receive(flow, responseTo(flow.last(), 180));
  flow.close("reset");
  await Promise.resolve();
  assert.deepEqual(world.core.failures, ["transport"]);

  const udp = world.flow("udp");
  world.start("INVITE", udp);
  world.wires.receive(udp, responseTo(udp.last(), 486));
  udp.close("forgotten");
  await Promise.resolve();
  assert.deepEqual(world.core.failures, ["transport"]);
  assert.equal(world.layer.clientCount, 0);
});

Deno.test("the ACK keeps foreign octets of the INVITE's headers", () => {
  const world = new World();
  const flow = world.flow();
  const branch = world.layer.newBranch();
  const head = requestText("INVITE", { via: world.layer.viaFor(flow, branch) })
    .replace("From: <sip:alice", 'From: "J\xc3\xb6rg" <sip:alice');
  world.layer.request(flow, branch, "INVITE", head, EMPTY, world.core);
  world.wires.receive(flow, responseTo(flow.last(), 603));
  assert.equal(parseMessage(flow.sent[1]).get("From"), '"J\xc3\xb6rg" <sip:alice@example.test>;tag=a1');
});
