import assert from "node:assert/strict";
import { firstLocation, parsePresence, typedLocation, writePresence } from "../../transport/presence/mod.ts";
import { PagerWorld } from "./testing/pager_world.ts";

const BODY = writePresence({
  entity: "sip:alice@example.test",
  persons: [{ id: "here", location: typedLocation("52.52,13.405") }],
});
const TYPE = { headers: "Content-Type: application/pidf+xml\r\n" };

Deno.test("a user sends a partner where he is, now or for later, as it was written", async () => {
  const world = new PagerWorld();
  const received = world.message(BODY, TYPE);
  await world.pass(100);
  assert.equal(received.answer.status, 202);
  world.register("bob", "sip:bob@203.0.113.1");
  await world.pass(1000);
  world.sent[0].answer(200);
  await world.pass(100);
  world.message(BODY, { ...TYPE, callId: "2" });
  assert.deepEqual(world.texts(), [BODY, BODY]);
  for (const { request } of world.sent) {
    assert.equal(request.get("Content-Type"), "application/pidf+xml");
    assert.deepEqual(firstLocation(parsePresence(request.body)), typedLocation("52.52,13.405"));
  }
});

Deno.test("an operator who lets only text pass refuses it with 415", () => {
  const world = new PagerWorld({ types: [{ type: "text/plain", maxBytes: 1300 }] });
  assert.equal(world.message(BODY, TYPE).answer.status, 415);
});
