import assert from "node:assert/strict";
import { toLatin1 } from "../../../foundation/mod.ts";
import { BLOCK, DROP } from "../../participating/testing/fake_rules.ts";
import { FACTORY, FocusWorld, mediaOf, offer, partOf, take } from "./testing/focus_world.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test", CAROL = "sip:carol@example.test";

Deno.test("an ad hoc chat stands at once; its list is invited [CHAT-1][CHAT-9]", () => {
  const world = new FocusWorld();
  world.register("bob");
  world.register("carol");
  const invited = world.invite(FACTORY, {
    list: [BOB, CAROL],
    headers: "Require: recipient-list-invite\r\nSubject: Chess tonight\r\n",
  });
  assert.deepEqual(invited.statuses, [200]);
  const room = world.rooms.made[0];
  assert.equal(room.subject, "Chess tonight");
  const contact = invited.last.get("Contact")!;
  assert.match(contact, /^<sip:conf-1@[^>]*>;isfocus;\+g\.oma\.sip-im/);
  const ours = mediaOf(invited.last);
  assert.deepEqual(ours.acceptTypes, ["message/cpim"]);
  assert.deepEqual(ours.acceptWrappedTypes, ["*"]);
  assert.equal(ours.maxSize, world.settings.message_bytes);
  assert.deepEqual(ours.chatroom, ["nickname", "private-messages"]);
  assert.equal(ours.setup, "passive");
  const leg = room.seatOf("alice").leg!;
  assert.equal(leg.uri, ours.path[0]);
  assert.equal(leg.started[0].setup, "passive");
  assert.deepEqual(leg.started[0].peer.path, ["msrp://198.51.100.9:7654/alice1;tcp"]);
  assert.deepEqual(leg.facts.peerTypes, ["message/cpim"]);

  const asked = world.requests("INVITE");
  assert.deepEqual(asked.map(({ request }) => request.to.uriText), [BOB, CAROL]);
  for (const { request } of asked) {
    assert.equal(request.from.uriText, room.uri);
    assert.equal(request.get("P-Asserted-Identity"), `<${ALICE}>`);
    assert.equal(request.get("Referred-By"), `<${ALICE}>`);
    assert.equal(request.get("Subject"), "Chess tonight");
    assert.equal(request.get("Accept-Contact"), "*;+g.oma.sip-im");
    assert.match(request.get("Contact")!, /^<sip:conf-1@[^>]*>;isfocus;\+g\.oma\.sip-im/);
    assert.deepEqual(mediaOf(request).chatroom, ["nickname", "private-messages"]);
    const history = toLatin1(partOf(request, "application/resource-lists+xml"));
    assert.match(history, /bob@example\.test/);
    assert.match(history, /carol@example\.test/);
  }
  assert.deepEqual(room.seatOf("bob").said, ["dialing-out"]);
});

Deno.test("who takes it is in: the first of several devices has it, the others are called off [CHAT-1]", () => {
  const world = new FocusWorld();
  world.register("bob");
  world.device("bob", "sip:bob@203.0.113.77", { instance: "<urn:uuid:2>" });
  const { room, asked } = world.chat("bob");
  assert.equal(asked.length, 2);
  asked[0].answer(180);
  asked[1].answer(180);
  assert.deepEqual(room.seatOf("bob").said, ["dialing-out", "alerting"]);
  assert.equal(world.focus.offered.size, 1);
  take(asked[1]);
  assert.equal(asked[0].cancelled, true);
  asked[0].answer(487);
  const seat = room.seatOf("bob");
  assert.deepEqual(seat.said, ["dialing-out", "alerting", "joined"]);
  assert.equal(seat.leg!.uri, mediaOf(asked[1].request).path[0]);
  assert.equal(seat.leg!.started[0].setup, "passive");
  assert.equal(world.requests("ACK").length + world.stateless.length, 1);
  assert.equal(world.focus.offered.size, 0);
  assert.equal(world.focus.invitations.size, 0);
});

Deno.test("bcc is in nobody's roster and in no history, anonymous is a number; oneself and twins collapse", () => {
  const world = new FocusWorld();
  for (const name of ["bob", "carol", "dave"]) {
    world.user(name);
    world.register(name);
  }
  world.invite(FACTORY, {
    list: [
      `<entry uri="${BOB}" cp:copyControl="bcc"/>`,
      `<entry uri="${CAROL}" cp:copyControl="to" cp:anonymize="true"/>`,
      `<entry uri="sip:dave@EXAMPLE.test:5060" cp:copyControl="cc"/>`,
      `<entry uri="sip:dave@example.test" cp:copyControl="cc"/>`,
      `<entry uri="${ALICE}" cp:copyControl="to"/>`,
    ],
  });
  const room = world.rooms.made[0];
  assert.equal(room.seats.length, 4);
  assert.equal(room.seatOf("bob").entrant.hidden, true);
  assert.equal(room.seatOf("carol").entrant.anonymous, true);
  assert.deepEqual([room.seatOf("dave").entrant.hidden, room.seatOf("dave").entrant.anonymous], [false, false]);
  const history = toLatin1(partOf(world.requests("INVITE")[0].request, "application/resource-lists+xml"));
  assert.doesNotMatch(history, /bob|carol|alice/);
  assert.match(history, /dave/);
  assert.match(history, /anonymous\.invalid/);
});

Deno.test("who is listed without a word about it is there for all to see", () => {
  const world = new FocusWorld();
  world.invite(FACTORY, { list: [`<entry uri="${BOB}"/>`] });
  assert.equal(world.rooms.made[0].seatOf("bob").entrant.hidden, false);
});

Deno.test("an unnamed inviter stays so: the room is asserted", () => {
  const world = new FocusWorld();
  world.register("bob");
  world.invite(FACTORY, { list: [BOB], headers: "Privacy: id\r\n" });
  const { request } = world.requests("INVITE")[0];
  assert.equal(request.get("P-Asserted-Identity"), `<${world.rooms.made[0].uri}>`);
  assert.equal(request.has("Referred-By"), false);
  assert.doesNotMatch(request.head, /alice/);
  assert.equal(world.rooms.made[0].seatOf("alice").entrant.anonymous, true);
});

Deno.test("without a list: a room with who asks for it", () => {
  const world = new FocusWorld();
  assert.deepEqual(world.invite(FACTORY).statuses, [200]);
  assert.equal(world.rooms.made[0].seats.length, 1);
  assert.equal(world.requests("INVITE").length, 0);
});

Deno.test("somebody of another domain is asked by SIP; that domain is told the room, not who invites", () => {
  const world = new FocusWorld();
  world.names.set("other.test", [{ transport: "tls", host: "192.0.2.77", port: 5061, tlsName: "other.test" }]);
  world.invite(FACTORY, { list: ["sip:zoe@other.test"] });
  const { request } = world.requests("INVITE")[0];
  assert.equal(request.uri, "sip:zoe@other.test");
  assert.equal(request.get("P-Asserted-Identity"), `<${world.rooms.made[0].uri}>`);
  assert.match(mediaOf(request).path[0], /^msrps:/);
});

Deno.test("another domain that cannot have MSRP over TLS is asked over TCP, once [rp:IM-8]", () => {
  const world = new FocusWorld();
  world.names.set("other.test", [{ transport: "tls", host: "192.0.2.77", port: 5061, tlsName: "other.test" }]);
  world.invite(FACTORY, { list: ["sip:zoe@other.test"] });
  world.requests("INVITE")[0].answer(488);
  const again = world.requests("INVITE")[1];
  assert.match(mediaOf(again.request).path[0], /^msrp:/);
  again.answer(488);
  assert.equal(world.requests("INVITE").length, 2);
  assert.equal(world.rooms.made[0].seats[1].said.at(-1), "left failed");
});

Deno.test("who may begin nothing in sessions of two may not here either: rules for senders are asked once an INVITE", () => {
  const asked: string[] = [];
  const world = new FocusWorld({
    deps: {
      senders: {
        senderRefusal: ({ identity }) => {
          asked.push(identity!.aor);
          return asked.length === 1
            ? null
            : { status: 503, reason: "Too many", headers: [["Retry-After", "7"]], description: null };
        },
      },
    },
  });
  assert.deepEqual(world.invite(FACTORY).statuses, [200]);
  const { answer } = world.invite(FACTORY);
  assert.deepEqual([answer.status, answer.get("Retry-After")], [503, "7"]);
  assert.deepEqual(asked, [ALICE, ALICE]);
});

const REFUSED: [name: string, facts: Parameters<FocusWorld["invite"]>[1], status: number, said: RegExp][] = [
  ["too many", { list: [..."pqrstu"].map((name) => `sip:${name}@other.test`) }, 486, /"122 too many participants"/],
  ["nobody but oneself", { list: [ALICE] }, 403, /"131 No destinations"/],
  ["only groups, rooms and the factory", { list: [FACTORY, "sip:chess@example.test"] }, 403, /"131 No destinations"/],
  ["nobody who exists", { list: ["sip:nobody@example.test"] }, 403, /"131 No destinations"/],
  ["a list that is none", { list: ["<entry/>"] }, 400, /^List of recipients: entry 1/],
  ["an empty list", { list: [] }, 403, /"131 No destinations"/],
  ["a list required and not there", { headers: "Require: recipient-list-invite\r\n" }, 400, /list of recipients/],
  ["another conference", { contact: "<sip:x@198.51.100.9>;isfocus" }, 403, /"104 isfocus already assigned"/],
  ["no text in the offer", { sdp: offer({ media: "audio 4000 RTP/AVP 0" }) }, 488, /^304 .*no speech/],
  [
    "a file",
    { sdp: offer({ more: ['a=file-selector:name:"a.jpg" size:9'] }) },
    488,
    /^399 .*inside its session.*max-size/,
  ],
  ["no CPIM", { sdp: offer({ types: "text/plain" }) }, 488, /^305 .*message\/cpim/],
  ["a malformed body", { sdp: "v=0\r\nnonsense" }, 400, /^Body malformed/],
  ["another type", { headers: "Content-Type: text/plain\r\n" }, 415, /description is needed/],
  ["a coding", { headers: "Content-Encoding: gzip\r\n" }, 415, /coding/],
  [
    "a single large message",
    { contact: "<sip:a@198.51.100.9>;+g.oma.sip-im.large-message" },
    488,
    /^399 .*inside the session/,
  ],
  ["somebody nobody vouches for", { from: "sip:x@stranger.test" }, 403, /"127 Service not authorised"/],
  ["somebody of another domain", { from: "sip:zoe@other.test" }, 403, /"127 Service not authorised"/],
  ["a session to be replaced that is not there", { headers: "Replaces: x;to-tag=1;from-tag=2\r\n" }, 481, /not there/],
];
for (const [name, facts, status, said] of REFUSED) {
  Deno.test(`refused by the factory: ${name}`, () => {
    const world = new FocusWorld();
    world.groups.set("sip:chess@example.test", null!);
    const { answer } = world.invite(FACTORY, facts);
    assert.equal(answer.status, status);
    assert.match(answer.get("Warning") ?? answer.reason, said);
    if (status === 415) assert.match(answer.get("Accept")!, /application\/sdp/);
    assert.equal(world.rooms.size, 0);
    assert.equal(world.requests("INVITE").length, 0);
    assert.equal(world.calls.size, 0);
  });
}

Deno.test("what nobody here knows and is required: 420; lists are for the factory alone", () => {
  const world = new FocusWorld();
  const { answer } = world.invite(FACTORY, { headers: "Require: recipient-list-invite, teleport\r\n" });
  assert.deepEqual([answer.status, answer.get("Unsupported")], [420, "teleport"]);
  const { room } = world.chat("bob");
  const again = world.invite(room.uri, { headers: "Require: recipient-list-invite\r\n" }).answer;
  assert.deepEqual([again.status, again.get("Unsupported")], [420, "recipient-list-invite"]);
});

Deno.test("a group among others: the others are asked [GR-4]", () => {
  const world = new FocusWorld();
  world.groups.set("sip:chess@example.test", null!);
  world.register("bob");
  world.invite(FACTORY, { list: ["sip:chess@example.test", BOB, "sip:nobody@example.test", FACTORY] });
  assert.deepEqual(world.requests("INVITE").map(({ request }) => request.to.uriText), [BOB]);
});

Deno.test("speech is at the bridge, where there is one [CHAT-14]", () => {
  const world = new FocusWorld({ rules: { speech_uri: "sip:bridge@speech.test" } });
  const { answer } = world.invite(FACTORY, { sdp: offer({ media: "audio 4000 RTP/AVP 0" }) });
  assert.deepEqual([answer.status, answer.get("Contact")], [302, "<sip:bridge@speech.test>"]);
});

Deno.test("who has blocked the inviter is as if they had not come, and so is who is away, barred or in another state [PRI-8]", async () => {
  const world = new FocusWorld();
  const names = ["bob", "carol", "dave", "erin"];
  for (const name of names) world.user(name);
  for (const name of ["bob", "carol", "dave"]) world.register(name);
  world.rules.in.set(`${ALICE} > ${BOB}`, BLOCK);
  world.rules.in.set(`${ALICE} > ${CAROL}`, DROP);
  world.rules.unread.add("sip:dave@example.test");
  world.rules.out.set(`${ALICE} > sip:dave@example.test`, BLOCK);
  world.invite(FACTORY, { list: names.map((name) => `sip:${name}@example.test`) });
  await world.quiet();
  assert.equal(world.requests("INVITE").length, 0);
  const room = world.rooms.made[0];
  for (const name of names) assert.deepEqual(room.seatOf(name).said, ["left failed"], name);
  assert.equal(world.focus.invitations.size, 0);
});

Deno.test("rules that have to be read are waited for; what cannot be read lets nobody in", async () => {
  const world = new FocusWorld();
  world.register("bob");
  world.rules.unread.add(BOB);
  world.invite(FACTORY, { list: [BOB] });
  assert.equal(world.requests("INVITE").length, 0);
  await world.quiet();
  assert.equal(world.requests("INVITE").length, 1);
  const broken = new FocusWorld();
  broken.register("bob");
  broken.rules.unread.add(BOB);
  broken.rules.failure = new Error("the store fails");
  broken.invite(FACTORY, { list: [BOB] });
  await broken.quiet();
  assert.equal(broken.requests("INVITE").length, 0);
  assert.deepEqual(broken.rooms.made[0].seatOf("bob").said, ["left failed"]);
  const restless = new FocusWorld();
  restless.rules.unread.add(BOB);
  restless.rules.restless = true;
  restless.invite(FACTORY, { list: [BOB] });
  await restless.quiet();
  assert.ok(restless.rules.prepared <= 4, `${restless.rules.prepared}`);
  assert.deepEqual(restless.rooms.made[0].seatOf("bob").said, ["left failed"]);
});

for (
  const [status, left] of [[486, "busy"], [600, "busy"], [603, "failed"], [480, "failed"], [404, "failed"]] as const
) {
  Deno.test(`an invitee who answers ${status} has left: ${left}`, () => {
    const world = new FocusWorld();
    const { room, asked } = world.chat("bob");
    asked[0].answer(status);
    assert.deepEqual(room.seatOf("bob").said, ["dialing-out", `left ${left}`]);
  });
}

Deno.test("who does not answer in time is called off", () => {
  const world = new FocusWorld({ settings: { answerWithin_s: 20 } });
  const { room, asked } = world.chat("bob");
  asked[0].answer(180);
  world.time.advance(20_500);
  assert.equal(asked[0].cancelled, true);
  assert.deepEqual(room.seatOf("bob").said, ["dialing-out", "alerting", "left failed"]);
});

Deno.test("an answer that is of no use ends that call; the room goes on", () => {
  const world = new FocusWorld();
  const { room, asked } = world.chat("bob");
  take(asked[0], "v=0\r\n");
  assert.deepEqual(room.seatOf("bob").said, ["dialing-out", "left failed"]);
  assert.match(world.requests("BYE")[0].request.get("Reason")!, /cause=488/);
  assert.equal(room.ended, false);
});

Deno.test("a room that refuses more MSRP sessions: 503, and an invitee's call ends", () => {
  const world = new FocusWorld();
  const { room, asked } = world.chat("bob");
  room.crowded = true;
  take(asked[0]);
  assert.deepEqual(room.seatOf("bob").said, ["dialing-out", "left failed"]);
  const { answer } = world.invite(room.uri);
  assert.equal(answer.status, 503);
  assert.equal(answer.get("Retry-After"), "10");
});

Deno.test("as many rooms as are allowed: what the rooms say, and no call", () => {
  const world = new FocusWorld();
  world.rooms.refusal = { status: 486, reason: "As many rooms as you may have", warning: "" };
  assert.equal(world.invite(FACTORY).answer.status, 486);
  assert.equal(world.calls.size, 0);
});

Deno.test("no door for the transport that is offered: 488, and no room is left behind", () => {
  const world = new FocusWorld({ doors: ["tls"] });
  const { answer } = world.invite(FACTORY);
  assert.equal(answer.status, 488);
  assert.match(answer.get("Warning")!, /^302 /);
  assert.equal(world.rooms.size, 0);
});

Deno.test("an INVITE without an offer: ours is in the 200, the answer in the ACK", () => {
  const world = new FocusWorld();
  const invited = world.invite(FACTORY, { sdp: null });
  assert.deepEqual(invited.statuses, [200]);
  assert.equal(mediaOf(invited.last).setup, "actpass");
  const seat = world.rooms.made[0].seatOf("alice");
  assert.equal(seat.leg, null);
  world.within(invited, "ACK", "Content-Type: application/sdp\r\n", offer({ more: ["a=setup:active"] }));
  assert.equal(seat.leg!.uri, mediaOf(invited.last).path[0]);
  assert.equal(seat.leg!.started[0].setup, "passive");
  const other = world.invite(FACTORY, { sdp: null });
  world.within(other, "ACK", "Content-Type: text/plain\r\n", "what?");
  assert.match(world.requests("BYE")[0].request.get("Reason")!, /cause=488/);
  assert.deepEqual(world.rooms.made[1].seatOf("alice").said, ["dialing-in", "left failed"]);
});
