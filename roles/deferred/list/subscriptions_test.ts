import assert from "node:assert/strict";
import { checkGrammar, parseXml } from "../../../transport/xml/mod.ts";
import { DEFERRED_LIST_GRAMMAR } from "../../xdm/usages/history_grammar.ts";
import { bodyOf, ListWorld, settle } from "./testing/list_world.ts";

const LIST = "Accept: application/vnd.oma.im.deferred-list+xml\r\n";

/** `reference status` of each message a list tells of. */
function told(text: string): string[] {
  const document = parseXml(text, { characters: 1e7, depth: 9, elements: 1e5, attributes: 9 });
  assert.equal(checkGrammar(document, DEFERRED_LIST_GRAMMAR), null);
  return [...text.matchAll(/<history history-reference="([^"]*)" p:status="([^"]*)"/g)].map(([, , status]) => status);
}

Deno.test("who subscribes to the deferred URI has the list at once, and each change of it, one NOTIFY in 5 s", async () => {
  const world = new ListWorld();
  world.arrive("one", { more: "Subject: Tea & cake\r\n" });
  assert.equal(world.subscribe("sip-profile", LIST).last.status, 200);
  await settle();
  const [first] = world.sentOf("NOTIFY");
  assert.equal(first.request.get("Content-Type"), "application/vnd.oma.im.deferred-list+xml");
  const text = bodyOf(first.request);
  assert.deepEqual(told(text), ["new"]);
  assert.match(text, /<subject>Tea &#38; cake<\/subject>/);
  assert.match(text, /<from>sip:alice@example.test<\/from><to>sip:bob@example.test<\/to>/);
  assert.ok(!text.includes("one"), "no text of a message");
  first.answer(200);
  await world.pass(1000);
  assert.equal(world.sentOf("NOTIFY").length, 1, "that it was told is no news");
  world.arrive("two");
  world.arrive("three");
  await world.pass(3000);
  assert.equal(world.sentOf("NOTIFY").length, 1, "not yet");
  await world.pass(3000);
  const [, second] = world.sentOf("NOTIFY");
  assert.deepEqual(told(bodyOf(second.request)), ["notified", "new", "new"]);
  second.answer(200);
  world.store.messages.clear();
  world.lists.changed("sip:bob@example.test");
  await world.pass(6000);
  assert.deepEqual(told(bodyOf(world.sentOf("NOTIFY")[2].request)), [], "all gone");
});

Deno.test("a NOTIFY that nobody took leaves the messages new", async () => {
  const world = new ListWorld();
  world.arrive("one");
  world.subscribe("sip-profile", LIST);
  await settle();
  world.sentOf("NOTIFY")[0].answer(481);
  await world.pass(1000);
  world.subscribe("sip-profile", LIST);
  await settle();
  assert.deepEqual(told(bodyOf(world.sentOf("NOTIFY")[1].request)), ["new"]);
});

Deno.test("everybody sees their own; strangers nothing; other packages are refused by name", async () => {
  const world = new ListWorld();
  world.arrive("one");
  world.subscribe("sip-profile", LIST, "sip:deferred@example.test", "sip:alice@example.test");
  await settle();
  assert.deepEqual(told(bodyOf(world.sentOf("NOTIFY")[0].request)), [], "alice has none");
  assert.equal(world.subscribe("sip-profile", LIST, undefined, "sip:eve@elsewhere.test").last.status, 403);
  const other = world.subscribe("presence");
  assert.equal(other.last.status, 489);
  assert.match(other.last.get("Allow-Events")!, /message-summary/);
  const { eventServer, users } = world;
  const received = world.receive({
    method: "SUBSCRIBE",
    uri: "sip:bob@example.test",
    headers: `Event: message-summary\r\nContact: <sip:a@198.51.100.9>\r\n`,
    body: "",
  });
  eventServer.handleSubscribe(received, { aor: "sip:alice@example.test" }, "sip:bob@example.test");
  assert.equal(received.last.status, 403, "not bob's, at bob's own address");
  users.set("sip:bob@example.test", { ...users.get("sip:bob@example.test")!, state: "suspended" });
  assert.equal(world.subscribe("sip-profile", LIST).last.status, 403);
});

Deno.test("the summary counts by kind, and what some device has had apart (RFC 3842)", async () => {
  const world = new ListWorld();
  world.arrive("one");
  world.arrive("two");
  world.arrive("large", { mode: "large" });
  world.subscribe("message-summary");
  await settle();
  const [first] = world.sentOf("NOTIFY");
  assert.equal(first.request.get("Content-Type"), "application/simple-message-summary");
  assert.equal(
    bodyOf(first.request),
    "Messages-Waiting: yes\r\nMessage-Account: sip:bob@example.test\r\nPager-Message: 2/0\r\nMultimedia-Message: 1/0\r\n",
  );
  first.answer(200);
  // A device takes the first; the desk has a copy of its own to come.
  const message = world.store.messages.get(1)!;
  world.store.put("one", { ...message, device: "<urn:uuid:desk>" });
  world.store.messages.delete(1);
  world.deferredEvents.emit("deferredDelivered", {
    id: 1,
    sender: message.sender,
    recipient: message.recipient,
    size: 3,
    contentType: "text/plain",
    arrivedAt: 0,
    transaction: message.transaction,
    device: "<urn:uuid:phone>",
    accessNetwork: "",
    deliveredAt: 0,
    callId: "c",
  });
  await world.pass(6000);
  assert.match(bodyOf(world.sentOf("NOTIFY")[1].request), /Pager-Message: 1\/1\r\n/);
});

Deno.test("a large mailbox: a NOTIFY tells as much as it may, and how much there is; reads go in slices", async () => {
  const world = new ListWorld();
  for (let i = 0; i < 1000; i++) world.store.put(`${i}`, { more: `Subject: message ${i}\r\n` });
  world.subscribe("sip-profile", LIST);
  for (let i = 0; i < 60; i++) await settle();
  const text = bodyOf(world.sentOf("NOTIFY")[0].request);
  assert.ok(text.length <= 49_152);
  assert.match(text, /^<\?xml[^>]*>\n<deferred-list [^>]*p:messages="1000" p:octets="2890">/);
  assert.ok(told(text).length > 80);
  assert.match(text, /message 0</, "the oldest first");
  world.store.reads = 0;
  world.arrive("one more");
  world.sentOf("NOTIFY")[0].answer(200);
  await world.pass(6000);
  assert.equal(world.sentOf("NOTIFY").length, 2);
  assert.equal(world.store.reads, 1, "only what is new is read");
});

Deno.test("documents of XDM hear of each change, many of one moment as one", async () => {
  const world = new ListWorld();
  for (let i = 0; i < 10; i++) world.arrive(`${i}`);
  await world.pass(200);
  assert.deepEqual(world.remade, ["org.openmobilealliance.deferred-list sip:bob@example.test deferred-list"]);
});
