import assert from "node:assert/strict";
import { utf8 } from "../foundation/mod.ts";
import type { SipResponse } from "../transport/sip/mod.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";

Deno.test("pager mode: messages go one by one in order, each delivered and displayed once", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test");
  const sent = Array.from({ length: 50 }, (_, i) => alice.client.sendPager(bob.uri, `m${i} ünïcode`)!);
  await network.until(() => sent.every(({ state }) => state === "displayed"), "all notifications");
  assert.deepEqual(bob.notes.texts, Array.from({ length: 50 }, (_, i) => `m${i} ünïcode`));
  for (const message of sent) {
    assert.match(alice.notes.statesOf(message), /^(?:sent )?delivered displayed$|^displayed$/);
  }
  // 50 messages and two notifications for each; nobody notifies about notifications.
  assert.equal(network.count("MESSAGE"), 150);
});

Deno.test("plain text asks for nothing, and nothing is told", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test");
  const message = alice.client.sendPager(bob.uri, "plain", true);
  await network.until(() => bob.notes.messages.length === 1, "the message");
  await network.pass(1000);
  assert.equal(alice.notes.statesOf(message), "sent");
  assert.equal(network.count("MESSAGE"), 1);
});

Deno.test("the same message twice is shown once, and told of twice", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test");
  const message = alice.client.sendPager(bob.uri, "once")!;
  await network.until(() => message.state === "displayed", "the notification");
  // As a service that lost its memory of the first delivery would.
  const text = network.bodies.find((each) => each.startsWith("MESSAGE"))!;
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  const before = network.count("MESSAGE");
  alice.client.notifyByMessage(bob.uri, utf8(body));
  await network.until(() => network.count("MESSAGE") === before + 2, "the second notification");
  assert.deepEqual(bob.notes.texts, ["once"]);
  assert.match(alice.notes.statesOf(message), /displayed$/);
});

Deno.test("nobody there: the message fails in words", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const message = alice.client.sendPager("sip:nobody@nowhere.test", "hello");
  await network.until(() => alice.notes.statesOf(message) !== "", "the failure");
  assert.match(alice.notes.statesOf(message), /^failed: the service cannot be reached/);
});

Deno.test("a body that cannot be read is answered 400, another encoding 415 with those that are taken", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test");
  alice.client.notifyByMessage(bob.uri, utf8("this is no CPIM"));
  await network.until(() => network.count("SIP/2.0 400") === 1, "400");
  const answers: SipResponse[] = [];
  alice.agent.send({
    method: "MESSAGE",
    uri: bob.uri,
    from: `<${alice.uri}>`,
    to: `<${bob.uri}>`,
    headers: [["Content-Encoding", "gzip"]],
    contentType: "message/cpim",
    body: utf8("compressed"),
  }, { onResponse: (_request, response) => void answers.push(response), onFailure: () => assert.fail("no answer") });
  await network.until(() => answers.length === 1, "415");
  assert.equal(answers[0].status, 415);
  assert.equal(answers[0].get("Accept-Encoding"), "identity");
  assert.match(answers[0].get("Accept") ?? "", /message\/cpim/);
  assert.equal(bob.notes.messages.length, 0);
});

Deno.test("many messages to nobody: each fails after its turn, and the next recipient is not kept waiting", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test");
  const lost = Array.from({ length: 5_000 }, (_, i) => alice.client.sendPager("sip:nobody@nowhere.test", `m${i}`)!);
  assert.ok(lost.every(({ state }) => state === "waiting"), "nothing is told while it is being sent");
  const message = alice.client.sendPager(bob.uri, "hello")!;
  await network.until(() => message.state === "displayed" && alice.client.waiting === 0, "the end");
  assert.ok(lost.every(({ state }) => state === "failed"));
});
