import assert from "node:assert/strict";
import type { Received } from "../../sip_core/testing/core_world.ts";
import { fromLatin1 } from "../../../foundation/mod.ts";
import { MsrpWire } from "./testing/msrp_wire.ts";
import { accept, answer, mediaOf, offer } from "./testing/session_world.ts";

const BOB = "sip:bob@203.0.113.1";
const LARGE = "Accept-Contact: *;+g.oma.sip-im.large-message\r\n";
const BOBS = "msrp://203.0.113.1:8888/bob1;tcp";

function message(wire: MsrpWire, size: number, headers = ""): Received {
  const received = wire.world.receive({ uri: "sip:bob@example.test", body: "x".repeat(size), headers });
  wire.world.core.onRequest(received);
  return received;
}

Deno.test("a pager message over its limit is refused, unless policy says convert", () => {
  const wire = new MsrpWire();
  wire.world.device("bob", BOB);
  assert.equal(message(wire, 1301).last.status, 413);
  wire.world.settings.largeMessages = "convert";
  assert.deepEqual(message(wire, 1301).statuses, []);
  wire.world.settings.maxContent = 2000;
  assert.equal(message(wire, 2001).last.status, 413, "what no large message may be either");
  message(wire, 1300);
  assert.equal(wire.world.paged.length, 1, "what fits goes the usual way");
});

Deno.test("converted: the box invites, sends the one message over MSRP, says 200 and BYE", async () => {
  const wire = new MsrpWire({ largeMessages: "convert" });
  wire.world.device("bob", BOB);
  const received = message(wire, 5000, "Subject: report\r\n");
  const [sent] = wire.world.requests("INVITE");
  assert.equal(sent.request.get("Subject"), "report");
  assert.match(sent.request.get("Accept-Contact")!, /large-message/);
  assert.match(sent.request.get("Contact")!, /large-message/);
  const offered = mediaOf(sent.request);
  assert.equal(offered.direction, "sendonly");
  wire.end(wire.bob, 1, BOBS).start("active", { path: offered.path });
  accept(sent, answer({ more: ["a=setup:active", "a=recvonly"] }));
  assert.deepEqual(received.statuses, [], "not before it is there");
  await wire.settle();
  assert.deepEqual(wire.bob.texts.map((text) => text.length), [5000]);
  assert.deepEqual(received.statuses, [200]);
  assert.equal(wire.world.requests("BYE").length, 1);
  assert.equal(wire.box.size, 0);
});

Deno.test("converted, but not taken: the sender is told", async (t) => {
  for (const [answered, status] of [[488, 413], [486, 486], [603, 603], [480, 480]] as const) {
    await t.step(String(answered), () => {
      const wire = new MsrpWire({ largeMessages: "convert" });
      wire.world.device("bob", BOB);
      const received = message(wire, 5000);
      wire.world.requests("INVITE")[0].answer(answered);
      assert.deepEqual(received.statuses, [status]);
      assert.equal(wire.box.size, 0);
    });
  }
  await t.step("nobody answers within the time of a MESSAGE", () => {
    const wire = new MsrpWire({ largeMessages: "convert" });
    wire.world.device("bob", BOB);
    const received = message(wire, 5000);
    wire.world.requests("INVITE")[0].answer(180, "Contact: <sip:bob@203.0.113.1>\r\n");
    wire.world.time.advance(8_100);
    assert.deepEqual(received.statuses, [480]);
    assert.equal(wire.world.requests("INVITE")[0].cancelled, true);
  });
  await t.step("nobody is there: left to the store", () => {
    const wire = new MsrpWire({ largeMessages: "convert" });
    message(wire, 5000);
    assert.equal(wire.world.paged.length, 1);
  });
});

Deno.test("a short large message reaches a client that speaks only MESSAGE as one, and its sender has the report", async () => {
  const wire = new MsrpWire();
  wire.world.device("bob", BOB);
  const invited = wire.world.invite(offer(), { headers: `${LARGE}Subject: hi\r\n` });
  for (let i = 0; i < 2; i++) wire.world.requests("INVITE")[i].answer(488);
  assert.equal(invited.last.status, 200, "the box takes it itself");
  const answered = mediaOf(invited.last);
  assert.deepEqual([answered.direction, answered.maxSize], ["recvonly", 1300]);
  wire.world.within(invited, "ACK");
  wire.end(wire.alice, 0, "msrp://198.51.100.9:7654/alice1;tcp").start("active", { path: answered.path });
  wire.alice.say("From: <sip:alice@example.test>\r\n\r\nContent-Type: text/plain\r\n\r\nhello", "message/cpim");
  await wire.settle();
  const [paged] = wire.world.paged;
  assert.equal(new TextDecoder().decode(paged.request.body), "hello");
  assert.deepEqual(
    [paged.request.get("Content-Type"), paged.request.get("Subject"), paged.recipient!.aor, paged.identity!.aor],
    ["text/plain", "hi", "sip:bob@example.test", "sip:alice@example.test"],
  );
  assert.deepEqual(wire.alice.delivered, [], "not before the MESSAGE has its answer");
  paged.reply(200);
  await wire.settle();
  assert.equal(wire.alice.delivered.length, 1);
  assert.equal(wire.world.requests("BYE").length, 1);
});

Deno.test("a long one is refused while it comes; a failed MESSAGE is reported as failed", async () => {
  for (const [size, failed] of [[1301, 413], [100, 408]]) {
    const wire = new MsrpWire();
    wire.world.device("bob", BOB);
    const invited = wire.world.invite(offer(), { headers: LARGE });
    for (let i = 0; i < 2; i++) wire.world.requests("INVITE")[i].answer(488);
    wire.world.within(invited, "ACK");
    wire.end(wire.alice, 0, "msrp://198.51.100.9:7654/alice1;tcp").start("active", {
      path: mediaOf(invited.last).path,
    });
    wire.alice.say("x".repeat(size));
    await wire.settle();
    wire.world.paged[0]?.reply(480);
    await wire.settle();
    assert.deepEqual(wire.alice.failed, [failed]);
  }
});

Deno.test("sessions and files are not turned into MESSAGEs", () => {
  const wire = new MsrpWire();
  wire.world.device("bob", BOB);
  const invited = wire.world.invite(offer());
  for (let i = 0; i < 2; i++) wire.world.requests("INVITE")[i].answer(488);
  assert.equal(invited.last.status, 488);
});

Deno.test("an MSRP node that has no room: 503, and the caller may come again", () => {
  const wire = new MsrpWire({ largeMessages: "convert" });
  wire.world.device("bob", BOB);
  wire.box.add = () => {
    throw new RangeError("too many sessions");
  };
  for (const received of [wire.world.invite(), message(wire, 5000)]) {
    assert.deepEqual(received.statuses, [503]);
    assert.equal(received.last.get("Retry-After"), "10");
  }
  assert.equal(wire.world.sessions.size, 0);
});

Deno.test("converted: a device that says no for everybody ends it for all; an answer may have come before the 2xx", async () => {
  const no = new MsrpWire({ largeMessages: "convert" });
  no.world.device("bob", BOB);
  no.world.device("bob", "sip:bob@203.0.113.2");
  const refused = message(no, 5000);
  const [one, two] = no.world.requests("INVITE");
  one.answer(603);
  assert.equal(two.cancelled, true);
  two.answer(487);
  assert.deepEqual(refused.statuses, [603]);

  const early = new MsrpWire({ largeMessages: "convert" });
  early.world.device("bob", BOB);
  const received = message(early, 5000);
  const [sent] = early.world.requests("INVITE");
  const contact = `Contact: <${BOB}>\r\n`;
  early.end(early.bob, 1, BOBS).start("active", { path: mediaOf(sent.request).path });
  sent.answer(
    183,
    `${contact}Require: 100rel\r\nRSeq: 1\r\nContent-Type: application/sdp\r\n`,
    undefined,
    fromLatin1(answer({ more: ["a=setup:active", "a=recvonly"] })),
  );
  sent.answer(200, contact);
  await early.settle();
  assert.deepEqual(received.statuses, [200]);
});

Deno.test("a short message that came in time has all the time that its delivery takes", async () => {
  const wire = new MsrpWire();
  wire.world.device("bob", BOB);
  const invited = wire.world.invite(offer(), { headers: LARGE });
  for (let i = 0; i < 2; i++) wire.world.requests("INVITE")[i].answer(488);
  wire.world.within(invited, "ACK");
  wire.end(wire.alice, 0, "msrp://198.51.100.9:7654/alice1;tcp").start("active", { path: mediaOf(invited.last).path });
  await wire.settle();
  wire.world.time.advance(58_000);
  wire.alice.say("hello");
  await wire.settle();
  wire.world.time.advance(5_000);
  assert.equal(wire.world.requests("BYE").length, 0, "no complaint that nothing came");
  wire.world.paged[0].reply(200);
  await wire.settle();
  assert.equal(wire.alice.delivered.length, 1);
  assert.equal(wire.world.requests("BYE").length, 1);
});
