import assert from "node:assert/strict";
import { reply, requestText, World } from "./testing/transaction_world.ts";

const VIA = "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKabc;rport";
const TCP_VIA = "SIP/2.0/TCP 192.0.2.9:5060;branch=z9hG4bKabc;rport";

Deno.test("Trying: the request goes up once; repetitions are absorbed in silence", () => {
  const world = new World();
  const flow = world.flow();
  const message = requestText("MESSAGE", { via: VIA });
  for (let i = 0; i < 3; i++) world.wires.receive(flow, message);
  assert.equal(world.core.requests.length, 1);
  assert.equal(flow.sent.length, 0);
});

Deno.test("Completed on UDP: repetitions get the same response, octet for octet, until timer J at 32 s", () => {
  const world = new World();
  const flow = world.flow();
  const message = requestText("MESSAGE", { via: VIA });
  world.wires.receive(flow, message);
  assert.equal(reply(world.core.requests[0], 202, { body: new Uint8Array([1, 2]) }), true);
  assert.equal(world.core.requests[0].answered, true);
  world.time.advance(31_900);
  world.wires.receive(flow, message);
  assert.equal(flow.sent.length, 2);
  assert.equal(flow.sent[1], flow.sent[0]);
  assert.deepEqual(flow.bodies[1], new Uint8Array([1, 2]));
  world.time.advance(200);
  assert.equal(world.layer.serverCount, 0);
  world.wires.receive(flow, message);
  assert.equal(world.core.requests.length, 2, "after timer J it is a new request");
  assert.equal(world.metric(`sip_retransmissions_total{kind="response"}`), 1);
});

Deno.test("timer J is zero on TCP", () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.wires.receive(flow, requestText("MESSAGE", { via: TCP_VIA }));
  reply(world.core.requests[0], 200);
  assert.equal(world.layer.serverCount, 0);
  assert.deepEqual(flow.lines(), ["SIP/2.0 200 OK"]);
});

Deno.test("a second final response is not sent", () => {
  for (const via of [VIA, TCP_VIA]) {
    const world = new World();
    const flow = world.flow(via === VIA ? "udp" : "tcp");
    world.wires.receive(flow, requestText("MESSAGE", { via }));
    assert.equal(reply(world.core.requests[0], 200), true);
    assert.equal(reply(world.core.requests[0], 404), false);
    assert.equal(reply(world.core.requests[0], 100), false);
    assert.equal(flow.sent.length, 1);
  }
});

Deno.test("RFC 4320: no 408 to a non-INVITE, and no provisional but 100", () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.wires.receive(flow, requestText("MESSAGE", { via: TCP_VIA }));
  const [transaction] = world.core.requests;
  assert.equal(reply(transaction, 408), false);
  assert.equal(reply(transaction, 183), false);
  assert.equal(transaction.answered, false);
  assert.equal(flow.sent.length, 0);
  assert.equal(reply(transaction, 480), true);
});

Deno.test("RFC 4320: on UDP no 100 before 3.5 s; at 3.5 s it goes by itself and answers repetitions", () => {
  const world = new World();
  const flow = world.flow();
  const message = requestText("MESSAGE", { via: VIA, more: "Timestamp: 54\r\n" });
  world.wires.receive(flow, message);
  assert.equal(reply(world.core.requests[0], 100), false);
  world.time.advance(3_400);
  assert.equal(flow.sent.length, 0);
  world.time.advance(100);
  assert.deepEqual(flow.lines(), ["SIP/2.0 100 Trying"]);
  assert.equal(flow.last().get("Timestamp"), "54");
  assert.equal(flow.last().to.tag, "", "a 100 makes no To tag");
  world.wires.receive(flow, message);
  assert.equal(flow.sent.length, 2);
  assert.equal(world.core.requests.length, 1);
  assert.equal(reply(world.core.requests[0], 200), true);
  assert.deepEqual(flow.lines().slice(2), ["SIP/2.0 200 OK"]);
});

Deno.test("RFC 4320: on TCP a 100 may go at any time, and goes at 3.5 s if nothing went before", () => {
  const world = new World();
  const flow = world.flow("tcp");
  world.wires.receive(flow, requestText("MESSAGE", { via: TCP_VIA }));
  assert.equal(reply(world.core.requests[0], 100), true);
  world.time.advance(10_000);
  assert.equal(flow.sent.length, 1, "not twice");
  world.wires.receive(flow, requestText("MESSAGE", { via: TCP_VIA.replace("abc", "def") }));
  world.time.advance(3_500);
  assert.equal(flow.sent.length, 2);
});

Deno.test("a request nobody answers is forgotten when its client has given up, and a late answer is not sent", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA }));
  world.time.advance(31_900);
  assert.equal(world.layer.serverCount, 1);
  world.time.advance(200);
  assert.equal(world.layer.serverCount, 0);
  assert.deepEqual(world.core.abandoned, [world.core.requests[0]]);
  assert.equal(reply(world.core.requests[0], 200), false);
  assert.deepEqual(flow.lines(), ["SIP/2.0 100 Trying"]);
  assert.equal(world.metric(`sip_server_failures_total{why="unanswered"}`), 1);
});

Deno.test("branch, sent-by and method tell transactions apart (§17.2.3)", () => {
  const world = new World();
  const flow = world.flow();
  const base = { via: VIA };
  world.wires.receive(flow, requestText("MESSAGE", base));
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA.replace("abc", "abd") }));
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA.replace("9:5060", "8:5060") }));
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA.replace("9:5060", "9:5061") }));
  world.wires.receive(flow, requestText("OPTIONS", base));
  assert.equal(world.core.requests.length, 5);
  // Neither Call-ID nor Request-URI count where the branch has the cookie.
  world.wires.receive(flow, requestText("OPTIONS", { via: VIA, callId: "other", uri: "sip:eve@example.test" }));
  world.wires.receive(flow, requestText("MESSAGE", base));
  assert.equal(world.core.requests.length, 5);
});

Deno.test("RFC 2543: without the cookie a request is matched by its headers", () => {
  const world = new World();
  const flow = world.flow();
  const old = { via: "SIP/2.0/UDP 192.0.2.9:5060;branch=1" };
  world.wires.receive(flow, requestText("MESSAGE", old));
  world.wires.receive(flow, requestText("MESSAGE", old));
  assert.equal(world.core.requests.length, 1);
  world.wires.receive(flow, requestText("MESSAGE", { ...old, cseq: 2 }));
  world.wires.receive(flow, requestText("MESSAGE", { ...old, callId: "c2" }));
  world.wires.receive(flow, requestText("MESSAGE", { ...old, toTag: "t" }));
  world.wires.receive(flow, requestText("MESSAGE", { ...old, uri: "sip:carol@example.test" }));
  world.wires.receive(flow, requestText("OPTIONS", old));
  world.wires.receive(flow, requestText("MESSAGE", { via: "SIP/2.0/UDP 192.0.2.9:5060" }));
  assert.equal(world.core.requests.length, 7);
  reply(world.core.requests[0], 200);
  world.wires.receive(flow, requestText("MESSAGE", old));
  assert.equal(flow.sent.length, 2);
});

Deno.test("§18.2.2: where the connection is closed the response goes on a new one to the port of sent-by", () => {
  const world = new World();
  const inbound = world.flow("tcp", "192.0.2.9", 40_000);
  world.wires.receive(inbound, requestText("MESSAGE", { via: "SIP/2.0/TCP client.test:5070;branch=z9hG4bKabc" }));
  inbound.close("gone");
  assert.equal(reply(world.core.requests[0], 200), true);
  const back = world.wires.flows.at(-1)!;
  assert.deepEqual(back.remote, { host: "192.0.2.9", port: 5070 });
  assert.deepEqual(back.lines(), ["SIP/2.0 200 OK"]);
});

Deno.test("a closed WebSocket leads nowhere: the response is counted as unsent", () => {
  const world = new World();
  const flow = world.flow("ws");
  world.wires.receive(flow, requestText("MESSAGE", { via: "SIP/2.0/WS x.invalid;branch=z9hG4bKabc" }));
  flow.close("gone");
  assert.equal(reply(world.core.requests[0], 200), false);
  assert.equal(world.metric(`sip_server_failures_total{why="unsent"}`), 1);
  assert.equal(world.layer.serverCount, 0);
});

Deno.test("RFC 3581: with rport the response goes to the source port; without it to the port of sent-by, default 5060", () => {
  for (
    const [via, port] of [
      ["SIP/2.0/UDP 10.0.0.1:5090;branch=z9hG4bKabc;rport", 40_000],
      ["SIP/2.0/UDP 10.0.0.1:5090;branch=z9hG4bKabc", 5090],
      ["SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKabc", 5060],
      ["SIP/2.0/UDP 10.0.0.1:5090;branch=z9hG4bKabc;maddr=203.0.113.7", 5090],
    ] as const
  ) {
    const world = new World();
    const source = world.flow("udp", "192.0.2.9", 40_000);
    const message = requestText("MESSAGE", { via });
    world.wires.receive(source, message);
    reply(world.core.requests[0], 200);
    world.wires.receive(source, message);
    const to = world.wires.flows.find((flow) => flow.sent.length > 0)!;
    assert.deepEqual(to.remote, { host: "192.0.2.9", port }, via);
    assert.equal(to.sent.length, 2, "the repetition too");
    assert.equal(to.last().via.received, "192.0.2.9");
  }
});

Deno.test("a UDP flow that was forgotten meanwhile has a successor: answer and repetition go out all the same", () => {
  const world = new World();
  const first = world.flow();
  const message = requestText("MESSAGE", { via: VIA });
  world.wires.receive(first, message);
  first.close("forgotten");
  assert.equal(reply(world.core.requests[0], 200), true);
  const second = world.flow();
  assert.deepEqual(second.lines(), ["SIP/2.0 200 OK"]);
  second.close("forgotten");
  world.wires.receive(world.flow(), message);
  assert.deepEqual(world.flow().lines(), ["SIP/2.0 200 OK"]);
});

Deno.test("above the cap a new request gets 503 with Retry-After, statelessly; known ones and CANCEL go on", () => {
  const world = new World({ limits: { server: 1, retry_after: 7 } });
  const flow = world.flow();
  const first = requestText("INVITE", { via: VIA });
  world.wires.receive(flow, first);
  const more = requestText("MESSAGE", { via: VIA.replace("abc", "def") });
  world.wires.receive(flow, more);
  world.wires.receive(flow, more);
  assert.equal(world.core.requests.length, 1);
  assert.equal(world.layer.serverCount, 1);
  assert.deepEqual(flow.lines(), ["SIP/2.0 503 Service Unavailable", "SIP/2.0 503 Service Unavailable"]);
  assert.equal(flow.last().get("Retry-After"), "7");
  assert.equal(flow.sent[0], flow.sent[1], "the same To tag for the same request (§8.2.7)");
  assert.equal(world.metric("sip_overload_total"), 2);
  world.wires.receive(flow, requestText("CANCEL", { via: VIA }));
  assert.equal(world.core.cancels.length, 1);
  // The ACK for the stateless 503 ends here; another ACK is for the core.
  world.wires.receive(flow, requestText("ACK", { via: VIA.replace("abc", "def"), toTag: flow.last().to.tag }));
  assert.equal(world.core.requests.length, 1);
});

Deno.test("the ACK for a stateless refusal is absorbed", () => {
  const world = new World({ limits: { server: 0 } });
  const flow = world.flow();
  world.wires.receive(flow, requestText("INVITE", { via: VIA }));
  const { tag } = flow.last().to;
  world.wires.receive(flow, requestText("ACK", { via: VIA, toTag: tag }));
  assert.equal(world.core.requests.length, 0);
  world.wires.receive(flow, requestText("ACK", { via: VIA, toTag: "other" }));
  assert.equal(world.core.requests.length, 1);
});

Deno.test("a core that throws costs a 500 and a log line, nothing else", () => {
  const world = new World();
  const flow = world.flow();
  world.core.answer = () => {
    throw new Error("a defect of the core");
  };
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA }));
  assert.deepEqual(flow.lines(), ["SIP/2.0 500 Server Internal Error"]);
  world.core.answer = (transaction) => reply(transaction, 200);
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA.replace("abc", "def") }));
  assert.equal(flow.lines()[1], "SIP/2.0 200 OK");
});

Deno.test("responses are counted by class and direction", () => {
  const world = new World();
  const flow = world.flow();
  world.wires.receive(flow, requestText("MESSAGE", { via: VIA }));
  reply(world.core.requests[0], 404);
  assert.equal(world.metric(`sip_responses_total{direction="out",class="4xx"}`), 1);
  assert.equal(world.metric("sip_server_transactions"), 1);
});
