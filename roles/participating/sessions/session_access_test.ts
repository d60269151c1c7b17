import assert from "node:assert/strict";
import { BLOCK, DROP, FakeRules, HIDDEN } from "../testing/fake_rules.ts";
import { settle } from "../testing/pager_world.ts";
import { MsrpWire } from "./testing/msrp_wire.ts";
import { reviewSessions } from "./session_review.ts";
import { accept, answer, offer, SessionWorld } from "./testing/session_world.ts";

const PAIR = "sip:alice@example.test > sip:bob@example.test";
const BOB = "sip:bob@example.test";
const LARGE = "Accept-Contact: *;+g.oma.sip-im.large-message\r\n";
const FILE = ['a=file-selector:name:"a.txt" type:text/plain size:10', "a=sendonly"];

function worldWith(rules: FakeRules): SessionWorld {
  const world = new SessionWorld({ access: rules });
  world.device("bob", "sip:bob@203.0.113.1");
  return world;
}

Deno.test("both sides' rules are asked about sessions, large messages and files", () => {
  const rules = new FakeRules();
  const world = worldWith(rules);
  world.invite();
  world.invite(offer(), { headers: LARGE });
  world.invite(offer({ more: FILE }));
  world.invite(offer(), { headers: "Privacy: id\r\n" });
  world.invite(offer(), { from: "sip:x@far.test" });
  world.invite(offer(), { uri: "sip:x@FAR.test:5060;y=z" });
  assert.deepEqual(rules.asked, [
    `out session ${PAIR}`,
    `in session ${PAIR}`,
    `out large ${PAIR}`,
    `in large ${PAIR}`,
    `out file ${PAIR}`,
    `in file ${PAIR}`,
    `out session ${PAIR} (hidden)`,
    `in session ${PAIR} (hidden)`,
    `in session sip:x@far.test > ${BOB}`,
    "out session sip:alice@example.test > sip:x@far.test",
  ]);
});

Deno.test("what rules refuse is told in their words, and no device rings", async (t) => {
  const cases: [name: string, side: "in" | "out", decision: typeof BLOCK, warning: string, by: string][] = [
    ["recipient", "in", BLOCK, "100 Function not allowed due to rules of the recipient", "recipient rules"],
    ["sender", "out", BLOCK, "100 Function not allowed due to rules of the recipient", "sender rules"],
    ["hiding", "in", HIDDEN, "102 Anonymity not allowed", "recipient rules"],
  ];
  for (const [name, side, decision, warning, by] of cases) {
    await t.step(name, () => {
      const rules = new FakeRules();
      rules[side].set(PAIR, decision);
      const world = worldWith(rules);
      const { statuses, last } = world.invite();
      assert.deepEqual(statuses, [403]);
      assert.equal(last.get("Warning"), `399 example.test "${warning}"`);
      assert.equal(world.requests("INVITE").length + world.sessions.size, 0);
      assert.deepEqual(world.happened, [`sessionRefused 403 ${by}`]);
    });
  }
});

Deno.test("what is dropped politely ends as it does with a user who has no device", () => {
  const rules = new FakeRules();
  const away = new SessionWorld().invite();
  rules.in.set(PAIR, DROP);
  const world = worldWith(rules);
  const dropped = world.invite();
  assert.deepEqual(dropped.statuses, away.statuses);
  assert.deepEqual(dropped.last.reason, away.last.reason);
  const names = (head: string) => head.split("\r\n").map((line) => line.split(":")[0]).slice(1).join();
  assert.equal(names(dropped.last.head), names(away.last.head), "by no header either");
  assert.equal(world.requests("INVITE").length, 0);
});

Deno.test("an INVITE waits for rules that have to be read, and goes on as it came", async () => {
  const rules = new FakeRules();
  rules.unread.add(BOB);
  const gate = Promise.withResolvers<void>();
  rules.gate = gate.promise;
  const world = worldWith(rules);
  const invited = world.invite();
  await settle();
  assert.equal(world.requests("INVITE").length, 0);
  gate.resolve();
  await settle();
  accept(world.requests("INVITE")[0], answer());
  assert.equal(invited.last.status, 200);
  world.within(invited, "ACK");
  assert.equal(world.happened.length, 1);
});

Deno.test("an INVITE that is cancelled while it waits is over, and rings nowhere", async () => {
  const rules = new FakeRules();
  rules.unread.add(BOB);
  const gate = Promise.withResolvers<void>();
  rules.gate = gate.promise;
  const world = worldWith(rules);
  const invited = world.invite();
  invited.user!.onCancel(invited, invited.request);
  assert.deepEqual(invited.statuses, [487]);
  gate.resolve();
  await settle();
  assert.deepEqual(invited.statuses, [487]);
  assert.equal(world.requests("INVITE").length + world.sessions.size, 0);
});

Deno.test("rules that cannot be read let no session pass", async () => {
  const rules = new FakeRules();
  rules.unread.add("sip:alice@example.test");
  rules.failure = new Error("the store does not answer");
  const world = worldWith(rules);
  const invited = world.invite();
  await settle();
  assert.deepEqual(invited.statuses, [503]);
  assert.equal(invited.last.get("Retry-After"), "10");
  assert.equal(world.requests("INVITE").length, 0);
});

Deno.test("a session that the rules no longer let stand ends as if the other party had hung up", async (t) => {
  const cases: [name: string, aor: string, side: "in" | "out"][] = [
    ["the invitee blocks", BOB, "in"],
    ["the inviter blocks", "sip:alice@example.test", "out"],
  ];
  for (const [name, aor, side] of cases) {
    await t.step(name, async () => {
      const rules = new FakeRules();
      const world = worldWith(rules);
      const { invited } = world.session();
      await reviewSessions(world.sessions, rules, aor);
      assert.equal(world.sessions.size, 1, "nothing against it");
      rules[side].set(PAIR, DROP);
      rules.unread.add(aor);
      await reviewSessions(world.sessions, rules, aor);
      assert.equal(world.sessions.size, 0);
      const byes = world.requests("BYE");
      assert.deepEqual(byes.map(({ request }) => request.uri).sort(), [
        "sip:alice@198.51.100.9",
        "sip:bob@203.0.113.1",
      ]);
      assert.ok(byes.every(({ request }) => !request.has("Reason")));
      assert.equal(world.happened.at(-1), "sessionEnded access rules");
      assert.equal(invited.last.status, 200);
    });
  }
  await t.step("a ringing one, too", async () => {
    const rules = new FakeRules();
    const world = worldWith(rules);
    const invited = world.invite();
    rules.in.set(PAIR, DROP);
    await reviewSessions(world.sessions, rules, BOB);
    assert.deepEqual(invited.statuses, [480]);
    assert.ok(world.requests("INVITE")[0].cancelled);
    assert.equal(world.sessions.size, 0);
  });
});

Deno.test("a MESSAGE that would be carried as a large one obeys the rules first", () => {
  const rules = new FakeRules();
  const wire = new MsrpWire({ largeMessages: "convert" }, rules);
  const { world } = wire;
  world.device("bob", "sip:bob@203.0.113.1");
  const send = () => {
    const received = world.receive({ uri: BOB, body: "x".repeat(5000) });
    world.core.onRequest(received);
    return received.statuses;
  };
  rules.in.set(PAIR, BLOCK);
  assert.deepEqual(send(), [403]);
  rules.in.set(PAIR, DROP);
  assert.deepEqual(send(), [200]);
  assert.equal(world.requests("INVITE").length + world.paged.length, 0);
  rules.in.delete(PAIR);
  send();
  assert.equal(world.requests("INVITE").length, 1);
  assert.deepEqual(rules.asked.slice(-2), [`out large ${PAIR}`, `in large ${PAIR}`]);
});
