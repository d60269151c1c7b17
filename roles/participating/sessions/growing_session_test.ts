import assert from "node:assert/strict";
import { SessionWorld } from "./testing/session_world.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";

Deno.test("a party of a session gets at the other one's leg by what names its own dialog, and nobody else does [CHAT-13]", () => {
  const world = new SessionWorld();
  const { invited, sent } = world.session();
  const mine = `${invited.request.callId};to-tag=${invited.last.to.tag};from-tag=${invited.request.from.tag}`;
  const found = world.sessions.legToward(mine, ALICE)!;
  assert.equal(found.peer, BOB);
  assert.equal(found.dialog.callId, sent.request.callId);
  assert.equal(found.dialog.localTag, sent.request.from.tag);
  // The same by the Call-ID alone, and from the other side.
  assert.equal(world.sessions.legToward(invited.request.callId, ALICE)!.peer, BOB);
  const { callId, localTag, remoteTag } = found.dialog;
  const theirs = world.sessions.legToward(`${callId};to-tag=${localTag};from-tag=${remoteTag}`, BOB)!;
  assert.deepEqual([theirs.peer, theirs.dialog.callId], [ALICE, invited.request.callId]);

  assert.equal(world.sessions.legToward(mine, BOB), null);
  assert.equal(world.sessions.legToward(mine, "sip:carol@example.test"), null);
  assert.equal(world.sessions.legToward(mine.replace("to-tag=", "to-tag=x"), ALICE), null);
  assert.equal(world.sessions.legToward(sent.request.callId, ALICE), null);
});

Deno.test("a session that goes on elsewhere ends for both, with a reason; one that rings is not there yet [CHAT-13]", () => {
  const world = new SessionWorld();
  const { invited } = world.session();
  world.sessions.legToward(invited.request.callId, ALICE)!.end();
  const reasons = world.requests("BYE").map(({ request }) => request.get("Reason"));
  assert.deepEqual(reasons, Array(2).fill('SIP;cause=200;text="goes on as a conference"'));
  assert.ok(world.happened.includes("sessionEnded replaced"), world.happened.join());
  assert.equal(world.sessions.legToward(invited.request.callId, ALICE), null);
  const ringing = world.invite();
  assert.equal(world.sessions.legToward(ringing.request.callId, ALICE), null);
});

Deno.test("who does not know whom they are talking with does not learn it so [CHAT-13]", () => {
  const world = new SessionWorld();
  world.device("bob", "sip:bob@203.0.113.1");
  const invited = world.invite(undefined, { headers: "Privacy: id\r\n" });
  const sent = world.sent.at(-1)!;
  sent.answer(200, "Contact: <sip:bob@203.0.113.1>\r\nContent-Type: application/sdp\r\n", undefined, ANSWER);
  world.within(invited, "ACK");
  assert.equal(world.sessions.legToward(sent.request.callId, BOB), null);
  assert.equal(world.sessions.legToward(invited.request.callId, ALICE)!.peer, BOB);
});

const ANSWER = new TextEncoder().encode(
  "v=0\r\no=bob 1 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\nm=message 8888 TCP/MSRP *\r\n" +
    "a=path:msrp://203.0.113.1:8888/bob1;tcp\r\na=accept-types:*\r\na=setup:active\r\n",
);
