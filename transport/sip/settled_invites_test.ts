import assert from "node:assert/strict";
import { EMPTY, fromLatin1, toLatin1 } from "../../foundation/mod.ts";
import type { SipResponse } from "./message.ts";
import type { LateAnswers, SettledAck } from "./transactions.ts";
import type { FakeFlow } from "./testing/fake_wires.ts";
import { responseTo, World } from "./testing/transaction_world.ts";

/** An INVITE over that transport whose 2xx was acknowledged, and who hears what comes late. */
function settled(transport: "udp" | "tcp" = "udp", sent = true) {
  const world = new World();
  const flow = world.flow(transport);
  const { branch } = world.start("INVITE", flow);
  const ok = responseTo(flow.last(), 200, "first");
  world.wires.receive(flow, ok);
  const told: string[] = [];
  const late: LateAnswers = {
    onFork: ({ to }: SipResponse, on, flowId) => {
      told.push(`fork ${to.tag} ${flowId}`);
      return ackFor(to.tag, on as FakeFlow);
    },
    onAgain: ({ to }, _flow, flowId, contentType, body) => {
      told.push(`again ${to.tag} ${flowId} ${contentType} ${toLatin1(body)}`.trim());
    },
  };
  const from = (tag: string, status = 200) =>
    world.wires.receive(flow, ok.replace("tag=first", `tag=${tag}`).replace("SIP/2.0 200", `SIP/2.0 ${status}`));
  const first = ackFor("first", flow, "their answer");
  world.layer.settle(branch, [sent ? first : { ...first, flow: null, head: "" }], 7, late);
  return { world, flow, branch, told, late, from };
}

function ackFor(tag: string, flow: FakeFlow, body = ""): SettledAck {
  const head = `ACK sip:bob@b.test SIP/2.0\r\nTo: <sip:bob@b.test>;tag=${tag}\r\n\r\n`;
  return { tag, flow, head, contentType: body === "" ? "" : "text/x; a=b", body: fromLatin1(body) };
}

const acks = (flow: FakeFlow): string[] => flow.sent.filter((head) => head.startsWith("ACK ")).map(tagIn);
const tagIn = (head: string): string => /;tag=([^\r]*)/.exec(head)![1];

Deno.test("a settled INVITE: each repetition of its 2xx gets the ACK again, body and all, until timer M; the user hears nothing", () => {
  for (const transport of ["udp", "tcp"] as const) {
    const { world, flow, from } = settled(transport);
    from("first");
    world.time.advance(31_000);
    from("first");
    assert.deepEqual(acks(flow), ["first", "first"]);
    assert.equal(toLatin1(flow.bodies.at(-1)!), "their answer");
    from("first", 180);
    from("first", 486);
    assert.deepEqual([acks(flow).length, world.core.strays.length], [2, 0], "anything else is late and of no use");
    assert.deepEqual(world.core.statuses, [200]);
    world.time.advance(2_000);
    from("first");
    assert.deepEqual([acks(flow).length, world.core.strays.length, world.layer.clientCount], [2, 1, 0]);
  }
});

Deno.test("forks that answer later are told once each, with their ACK repeated; no more than thirty-two", () => {
  const { flow, told, from } = settled();
  from("b");
  from("b");
  from("c");
  assert.deepEqual(told, ["fork b 7", "fork c 7"]);
  assert.deepEqual(acks(flow), ["b"], "the first ACK was sent by who was told");
  for (let i = 0; i < 60; i++) from(`fork${i}`);
  assert.equal(told.length, 31);
  from("c");
  assert.deepEqual(acks(flow), ["b", "c"]);
});

Deno.test("where the way of the ACK is gone, or was still looked for, another one is asked for", () => {
  const { world, flow, told } = settled("tcp");
  const ok = responseTo(flow.last(), 200, "first");
  flow.close("cut");
  const other = world.flow("udp", "192.0.2.44");
  assert.equal(flow.open, false);
  world.wires.receive(other, ok);
  assert.deepEqual(told, ["again first 7 text/x; a=b their answer"]);
  const looking = settled("udp", false);
  looking.from("first");
  assert.deepEqual(looking.told, ["again first 7 text/x; a=b their answer"]);
});

Deno.test("only an INVITE that was accepted can be settled, and once", () => {
  const { world, flow, branch, told, late, from } = settled();
  world.layer.settle(branch, [ackFor("other", flow)], 9, late);
  world.layer.settle("z9hG4bKunknown", [ackFor("other", flow)], 9, late);
  from("b");
  assert.deepEqual(told, ["fork b 7"]);
  const early = new World();
  const way = early.flow();
  early.layer.settle(early.start("INVITE", way).branch, [ackFor("x", way)], 0, late);
  const { branch: other } = early.start("MESSAGE", way);
  early.layer.settle(other, [{ ...ackFor("x", way), body: EMPTY }], 0, late);
  assert.equal(early.layer.clientCount, 2, "they wait on");
});

Deno.test("who is told of a fork and throws harms nobody", () => {
  const { world, late, from } = settled();
  late.onFork = () => {
    throw new Error("a mistake");
  };
  from("b");
  assert.equal(world.layer.clientCount, 1);
});
