import assert from "node:assert/strict";
import { ANONYMOUS, communication, one, REJECT, rule, RulesWorld } from "./testing/rules_world.ts";

Deno.test("a number is blocked by whatever address its owner comes", async () => {
  const world = await RulesWorld.open();
  const refused = "refuse: rules of the recipient";
  const number = "+15550100";
  await world.lists("bob", { oma_blockedcontacts: { uris: ["tel:+1-555-0100"] } });
  assert.equal(await world.incoming("sip:x7@gateway.test", "bob", { number }), refused);
  assert.equal(await world.incoming("sip:x7@gateway.test", "bob"), "allow");
  assert.equal(await world.incoming("sip:x7@gateway.test", "bob", { number: "+15550101" }), "allow");
  await world.access("carol", rule(one("tel:+15550100"), REJECT));
  assert.equal(await world.incoming("sip:+15550100@gateway.test", "carol", { number }), refused);
});

Deno.test("a number is one however it is written", async () => {
  const world = await RulesWorld.open();
  world.numbers.set("sip:alice@example.test", "+15550100");
  for (const uri of ["sip:+1-555-0100@example.test;user=phone", "sip:+1.555.0100@EXAMPLE.test;user=phone"]) {
    await world.lists("bob", { oma_blockedcontacts: { uris: [uri] } });
    assert.equal(await world.incoming("alice", "bob"), "refuse: rules of the recipient", uri);
  }
});

Deno.test("what waits for rules is bounded, and what waited too long goes nowhere", async () => {
  const world = await RulesWorld.open();
  await world.access("bob", rule(ANONYMOUS, REJECT));
  const gate = Promise.withResolvers<void>();
  world.beforeRead = () => gate.promise;
  const asked = communication("alice", "bob");
  const waiting = Array.from({ length: 10_000 }, () => world.rules.prepare(asked));
  const settled = Promise.allSettled(waiting);
  await assert.rejects(world.rules.prepare(asked), /too many requests wait/);
  world.xdm.time.advance(30_000);
  gate.resolve();
  const outcomes = await settled;
  assert.ok(outcomes.every(({ status }) => status === "rejected"), "whoever asked has given up");
  await world.rules.prepare(asked);
  assert.equal(world.now("incoming", "alice", "bob"), "allow");
});
