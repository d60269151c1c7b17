import assert from "node:assert/strict";
import { type IncomingMessage, MsrpSession } from "../../../transport/msrp/session/mod.ts";
import { type MsrpMedia, parseSdp, readMsrpMedia } from "../../../transport/payload/mod.ts";
import type { Received } from "../../sip_core/testing/core_world.ts";
import { bodyOf, ListWorld, settle } from "./testing/list_world.ts";

const DEFERRED = "sip:deferred@example.test";
const PATH = "msrp://198.51.100.9:7654/bob1;tcp";

function offer(more: readonly string[] = ["a=recvonly"], types = "message/cpim text/plain"): string {
  return [
    "v=0",
    "o=bob 1 1 IN IP4 198.51.100.9",
    "s=-",
    "c=IN IP4 198.51.100.9",
    "t=0 0",
    "m=message 7654 TCP/MSRP *",
    `a=path:${PATH}`,
    `a=accept-types:${types}`,
    "a=accept-wrapped-types:*",
    "a=setup:active",
    ...more,
  ].map((line) => `${line}\r\n`).join("");
}

function naming(...references: string[]): string {
  const list = references.map((one) => `<history history-reference="${one}"><pager/></history>`).join("");
  return `--b\r\nContent-Type: application/sdp\r\n\r\n${offer()}\r\n--b\r\nContent-Type: application/vnd.oma.im.deferred-list+xml\r\n\r\n` +
    `<deferred-list xmlns="urn:oma:xml:im:history-list">${list}</deferred-list>\r\n--b--\r\n`;
}

const SDP = { headers: "Content-Type: application/sdp\r\n" };
const MIXED = { headers: "Content-Type: multipart/mixed;boundary=b\r\n" };

function mediaOf(received: Received): MsrpMedia {
  const sdp = parseSdp(received.last.body);
  return readMsrpMedia(sdp, sdp.media[0]);
}

/** bob's end of the session: what came. */
class Client {
  readonly texts: string[] = [];
  readonly types: string[] = [];
  #session: MsrpSession | null = null;

  connect(world: ListWorld, invited: Received): void {
    world.within(invited, "ACK");
    this.#session?.close("over");
    const session = this.#session = new MsrpSession({
      node: world.client,
      sessionId: "bob1",
      uri: PATH,
      acceptTypes: ["*"],
      user: {
        onMessage: (message: IncomingMessage) => {
          this.texts.push(bodyOf(message));
          this.types.push(message.contentType);
          return 200;
        },
        onClosed: () => {},
      },
      clock: world.time,
      timers: world.time.timers,
    });
    session.start("active", { path: mediaOf(invited).path });
  }
}

async function referencesOf(world: ListWorld): Promise<string[]> {
  world.subscribe("sip-profile");
  await settle();
  const list = bodyOf(world.sentOf("NOTIFY").at(-1)!.request);
  return [...list.matchAll(/history-reference="([^"]*)"/g)].map(([, reference]) => reference);
}

Deno.test("all that waits comes in one session, oldest first, and is removed when the client has it; then BYE", async () => {
  const world = new ListWorld();
  for (const text of ["one", "two", "three"]) world.arrive(text);
  const invited = world.ask("INVITE", DEFERRED, { ...SDP, body: offer() });
  await settle();
  assert.equal(invited.last.status, 200);
  assert.equal(mediaOf(invited).direction, "sendonly");
  assert.deepEqual([...world.held], [1, 2, 3], "not pushed meanwhile");
  assert.equal(world.store.messages.size, 3);
  const client = new Client();
  client.connect(world, invited);
  await settle();
  assert.deepEqual(client.types, ["message/cpim", "message/cpim", "message/cpim"]);
  assert.deepEqual(client.texts.map((text) => text.split("\r\n\r\n").at(-1)), ["one", "two", "three"]);
  assert.match(
    client.texts[0],
    /^From: <sip:alice@example.test>\r\nTo: <sip:bob@example.test>\r\nDateTime: 2026-01-01T/,
  );
  assert.deepEqual(world.taken, [1, 2, 3]);
  assert.equal(world.store.messages.size, 0);
  await world.pass(1500);
  assert.match(world.sentOf("BYE")[0].request.get("Reason") ?? "", /all delivered/);
  assert.equal(world.held.size, 0);
  assert.equal(world.box.size, 0);
});

Deno.test("large contents come in chunks, between what stands before and behind them", async () => {
  const world = new ListWorld();
  world.arrive("one");
  const content = { id: "f".repeat(64), octets: 300_000, sha256: "" };
  world.arrive("", { mode: "large", messageId: "abcdef12", content });
  world.arrive("three");
  const invited = world.ask("INVITE", DEFERRED, { ...SDP, body: offer() });
  await settle();
  const client = new Client();
  client.connect(world, invited);
  for (let i = 0; i < 20; i++) await settle();
  const bodies = client.texts.map((text) => text.split("\r\n\r\n").at(-1)!);
  assert.deepEqual(bodies.map(({ length }) => length), [3, 300_000, 5]);
  assert.deepEqual(world.taken, [1, 2, 3]);
});

Deno.test("what is named comes, nothing else; unknown names are 404 before anything is sent, another user's too", async () => {
  const world = new ListWorld();
  for (const text of ["one", "two", "three"]) world.arrive(text);
  world.arrive("alice's", { recipient: "sip:alice@example.test" });
  const references = await referencesOf(world);
  for (const wrong of [["d-0000"], [references[0], "d-0000"]]) {
    const refused = world.ask("INVITE", DEFERRED, { ...MIXED, body: naming(...wrong) });
    await settle();
    assert.equal(refused.last.status, 404);
  }
  const stranger = world.ask("INVITE", DEFERRED, {
    ...MIXED,
    body: naming(references[0]),
    from: "sip:alice@example.test",
  });
  await settle();
  assert.equal(stranger.last.status, 404);
  assert.equal(world.store.messages.size, 4);
  const invited = world.ask("INVITE", DEFERRED, { ...MIXED, body: naming(references[2], references[0]) });
  await settle();
  const client = new Client();
  client.connect(world, invited);
  await settle();
  assert.deepEqual(client.texts.map((text) => text.split("\r\n\r\n").at(-1)), ["one", "three"], "in order of arrival");
  assert.deepEqual(world.taken, [1, 3]);
});

Deno.test("nothing waits: taken, and over with its reason", async () => {
  const world = new ListWorld();
  const invited = world.ask("INVITE", DEFERRED, { ...SDP, body: offer() });
  await settle();
  assert.equal(invited.last.status, 200);
  assert.equal(world.sentOf("BYE").length, 0, "not before the ACK");
  world.within(invited, "ACK");
  assert.match(world.sentOf("BYE")[0].request.get("Reason") ?? "", /Nothing waits/);
  assert.equal(world.box.size, 0);
});

Deno.test("a client that takes the session and then no bytes is timed out, and its messages stay", async () => {
  const world = new ListWorld();
  world.arrive("one");
  const invited = world.ask("INVITE", DEFERRED, { ...SDP, body: offer() });
  await settle();
  world.within(invited, "ACK");
  const second = world.ask("INVITE", DEFERRED, { ...SDP, body: offer() });
  assert.equal(second.last.status, 486, "one at a time");
  await world.pass(60_000);
  assert.equal(world.sentOf("BYE").length, 1);
  assert.equal(world.store.messages.size, 1);
  assert.equal(world.held.size, 0, "pushes go on");
  const third = world.ask("INVITE", DEFERRED, { ...SDP, body: offer() });
  await settle();
  assert.equal(third.last.status, 200);
});

Deno.test("whoever may receive no longer is sent nothing, though the messages were just being looked up", async () => {
  for (const end of ["a user's", "the box's"]) {
    const world = new ListWorld();
    world.arrive("one");
    const invited = world.ask("INVITE", DEFERRED, { ...SDP, body: offer() });
    if (end === "a user's") world.lists.end("sip:bob@example.test", "rejected");
    else world.lists.stop();
    await settle();
    assert.equal(invited.last.status, 480, end);
    assert.deepEqual([world.held.size, world.box.size, world.store.messages.size], [0, 0, 1]);
    const again = world.ask("INVITE", DEFERRED, { ...SDP, body: offer() });
    await settle();
    assert.equal(again.last.status, 200);
  }
});

Deno.test("a client that leaves in the middle keeps what it has; the rest stays", async () => {
  const world = new ListWorld();
  for (let i = 0; i < 200; i++) world.arrive(`${i} ${"x".repeat(5000)}`);
  const invited = world.ask("INVITE", DEFERRED, { ...SDP, body: offer() });
  for (let i = 0; i < 10; i++) await settle();
  const client = new Client();
  client.connect(world, invited);
  while (client.texts.length < 5) await Promise.resolve();
  world.within(invited, "BYE");
  await settle();
  const count = world.taken.length;
  assert.ok(count < 200);
  assert.equal(world.store.messages.size, 200 - count);
  assert.ok(client.texts.length >= count, "nothing is removed that did not arrive");
  assert.equal(world.held.size, 0);
});

Deno.test("copies of other devices: not fetched with all, shown and kept where they are named", async () => {
  const world = new ListWorld();
  world.arrive("desk's", { device: "<urn:uuid:desk>" });
  world.arrive("phone's", { device: "<urn:uuid:phone>" });
  const flow = world.flowWith("tcp", "198.51.100.9", 41_000);
  world.register("bob", "sip:bob@198.51.100.9", { instance: "<urn:uuid:phone>", flowId: flow.id, transport: "tcp" });
  const invited = world.ask("INVITE", DEFERRED, { ...SDP, body: offer(), flow });
  await settle();
  const client = new Client();
  client.connect(world, invited);
  await settle();
  assert.deepEqual(world.taken, [2]);
  world.within(invited, "BYE");
  await world.pass(2000);
  const [desk] = await referencesOf(world);
  const named = world.ask("INVITE", DEFERRED, { ...MIXED, body: naming(desk), flow });
  await settle();
  client.connect(world, named);
  await settle();
  assert.match(client.texts.at(-1)!, /desk's$/);
  assert.equal(world.store.messages.size, 1, "it is the desk's to take");
});

Deno.test("the rules of the user hold for all that waits, not for what is asked for by its name", async () => {
  const world = new ListWorld();
  world.arrive("blocked by now", { sender: "sip:blocked@example.test" });
  const invited = world.ask("INVITE", DEFERRED, { ...SDP, body: offer() });
  await settle();
  const client = new Client();
  client.connect(world, invited);
  await settle();
  assert.deepEqual(client.texts, []);
  await world.pass(2000);
  const [reference] = await referencesOf(world);
  const named = world.ask("INVITE", DEFERRED, { ...MIXED, body: naming(reference) });
  await settle();
  client.connect(world, named);
  await settle();
  assert.equal(client.texts.length, 1);
});

Deno.test("offers that cannot be served, and lists that are none", async (t) => {
  const cases: readonly (readonly [string, { headers: string; body: string }, number, RegExp])[] = [
    ["no offer", { headers: "", body: "" }, 488, /Offer An MSRP Session/],
    ["no MSRP", { ...SDP, body: offer().replace("TCP/MSRP *", "RTP/AVP 0") }, 488, /Offer An MSRP/],
    ["malformed", { ...SDP, body: "v=1" }, 400, /./],
    ["takes nothing", { ...SDP, body: offer(["a=sendonly"]) }, 488, /Takes No Messages/],
    ["no cpim", { ...SDP, body: offer([], "text/plain") }, 488, /message\/cpim/],
    [
      "no list",
      { ...MIXED, body: naming("a").replaceAll("deferred-list xmlns", "x xmlns").replace("</deferred-list>", "</x>") },
      400,
      /root/,
    ],
    ["no XML", { ...MIXED, body: naming("a").replace("</deferred-list>", "") }, 400, /cannot be read/],
    [
      "TLS without a door",
      { ...SDP, body: offer().replace("TCP/MSRP", "TCP/TLS/MSRP").replace("msrp:", "msrps:") },
      488,
      /No Door/,
    ],
  ];
  for (const [what, parts, status, reason] of cases) {
    await t.step(what, async () => {
      const world = new ListWorld();
      world.arrive("one");
      const refused = world.ask("INVITE", DEFERRED, parts);
      await settle();
      assert.equal(refused.last.status, status);
      assert.match(refused.last.reason, reason);
      assert.equal(world.box.size, 0);
    });
  }
});

Deno.test("the name of the service is the same with escapes", () => {
  const world = new ListWorld();
  assert.equal(world.ask("OPTIONS", "sip:%64eferred@example.test").last.status, 200);
  assert.equal(world.ask("OPTIONS", "sip:Deferred@example.test").last.status, 404, "another name");
});

Deno.test("strangers fetch nothing; other methods are named", () => {
  const world = new ListWorld();
  assert.equal(world.ask("INVITE", DEFERRED, { ...SDP, body: offer(), from: "sip:eve@else.test" }).last.status, 403);
  const message = world.ask("MESSAGE", DEFERRED, { body: "hello" });
  assert.equal(message.last.status, 405);
  assert.match(message.last.get("Allow")!, /INVITE.*SUBSCRIBE/);
  assert.equal(world.ask("OPTIONS", DEFERRED).last.status, 200);
  assert.equal(world.ask("MESSAGE", "sip:deferrer@example.test", { body: "x" }).last.status, 404, "goes on");
});
