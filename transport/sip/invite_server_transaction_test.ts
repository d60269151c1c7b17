import assert from "node:assert/strict";
import { EMPTY } from "../../foundation/mod.ts";
import { DEFAULT_LIMITS, parseMessage, SipRequest } from "./message.ts";
import { reply, requestText, World } from "./testing/transaction_world.ts";

const VIA = "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKabc;rport";
const INVITE = requestText("INVITE", { via: VIA });
const ACK = requestText("ACK", { via: VIA, toTag: "s1" });
const CANCEL = requestText("CANCEL", { via: VIA });

Deno.test("a 100 goes by itself within 200 ms, unless the core was faster", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, INVITE);
  world.time.advance(200);
  assert.deepEqual(flow.lines(), ["SIP/2.0 100 Trying"]);

  const quick = new World();
  const other = quick.flow();
  quick.wires.receive(other, INVITE);
  reply(quick.core.requests[0], 180);
  quick.time.advance(10_000);
  assert.deepEqual(other.lines(), ["SIP/2.0 180 Ringing"]);
});

Deno.test("Proceeding: a repeated INVITE gets the latest provisional response", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, INVITE);
  world.wires.receive(flow, INVITE);
  assert.equal(flow.sent.length, 0);
  reply(world.core.requests[0], 180);
  reply(world.core.requests[0], 183);
  world.wires.receive(flow, INVITE);
  assert.deepEqual(flow.lines().map((line) => line.slice(8, 11)), ["180", "183", "183"]);
  assert.equal(world.core.requests.length, 1);
  assert.equal(world.core.requests[0].answered, false);
});

Deno.test("timers G and H on UDP: a failure is repeated at 0.5, 1, 2 and then every 4 s, until H at 32 s tells the core", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, INVITE);
  reply(world.core.requests[0], 486);
  const times: number[] = [];
  for (let at = 100; at <= 36_000; at += 100) {
    const before = flow.sent.length;
    world.time.advance(100);
    if (flow.sent.length > before) times.push(at);
  }
  assert.deepEqual(times, [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]);
  assert.deepEqual(world.core.abandoned, [world.core.requests[0]]);
  assert.equal(world.layer.serverCount, 0);
  assert.equal(world.metric(`sip_server_failures_total{why="unacknowledged"}`), 1);
});

Deno.test("over TCP a failure is sent once, and timer H still waits for the ACK", () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.wires.receive(flow, INVITE);
  reply(world.core.requests[0], 486);
  world.time.advance(31_000);
  assert.equal(flow.sent.length, 1);
  assert.equal(world.layer.serverCount, 1);
  world.wires.receive(flow, ACK);
  assert.equal(world.layer.serverCount, 0, "timer I is zero on TCP");
  world.time.advance(5_000);
  assert.deepEqual(world.core.abandoned, []);
});

Deno.test("Completed: a repeated INVITE gets the response again; the ACK stops everything and stays here", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, INVITE);
  reply(world.core.requests[0], 486);
  world.wires.receive(flow, INVITE);
  assert.equal(flow.sent.length, 2);
  world.wires.receive(flow, ACK);
  world.wires.receive(flow, ACK);
  world.wires.receive(flow, INVITE);
  world.time.advance(4_900);
  assert.equal(flow.sent.length, 2);
  assert.equal(world.core.requests.length, 1, "no ACK goes up");
  assert.equal(world.layer.serverCount, 1);
  world.time.advance(200);
  assert.equal(world.layer.serverCount, 0, "timer I: T4");
  assert.deepEqual(world.core.abandoned, []);
});

Deno.test("a final response after a failure is not sent", () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.wires.receive(flow, INVITE);
  reply(world.core.requests[0], 486);
  assert.equal(reply(world.core.requests[0], 200), false);
  assert.equal(reply(world.core.requests[0], 180), false);
  assert.equal(flow.sent.length, 1);
});

for (const transport of ["udp", "tcp"] as const) {
  Deno.test(`Accepted over ${transport} (RFC 6026): INVITEs are absorbed, ACKs and further 2xx pass, timer L ends it at 32 s`, () => {
    const world = new World();
    const flow = world.flow(transport);
    world.wires.receive(flow, INVITE);
    const [transaction] = world.core.requests;
    assert.equal(reply(transaction, 200), true);
    assert.equal(transaction.answered, true);
    world.wires.receive(flow, INVITE);
    world.time.advance(4_000);
    assert.equal(flow.sent.length, 1, "2xx are repeated by the core, not here");
    assert.equal(reply(transaction, 200), true);
    assert.equal(reply(transaction, 200, { toTag: "other" }), true);
    assert.equal(reply(transaction, 486), false);
    assert.equal(flow.sent.length, 3);
    world.wires.receive(flow, ACK);
    assert.equal(world.core.requests.length, 2);
    assert.equal(world.core.requests[1].request.method, "ACK");
    assert.equal(world.core.requests[1].respond(200, "", new Uint8Array(0)), false, "an ACK has no answer");
    world.time.advance(27_900);
    assert.equal(world.layer.serverCount, 1);
    world.time.advance(200);
    assert.equal(world.layer.serverCount, 0);
    assert.deepEqual(world.core.abandoned, []);
    world.wires.receive(flow, ACK);
    assert.equal(world.core.requests.length, 3, "a late ACK still goes up");
  });
}

Deno.test("a transport error leaves the state: repeated INVITEs are still absorbed (RFC 6026 §7.1)", () => {
  const world = new World();
  const flow = world.flow("ws");
  world.wires.receive(flow, INVITE);
  flow.full = true;
  assert.equal(reply(world.core.requests[0], 200), false);
  world.wires.receive(flow, INVITE);
  assert.equal(world.core.requests.length, 1);
  flow.full = false;
  assert.equal(reply(world.core.requests[0], 200), true);
});

Deno.test("CANCEL: 200 from here, the core hears of it once, its 487 is acknowledged (§9.2)", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, INVITE);
  reply(world.core.requests[0], 180);
  world.wires.receive(flow, CANCEL);
  world.wires.receive(flow, CANCEL);
  assert.equal(world.core.cancels.length, 1);
  assert.deepEqual(flow.lines().slice(1), ["SIP/2.0 200 OK", "SIP/2.0 200 OK"]);
  assert.equal(flow.last().get("CSeq"), "1 CANCEL");
  assert.equal(flow.last().to.tag, "s1", "the same To tag as the INVITE's responses");
  reply(world.core.requests[0], 487);
  world.wires.receive(flow, ACK);
  world.time.advance(40_000);
  assert.equal(world.layer.serverCount, 0);
});

Deno.test("CANCEL after the final response: 200, and no effect", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, INVITE);
  reply(world.core.requests[0], 200);
  world.wires.receive(flow, CANCEL);
  assert.equal(world.core.cancels.length, 0);
  assert.equal(flow.last().get("CSeq"), "1 CANCEL");
  assert.equal(flow.lines()[1], "SIP/2.0 200 OK");
  assert.equal(flow.last().to.tag, "s1", "the tag of the INVITE's own answer (§9.2)");
});

Deno.test("an accepted INVITE sends no 2xx after timer L, and another method on its branch is a request of its own", () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.wires.receive(flow, INVITE);
  const [transaction] = world.core.requests;
  reply(transaction, 200);
  world.wires.receive(flow, requestText("INFO", { via: VIA }));
  assert.deepEqual(world.core.requests.map(({ request }) => request.method), ["INVITE", "INFO"]);
  world.time.advance(31_900);
  assert.equal(reply(transaction, 200), true);
  world.time.advance(300);
  const { length } = flow.sent;
  assert.equal(reply(transaction, 200), false);
  assert.equal(flow.sent.length, length);
});

Deno.test("CANCEL of a non-INVITE: 200 and no effect; CANCEL of nothing: 481", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA }));
  world.wires.receive(flow, CANCEL);
  assert.equal(flow.lines()[0], "SIP/2.0 200 OK");
  assert.equal(world.core.cancels.length, 0);
  assert.equal(reply(world.core.requests[0], 200), true);
  world.wires.receive(flow, CANCEL.replace("z9hG4bKabc", "z9hG4bKnone"));
  assert.equal(flow.lines().at(-1), "SIP/2.0 481 Call/Transaction Does Not Exist");
});

Deno.test("an INVITE the core forgets is answered 408 in the end, and leaves the table", () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.wires.receive(flow, INVITE);
  world.time.advance(250_000);
  assert.equal(flow.lines().at(-1), "SIP/2.0 408 Request Timeout");
  world.time.advance(33_000);
  assert.equal(world.layer.serverCount, 0);
});

Deno.test("RFC 2543: the ACK of an INVITE without the cookie matches by the response's To tag", () => {
  const world = new World();
  const flow = world.flow();
  const old = { via: "SIP/2.0/UDP 192.0.2.9:5060" };
  world.wires.receive(flow, requestText("INVITE", old));
  world.wires.receive(flow, requestText("INVITE", old));
  assert.equal(world.core.requests.length, 1);
  reply(world.core.requests[0], 486);
  world.wires.receive(flow, requestText("ACK", { ...old, toTag: "another" }));
  assert.equal(world.core.requests.length, 2, "that one is for somebody else");
  world.wires.receive(flow, requestText("ACK", { ...old, toTag: "s1" }));
  assert.equal(world.core.requests.length, 2);
  const sent = flow.sent.length;
  world.time.advance(6_000);
  assert.equal(flow.sent.length, sent);
  assert.equal(world.layer.serverCount, 0, "both keys are gone");
});

Deno.test("RFC 2543: CANCEL finds its INVITE without a branch", () => {
  const world = new World();
  const flow = world.flow();
  const old = { via: "SIP/2.0/UDP 192.0.2.9:5060" };
  world.wires.receive(flow, requestText("INVITE", old));
  world.wires.receive(flow, requestText("CANCEL", old));
  assert.equal(world.core.cancels.length, 1);
});

Deno.test("an INVITE with more lines than the default limit is answered and acknowledged like any other", () => {
  const many = `\r\n${
    Array.from({ length: 200 }, (_, i) => `Via: SIP/2.0/UDP h${i}.test;branch=z9hG4bKv${i}`).join("\r\n")
  }`;
  const long = (text: string): string => text.replace(VIA, VIA + many);
  const world = new World();
  const flow = world.flow();
  const invite = parseMessage(long(INVITE), EMPTY, { ...DEFAULT_LIMITS, headers: 256 });
  assert.ok(invite instanceof SipRequest && invite.check() === null);
  world.layer.handle(invite, flow);
  reply(world.core.requests[0], 486);
  assert.deepEqual(flow.lines(), ["SIP/2.0 486 Busy Here"]);
  world.wires.receive(flow, ACK);
  world.time.advance(40_000);
  assert.equal(flow.sent.length, 1, "it was not acknowledged");
  assert.deepEqual(world.core.abandoned, []);
});
