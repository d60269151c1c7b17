import assert from "node:assert/strict";
import { MemoryNetwork } from "./testing/memory_network.ts";

Deno.test("two clients chat without any server: text both ways, each delivered and displayed once", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const chat = alice.client.openChat(bob.uri)!;
  // What is said before the answer waits.
  const first = chat.send("hello – early");
  await network.until(() => bob.notes.chats.length === 1, "the chat");
  const reply = bob.notes.chats[0].send("hi");
  await network.until(() => alice.notes.statesOf(first).endsWith("displayed"), "the notification");
  await network.until(() => bob.notes.statesOf(reply).endsWith("displayed"), "the notification");
  assert.deepEqual(bob.notes.texts, ["hello – early"]);
  assert.deepEqual(alice.notes.texts, ["hi"]);
  assert.equal(bob.notes.messages[0].from, alice.uri);
  assert.equal(bob.notes.messages[0].fromName, "Alice");
  assert.equal(alice.notes.statesOf(first), "sent delivered displayed");
  chat.end("bye now");
  await network.until(() => alice.client.sessions + bob.client.sessions === 0, "the end");
  assert.deepEqual(bob.notes.events, ["ended: bye now"]);
  assert.equal(alice.board.size + bob.board.size, 0);
  assert.equal(alice.calls.size + bob.calls.size, 0);
});
