import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import { parseCpim } from "../../../transport/payload/mod.ts";
import { JoinedWire } from "./testing/joined_wire.ts";
import { Client } from "./testing/msrp_wire.ts";
import { mediaOf } from "./testing/session_world.ts";

Deno.test("messages go through the box both ways, in order, each once, and delivery is told", async () => {
  const wire = new JoinedWire();
  await wire.session();
  const said = Array.from({ length: 50 }, (_, i) => `message ${i}`);
  for (const text of said) {
    wire.alice.say(text);
    wire.bob.say(text);
  }
  await wire.settle();
  await wire.settle();
  assert.deepEqual(wire.bob.texts, said);
  assert.deepEqual(wire.alice.texts, said);
  assert.deepEqual(wire.alice.delivered, said);
  const [row] = wire.world.sessions.list();
  assert.equal(row.fromInviter.messages, 50);
  assert.equal(row.fromInvitee.octets, said.join("").length);
  wire.world.within(wire.invited, "BYE");
  await wire.settle();
  assert.equal(wire.box.size, 0, "our URIs mean nothing any more");
});

Deno.test("the box connects to a party that waits", async () => {
  const wire = new JoinedWire();
  await wire.session({}, { more: ["a=setup:passive"] });
  wire.alice.say("hello");
  await wire.settle();
  assert.deepEqual(wire.bob.texts, ["hello"]);
});

Deno.test("who is not the party of the session is not let in, though it knows the URI", async () => {
  const wire = new JoinedWire();
  await wire.session();
  const mallory = new Client();
  wire.end(mallory, 2, "msrp://192.0.2.66:1/mallory;tcp");
  mallory.session.start("active", { path: mediaOf(wire.invited.last).path });
  mallory.say("let me in");
  await wire.settle();
  assert.deepEqual(wire.bob.texts, []);
  assert.notEqual(mallory.closed, "");
});

Deno.test("CPIM is taken off for a client that does not take it, and put around what it says", async () => {
  const wire = new JoinedWire();
  await wire.session({ types: "message/cpim" }, { types: "text/plain" });
  wire.alice.say(
    "From: <sip:alice@example.test>\r\nTo: <sip:bob@example.test>\r\n\r\nContent-Type: text/plain\r\n\r\nhi",
    "message/cpim",
  );
  wire.bob.say("hello");
  await wire.settle();
  assert.deepEqual([wire.bob.texts, wire.bob.types], [["hi"], ["text/plain"]]);
  assert.deepEqual(wire.alice.types, ["message/cpim"]);
  const cpim = parseCpim(utf8(wire.alice.texts[0]));
  assert.equal(new TextDecoder().decode(cpim.body), "hello");
  assert.deepEqual(cpim.headers.slice(0, 2).map(({ name, value }) => `${name}: ${value}`), [
    "From: <sip:bob@example.test>",
    "To: <sip:alice@example.test>",
  ]);
  assert.deepEqual(wire.alice.delivered.length, 1);
});

Deno.test("each message is held to the limit of its type, in a wrapper too", async () => {
  const types = [{ type: "text/plain", maxBytes: 100 }, { type: "image/*", maxBytes: 5000 }];
  const wire = new JoinedWire({ types, maxMessage: 100 });
  await wire.session({ types: "*" }, { types: "*" });
  wire.alice.say("x".repeat(100));
  wire.alice.say("x".repeat(101));
  wire.alice.say("x".repeat(3000), "image/png");
  wire.alice.say("x", "application/zip");
  wire.alice.say("From: <sip:a@b>\r\n\r\nContent-Type: application/zip\r\n\r\nx", "message/cpim");
  await wire.settle();
  assert.deepEqual(wire.bob.texts.map((text) => text.length), [100, 3000]);
  assert.deepEqual(wire.alice.failed, [413, 415, 415]);
});

Deno.test("a cut connection ends the session after its grace; nothing vanishes silently", async () => {
  const wire = new JoinedWire();
  await wire.session();
  wire.cuts[0]();
  await wire.settle();
  assert.notEqual(wire.bob.closed, "");
  wire.alice.say("into the void");
  await wire.settle();
  wire.world.time.advance(16_000);
  await wire.settle();
  assert.equal(wire.world.sessions.size, 0);
  assert.equal(wire.world.happened.at(-1), "sessionEnded connection lost");
  assert.equal(wire.alice.failed.length, 1);
});

Deno.test("a party that we connect to and that is not there any more is tried once, and has no longer than its grace", async () => {
  const wire = new JoinedWire();
  await wire.session({}, { more: ["a=setup:passive"] });
  const made = wire.cuts.length;
  wire.nodes[1].close("the device is switched off");
  await wire.settle();
  assert.equal(wire.cuts.length, made + 1);
  wire.world.time.advance(16_000);
  await wire.settle();
  assert.equal(wire.world.happened.at(-1), "sessionEnded connection lost");
  assert.equal(wire.cuts.length, made + 1);
});
