import assert from "node:assert/strict";
import { utf8 } from "../foundation/mod.ts";
import { parseMultipart, partHeader, readHistoryCommand, readReferences } from "../transport/payload/mod.ts";
import type { SipRequest } from "../transport/sip/mod.ts";
import { ClientHistory } from "./history.ts";
import type { Reason } from "./im_user.ts";
import type { RecordedHead, RecordedMessage } from "./recorded_message.ts";
import { FakeFocus } from "./testing/fake_focus.ts";
import { type Device, MemoryNetwork, MemorySink } from "./testing/memory_network.ts";
import { reply } from "./sip_line.ts";

const ALICE = "sip:alice@home.test";

/** Alice, and the service at `home.test`: it takes INVITEs as a room does, and answers other methods as it is told. */
function world(limits: { largeMessage?: number; sessions?: number } = {}) {
  const network = new MemoryNetwork();
  const service = new FakeFocus(network);
  const alice = network.device("phone.test", { aor: ALICE, parts: { limits } });
  const asked = answering(service.device, ["MESSAGE"], 200);
  const open = () => network.until(() => service.member?.session?.state === "open", "the session");
  const send = (body: Uint8Array, messageId: string) => {
    let answered = 0;
    const user = {
      onSent: () => void (answered = 200),
      onFailed: (_: unknown, status: number) => void (answered = status),
    };
    service.member!.session!.send({ contentType: "message/cpim", body, messageId, user });
    return network.until(() => answered > 0, "its answer").then(() => answered);
  };
  return { network, service, alice, asked, open, send };
}

/** From now on requests of these methods get that status, and are noted. */
function answering(device: Device, methods: readonly string[], status: number): SipRequest[] {
  const before = device.layer.user!, asked: SipRequest[] = [];
  device.layer.user = {
    onRequest(transaction) {
      const { request } = transaction;
      if (!methods.includes(request.method)) return before.onRequest(transaction);
      asked.push(request);
      reply(transaction, status);
    },
    onStrayResponse: () => {},
  };
  return asked;
}

/** What a retrieval tells. */
function notes() {
  const messages: RecordedMessage[] = [];
  const ended: { problem: Reason | null; passedOver: number }[] = [];
  return {
    messages,
    ended,
    onMessage: (message: RecordedMessage) => void messages.push(message),
    onEnd: (problem: Reason | null, passedOver: number) => void ended.push({ problem, passedOver }),
  };
}

function cpim(
  from: string,
  id: string,
  content: string | Uint8Array,
  headers = "Content-Type: text/plain\r\n",
): Uint8Array {
  const head = utf8(
    `From: ${from}\r\nTo: <${ALICE}>\r\nDateTime: 2026-05-01T08:00:00Z\r\nNS: imdn <urn:ietf:params:imdn>\r\n` +
      `imdn.Message-ID: ${id}\r\nimdn.Disposition-Notification: positive-delivery, display\r\n\r\n${headers}\r\n`,
  );
  const body = typeof content === "string" ? utf8(content) : content;
  return new Uint8Array([...head, ...body]);
}

Deno.test("recordings are fetched by their references: each message with its sender, time and octets, and nobody is told that it was seen", async () => {
  const { network, service, alice, asked, open, send } = world();
  const { messages, ended, onMessage, onEnd } = notes();
  new ClientHistory(alice.client).retrieve(["h-one", "h-two"], onMessage, { onEnd });
  assert.equal(alice.client.sessions, 1);
  await open();
  const [invite] = service.invites;
  assert.equal(`${invite.uri}`, "sip:history@home.test");
  const [description, list] = parseMultipart(invite.get("Content-Type")!, invite.body);
  assert.match(new TextDecoder().decode(description.body), /^a=recvonly\r$/m);
  assert.match(new TextDecoder().decode(description.body), /^a=accept-types:message\/cpim\r$/m);
  assert.equal(partHeader(list, "Content-Type"), "application/vnd.oma.im.history-list+xml");
  assert.deepEqual(readReferences(list.body), ["h-one", "h-two"]);

  const octets = new Uint8Array(256).map((_, i) => i);
  const file = 'Content-Type: image/png\r\nContent-Disposition: attachment; filename="Grüße \\"1\\".png"\r\n';
  assert.equal(await send(cpim("Bob <sip:bob@home.test>", "m1", "hello"), "aaaa1"), 200);
  assert.equal(await send(cpim(`<${ALICE}>`, "m2", octets, file), "aaaa2"), 200);
  assert.equal(await send(utf8("nonsense"), "aaaa3"), 200);
  service.member!.call!.end();
  await network.until(() => ended.length === 1, "the end");

  assert.deepEqual(ended, [{ problem: null, passedOver: 0 }]);
  const [first, second, third] = messages;
  const { body, wrapped, ...facts } = first;
  assert.deepEqual(facts, {
    from: { uri: "sip:bob@home.test", name: "Bob" },
    to: ALICE,
    at: "2026-05-01T08:00:00Z",
    messageId: "aaaa1",
    id: "m1",
    contentType: "text/plain",
    file: "",
    size: 5,
    text: "hello",
  });
  assert.deepEqual([body, wrapped], [utf8("hello"), cpim("Bob <sip:bob@home.test>", "m1", "hello")]);
  assert.deepEqual([second.body, second.contentType, second.file], [octets, "image/png", 'Grüße "1".png']);
  assert.deepEqual([third.body, third.contentType, third.from.uri], [utf8("nonsense"), "message/cpim", ""]);
  assert.deepEqual([asked.length, alice.client.sessions, alice.notes.messages.length], [0, 0, 0]);
});

Deno.test("what is too large for memory goes to its own place, piece by piece; what nobody wants is passed over, and the rest comes", async () => {
  const { network, service, alice, open, send } = world({ largeMessage: 4_000 });
  const { messages, ended, onMessage, onEnd } = notes();
  const sinks: MemorySink[] = [], heads: RecordedHead[] = [], places: string[] = [];
  new ClientHistory(alice.client).retrieve(["h-one"], onMessage, {
    onEnd,
    onLarge: (head) => {
      heads.push(head);
      if (head.file === "unwanted") return null;
      const sink = new MemorySink();
      if (head.file === "full") sink.write = () => "the disk is full";
      if (head.file === "lost") {
        sink.keep = () => {
          throw new Error("it has gone");
        };
      }
      sinks.push(sink);
      return sink;
    },
    onLargeEnded: (head, place, problem) => void places.push(`${head.file} ${place}${problem}`),
  });
  await open();
  const large = new Uint8Array(300_000).map((_, i) => i % 251);
  const named = (name: string) => `Content-Type: a/b\r\nContent-Disposition: attachment; filename=${name}\r\n`;
  assert.equal(await send(cpim("<sip:bob@home.test>", "m1", large, named("big")), "aaaa1"), 200);
  assert.equal(await send(cpim("<sip:bob@home.test>", "m2", large, named("unwanted")), "aaaa2"), 413);
  assert.equal(await send(cpim("<sip:bob@home.test>", "m3", large, named("full")), "aaaa3"), 413);
  await send(cpim("<sip:bob@home.test>", "m4", large, named("lost")), "aaaa4");
  assert.equal(await send(new Uint8Array(20_000).fill(120), "aaaa5"), 200);
  assert.equal(await send(cpim("<sip:bob@home.test>", "m6", "small"), "aaaa6"), 200);
  service.member!.call!.end();
  await network.until(() => ended.length === 1, "the end");
  assert.deepEqual(ended, [{ problem: null, passedOver: 3 }]);
  assert.deepEqual(messages.map(({ text }) => text), ["small"]);
  assert.deepEqual(heads.map(({ file, size }) => `${file} ${size}`), [
    "big 300000",
    "unwanted 300000",
    "full 300000",
    "lost 300000",
    " 20000",
  ]);
  assert.deepEqual(places, [
    "big memory",
    "full the disk is full",
    "lost it could not be kept: it has gone",
    " memory",
  ]);
  assert.deepEqual([sinks[0].content, sinks[0].kept, sinks[2].aborted !== ""], [large, true, true]);
  assert.deepEqual(sinks[3].content, new Uint8Array(20_000).fill(120));
});

Deno.test("the end is told when the last place is done with what came, however long it takes", async () => {
  const { network, service, alice, open, send } = world({ largeMessage: 4_000 });
  const { ended, onMessage, onEnd } = notes();
  const sink = new MemorySink();
  let finish = () => {};
  sink.finish = (done) => void (finish = () => done(null, "it cannot be read again"));
  const places: string[] = [];
  const onLargeEnded = (_: RecordedHead, place: string, problem: string) => void places.push(place + problem);
  new ClientHistory(alice.client).retrieve(["h-one"], onMessage, { onEnd, onLarge: () => sink, onLargeEnded });
  await open();
  await send(cpim("<sip:bob@home.test>", "m1", "x".repeat(50_000)), "aaaa1");
  service.member!.call!.end();
  await network.until(() => alice.client.sessions === 0, "the BYE");
  assert.deepEqual([ended, places], [[], []]);
  finish();
  assert.deepEqual([places, ended], [["it cannot be read again"], [{ problem: null, passedOver: 1 }]]);
});

Deno.test("without a place for large messages they are passed over, and the end says how many", async () => {
  const { network, service, alice, open, send } = world({ largeMessage: 4_000 });
  const { messages, ended, onMessage, onEnd } = notes();
  new ClientHistory(alice.client).retrieve(["h-one"], onMessage, { onEnd });
  await open();
  assert.equal(await send(cpim("<sip:bob@home.test>", "m1", "x".repeat(50_000)), "aaaa1"), 413);
  assert.equal(await send(cpim("<sip:bob@home.test>", "m2", "small"), "aaaa2"), 200);
  service.member!.call!.end();
  await network.until(() => ended.length === 1, "the end");
  assert.deepEqual([messages.length, ended], [1, [{ problem: null, passedOver: 1 }]]);
});

Deno.test("a retrieval that is refused, breaks off, or is given up says so", async () => {
  const { network, service, alice, open } = world();
  const refused = notes(), broken = notes(), left = notes();
  service.refusals.push(404);
  new ClientHistory(alice.client).retrieve(["h-none"], refused.onMessage, refused);
  await network.until(() => refused.ended.length === 1, "the refusal");
  assert.equal(refused.ended[0].problem?.status, 404);

  new ClientHistory(alice.client).retrieve(["h-one"], broken.onMessage, broken);
  await open();
  service.member!.call!.end('SIP;cause=480;text="Session lost"');
  await network.until(() => broken.ended.length === 1, "the end");
  assert.deepEqual([broken.ended[0].problem?.status, broken.ended[0].problem?.text], [480, "Session lost"]);

  const retrieval = new ClientHistory(alice.client).retrieve(["h-one"], left.onMessage, left)!;
  await network.until(() => service.invites.length === 3 && service.member?.session?.state === "open", "the session");
  retrieval.cancel();
  retrieval.cancel();
  assert.deepEqual([left.ended.map(({ problem }) => problem?.text), retrieval.over], [["given up"], true]);
  await network.until(() => service.member!.ended !== null, "the BYE");
});

Deno.test("retrievals are sessions like others: no more than allowed, and none when the client leaves", async () => {
  const { network, service, alice, open } = world({ sessions: 1 });
  const { ended, onMessage, onEnd } = notes();
  assert.throws(() => new ClientHistory(alice.client).retrieve([], onMessage), RangeError);
  new ClientHistory(alice.client).retrieve(["h-one"], onMessage, { onEnd });
  assert.equal(new ClientHistory(alice.client).retrieve(["h-two"], onMessage), null);
  assert.throws(() => new ClientHistory(alice.client).retrieve(new Array(2001).fill("h"), onMessage), RangeError);
  await open();
  let stopped = false;
  alice.client.stop(5_000, () => void (stopped = true));
  await network.until(() => stopped && service.member!.ended !== null, "the end");
  assert.equal(ended[0].problem?.text, "given up");
});

Deno.test("a room is recorded by its URI, somebody by theirs, a chat of two inside of its session", async () => {
  const { network, alice, asked } = world();
  const bob = network.device("bob.test", { door: true });
  const inside = answering(bob, ["INFO"], 200);
  const history = new ClientHistory(alice.client);
  const problems: (Reason | null)[] = [];
  const done = (problem: Reason | null) => void problems.push(problem);

  const room = alice.client.joinRoom("sip:team@home.test")!;
  await network.until(() => room.state === "open", "the room");
  history.record(room, "start", "Work/Team", done);
  history.record({ party: "sip:carol@home.test" }, "stop", "", done);
  await network.until(() => problems.length === 2, "the answers");
  assert.deepEqual(asked.map((request) => `${request.uri} ${request.get("Content-Type")}`), [
    "sip:history@home.test application/vnd.oma.im.history-list+xml",
    "sip:history@home.test application/vnd.oma.im.history-list+xml",
  ]);
  assert.deepEqual(asked.map(({ body }) => readHistoryCommand(body)), [
    { action: "start", conversation: { group: room.target }, name: "Work/Team" },
    { action: "stop", conversation: { party: "sip:carol@home.test" }, name: "" },
  ]);

  const chat = alice.client.openChat(bob.uri)!;
  history.record(chat, "start", "", done);
  await network.until(() => problems.length === 3, "the answer");
  assert.equal(problems[2]?.status, 481, "it is not set up yet");
  await network.until(() => chat.state === "open", "the chat");
  history.record(chat, "start", "Bob", done);
  await network.until(() => problems.length === 4, "the answer");
  const [info] = inside;
  assert.deepEqual([info.get("Info-Package"), info.get("Content-Disposition")], ["oma-im-history", "Info-Package"]);
  assert.deepEqual(readHistoryCommand(info.body), {
    action: "start",
    conversation: { party: bob.uri },
    name: "Bob",
  });
  assert.deepEqual([problems[0], problems[1], problems[3]], [null, null, null]);
  assert.throws(() => history.record(chat, "start", "n".repeat(257)), RangeError);
});

Deno.test("a command that is refused, or reaches nobody, says why", async () => {
  const { network, service, alice } = world();
  const bob = network.device("bob.test", { door: true });
  const chat = alice.client.openChat(bob.uri)!;
  await network.until(() => chat.state === "open", "the chat");
  const problems: (Reason | null)[] = [];
  const done = (problem: Reason | null) => void problems.push(problem);
  // What takes the INFO is a client like ours, and records nothing.
  new ClientHistory(alice.client).record(chat, "start", "", done);
  answering(service.device, ["MESSAGE"], 404);
  new ClientHistory(alice.client).record({ party: "sip:carol@home.test" }, "start", "", done);
  await network.until(() => problems.length === 2, "the answers");
  network.devices.delete("home.test");
  new ClientHistory(alice.client).record({ party: "sip:carol@home.test" }, "start", "", done);
  await network.until(() => problems.length === 3, "the failure");
  assert.deepEqual(problems.map((problem) => problem?.status).sort(), [404, 405, 503]);
});

Deno.test("recordings and messages that wait are deleted by their references, all or none", async () => {
  const { network, service, alice, asked } = world();
  const problems: (Reason | null)[] = [];
  const done = (problem: Reason | null) => void problems.push(problem);
  new ClientHistory(alice.client).remove(["h-one", "d-two"], done);
  await network.until(() => problems.length === 1, "the answer");
  assert.equal(`${asked[0].uri}`, "sip:delete@home.test");
  assert.deepEqual(readReferences(asked[0].body), ["h-one", "d-two"]);
  answering(service.device, ["MESSAGE"], 404);
  new ClientHistory(alice.client).remove(["h-none"], done);
  await network.until(() => problems.length === 2, "the answer");
  assert.deepEqual([problems[0], problems[1]?.status], [null, 404]);
  assert.throws(() => new ClientHistory(alice.client).remove([]), RangeError);
});
