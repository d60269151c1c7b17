import assert from "node:assert/strict";
import { CallWorld, sdp } from "./testing/call_world.ts";

/** A box with an INVITE from the raw peer. */
function ringing(more: string, body = "offer") {
  const world = new CallWorld();
  world.request("INVITE", { more, body });
  const call = world.call;
  let cseq = 1;
  const prack = (rack: string, description = "") =>
    world.request("PRACK", {
      cseq: ++cseq,
      toTag: call.dialog!.localTag,
      more: `RAck: ${rack}\r\n`,
      body: description,
    });
  const rseq = () => Number(world.lastAnswer("INVITE").get("RSeq"));
  return { world, call, prack, rseq };
}

const CAN = "Supported: 100rel\r\n";
const MUST = "Require: 100rel\r\n";

Deno.test("RFC 3262 §3: a reliable 180 has Require and RSeq, makes the dialog, and is repeated at T1, 2*T1 … until its PRACK", () => {
  const { world, call, prack, rseq } = ringing(CAN);
  call.progress(180, {}, true);
  const ringing180 = world.lastAnswer("INVITE");
  assert.ok(ringing180.lists("Require", "100rel"));
  assert.ok(rseq() >= 1 && rseq() < 2 ** 31);
  assert.equal(ringing180.to.tag, call.dialog!.localTag);
  assert.ok(ringing180.has("Contact"));
  world.out();
  world.time.advance(15_600);
  assert.deepEqual(world.out(), ["180 INVITE", "180 INVITE", "180 INVITE", "180 INVITE", "180 INVITE"], "no cap at T2");
  prack(`${rseq() + 1} 1 INVITE`);
  prack(`${rseq()} 2 INVITE`);
  prack(`${rseq()} 1 UPDATE`);
  prack("nonsense");
  assert.deepEqual(world.out(), ["481 PRACK", "481 PRACK", "481 PRACK", "481 PRACK"]);
  prack(`${rseq()} 1 INVITE`);
  prack(`${rseq()} 1 INVITE`);
  assert.deepEqual(world.out(), ["200 PRACK", "481 PRACK"]);
  world.time.advance(60_000);
  assert.deepEqual(world.out(), []);
});

Deno.test("one reliable response is under way at a time, each with the next number; Require: 100rel makes all of them reliable", () => {
  const { world, call, prack, rseq } = ringing(MUST);
  call.progress(180);
  call.progress(183);
  assert.deepEqual(world.out(), ["180 INVITE"]);
  const first = rseq();
  prack(`${first} 1 INVITE`);
  assert.deepEqual(world.out(), ["200 PRACK", "183 INVITE"]);
  assert.equal(rseq(), first + 1);
  call.accept({ description: sdp("answer") });
  assert.deepEqual(world.out(), ["200 INVITE"], "a 183 without a description holds nothing up");
  prack(`${first + 1} 1 INVITE`);
  assert.deepEqual(world.out(), ["200 PRACK"], "a late PRACK still matches");
});

Deno.test("where neither side speaks of 100rel, a progress is not reliable", () => {
  const { world, call } = ringing("");
  call.progress(180, {}, true);
  assert.equal(world.lastAnswer("INVITE").get("RSeq"), undefined);
});

Deno.test("no PRACK for 64*T1: the INVITE is refused with a 5xx", () => {
  const { world, call } = ringing(CAN);
  call.progress(180, {}, true);
  world.time.advance(33_000);
  assert.ok(world.out().includes("504 INVITE"));
  assert.deepEqual(world.user.notes, ["ended by failure 504"]);
});

Deno.test("an answer in a reliable 183 holds the 2xx back until its PRACK; the 2xx needs none then", () => {
  const { world, call, prack, rseq } = ringing(CAN);
  call.progress(183, { description: sdp("answer") }, true);
  call.accept({});
  assert.deepEqual([call.state, world.out()], ["inviting", ["183 INVITE"]]);
  prack(`${rseq()} 1 INVITE`);
  assert.deepEqual(world.out(), ["200 PRACK", "200 INVITE"]);
  assert.equal(call.state, "accepted");
});

Deno.test("a further offer in the PRACK is answered in its 200 (RFC 3262 §5)", () => {
  const { world, call, prack, rseq } = ringing(CAN);
  world.user.offered = (_call, offer) => offer.answer({ description: sdp("second answer") });
  call.progress(183, { description: sdp("answer") }, true);
  prack(`${rseq()} 1 INVITE`, "second offer");
  assert.deepEqual(world.user.notes, ["offer PRACK second offer"]);
  assert.equal(new TextDecoder().decode(world.lastAnswer("PRACK").body), "second answer");
});

Deno.test("an INVITE without an offer: the first reliable response has to make one, the PRACK answers", () => {
  const { world, call, prack, rseq } = ringing(CAN, "");
  call.progress(180, {}, true);
  assert.deepEqual(world.out(), [], "without an offer it may not go (RFC 3262 §5)");
  call.progress(183, { description: sdp("our offer") }, true);
  assert.deepEqual(world.out(), ["183 INVITE"]);
  prack(`${rseq()} 1 INVITE`, "their answer");
  assert.deepEqual(world.user.notes, ["answer 200 their answer"]);
  call.accept({});
  assert.deepEqual(world.out(), ["200 PRACK", "200 INVITE"]);
});

Deno.test("after an acknowledged progress another goes out within three minutes, with the next number", () => {
  const world = new CallWorld({ table: { limits: { inviting_ms: 600_000 } } });
  world.request("INVITE", { more: CAN, body: "offer" });
  world.call.progress(180, {}, true);
  const rseq = Number(world.lastAnswer("INVITE").get("RSeq"));
  world.request("PRACK", { cseq: 2, toTag: world.call.dialog!.localTag, more: `RAck: ${rseq} 1 INVITE\r\n` });
  world.out();
  world.time.advance(151_000);
  assert.equal(world.out()[0], "180 INVITE");
  assert.equal(Number(world.lastAnswer("INVITE").get("RSeq")), rseq + 1);
});

Deno.test("as UAC: PRACK for each reliable response in order; repetitions and gaps get nothing (RFC 3262 §4)", () => {
  const world = new CallWorld();
  world.invite();
  const reliable = (status: number, rseq: number) =>
    world.reply("INVITE", status, { more: `Require: 100rel\r\nRSeq: ${rseq}\r\n` });
  reliable(180, 776_656);
  const prack = world.lastSent("PRACK");
  assert.equal(prack.check(), null);
  assert.deepEqual([prack.get("RAck"), prack.cseq.number, prack.to.tag], ["776656 1 INVITE", 2, "peer"]);
  world.out();
  reliable(180, 776_656);
  reliable(183, 776_659);
  assert.deepEqual([world.out(), world.user.notes], [[], ["progress 180"]]);
  reliable(183, 776_657);
  assert.deepEqual([world.out(), world.user.notes], [["PRACK"], ["progress 180", "progress 183"]]);
  world.reply("INVITE", 200, { body: "answer" });
  assert.equal(world.lastSent("ACK").cseq.number, 1);
  assert.equal(world.user.notes.at(-1), "accepted 200 answer");
});

Deno.test("as UAC: each fork has numbers of its own; who was not asked for it gets no PRACK", () => {
  const world = new CallWorld();
  world.invite();
  world.reply("INVITE", 180, { tag: "a", more: "Require: 100rel\r\nRSeq: 5\r\n" });
  world.reply("INVITE", 180, { tag: "b", more: "Require: 100rel\r\nRSeq: 900\r\n" });
  assert.deepEqual(world.sent("PRACK").map(({ message }) => [message.to.tag, message.get("RAck")]), [
    ["a", "5 1 INVITE"],
    ["b", "900 1 INVITE"],
  ]);
  const plain = new CallWorld();
  plain.invite({ reliable: false });
  assert.equal(plain.lastSent("INVITE").lists("Supported", "100rel"), false);
  plain.reply("INVITE", 180, { more: "Require: 100rel\r\nRSeq: 5\r\n" });
  assert.deepEqual(plain.out(), ["INVITE"]);
});

Deno.test("as UAC: an early answer settles the exchange, and UPDATE may follow before the call stands (RFC 3311)", () => {
  const world = new CallWorld();
  const call = world.invite();
  call.offer(sdp("too early"), "UPDATE");
  world.reply("INVITE", 183, { body: "answer", more: "Require: 100rel\r\nRSeq: 1\r\nAllow: INVITE, UPDATE\r\n" });
  assert.deepEqual(world.out(), ["INVITE", "PRACK"]);
  call.offer(sdp("offer 2"));
  assert.deepEqual(world.out(), ["UPDATE"]);
  world.reply("UPDATE", 200, { body: "answer 2" });
  world.request("UPDATE", { cseq: 1, callId: call.dialog!.callId, toTag: call.dialog!.localTag, body: "their offer" });
  assert.deepEqual(world.user.notes, ["progress 183 answer", "answer 200 answer 2", "offer UPDATE their offer"]);
  world.reply("INVITE", 200);
  assert.equal(call.state, "confirmed");
});

Deno.test("as UAC without an offer: theirs in a reliable 183, our answer in the PRACK", () => {
  const world = new CallWorld();
  const call = world.invite({ description: null });
  world.reply("INVITE", 183, { body: "their offer", more: "Require: 100rel\r\nRSeq: 1\r\n" });
  assert.deepEqual(world.out(), ["INVITE"]);
  call.acknowledge(sdp("our answer"));
  assert.deepEqual(world.out(), ["PRACK"]);
  assert.equal(new TextDecoder().decode(world.lastSent("PRACK").body), "our answer");
  world.reply("INVITE", 200);
  assert.deepEqual([call.state, world.out()], ["confirmed", ["ACK"]]);
});
