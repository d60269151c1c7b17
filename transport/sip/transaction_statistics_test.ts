import assert from "node:assert/strict";
import { EMPTY } from "../../foundation/mod.ts";
import { responseHead } from "./respond.ts";
import { requestText, responseTo, World } from "./testing/transaction_world.ts";

for (const transport of ["udp", "tcp"] as const) {
  Deno.test(`${transport}: a MESSAGE that was taken counts once, however often its 200 comes, and no other request does`, () => {
    const world = new World();
    const flow = world.flow(transport);
    world.start("MESSAGE", flow);
    const ok = responseTo(flow.last(), 200);
    for (let i = 0; i < 3; i++) world.wires.receive(flow, ok);
    world.start("MESSAGE", flow);
    world.wires.receive(flow, responseTo(flow.last(), 180));
    world.wires.receive(flow, responseTo(flow.last(), 480));
    world.start("OPTIONS", flow);
    world.wires.receive(flow, responseTo(flow.last(), 200));
    assert.equal(world.metrics.value("sip_messages_taken_total"), 1);
  });
}

Deno.test("challenges are told apart from refusals", () => {
  const world = new World();
  const flow = world.flow();
  const statuses = [401, 407, 403, 200];
  world.core.answer = (transaction) => {
    const status = statuses[world.core.requests.length - 1];
    transaction.respond(status, responseHead(transaction.request, status, { toTag: "t" }), EMPTY);
  };
  for (let i = 0; i < statuses.length; i++) {
    const via = `SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK${i};rport`;
    world.wires.receive(flow, requestText("MESSAGE", { via, cseq: i + 1 }));
  }
  assert.equal(world.metrics.value("sip_challenges_total"), 2);
  assert.equal(world.metrics.value("sip_responses_total", "out", "4xx"), 3);
});
