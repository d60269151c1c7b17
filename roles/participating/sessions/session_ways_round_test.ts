import assert from "node:assert/strict";
import { BLOCK, DROP, FakeRules } from "../testing/fake_rules.ts";
import { MsrpWire } from "./testing/msrp_wire.ts";
import { reviewSessions } from "./session_review.ts";
import { mediaOf, offer, SessionWorld } from "./testing/session_world.ts";

const PAIR = "sip:alice@example.test > sip:bob@example.test";
const BOB = "sip:bob@example.test";
const CALL =
  "v=0\r\no=- 1 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

Deno.test("an INVITE that does not say what it is about is no way round a block", async (t) => {
  const cases: [name: string, sdp: string | null, headers: string][] = [
    ["no offer: the device would make one", null, ""],
    ["an offer that cannot be read here", "v=0\r\nm=message", ""],
    ["a packed one", offer(), "Content-Encoding: gzip\r\n"],
    ["a body of another type", "x", "Content-Type: text/plain\r\n"],
    ["a call of another service", CALL, ""],
  ];
  for (const [name, sdp, headers] of cases) {
    await t.step(name, () => {
      const rules = new FakeRules();
      const world = new SessionWorld({ access: rules });
      world.device("bob", "sip:bob@203.0.113.1");
      world.invite(sdp, { headers });
      assert.equal(world.requests("INVITE").length, 1, "without a block it goes on");
      rules.in.set(PAIR, BLOCK);
      assert.deepEqual(world.invite(sdp, { headers }).statuses, [403]);
      rules.in.set(PAIR, DROP);
      assert.deepEqual(world.invite(sdp, { headers }).statuses, [480]);
      assert.equal(world.requests("INVITE").length, 1);
    });
  }
});

Deno.test("an INVITE to the address of a device asks its user's rules, for messages and for calls", async (t) => {
  for (const [name, sdp] of [["messages", offer()], ["a call", CALL]]) {
    await t.step(name, () => {
      const rules = new FakeRules();
      const world = new SessionWorld({ access: rules });
      world.device("bob", "sip:bob@203.0.113.1");
      const invite = () => world.invite(sdp, { uri: "sip:bob@203.0.113.1:5060" }).statuses;
      rules.in.set(PAIR, BLOCK);
      assert.deepEqual(invite(), [403]);
      rules.in.set(PAIR, DROP);
      assert.deepEqual(invite(), [480]);
      assert.equal(world.requests("INVITE").length, 0);
      rules.in.delete(PAIR);
      invite();
      assert.equal(world.requests("INVITE").length, 1);
      assert.ok(rules.asked.every((asked) => asked.endsWith(`session ${PAIR}`)), rules.asked.join("; "));
    });
  }
});

Deno.test("what operators say of messages to people outside one's list does not forbid calls", () => {
  const rules = new FakeRules();
  const world = new SessionWorld({ access: rules });
  world.device("bob", "sip:bob@203.0.113.1");
  rules.out.set(PAIR, BLOCK);
  assert.deepEqual(world.invite(offer()).statuses, [403]);
  assert.deepEqual(world.invite(CALL).statuses, []);
  assert.equal(world.requests("INVITE").length, 1);
});

Deno.test("a tag that somebody made up begins no session past the rules", () => {
  const rules = new FakeRules();
  const world = new SessionWorld({ access: rules });
  world.device("bob", "sip:bob@203.0.113.1");
  const invite = () => world.invite(offer(), { to: `<${BOB}>;tag=made-up` }).statuses;
  rules.in.set(PAIR, BLOCK);
  assert.deepEqual(invite(), [403]);
  assert.equal(world.requests("INVITE").length, 0);
  rules.in.delete(PAIR);
  invite();
  assert.equal(world.requests("INVITE").length, 1, "whether there is such a dialog the device knows");
});

Deno.test("one session whose rules cannot be read keeps no other one from its end", async () => {
  const rules = new FakeRules();
  const world = new SessionWorld({ access: rules });
  world.device("bob", "sip:bob@203.0.113.1");
  world.user("carol");
  world.invite(offer(), { from: "sip:carol@example.test" });
  world.invite();
  assert.equal(world.sessions.size, 2);
  rules.in.set(PAIR, BLOCK);
  const { incoming } = rules;
  rules.incoming = (communication) =>
    communication.from.includes("carol") ? undefined : incoming.call(rules, communication);
  rules.failure = new Error("the store does not answer");
  await assert.rejects(reviewSessions(world.sessions, rules, BOB), /does not answer/);
  assert.deepEqual(world.sessions.allOf(BOB).map(({ plan }) => plan.from), ["sip:carol@example.test"]);
});

Deno.test("a large message is not kept either where the recipient wants none kept", async () => {
  const rules = new FakeRules();
  const wire = new MsrpWire({}, rules);
  const { world } = wire;
  world.device("bob", "sip:bob@203.0.113.1");
  rules.in.set(PAIR, { verdict: "allow", overrides: false, stores: false });
  const invited = world.invite(offer(), { headers: "Accept-Contact: *;+g.oma.sip-im.large-message\r\n" });
  for (let i = 0; i < 2; i++) world.requests("INVITE")[i].answer(488);
  world.within(invited, "ACK");
  wire.end(wire.alice, 0, "msrp://198.51.100.9:7654/alice1;tcp").start("active", { path: mediaOf(invited.last).path });
  wire.alice.say("hello");
  await wire.settle();
  assert.deepEqual(world.paged.map(({ storable }) => storable), [false]);
});
