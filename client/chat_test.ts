import assert from "node:assert/strict";
import type { SentMessage } from "./im_user.ts";
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
  assert.match(alice.notes.statesOf(first), /^(?:sent )?delivered displayed$/);
  chat.end("bye now");
  await network.until(() => alice.client.sessions + bob.client.sessions === 0, "the end");
  assert.deepEqual(bob.notes.events, ["ended: bye now"]);
  assert.equal(alice.board.size + bob.board.size, 0);
  assert.equal(alice.calls.size + bob.calls.size, 0);
});

Deno.test("a thousand messages each way, interleaved: order kept, notifications matched, none twice", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const out = alice.client.openChat(bob.uri)!;
  await network.until(() => bob.notes.chats.length === 1, "the chat");
  const back = bob.notes.chats[0];
  const sent: SentMessage[] = [];
  for (let i = 0; i < 1000; i++) sent.push(out.send(`a${i}`)!, back.send(`b${i}`)!);
  await network.until(
    () => sent.every(({ state }) => state === "displayed"),
    `${sent.filter(({ state }) => state === "displayed").length} of 2000 displayed`,
  );
  assert.deepEqual(bob.notes.texts, Array.from({ length: 1000 }, (_, i) => `a${i}`));
  assert.deepEqual(alice.notes.texts, Array.from({ length: 1000 }, (_, i) => `b${i}`));
  for (const { notes } of [alice, bob]) {
    for (const states of notes.states.values()) assert.match(states.join(" "), /^(?:sent )?delivered displayed$/);
  }
});

Deno.test("a chat survives the loss of its connection: what was under way comes once, in order", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const out = alice.client.openChat(bob.uri)!;
  await network.until(() => bob.notes.chats.length === 1, "the chat");
  const back = bob.notes.chats[0];
  const sent: SentMessage[] = [];
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 20; i++) sent.push(out.send(`a${round}.${i}`)!, back.send(`b${round}.${i}`)!);
    // In the middle of it, at another place each time.
    for (let i = 0; i <= round; i++) await new Promise((resolve) => queueMicrotask(() => resolve(null)));
    network.cut();
    await network.until(() => out.state === "lost" || out.state === "over", "the loss");
    await network.until(() => out.state === "open" && back.state === "open", "the new connection");
  }
  await network.until(() => sent.every(({ state }) => state === "displayed"), "all notifications");
  const wanted = (letter: string) =>
    Array.from({ length: 5 }, (_, round) => Array.from({ length: 20 }, (_, i) => `${letter}${round}.${i}`)).flat();
  assert.deepEqual(bob.notes.texts, wanted("a"));
  assert.deepEqual(alice.notes.texts, wanted("b"));
  assert.equal(alice.client.chats.size, 1, "one call all the time");
});

Deno.test("a chat whose other side cannot be connected to any more ends, and says so of what waits", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const out = alice.client.openChat(bob.uri)!;
  await network.until(() => bob.notes.chats.length === 1, "the chat");
  bob.board.close("the cable is out");
  await network.until(() => out.state === "lost", "the loss");
  const late = out.send("are you there?")!;
  await network.until(() => out.state === "over", "the end");
  assert.equal(late.state, "failed");
  assert.match(alice.notes.statesOf(late), /^failed: the connection is lost/);
});

Deno.test("two clients without a door cannot talk, and say why", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test");
  const message = alice.client.openChat(bob.uri)!.send("hello");
  await network.until(() => alice.client.sessions === 0, "the refusal");
  assert.match(alice.notes.statesOf(message), /^failed: .*this client has no door for MSRP.*\(488\)$/);
});

Deno.test("who has the door may invite, too: then the other side connects", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test", { door: true });
  const bob = network.device("bob.test");
  const message = alice.client.openChat(bob.uri)!.send("hello")!;
  await network.until(() => message.state === "displayed", "the notification");
  assert.match(network.bodies.find((text) => text.startsWith("INVITE"))!, /a=setup:actpass/);
  assert.match(network.bodies.find((text) => /^SIP\/2.0 200[^]*INVITE/.test(text))!, /a=setup:active/);
});

Deno.test("typing is shown, and over when the message is there or nothing more is written", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  const chat = alice.client.openChat(bob.uri)!;
  await network.until(() => bob.notes.chats.length === 1 && chat.session?.state === "open", "the chat");
  chat.typed();
  chat.typed();
  await network.until(() => bob.notes.events.length === 1, "typing");
  chat.send("done");
  await network.until(() => bob.notes.messages.length === 1, "the message");
  chat.typed();
  await network.until(() => bob.notes.events.length === 3, "typing again");
  await network.pass(16_000);
  assert.deepEqual(bob.notes.events, [
    `${alice.uri} writes`,
    `${alice.uri} rests`,
    `${alice.uri} writes`,
    `${alice.uri} rests`,
  ]);
});

Deno.test("with manual answer the user is asked: it rings, is accepted, or declined with words", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true, parts: { answerMode: "manual" } });
  const first = alice.client.openChat(bob.uri)!.send("first");
  await network.until(() => bob.notes.invitations.length === 1, "the invitation");
  assert.equal(network.count("SIP/2.0 180"), 1);
  assert.equal(bob.notes.invitations[0].from.uri, alice.uri);
  bob.notes.invitations[0].refuse(603, "not now");
  await network.until(() => alice.client.sessions === 0, "the refusal");
  assert.equal(alice.notes.statesOf(first), "failed: not now (603)");
  const second = alice.client.openChat(bob.uri)!.send("second");
  await network.until(() => bob.notes.invitations.length === 2, "the invitation");
  bob.notes.invitations[1].accept();
  await network.until(() => alice.notes.statesOf(second).endsWith("displayed"), "the notification");
  // A caller who gives up.
  const third = alice.client.openChat(bob.uri)!;
  await network.until(() => bob.notes.invitations.length === 3, "the invitation");
  third.end();
  assert.equal(bob.notes.invitations[2].open, true);
  await network.until(() => bob.client.sessions === 1, "the cancel");
  assert.equal(bob.notes.invitations[2].open, false);
  bob.notes.invitations[2].accept();
  assert.equal(bob.notes.chats.length, 1);
});

Deno.test("a message over the other side's limit fails with what is allowed; the next one goes", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", {
    door: true,
    parts: { limits: { chatMessage: 2000 } },
  });
  const chat = alice.client.openChat(bob.uri)!;
  const long = chat.send("x".repeat(3000));
  const short = chat.send("short")!;
  await network.until(() => short.state === "displayed", "the short one");
  assert.match(alice.notes.statesOf(long), /^failed: 3\d\d\d bytes, and 2000 are allowed$/);
  assert.deepEqual(bob.notes.texts, ["short"]);
});

Deno.test("more sessions than are allowed are refused 486, by number", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  network.device("bob.test", { door: true, parts: { limits: { sessions: 1 } } });
  alice.client.openChat("sip:bob@bob.test");
  const second = alice.client.openChat("sip:bob@bob.test")!.send("second");
  await network.until(() => alice.notes.statesOf(second) !== "", "the refusal");
  assert.equal(alice.notes.statesOf(second), "failed: Busy: 1 sessions already (486)");
});
