import assert from "node:assert/strict";
import { EMPTY } from "../foundation/mod.ts";
import { responseHead } from "../transport/sip/mod.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";

Deno.test("a large message: one session, one message, BYE, and its notifications come back", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test", { door: true });
  const bob = network.device("bob.test");
  const text = "lorem ipsum ".repeat(20_000);
  const message = alice.client.sendLargeText(bob.uri, text)!;
  await network.until(() => message.state === "displayed", "the notification");
  await network.until(() => alice.client.sessions + bob.client.sessions === 0, "the end");
  assert.equal(bob.notes.texts[0], text);
  assert.equal(bob.notes.messages[0].mode, "large");
  assert.equal(network.count("INVITE"), 1);
  assert.equal(network.count("BYE"), 1);
  assert.match(network.bodies[0], /^Contact: .*\+g\.oma\.sip-im\.large-message/m);
});

Deno.test("a large message over the other side's limit fails before an octet has moved", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test", { door: true });
  const bob = network.device("bob.test", { parts: { limits: { largeMessage: 10_000 } } });
  const message = alice.client.sendLargeText(bob.uri, "x".repeat(20_000));
  await network.until(() => alice.client.sessions === 0 && bob.client.sessions === 0, "the end");
  assert.match(alice.notes.statesOf(message), /^failed: the message has 20\d\d\d bytes, and 10000 are allowed$/);
  assert.equal(bob.notes.messages.length, 0);
});

Deno.test("a large message whose connection is cut arrives all the same, once", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test", { door: true });
  const bob = network.device("bob.test");
  const text = "x".repeat(3_000_000);
  const message = alice.client.sendLargeText(bob.uri, text)!;
  await network.until(() => network.duplexes.length === 1, "the connection");
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(message.state, "waiting", "it is cut in the middle of it");
  network.cut();
  await network.until(() => message.state === "displayed", "the notification");
  assert.equal(network.count("INVITE"), 2, "by a session of the same call");
  assert.equal(bob.notes.messages.length, 1);
  assert.equal(bob.notes.texts[0].length, text.length);
});

Deno.test("a message that is too large for a MESSAGE goes as it is in a session: wrapped once, with one Message-ID", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test", { door: true });
  const bob = network.device("bob.test");
  // As a service would that takes no more than 1,300 octets.
  bob.layer.user = {
    onRequest(transaction) {
      const { request } = transaction;
      if (request.method !== "MESSAGE" || request.body.length <= 1300) return bob.client.line.onRequest(transaction);
      transaction.respond(413, responseHead(request, 413, { toTag: "t" }), EMPTY);
    },
    onStrayResponse() {},
  };
  const text = "lorem ipsum ".repeat(200);
  const message = alice.client.sendPager(bob.uri, text)!;
  await network.until(() => message.state === "displayed", "the notification");
  assert.deepEqual(bob.notes.texts, [text]);
  assert.match(bob.notes.messages[0].contentType, /^text\/plain/);
  assert.equal(bob.notes.messages[0].id, message.id);
  assert.match(alice.notes.statesOf(message), /^(?:sent )?delivered displayed$/);
});
