import assert from "node:assert/strict";
import type { Chat } from "./chat.ts";
import { type Device, MemoryNetwork } from "./testing/memory_network.ts";
import { MemoryRelay } from "./testing/memory_relay.ts";

function world(limits: ConstructorParameters<typeof MemoryRelay>[2] = {}) {
  const network = new MemoryNetwork();
  const relay = new MemoryRelay(network, "relay.test", limits);
  return { network, relay, alice: network.device("alice.test", { relay: relay.uri }) };
}

/** `a=path` of what a device has offered or answered, the newest last. */
function paths(network: MemoryNetwork, start: string): string[] {
  return network.bodies.filter((text) => text.startsWith(start))
    .flatMap((text) => /^a=path:(.*)\r$/m.exec(text)?.[1] ?? []);
}

async function opened(network: MemoryNetwork, from: Device, to: Device): Promise<Chat> {
  const chat = from.client.openChat(to.uri)!;
  await network.until(() => chat.state === "open", "the chat");
  return chat;
}

Deno.test("each session has a path of its own through the relay (RFC 4976 §3, §5.1)", async () => {
  const { network, alice } = world();
  const others = ["bob.test", "carol.test", "dave.test"].map((host) => network.device(host));
  const chats: Chat[] = [];
  for (const other of others) chats.push(await opened(network, alice, other));
  const sent = chats.map((chat, i) => chat.send(`to ${i}`)!);
  await network.until(() => sent.every(({ state }) => state === "displayed"), "the notifications");
  const offered = paths(network, "INVITE").map((path) => path.split(" "));
  assert.equal(offered.length, 3);
  for (const path of offered) assert.match(path[0], /^msrp:\/\/relay\.test:2855\/[\w-]{24};tcp$/);
  assert.equal(new Set(offered.map(([first]) => first)).size, 3, "no URI of the relay is in two sessions");
  assert.equal(new Set(offered.map(([, own]) => own)).size, 3);
  assert.deepEqual(others.map(({ notes }) => notes.texts), [["to 0"], ["to 1"], ["to 2"]]);
});

Deno.test("many sessions at once ask one after the other: the relay never takes them for somebody who guesses", async () => {
  const { network, relay, alice } = world();
  const bob = network.device("bob.test", { parts: { limits: { sessions: 100 } } });
  const messages = Array.from({ length: 40 }, (_, i) => alice.client.sendLargeText(bob.uri, `large ${i}`)!);
  await network.until(() => messages.every(({ state }) => state === "displayed"), "the notifications");
  assert.equal(bob.notes.texts.length, 40);
  assert.equal(new Set(paths(network, "INVITE").map((path) => path.split(" ")[0])).size, 40);
  assert.deepEqual(alice.notes.events, ["relay"], "it was never lost");
  // Nothing prolongs what nobody uses.
  await network.pass(400_000);
  assert.equal(relay.relay.size, 1, "the one that is kept ready");
});

Deno.test("an invitation that comes is answered from behind the relay, also several at once", async () => {
  const { network, alice } = world();
  const others = ["bob.test", "carol.test", "dave.test"].map((host) => network.device(host));
  const chats = others.map(({ client }) => client.openChat(alice.uri)!);
  await network.until(() => chats.every(({ state }) => state === "open"), "the chats");
  for (const chat of chats) chat.send("hello");
  await network.until(() => alice.notes.texts.length === 3, "the messages");
  assert.equal(new Set(paths(network, "SIP/2.0 200").map((path) => path.split(" ")[0])).size, 3);
});

Deno.test("the connection to the relay breaks: every session goes on with a path of its own, and nothing is lost", async () => {
  const { network, alice } = world();
  const others = Array.from({ length: 12 }, (_, i) => network.device(`bob${i}.test`));
  const chats: Chat[] = [];
  for (const other of others) chats.push(await opened(network, alice, other));
  const sent = chats.map((chat) => chat.send("before")!);
  network.cut();
  sent.push(...chats.map((chat) => chat.send("after")!));
  await network.until(() => sent.every(({ state }) => state === "displayed"), "the notifications");
  for (const { notes } of others) assert.deepEqual(notes.texts, ["before", "after"]);
  assert.equal(new Set(paths(network, "INVITE").map((path) => path.split(" ")[0])).size, 24);
  assert.deepEqual(alice.notes.events.filter((event) => event.includes("relay")), [
    "relay",
    "no relay: closed",
    "relay",
  ]);
});

Deno.test("a relay that gives another path instead of prolonging: the session moves there by re-INVITE, and nothing is lost", async () => {
  const { network, relay, alice } = world();
  const bob = network.device("bob.test");
  const chat = await opened(network, alice, bob);
  const [before] = paths(network, "INVITE");
  const { size } = relay.relay;
  // It prolongs nothing: whoever asks for a path gets another one.
  relay.relay.refresh = (_session, connection, request) => void connection.respond(request, 403, "not prolonged");
  // As long as a path lives.
  for (let i = 0; i < 10 && network.count("INVITE") < 2; i++) await network.pass(30_000);
  assert.ok(relay.relay.size > size, "the former path is still valid");
  await network.until(() => chat.state === "open", "the new session");
  const message = chat.send("still here")!;
  const reply = bob.notes.chats[0].send("me too")!;
  await network.until(() => message.state === "displayed" && reply.state === "displayed", "the notifications");
  const [, after] = paths(network, "INVITE");
  assert.notEqual(after.split(" ")[0], before.split(" ")[0]);
  assert.deepEqual([bob.notes.texts, alice.notes.texts], [["still here"], ["me too"]]);
});

Deno.test("a password that the relay refuses is not tried again: what needs a place fails at once, in words", async () => {
  const network = new MemoryNetwork();
  const relay = new MemoryRelay(network, "relay.test");
  relay.barred.add("alice");
  const alice = network.device("alice.test", { relay: relay.uri });
  const bob = network.device("bob.test");
  const early = alice.client.openChat(bob.uri)!;
  await network.until(() => early.state === "over", "the refusal");
  await network.pass(300_000);
  const late = alice.client.openChat(bob.uri)!;
  await network.until(() => late.state === "over", "the refusal");
  const why = "the relay gives no place: it does not take the user name and the password (401)";
  assert.deepEqual(alice.notes.events, [
    "no relay: it does not take the user name and the password (401)",
    `ended: ${why}`,
    `ended: ${why}`,
  ]);
  const incoming = bob.client.openChat(alice.uri)!;
  await network.until(() => incoming.state === "over", "the refusal");
  assert.match(bob.notes.events[0], /the relay gives no place.*\(480\)/);
  assert.equal(network.count("INVITE"), 1);
  assert.equal(alice.client.sessions + bob.client.sessions, 0);
});

Deno.test("a relay that is away is asked again, later and later; a chat that is given up meanwhile leaves nothing behind", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test", { relay: "msrp://relay.test:2855;tcp" });
  const bob = network.device("bob.test");
  await network.until(() => alice.notes.events.length > 0, "the failure");
  assert.match(alice.notes.events[0], /^no relay: /);
  const chat = alice.client.openChat(bob.uri)!;
  chat.end("never mind");
  assert.equal(chat.state, "over");
  const second = alice.client.openChat(bob.uri)!;
  new MemoryRelay(network, "relay.test");
  await network.until(() => second.state === "open", "the chat");
  assert.equal(network.count("INVITE"), 1);
  assert.deepEqual(alice.notes.events.slice(1), ["ended: never mind", "relay"]);
});

Deno.test("a relay that grants and hangs up is asked later and later", async () => {
  const { network, alice } = world();
  await network.until(() => alice.notes.events.length === 1, "the place");
  const since: number[] = [];
  for (let losses = 1; losses <= 3; losses++) {
    const cut = network.time.monotonic();
    network.cut();
    await network.until(() => alice.notes.events.length === 1 + 2 * losses, "the next place");
    since.push(network.time.monotonic() - cut);
  }
  for (const [i, wait] of [2_000, 5_000, 15_000].entries()) {
    assert.ok(since[i] >= wait && since[i] < wait + 2_000, `${since[i]} ms after loss ${i + 1}`);
  }
  await network.pass(61_000);
  const cut = network.time.monotonic();
  network.cut();
  await network.until(() => alice.notes.events.length === 9, "the next place");
  assert.ok(network.time.monotonic() - cut < 4_000, "it was steady before");
});
