import assert from "node:assert/strict";
import { FakeFlow } from "./testing/fake_exchange.ts";
import { ALICE, INSTANCE, RegisterWorld } from "./testing/register_world.ts";

const flowContact = (regId: number, host = "10.0.0.1") =>
  `Contact: <sip:a@${host};transport=tcp>;reg-id=${regId};${INSTANCE}\nSupported: path, outbound`;
const TWO_VIAS = "Via: SIP/2.0/TCP edge.test;branch=z9hG4bKe, SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKc";

Deno.test("outbound over a direct flow: Require, Flow-Timer, and only that flow", () => {
  const world = new RegisterWorld({ flow_timer: 90 });
  const flow = new FakeFlow("tcp");
  const answer = world.register(flowContact(1), { flow });
  assert.equal(answer.status, 200);
  assert.equal(answer.get("Require"), "outbound");
  assert.equal(answer.get("Flow-Timer"), "90");
  const [binding] = world.registrar.location.bindings(ALICE);
  assert.deepEqual([binding.regId, binding.flowOnly, binding.flowId], [1, true, flow.id]);
});

Deno.test("a flow is replaced by instance and reg-id, whatever its Contact says", () => {
  const world = new RegisterWorld();
  world.register(flowContact(1), { flow: new FakeFlow("tcp"), callId: "a" });
  world.register(flowContact(2, "10.0.0.2"), { flow: new FakeFlow("tcp"), callId: "b" });
  assert.equal(world.contacts().length, 2);
  world.register(flowContact(1, "10.9.9.9"), { flow: new FakeFlow("tcp"), callId: "c" });
  assert.deepEqual(world.contacts(), ["sip:a@10.9.9.9;transport=tcp", "sip:a@10.0.0.2;transport=tcp"]);
});

Deno.test("a connection that breaks takes its bindings with it at once, and no others", () => {
  const world = new RegisterWorld();
  const flow = new FakeFlow("tcp");
  world.register(flowContact(1), { flow, callId: "a" });
  world.register(flowContact(2, "10.0.0.2"), { flow: new FakeFlow("tcp"), callId: "b" });
  flow.close("reset");
  assert.deepEqual(world.contacts(), ["sip:a@10.0.0.2;transport=tcp"]);
  assert.equal(world.happened.at(-1), "unregistered sip:a@10.0.0.1;transport=tcp flow");
  assert.equal(world.restarted().register("", { callId: "q" }).getAll("Contact").length, 1);
});

Deno.test("a connection that broke after the device took another does not harm the new binding", () => {
  const world = new RegisterWorld();
  const old = new FakeFlow("tcp");
  world.register(flowContact(1), { flow: old });
  world.register(flowContact(1), { flow: new FakeFlow("tcp") });
  old.close("timeout");
  assert.equal(world.contacts().length, 1);
});

Deno.test("a connection that breaks while its REGISTER is being committed leaves no binding", () => {
  const world = new RegisterWorld();
  const flow = new FakeFlow("tcp");
  const transaction = world.send(flowContact(1), { flow });
  flow.close("reset");
  world.registrations.commit();
  assert.equal(transaction.answer.status, 200);
  assert.deepEqual(world.contacts(), []);
  assert.equal(world.registrations.disk.size, 0);
});

Deno.test("a plain TCP contact outlives its connection: it can be reached anew", () => {
  const world = new RegisterWorld();
  const flow = new FakeFlow("tcp");
  world.register("Contact: <sip:a@192.0.2.1;transport=tcp>", { flow });
  flow.close("idle");
  assert.equal(world.contacts().length, 1);
});

Deno.test("a flow that failed under a request is taken away when told; old news is not believed", () => {
  const world = new RegisterWorld();
  world.register(flowContact(1), { flow: new FakeFlow("tcp") });
  const [before] = world.registrar.location.bindings(ALICE);
  world.register(flowContact(1), { flow: new FakeFlow("tcp") });
  world.registrar.location.flowFailed(ALICE, before);
  const [now] = world.registrar.location.bindings(ALICE);
  assert.ok(now !== undefined && now.flowId !== before.flowId);
  world.registrar.location.flowFailed(ALICE, now);
  assert.deepEqual(world.contacts(), []);
});

Deno.test("behind an edge without outbound: 439; without asking for outbound, reg-id is ignored", () => {
  const world = new RegisterWorld();
  assert.equal(world.register(flowContact(1), { via: TWO_VIAS }).status, 439);
  assert.equal(world.register(`${flowContact(1)}\nPath: <sip:edge.test;lr>`, { via: TWO_VIAS }).status, 439);
  const answer = world.register(`Contact: <sip:a@10.0.0.1>;reg-id=1;${INSTANCE}`, { via: TWO_VIAS });
  assert.equal(answer.status, 200);
  assert.equal(answer.has("Require"), false);
  assert.equal(world.registrar.location.bindings(ALICE)[0].regId, 0);
});

Deno.test("behind an edge that keeps flows (ob at the bottom of Path): outbound, and the edge's flow", () => {
  const world = new RegisterWorld();
  const path = "Path: <sip:p2.test;lr>, <sip:token@edge.test;lr;ob>";
  const answer = world.register(`${flowContact(1)}\n${path}`, { via: TWO_VIAS });
  assert.equal(answer.status, 200);
  assert.equal(answer.get("Require"), "outbound");
  assert.equal(answer.has("Flow-Timer"), false);
  const [binding] = world.registrar.location.bindings(ALICE);
  assert.deepEqual([binding.regId, binding.flowOnly], [1, false]);
  const upside = "Path: <sip:token@p2.test;lr;ob>, <sip:edge.test;lr>";
  assert.equal(world.register(`${flowContact(2)}\n${upside}`, { via: TWO_VIAS }).status, 439);
});

Deno.test("a reg-id without an instance is ignored", () => {
  const world = new RegisterWorld();
  const answer = world.register("Contact: <sip:a@192.0.2.1>;reg-id=1\nSupported: outbound", {
    flow: new FakeFlow("tcp"),
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.has("Require"), false);
  const [binding] = world.registrar.location.bindings(ALICE);
  assert.deepEqual([binding.regId, binding.flowOnly], [0, false]);
});

Deno.test("a WebSocket client can be reached on its connection only", () => {
  const world = new RegisterWorld();
  const flow = new FakeFlow("wss");
  const answer = world.register("Contact: <sip:a@x.invalid;transport=ws>", { flow });
  assert.equal(answer.get("Service-Route"), "<sip:im.example.test:5060;transport=ws;lr>");
  assert.equal(world.registrar.location.bindings(ALICE)[0].flowOnly, true);
  assert.ok(world.registrar.registeredOver(ALICE, flow.id));
  flow.close("gone");
  assert.deepEqual(world.contacts(), []);
  assert.equal(world.registrar.registeredOver(ALICE, flow.id), false);
});
