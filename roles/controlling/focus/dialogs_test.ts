import assert from "node:assert/strict";
import { parseSdp } from "../../../transport/payload/mod.ts";
import type { Received } from "../../sip_core/testing/core_world.ts";
import type { FakeRoom, FakeSeat } from "./testing/fake_rooms.ts";
import { answer, FACTORY, FocusWorld, GROUP, mediaOf, offer, take } from "./testing/focus_world.ts";
import { infoHeaders } from "./recording_commands.ts";
import { FakePolicy } from "./testing/fake_rooms.ts";

const SDP = "Content-Type: application/sdp\r\n";

/** alice alone in a room. */
function alone(options: ConstructorParameters<typeof FocusWorld>[0] = {}): {
  world: FocusWorld;
  invited: Received;
  room: FakeRoom;
  seat: FakeSeat;
} {
  const world = new FocusWorld(options);
  const invited = world.invite(FACTORY);
  world.within(invited, "ACK");
  const room = world.rooms.made[0], seat = room.seatOf("alice");
  seat.leg!.open = true;
  return { world, invited, room, seat };
}

function lose(seat: FakeSeat, why: "lost" | "slow" | "closed" = "lost", reason = "connection lost"): void {
  seat.leg!.open = false;
  seat.attendance.onMediaClosed(why, reason);
}

Deno.test("BYE: who says goodbye has left, once [CHAT-16]", () => {
  const { world, invited, seat } = alone();
  const bye = world.within(invited, "BYE");
  assert.deepEqual(bye.statuses, [200]);
  assert.deepEqual(seat.said, ["dialing-in", "joined", "left departed"]);
  assert.equal(seat.leg!.closed, "session over");
  seat.attendance.onMediaClosed("closed", "session over");
  seat.attendance.onDismissed("late");
  assert.equal(world.requests("BYE").length, 0);
  assert.deepEqual([world.focus.size, world.calls.size], [0, 0]);
});

Deno.test("a command about recording in the dialog of a room reaches who records it, for this room and this user", () => {
  const asked: string[] = [];
  let why: string | null = null;
  const recording = {
    infoPackage: "oma-im-history",
    command: (room: string, user: string, { body }: { readonly body: Uint8Array }) => {
      asked.push(`${user} ${room === world.rooms.made[0].uri} ${new TextDecoder().decode(body)}`);
      return why;
    },
  };
  const { world, invited, seat } = alone({ deps: { recording } });
  assert.equal(invited.last.get("Recv-Info"), "oma-im-history");
  const info = (name: string) => world.within(invited, "INFO", `Info-Package: ${name}\r\n`, "x").last;
  assert.equal(info("OMA-im-history;v=1").status, 200);
  assert.deepEqual(asked, ["sip:alice@example.test true x"]);
  why = "Your recordings\r\nare full";
  const refused = info("oma-im-history");
  assert.deepEqual([refused.status, refused.reason], [403, "Your recordings??are full"]);
  const other = info("something");
  assert.deepEqual([other.status, other.get("Recv-Info")], [469, "oma-im-history"]);
  assert.equal(world.within(invited, "INFO", "", "x").last.status, 405);
  assert.equal(asked.length, 2);
  assert.deepEqual(seat.said, ["dialing-in", "joined"]);
});

Deno.test("whoever is invited into a room is told of the commands, if a user of ours; others get none", () => {
  const recording = { infoPackage: "oma-im-history", command: () => null };
  const world = new FocusWorld({ deps: { recording } });
  for (const name of ["bob", "carol"]) world.register(name);
  const headers = "Require: recipient-list-invite\r\n";
  world.invite(FACTORY, { list: ["sip:bob@example.test", "sip:carol@example.test"], headers });
  const told = world.requests("INVITE").map(({ request }) => request.get("Recv-Info"));
  assert.deepEqual(told, ["oma-im-history", "oma-im-history"]);
  assert.deepEqual(infoHeaders({ recording, subscriber: () => undefined }, "sip:zoe@elsewhere.test"), []);
  assert.deepEqual(infoHeaders({ recording: null, subscriber: () => undefined }, "sip:bob@example.test"), []);
});

Deno.test("a BYE that crosses ours is answered, and nobody leaves twice", () => {
  const { world, invited, seat } = alone();
  seat.attendance.onDismissed("Closing time");
  assert.equal(world.requests("BYE")[0].request.get("Reason"), 'SIP;cause=200;text="Closing time"');
  assert.deepEqual(world.within(invited, "BYE").statuses, [200]);
  assert.deepEqual(seat.said, ["dialing-in", "joined", "left booted"]);
});

Deno.test("the room is over: BYE to who is in, CANCEL to who is asked, with its reason", () => {
  const world = new FocusWorld();
  const { room, asked } = world.chat("bob", "carol");
  take(asked[0]);
  asked[1].answer(180);
  room.end("operator");
  const reasons = world.requests("BYE").map(({ request }) => request.get("Reason"));
  assert.deepEqual(reasons, Array(2).fill('SIP;cause=200;text="Nobody is left in the chat"'));
  assert.equal(asked[1].cancelled, true);
  assert.equal(asked[1].cancelReason, 'SIP;cause=200;text="Nobody is left in the chat"');
  assert.equal(room.seatOf("carol").said.at(-1), "left booted");
  assert.deepEqual([world.focus.size, world.focus.invitations.size], [0, 0]);
  // A 200 that crosses the CANCEL gets its ACK and a BYE.
  take(asked[1]);
  assert.equal(world.requests("BYE").length, 3);
  assert.equal(room.seatOf("carol").leg, null);
});

Deno.test("an invitee's BYE right behind the 200", () => {
  const world = new FocusWorld();
  const { room, asked } = world.chat("bob");
  take(asked[0]);
  assert.deepEqual(world.from(asked[0], "BYE").statuses, [200]);
  assert.deepEqual(room.seatOf("bob").said, ["dialing-out", "joined", "left departed"]);
});

Deno.test("too slow: BYE that says so, and what was missed waits", () => {
  const { world, seat } = alone();
  lose(seat, "slow", "too far behind");
  assert.equal(world.requests("BYE")[0].request.get("Reason"), 'SIP;cause=480;text="too far behind"');
  assert.equal(seat.said.at(-1), "left absent");
});

Deno.test("a broken connection: the device may come to the same place for 15 s, then BYE, and it may come again [CHAT-19]", () => {
  const { world, seat } = alone();
  lose(seat);
  assert.equal(world.requests("BYE").length, 0);
  world.time.advance(200);
  assert.equal(seat.legs.length, 2);
  assert.equal(seat.legs[1].uri, seat.legs[0].uri);
  assert.deepEqual(seat.legs[1].started, seat.legs[0].started);
  world.time.advance(14_500);
  assert.equal(world.requests("BYE").length, 0);
  world.time.advance(500);
  assert.match(world.requests("BYE")[0].request.get("Reason")!, /MSRP connection lost/);
  assert.equal(seat.said.at(-1), "left absent");
  assert.equal(world.focus.size, 0);
});

Deno.test("who comes again in time stays, and another break is another one", () => {
  const { world, seat } = alone();
  lose(seat);
  world.time.advance(200);
  seat.leg!.open = true;
  world.time.advance(60_000);
  assert.equal(world.requests("BYE").length, 0);
  lose(seat);
  world.time.advance(200);
  assert.equal(seat.legs.length, 3);
  seat.attendance.onMediaClosed("lost", "again");
  world.time.advance(3_500);
  assert.equal(seat.legs.length, 4);
  world.time.advance(12_000);
  assert.equal(seat.said.at(-1), "left absent");
});

Deno.test("a re-INVITE with a new path moves the session, also one whose connection broke", () => {
  const { world, invited, seat } = alone();
  const moved = offer({ path: "msrp://198.51.100.10:9/new;tcp", version: 2, more: ["a=setup:active"] });
  const again = world.within(invited, "INVITE", SDP, moved);
  assert.deepEqual(again.statuses, [200]);
  world.within(invited, "ACK");
  assert.deepEqual(seat.leg!.started.at(-1)!.peer.path, ["msrp://198.51.100.10:9/new;tcp"]);
  assert.equal(seat.leg!.started.at(-1)!.setup, "passive");
  assert.equal(mediaOf(again.last).path[0], seat.leg!.uri);
  assert.equal(seat.legs.length, 1);
  lose(seat);
  const update = world.within(invited, "UPDATE", SDP, offer({ path: "msrp://198.51.100.11:9/x;tcp", version: 3 }));
  assert.deepEqual(update.statuses, [200]);
  assert.equal(seat.legs.length, 2);
  assert.deepEqual(seat.leg!.started.map(({ peer }) => peer.path[0]), ["msrp://198.51.100.11:9/x;tcp"]);
  seat.leg!.open = true;
  world.time.advance(60_000);
  assert.equal(world.requests("BYE").length, 0);
  assert.equal(seat.legs.length, 2);
});

Deno.test("a broken connection and a re-INVITE with the same path: the session is there anew", () => {
  const { world, invited, seat } = alone();
  lose(seat);
  assert.deepEqual(world.within(invited, "INVITE", SDP, offer({ version: 2 })).statuses, [200]);
  world.within(invited, "ACK");
  assert.equal(seat.legs.length, 2);
  assert.equal(seat.leg!.started.length, 1);
});

Deno.test("two devices that take it at once: the later one gets its BYE", () => {
  const world = new FocusWorld();
  world.register("bob");
  world.device("bob", "sip:bob@203.0.113.77", { instance: "<urn:uuid:2>" });
  const { room, asked } = world.chat("bob");
  take(asked[0]);
  take(asked[1]);
  assert.equal(room.seatOf("bob").legs.length, 1);
  assert.match(world.requests("BYE")[0].request.get("Reason")!, /Call completed elsewhere/);
  assert.equal(world.requests("BYE").length, 1);
  assert.equal(room.seatOf("bob").standing, "connected");
});

Deno.test("a request in a dialog that is not known here: 481, and nothing begins", () => {
  const world = new FocusWorld();
  world.invite(FACTORY, { headers: "X-Note: first\r\n" });
  const { room } = world.chat("bob");
  for (const uri of [FACTORY, room.uri]) {
    const received = world.receive({
      method: "INVITE",
      uri,
      to: `<${uri}>;tag=gone`,
      headers: "Contact: <sip:alice@198.51.100.9>\r\nContent-Type: application/sdp\r\n",
      body: offer(),
    });
    world.core.onRequest(received);
    assert.equal(received.answer.status, 481);
  }
  assert.equal(world.rooms.made.length, 2);
});

Deno.test("a session refresh changes nothing, our answer neither; one without an offer gets ours", () => {
  const { world, invited, seat } = alone();
  const refresh = world.within(invited, "INVITE", SDP, offer());
  assert.deepEqual(refresh.last.body, invited.last.body);
  world.within(invited, "ACK");
  assert.equal(seat.leg!.started.length, 1);
  const ask = world.within(invited, "INVITE");
  assert.deepEqual(ask.last.body, invited.last.body);
});

Deno.test("hold: nothing goes out until it is taken up again (RFC 3264 §8.4)", () => {
  const { world, invited, seat } = alone();
  const directions: [string, string][] = [["sendonly", "recvonly"], ["inactive", "inactive"], ["sendrecv", "sendrecv"]];
  let version = 1;
  for (const [theirs, ours] of directions) {
    version++;
    const held = world.within(invited, "UPDATE", SDP, offer({ version, more: ["a=setup:actpass", `a=${theirs}`] }));
    assert.deepEqual(held.statuses, [200]);
    assert.equal(mediaOf(held.last).direction, ours);
    assert.equal(seat.leg!.held, theirs !== "sendrecv");
    assert.match(parseSdp(held.last.body).lines[1], / 1 IN| 2 IN| 3 IN| 4 IN/);
  }
  assert.equal(seat.leg!.started.length, 1);
});

Deno.test("a change that a room cannot have is refused, and the session goes on", () => {
  const { world, invited, seat } = alone();
  for (
    const [sdp, status] of [
      [offer({ media: "audio 4000 RTP/AVP 0" }), 488],
      [offer({ types: "text/plain" }), 488],
      [offer({ more: ['a=file-selector:name:"a.jpg" size:9'] }), 488],
    ] as const
  ) assert.equal(world.within(invited, "UPDATE", SDP, sdp).last.status, status);
  assert.equal(seat.said.at(-1), "joined");
  assert.equal(world.within(invited, "INFO").last.status, 405);
  assert.equal(world.within(invited, "OPTIONS").last.status, 200);
});

Deno.test("a session timer that runs out: cut off, and may come again", () => {
  const world = new FocusWorld({ settings: { sessionExpires_s: 90 } });
  const invited = world.invite(FACTORY, { headers: "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n" });
  world.within(invited, "ACK");
  assert.match(invited.last.get("Session-Expires")!, /^90/);
  world.time.advance(91_000);
  assert.equal(world.rooms.made[0].seatOf("alice").said.at(-1), "left absent");
  assert.equal(world.requests("BYE").length, 1);
});

Deno.test("a 200 that nobody acknowledges: it never came to be", () => {
  const world = new FocusWorld();
  world.invite(FACTORY);
  world.time.advance(33_000);
  assert.equal(world.rooms.made[0].seatOf("alice").said.at(-1), "left failed");
  assert.equal(world.focus.size, 0);
});

Deno.test("the box goes down: every dialog and every invitation ends, all may come again", () => {
  const world = new FocusWorld();
  const { room, asked } = world.chat("bob", "carol");
  take(asked[0], answer());
  world.focus.close();
  assert.equal(world.requests("BYE").length, 2);
  assert.equal(asked[1].cancelled, true);
  assert.equal(room.seatOf("alice").said.at(-1), "left absent");
  assert.equal(room.seatOf("bob").said.at(-1), "left absent");
  assert.deepEqual([world.focus.size, world.focus.invitations.size], [0, 0]);
  assert.equal(world.invite(room.uri).answer.status, 503);
  assert.equal(world.outside("REFER", room.uri, "Refer-To: <sip:carol@example.test>\r\n").answer.status, 503);
});

Deno.test("invitations take turns: so many at once, so many by one user; a queue of which one user has half takes no more of theirs", async () => {
  const world = new FocusWorld({ settings: { atOnce: 3, perUser: 2, waiting: 8 } });
  const names = [..."pqrstuvw"];
  for (const name of names) {
    world.user(name);
    world.register(name);
  }
  const policy = new FakePolicy({ invitesMembers: true });
  policy.members = names.map((name) => `sip:${name}@example.test`);
  world.groups.set(GROUP, policy);
  world.invite(GROUP);
  await world.quiet();
  const room = world.rooms.made[0];
  assert.equal(world.requests("INVITE").length, 2);
  assert.equal(world.focus.invitations.size, 6);
  assert.equal(room.seats.length, 7);
  // Somebody else has a turn, too.
  world.register("carol");
  world.requests("INVITE")[0].answer(486);
  assert.equal(world.requests("INVITE").length, 3);
  world.invite(FACTORY, { from: "bob", list: ["sip:carol@example.test"] });
  assert.equal(world.requests("INVITE").at(-1)!.request.to.uriText, "sip:carol@example.test");
  for (let at = 1; at < world.requests("INVITE").length; at++) take(world.requests("INVITE")[at]);
  assert.equal(world.requests("INVITE").length, 7);
  assert.equal(world.focus.invitations.size, 0);
});

Deno.test("a room that ends while rules are read: nobody is asked any more", async () => {
  const world = new FocusWorld();
  world.rules.unread.add("sip:bob@example.test");
  const { room } = world.chat("bob");
  room.end("operator");
  await world.quiet();
  assert.equal(world.requests("INVITE").length, 0);
  assert.deepEqual(room.seatOf("bob").said, ["left booted"]);
  assert.equal(world.focus.invitations.size, 0);
});

Deno.test("who waited and was called off leaves room for others who wait", () => {
  const world = new FocusWorld({ settings: { perUser: 1, waiting: 1 } });
  world.user("dave");
  world.register("dave");
  const { invited, room } = world.chat("bob", "carol");
  const refer = () => world.within(invited, "REFER", "Refer-To: <sip:dave@example.test>\r\nRefer-Sub: false\r\n");
  assert.deepEqual(refer().statuses, [202]);
  assert.equal(room.seats.length, 3);
  room.expel(room.find("sip:carol@example.test")!, "Out");
  assert.deepEqual(refer().statuses, [202]);
  assert.equal(room.seats.length, 4);
});

Deno.test("who waits for a turn and is put out, or whose room ends, is not asked any more", async () => {
  const world = new FocusWorld({ settings: { perUser: 1 } });
  const { room, asked } = world.chat("bob", "carol");
  assert.equal(asked.length, 1);
  room.expel(room.find("sip:carol@example.test")!, "Out");
  asked[0].answer(603);
  await world.quiet();
  assert.equal(world.requests("INVITE").length, 1);
  assert.deepEqual(room.seatOf("carol").said, ["left booted"]);
  assert.equal(world.focus.invitations.size, 0);
});
