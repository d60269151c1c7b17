import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { CallWorld, pair, sdp } from "./testing/call_world.ts";

/** A call that stands, to or from the raw peer. */
function standing({ incoming = false, allow = "Allow: INVITE, UPDATE\r\n", random = 0.5 } = {}) {
  const world = new CallWorld({ table: { random: () => random } });
  if (incoming) {
    world.request("INVITE", { body: "offer", more: allow });
    world.call.accept({ description: sdp("answer") });
    world.request("ACK", { toTag: world.call.dialog!.localTag });
  }
  const call = incoming ? world.call : world.invite();
  if (!incoming) world.reply("INVITE", 200, { body: "answer", more: allow });
  world.out();
  world.user.notes.length = 0;
  let cseq = 1;
  const inDialog = (method: string, options: { body?: string; more?: string; cseq?: number; contact?: string } = {}) =>
    world.request(method, {
      cseq: options.cseq ?? ++cseq,
      callId: call.dialog!.callId,
      toTag: call.dialog!.localTag,
      ...options,
    });
  return { world, call, inDialog };
}

Deno.test("re-INVITE of ours: next number, Contact, ACK; the answer is the user's; repetitions of the 2xx are acknowledged", () => {
  const { world, call } = standing({ allow: "" });
  call.offer(sdp("offer 2"));
  const invite = world.lastSent("INVITE");
  assert.deepEqual([invite.cseq.number, invite.to.tag, invite.has("Contact")], [2, "peer", true]);
  world.reply("INVITE", 200, { body: "answer 2" });
  world.reply("INVITE", 200, { body: "answer 2" });
  assert.deepEqual(world.out(), ["INVITE", "ACK", "ACK"]);
  assert.equal(world.lastSent("ACK").cseq.number, 2);
  assert.deepEqual(world.user.notes, ["answer 200 answer 2"]);
});

Deno.test("UPDATE where the peer allows it; where it then does not after all, re-INVITE", () => {
  const { world, call } = standing();
  call.offer(sdp("offer 2"));
  world.reply("UPDATE", 200, { body: "answer 2" });
  call.offer(sdp("offer 3"), "INVITE");
  world.reply("INVITE", 200, { body: "answer 3" });
  call.offer(sdp("offer 4"));
  world.reply("UPDATE", 405);
  world.reply("INVITE", 200, { body: "answer 4" });
  assert.deepEqual(world.out(), ["UPDATE", "INVITE", "ACK", "UPDATE", "INVITE", "ACK"]);
  assert.deepEqual(world.user.notes, ["answer 200 answer 2", "answer 200 answer 3", "answer 200 answer 4"]);
});

Deno.test("a refused offer leaves the session as it was; 408, 481 and silence end it (RFC 3261 §14.1, §12.2.1.2)", () => {
  const { world, call } = standing();
  call.offer(sdp("offer 2"), "INVITE");
  world.reply("INVITE", 488);
  assert.deepEqual([call.state, world.user.notes], ["confirmed", ["answer 488"]]);
  call.offer(sdp("offer 3"), "INVITE");
  world.reply("INVITE", 481);
  assert.deepEqual(world.user.notes.slice(1), ["answer 481", "ended by failure 481"]);
  assert.equal(world.out().at(-1), "BYE");

  const silent = standing();
  silent.call.offer(sdp("offer 2"));
  silent.world.time.advance(33_000);
  assert.deepEqual(silent.world.user.notes, ["answer 408", "ended by failure 408"]);
});

Deno.test("glare: our re-INVITE and theirs get 491; ours comes again after 2.1 to 4 s where we made the Call-ID, else 0 to 2 s", () => {
  for (
    const { incoming, random, wait } of [
      { incoming: false, random: 0, wait: 2_100 },
      { incoming: false, random: 0.9999, wait: 4_000 },
      { incoming: true, random: 0.9999, wait: 2_000 },
      { incoming: true, random: 0.5, wait: 1_000 },
    ]
  ) {
    const { world, call, inDialog } = standing({ incoming, random });
    call.offer(sdp("ours"), "INVITE");
    inDialog("INVITE", { body: "theirs" });
    assert.equal(world.lastAnswer("INVITE").status, 491);
    world.reply("INVITE", 491);
    world.out();
    world.time.advance(wait - 100);
    assert.deepEqual(world.out(), [], String(wait));
    world.time.advance(200);
    assert.deepEqual(world.out(), ["INVITE"]);
    world.reply("INVITE", 200, { body: "yes" });
    assert.deepEqual(world.user.notes, ["answer 200 yes"], "the user saw nothing of it");
  }
});

Deno.test("with `once` a 491 is the user's; without, after five tries", () => {
  const { world, call } = standing();
  call.offer(sdp("ours"), "INVITE", {}, true);
  world.reply("INVITE", 491);
  assert.deepEqual(world.user.notes, ["answer 491"]);
  call.offer(sdp("ours"), "INVITE");
  for (let i = 0; i < 5; i++) {
    world.reply("INVITE", 491);
    world.time.advance(5_000);
  }
  assert.deepEqual(world.user.notes, ["answer 491", "answer 491"]);
  assert.equal(world.sent("INVITE").length, 1 + 1 + 5);
});

Deno.test("RFC 5407 §3.3.2: UPDATE with an offer and re-INVITE cross: both 491; an UPDATE without one gets 200", () => {
  const { world, call, inDialog } = standing();
  call.offer(sdp("ours"));
  inDialog("INVITE", { body: "theirs" });
  assert.equal(world.lastAnswer("INVITE").status, 491);
  inDialog("UPDATE", { body: "theirs" });
  assert.equal(world.lastAnswer("UPDATE").status, 491);
  inDialog("UPDATE");
  assert.equal(world.lastAnswer("UPDATE").status, 200);
});

Deno.test("an INVITE or offer while one of theirs waits: 500 with Retry-After up to ten seconds (RFC 3261 §14.2, RFC 3311 §5.2)", () => {
  const { world, inDialog } = standing();
  world.user.offered = () => {};
  inDialog("INVITE", { body: "theirs" });
  inDialog("INVITE", { body: "more" });
  assert.deepEqual([world.lastAnswer("INVITE").status, world.lastAnswer("INVITE").get("Retry-After")], [500, "5"]);
  inDialog("UPDATE", { body: "more" });
  assert.equal(world.lastAnswer("UPDATE").status, 500);
  world.user.offers[0].answer({ description: sdp("at last") });
  assert.equal(world.lastAnswer("INVITE").status, 200);
});

Deno.test("500 with Retry-After to an offer of ours: again after that time", () => {
  const { world, call } = standing();
  call.offer(sdp("ours"));
  world.reply("UPDATE", 500, { more: "Retry-After: 3\r\n" });
  world.out();
  world.time.advance(2_900);
  assert.deepEqual(world.out(), []);
  world.time.advance(200);
  assert.deepEqual(world.out(), ["UPDATE"]);
});

Deno.test("their re-INVITE: answered by the user, 2xx repeated until the ACK; refused: as it was; cancelled: 487", () => {
  const { world, call, inDialog } = standing();
  inDialog("INVITE", { body: "theirs" });
  assert.deepEqual([world.user.notes, world.out()], [["offer INVITE theirs"], ["200 INVITE"]]);
  assert.ok(world.lastAnswer("INVITE").has("Contact"));
  world.time.advance(600);
  assert.deepEqual(world.out(), ["200 INVITE"]);
  inDialog("ACK", { cseq: 2 });
  world.time.advance(10_000);
  assert.deepEqual(world.out(), []);

  world.user.offered = (_call, offer) => offer.refuse(488, { headers: [["Warning", '305 x "no"']] });
  inDialog("INVITE", { body: "theirs again" });
  assert.deepEqual([world.lastAnswer("INVITE").status, world.lastAnswer("INVITE").get("Warning")], [488, '305 x "no"']);

  world.user.offered = () => {};
  const head = inDialog("INVITE", { body: "and again" });
  world.out();
  world.wires.receive(
    world.peerFlow(),
    head.replace(/^INVITE/, "CANCEL").replace(/ INVITE\r\n/, " CANCEL\r\n").replace(
      /Content-Type[^]*$/,
      "Content-Length: 0\r\n\r\n",
    ),
  );
  assert.deepEqual(world.out(), ["200 CANCEL", "487 INVITE"]);
  world.user.offers.at(-1)!.answer({ description: sdp("too late") });
  assert.deepEqual(world.out(), []);
  assert.equal(call.state, "confirmed");
  call.offer(sdp("ours"));
  assert.deepEqual(world.out(), ["UPDATE"], "nothing is left open");
});

Deno.test("a re-INVITE that is never acknowledged ends the call", () => {
  const { world, inDialog } = standing();
  inDialog("INVITE", { body: "theirs" });
  world.time.advance(33_000);
  assert.deepEqual(world.user.notes, ["offer INVITE theirs", "ended by no-ack"]);
  assert.equal(world.out().at(-1), "BYE");
});

Deno.test("their re-INVITE without an offer asks for ours; the ACK has the answer", () => {
  const { world, inDialog } = standing();
  world.user.offered = (_call, offer) => {
    assert.equal(offer.description, null);
    offer.answer({ description: sdp("our offer") });
  };
  inDialog("INVITE");
  assert.equal(new TextDecoder().decode(world.lastAnswer("INVITE").body), "our offer");
  inDialog("UPDATE", { body: "crossing" });
  assert.equal(world.lastAnswer("UPDATE").status, 491, "RFC 5407 §3.1.5");
  inDialog("ACK", { cseq: 2, body: "their answer" });
  assert.deepEqual(world.user.notes, ["offer INVITE", "answer 200 their answer"]);
});

Deno.test("a re-INVITE that says what was said before is answered without the user: a session refresh", () => {
  const { world, inDialog } = standing();
  inDialog("INVITE", { body: "answer" });
  assert.deepEqual(world.user.notes, []);
  assert.equal(new TextDecoder().decode(world.lastAnswer("INVITE").body), "offer");
});

Deno.test("RFC 5407 §3.1.4: a re-INVITE before the ACK of the first INVITE is taken, each ACK finds its own", () => {
  const world = new CallWorld();
  world.request("INVITE", { body: "offer" });
  const call = world.call;
  const toTag = call.dialog!.localTag;
  call.accept({ description: sdp("answer") });
  world.request("INVITE", { cseq: 2, toTag, body: "offer 2" });
  assert.deepEqual(world.user.notes, ["offer INVITE offer 2"]);
  world.request("ACK", { cseq: 1, toTag });
  assert.equal(call.state, "confirmed");
  world.request("ACK", { cseq: 2, toTag });
  world.out();
  world.time.advance(40_000);
  assert.deepEqual(world.out(), []);
});

Deno.test("RFC 5407 §3.2.3: the 200 to our re-INVITE after our BYE still gets its ACK; their open re-INVITE gets 487 at their BYE", () => {
  const { world, call } = standing();
  call.offer(sdp("ours"), "INVITE");
  call.end();
  world.reply("INVITE", 200, { body: "yes" });
  assert.deepEqual(world.out(), ["INVITE", "BYE", "ACK"]);
  assert.deepEqual(world.user.notes, ["ended by us"]);

  const theirs = standing();
  theirs.world.user.offered = () => {};
  theirs.inDialog("INVITE", { body: "theirs" });
  theirs.inDialog("BYE");
  assert.deepEqual(theirs.world.out(), ["200 BYE", "487 INVITE"]);
});

Deno.test("a user that takes no offers: 488; an UPDATE before any exchange: 488", () => {
  const { world, inDialog } = standing();
  world.user.onOffer = undefined as never;
  inDialog("UPDATE", { body: "theirs" });
  assert.equal(world.lastAnswer("UPDATE").status, 488);
});

Deno.test("the target follows the Contact of re-INVITE, UPDATE and their 2xx (RFC 3261 §12.2)", () => {
  const { world, call, inDialog } = standing();
  const contact = (host: string) => `Contact: <sip:peer@${host}:5060;transport=tcp>\r\n`;
  inDialog("UPDATE", { contact: contact("192.0.2.44") });
  assert.equal(call.dialog!.remoteTarget, "sip:peer@192.0.2.44:5060;transport=tcp");
  call.offer(sdp("ours"));
  world.reply("UPDATE", 200, { body: "yes", contact: false, more: contact("192.0.2.45") });
  assert.equal(call.dialog!.remoteTarget, "sip:peer@192.0.2.45:5060;transport=tcp");
});

Deno.test("two boxes that offer at once both get through (RFC 5407 §3.3.1)", () => {
  const { a, b, step } = pair({ time: new FakeTime() });
  b.invited = (call) => call.accept({ description: sdp("answer") });
  const call = a.invite();
  step();
  call.offer(sdp("from a"), "INVITE");
  b.call.offer(sdp("from b"), "INVITE");
  step(10_000);
  assert.deepEqual(a.user.notes.slice(1).sort(), ["answer 200 answer", "offer INVITE from b"]);
  assert.deepEqual(b.user.notes.slice(1).sort(), ["answer 200 answer", "offer INVITE from a"]);
  assert.ok([...a.out(), ...b.out()].filter((line) => line === "491 INVITE").length === 2);
});

Deno.test("a re-INVITE that is refused leaves the target where it was (RFC 6141 §4.6)", () => {
  const { world, call, inDialog } = standing();
  world.user.offered = (_call, offer) => offer.refuse(488);
  inDialog("INVITE", { body: "theirs", contact: "Contact: <sip:peer@192.0.2.44:5060;transport=tcp>\r\n" });
  assert.equal(call.dialog!.remoteTarget, "sip:peer@192.0.2.9:5060;transport=tcp");
});

Deno.test("a client that comes back on another connection is reached on that one", () => {
  const world = new CallWorld();
  const first = world.inbound("tcp", "192.0.2.77", 40_001);
  world.request("INVITE", { body: "offer", flow: first, more: "Allow: UPDATE\r\n" });
  const call = world.call;
  const toTag = call.dialog!.localTag;
  call.accept({ description: sdp("answer") });
  world.request("ACK", { toTag, flow: first });
  first.close("gone");
  const second = world.inbound("tcp", "192.0.2.77", 40_002);
  world.request("INFO", { cseq: 2, toTag, flow: second });
  call.offer(sdp("more"));
  assert.deepEqual(second.lines().map((line) => line.split(" ")[0]), ["SIP/2.0", "UPDATE"]);
  const third = world.inbound("tcp", "192.0.2.77", 40_003);
  world.request("UPDATE", { cseq: 3, toTag, flow: third });
  call.send("INFO", {});
  assert.deepEqual(third.lines().map((line) => line.split(" ")[0]), ["SIP/2.0", "INFO"]);
});
