import assert from "node:assert/strict";
import { utf8 } from "../foundation/mod.ts";
import type { Chat } from "./chat.ts";
import { type Device, MemoryNetwork } from "./testing/memory_network.ts";

const SERVICE = "sip:deferred@bob.test";

/** bob, and the service that has a session with him. */
async function delivery(parts: { shows?: boolean } = {}): Promise<{
  network: MemoryNetwork;
  service: Device;
  bob: Device;
  chat: Chat;
}> {
  const network = new MemoryNetwork();
  const service = network.device("box.test", { aor: SERVICE });
  const bob = network.device("bob.test", { door: true, parts: { answerMode: "manual" } });
  bob.notes.shows = parts.shows ?? true;
  const chat = service.client.openChat(bob.uri)!;
  await network.until(() => chat.session?.state === "open", "the session");
  return { network, service, bob, chat };
}

function cpim(from: string, id: string, text: string, requests = ""): Uint8Array {
  return utf8(
    `From: Somebody <${from}>\r\nTo: <sip:bob@bob.test>\r\nDateTime: 2025-06-01T08:00:00Z\r\n` +
      `NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: ${id}\r\n` +
      (requests === "" ? "" : `imdn.Disposition-Notification: ${requests}\r\n`) +
      `\r\nContent-Type: text/plain\r\n\r\n${text}`,
  );
}

Deno.test("what has waited is taken without asking, each message with its own sender and time, twice shown never", async () => {
  const { network, bob, chat } = await delivery();
  const send = (body: Uint8Array) => chat.session!.send({ contentType: "message/cpim", body });
  send(cpim("sip:alice@alice.test", "m1", "from alice"));
  send(cpim("sip:carol@carol.test", "m1", "from carol"));
  send(cpim("sip:alice@alice.test", "m1", "from alice"));
  send(cpim("sip:alice@alice.test", "m2", "more"));
  await network.until(() => bob.notes.messages.length === 3, "the messages");
  await network.pass(1_000);
  assert.deepEqual(
    bob.notes.messages.map(({ from, fromName, text, sentAt, chat }) => [from, fromName, text, sentAt, chat]),
    [
      ["sip:alice@alice.test", "Somebody", "from alice", "2025-06-01T08:00:00Z", null],
      ["sip:carol@carol.test", "Somebody", "from carol", "2025-06-01T08:00:00Z", null],
      ["sip:alice@alice.test", "Somebody", "more", "2025-06-01T08:00:00Z", null],
    ],
  );
  assert.deepEqual([bob.notes.invitations.length, bob.notes.chats.length], [0, 0]);
  chat.end();
  await network.until(() => bob.client.sessions === 0, "the end");
});

Deno.test("a message that comes again in another session is not shown again", async () => {
  const { network, service, bob, chat } = await delivery();
  chat.session!.send({ contentType: "message/cpim", body: cpim("sip:alice@alice.test", "m1", "once") });
  await network.until(() => bob.notes.messages.length === 1, "the message");
  chat.end();
  await network.until(() => bob.client.sessions === 0, "the end");
  const again = service.client.openChat(bob.uri)!;
  await network.until(() => again.session?.state === "open", "the session");
  again.session!.send({ contentType: "message/cpim", body: cpim("sip:alice@alice.test", "m1", "once") });
  again.session!.send({ contentType: "message/cpim", body: cpim("sip:alice@alice.test", "m2", "new") });
  await network.until(() => bob.notes.messages.length === 2, "the new one");
  assert.deepEqual(bob.notes.texts, ["once", "new"]);
});

Deno.test("what senders asked to be told goes back in the session while it is up, else by MESSAGE", async () => {
  const { network, bob, chat } = await delivery({ shows: false });
  network.device("alice.test");
  const { session } = chat;
  const body = cpim("sip:alice@alice.test", "m1", "hello", "positive-delivery, display");
  session!.send({ contentType: "message/cpim", body });
  await network.until(() => bob.notes.messages.length === 1 && session!.tracker.size === 1, "the notification");
  assert.equal(network.count("MESSAGE "), 0);
  chat.end();
  await network.until(() => bob.client.sessions === 0, "the end");
  bob.notes.messages[0].displayed();
  await network.until(() => network.count("MESSAGE ") === 1, "the notification");
  assert.match(network.bodies.find((text) => text.startsWith("MESSAGE"))!, /<displayed\s*\/>/);
  assert.match(network.sip.find((line) => line.startsWith("MESSAGE"))!, /^MESSAGE sip:alice@alice\.test /);
});

Deno.test("notifications for messages of ours that waited are taken, too; nonsense is refused", async () => {
  const { network, bob, chat } = await delivery();
  network.device("alice.test");
  const sent = bob.client.sendPager("sip:alice@alice.test", "hi")!;
  const notification = utf8(
    "From: <sip:alice@alice.test>\r\nTo: <sip:bob@bob.test>\r\n\r\nContent-Type: message/imdn+xml\r\n" +
      'Content-Disposition: notification\r\n\r\n<?xml version="1.0"?><imdn xmlns="urn:ietf:params:xml:ns:imdn">' +
      `<message-id>${sent.id}</message-id><datetime>2025-06-01T08:00:00Z</datetime><display-notification><status>` +
      "<displayed/></status></display-notification></imdn>",
  );
  const failed: number[] = [];
  const user = { onFailed: (_message: unknown, status: number) => failed.push(status) };
  chat.session!.send({ contentType: "message/cpim", body: notification });
  chat.session!.send({ contentType: "message/cpim", body: utf8("nonsense"), user });
  chat.session!.send({ contentType: "text/plain", body: utf8("bare"), user });
  await network.until(() => sent.state === "displayed" && failed.length === 2, "both");
  assert.deepEqual(failed, [400, 415]);
  assert.equal(bob.notes.messages.length, 0);
});

Deno.test("only our own service brings what has waited: anybody else of that name asks first", async () => {
  const network = new MemoryNetwork();
  const stranger = network.device("box.test", { aor: "sip:deferred@elsewhere.test" });
  const bob = network.device("bob.test", { door: true, parts: { answerMode: "manual" } });
  stranger.client.openChat(bob.uri);
  await network.until(() => bob.notes.invitations.length === 1, "the question");
});
