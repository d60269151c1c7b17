import assert from "node:assert/strict";
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
  network.cut();
  await network.until(() => message.state === "displayed", "the notification");
  assert.equal(bob.notes.messages.length, 1);
  assert.equal(bob.notes.texts[0].length, text.length);
});
