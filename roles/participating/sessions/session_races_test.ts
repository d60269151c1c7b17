import assert from "node:assert/strict";
import { fromLatin1 } from "../../../foundation/mod.ts";
import { DEFAULT_CALL_LIMITS } from "../../../transport/sip/mod.ts";
import { DEFAULT_SESSIONS } from "./session_settings.ts";
import { accept, answer, mediaOf, offer, SessionWorld, textOf } from "./testing/session_world.ts";

const BOB = "sip:bob@203.0.113.1";
const CONTACT = `Contact: <${BOB}>\r\n`;
const SDP = "Content-Type: application/sdp\r\n";

function ringing(options?: ConstructorParameters<typeof SessionWorld>[0], sdp: string | null = offer()) {
  const world = new SessionWorld(options);
  world.device("bob", BOB);
  const invited = world.invite(sdp, { headers: "Accept-Contact: *;+g.oma.sip-im\r\n" });
  return { world, invited, sent: world.requests("INVITE")[0] };
}

Deno.test("who hangs up while a large message is on its way: the other is sent away when it is there, and may go before", () => {
  for (const goes of [false, true]) {
    const world = new SessionWorld();
    const { invited, sent, media } = world.session();
    media.drains = "inviter";
    const bye = world.within(invited, "BYE", 'Reason: SIP;cause=200;text="done"\r\n');
    assert.equal(bye.last.status, 200);
    assert.deepEqual([media.closed, world.sessions.size], [true, 0]);
    assert.equal(world.requests("BYE").length, 0);
    if (goes) assert.equal(world.from(sent, "BYE").last.status, 200);
    media.drained!();
    assert.equal(world.requests("BYE").length, goes ? 0 : 1);
    if (!goes) assert.match(world.requests("BYE")[0].request.get("Reason")!, /done/);
  }
});

Deno.test("the inviter's reason to give up goes to the devices (RFC 3326)", () => {
  const { world, invited, sent } = ringing();
  sent.answer(180, CONTACT);
  const cancel = world.receive({
    method: "CANCEL",
    uri: "sip:bob@example.test",
    headers: 'Reason: SIP;cause=200;text="Call completed elsewhere"\r\n',
    body: "",
  });
  invited.user!.onCancel(invited, cancel.request);
  assert.equal(sent.cancelReason, 'SIP;cause=200;text="Call completed elsewhere"');
});

Deno.test("an answer that came in a reliable 1xx holds, though the 2xx does not repeat it (RFC 3262 §5)", () => {
  for (const mediaPath of ["always", "never"] as const) {
    const { world, invited, sent } = ringing({ settings: { mediaPath } });
    sent.answer(183, `${CONTACT}Require: 100rel\r\nRSeq: 1\r\n${SDP}`, undefined, fromLatin1(answer()));
    world.requests("PRACK")[0].answer(200);
    sent.answer(200, CONTACT);
    assert.deepEqual(invited.statuses, [183, 200], mediaPath);
    assert.equal(mediaOf(invited.last).setup, mediaPath === "always" ? "passive" : "active");
    assert.equal(world.sessions.list()[0].state, "up");
  }
});

Deno.test("nobody answers in the time there is: 480, also where a device does not even answer the CANCEL", () => {
  assert.ok(
    DEFAULT_SESSIONS.answerWithin_s * 1000 < DEFAULT_CALL_LIMITS.inviting_ms,
    "before the call gives up by itself",
  );
  const { world, invited, sent } = ringing({ settings: { answerWithin_s: 20 } });
  sent.answer(180, CONTACT);
  world.time.advance(20_200);
  assert.equal(sent.cancelled, true);
  assert.equal(invited.last.status, 480, "the inviter need not wait for the device");
  assert.deepEqual(world.happened, ["sessionRefused 480 device"]);
  assert.equal(world.sessions.size, 0);
  accept(sent, answer());
  assert.equal(world.requests("BYE").length, 1, "who takes it now is let go");
});

Deno.test("what never stood is refused, not ended: no PRACK, no ACK, no answer in the ACK", async (t) => {
  await t.step("no ACK with the answer", () => {
    const { world, sent } = ringing({}, null);
    accept(sent, answer());
    world.time.advance(33_000);
    assert.deepEqual(world.happened, ["sessionRefused 408 inviter"]);
    assert.equal(world.requests("BYE").length, 2);
  });
  await t.step("an ACK without the answer", () => {
    const { world, invited, sent } = ringing({}, null);
    accept(sent, answer());
    world.within(invited, "ACK");
    assert.deepEqual(world.happened, ["sessionRefused 488 inviter"]);
    assert.equal(world.requests("BYE").length, 2);
  });
  await t.step("no PRACK for the ringing", () => {
    const { world, invited, sent } = ringingReliably();
    sent.answer(180, CONTACT);
    // It rings on.
    sent.pending = false;
    world.time.advance(33_000);
    assert.equal(invited.last.status, 504);
    assert.deepEqual(world.happened, ["sessionRefused 504 inviter"]);
    assert.equal(sent.cancelled, true);
  });
});

function ringingReliably() {
  const world = new SessionWorld();
  world.device("bob", BOB);
  const invited = world.invite(offer(), { headers: "Require: 100rel\r\n" });
  return { world, invited, sent: world.requests("INVITE")[0] };
}

Deno.test("no ACK to a session that stood: the invitee's BYE says why", () => {
  const { world, sent } = ringing();
  accept(sent, answer());
  world.time.advance(33_000);
  const [bye] = world.requests("BYE").filter(({ request }) => request.callId === sent.request.callId);
  assert.match(bye.request.get("Reason")!, /^SIP;cause=408/);
  assert.equal(world.happened.at(-1), "sessionEnded session timer");
});

Deno.test("an answer goes no further than the offer: who only sends is not told to receive (RFC 3264 §6.1)", () => {
  const cases = [
    ["sendonly", "sendrecv", "recvonly"],
    ["recvonly", "sendrecv", "sendonly"],
    [
      "sendonly",
      "sendonly",
      "inactive",
    ],
    ["inactive", "sendrecv", "inactive"],
    ["sendrecv", "recvonly", "recvonly"],
  ];
  for (const [offered, answered, told] of cases) {
    const { invited, sent } = ringing({}, offer({ more: ["a=setup:actpass", `a=${offered}`] }));
    accept(sent, answer({ more: ["a=setup:active", `a=${answered}`] }));
    assert.equal(mediaOf(invited.last).direction, told, `${offered} answered ${answered}`);
  }
});

Deno.test("what a leg is refused with in passing means the same on the other leg, or something it can use", () => {
  for (const [refused, told] of [[488, 488], [401, 403], [407, 403], [503, 500], [408, 500]]) {
    const world = new SessionWorld();
    const { invited } = world.session();
    const hold = world.within(invited, "UPDATE", SDP, offer({ version: 2, more: ["a=inactive"] }));
    world.requests("UPDATE")[0].answer(refused);
    assert.equal(hold.last.status, told, `a change refused with ${refused}`);
    if (refused === 408) continue;
    const info = world.within(invited, "INFO", "", "", 3);
    world.requests("INFO")[0].answer(refused);
    assert.equal(info.last.status, told, `INFO refused with ${refused}`);
  }
});

Deno.test("a change that its party takes back before it is answered is taken back on the other side, too", () => {
  const world = new SessionWorld();
  const { invited, media } = world.session();
  const path = media.told.get("inviter")!.media.path;
  const changed = offer({ version: 2, path: "msrp://198.51.100.9:9/elsewhere;tcp", more: ["a=inactive"] });
  const hold = world.within(invited, "INVITE", SDP, changed);
  const [, passed] = world.requests("INVITE");
  hold.user!.onCancel(hold, hold.request);
  assert.equal(hold.last.status, 487);
  passed.answer(200, `${CONTACT}${SDP}`, undefined, fromLatin1(answer({ version: 2, more: ["a=inactive"] })));
  assert.deepEqual(media.told.get("inviter")!.media.path, path, "nobody goes to where the inviter is not");
  const [, , back] = world.requests("INVITE");
  assert.equal(mediaOf(back.request).direction, "sendrecv", "the invitee is asked back");
  back.answer(200, `${CONTACT}${SDP}`, undefined, fromLatin1(answer({ version: 3 })));
  assert.equal(media.told.get("invitee")!.media.direction, "sendrecv");
  const again = world.within(invited, "INVITE", SDP, offer({ version: 3, more: ["a=inactive"] }), 4);
  assert.equal(again.last, undefined, "the next change goes over again");
  assert.equal(world.requests("INVITE").length, 4);
});

Deno.test("Replaces leads to the party that it names, and gives nobody else's dialog away (RFC 3891 §5)", () => {
  const world = new SessionWorld();
  world.user("carol");
  world.user("dave");
  world.device("dave", "sip:dave@203.0.113.4");
  const { invited } = world.session();
  const { last, request } = invited;
  const replaces = `Replaces: ${request.callId};to-tag=${last.to.tag};from-tag=${request.from.tag}\r\n`;
  const taking = world.invite(offer(), {
    from: "sip:carol@example.test",
    uri: "sip:dave@example.test",
    headers: replaces,
  });
  assert.equal(taking.last.status, 481);
  assert.equal(world.requests("INVITE").length, 1, "dave's device learns nothing of bob's dialog");
});

Deno.test("a party that is taken into the path may come before the other one has answered", () => {
  const world = new SessionWorld({ settings: { mediaPath: "never" } });
  world.session();
  const session = world.sessions.get(world.sessions.list()[0].id)!;
  assert.equal(session.pullIntoPath(), true);
  const [, toBob] = world.requests("INVITE");
  assert.equal(world.opened.length, 1, "bob connects as soon as he has said yes");
  assert.ok(mediaOf(toBob.request).path[0].includes(world.opened[0].invitee.sessionId));
  toBob.answer(488);
  assert.equal(world.opened[0].closed, true);
  world.time.advance(400_000);
  assert.equal(world.sessions.size, 1, "messages that do not pass here make no session idle");
});

Deno.test("a request between the parties before the session stands does not end it (481 would)", () => {
  const { world, invited, sent } = ringing({}, null);
  accept(sent, answer());
  const info = world.within(invited, "INFO", "", "", 2);
  assert.equal(info.last.status, 480);
  assert.equal(world.sessions.size, 1);
});

Deno.test("what the access network says of a party inside a session is not the other party's to know", () => {
  const world = new SessionWorld();
  const { invited } = world.session();
  world.within(invited, "INFO", "P-Access-Network-Info: IEEE-802.11;cell=here\r\nP-Charging-Vector: icid-value=1\r\n");
  const [{ request }] = world.requests("INFO");
  assert.equal(request.has("P-Access-Network-Info"), false);
  assert.equal(request.has("P-Charging-Vector"), false);
});

Deno.test("a session that is shut down before anybody answered leaves nothing ringing", () => {
  const { world, invited, sent } = ringing();
  sent.answer(180, CONTACT);
  world.sessions.endAll();
  assert.equal(invited.last.status, 480);
  assert.equal(sent.cancelled, true);
  assert.equal(sent.cancelReason, 'SIP;cause=503;text="server shuts down"');
  assert.equal(textOf(invited.last), "");
});

Deno.test("no room for the messages of the device that took it: it is let go, and the inviter is told", () => {
  const world = new SessionWorld();
  world.device("bob", BOB);
  world.device("bob", "sip:bob@203.0.113.2", { transport: "tls" });
  const invited = world.invite();
  const [one, two] = world.requests("INVITE");
  const { open } = world.deps.media;
  world.deps.media.open = () => {
    throw new RangeError("too many sessions");
  };
  accept(two, answer({ proto: "TCP/TLS/MSRP", path: "msrps://203.0.113.2:8888/bob2;tcp" }));
  assert.equal(world.requests("BYE").length, 1);
  assert.deepEqual(invited.statuses, [], "the other one still rings");
  world.deps.media.open = open;
  accept(one, answer());
  assert.deepEqual(invited.statuses, [200]);
  assert.equal(world.opened.length, 2, "with a way of its own");
  assert.deepEqual([world.opened[0].closed, world.opened[1].closed], [true, false]);
});
