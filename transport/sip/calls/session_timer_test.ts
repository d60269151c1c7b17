import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { CallWorld, pair, sdp } from "./testing/call_world.ts";

/** What a UAS that grants `longest` seconds at most answers to these lines. */
function granted(more: string, longest: number) {
  const world = new CallWorld();
  world.options = { sessionExpires: longest };
  world.request("INVITE", { body: "offer", more });
  if (world.taken.length > 0) world.call.accept({ description: sdp("answer") });
  const answer = world.lastAnswer("INVITE");
  return [answer.status, answer.get("Session-Expires") ?? answer.get("Min-SE") ?? "", answer.lists("Require", "timer")];
}

Deno.test("RFC 4028 §9, Table 2: what a UAS grants", () => {
  const cases: [string, number, [number, string, boolean]][] = [
    ["", 0, [200, "", false]],
    ["", 1800, [200, "", false]],
    ["Supported: timer\r\n", 0, [200, "", false]],
    ["Supported: timer\r\n", 1800, [200, "1800;refresher=uac", true]],
    ["Supported: timer\r\nMin-SE: 2000\r\n", 1800, [200, "2000;refresher=uac", true]],
    ["Supported: timer\r\nSession-Expires: 600\r\n", 1800, [200, "600;refresher=uac", true]],
    ["Supported: timer\r\nSession-Expires: 3600\r\n", 1800, [200, "1800;refresher=uac", true]],
    ["Supported: timer\r\nSession-Expires: 3600\r\nMin-SE: 3000\r\n", 1800, [200, "3000;refresher=uac", true]],
    ["Supported: timer\r\nSession-Expires: 3600;refresher=uas\r\n", 0, [200, "3600;refresher=uas", true]],
    ["Supported: timer\r\nx: 3600;refresher=uac\r\n", 0, [200, "3600;refresher=uac", true]],
    ["Session-Expires: 600\r\n", 1800, [200, "600;refresher=uas", false]],
    ["Session-Expires: 50\r\n", 0, [200, "90;refresher=uas", false]],
    ["Supported: timer\r\nSession-Expires: 89\r\n", 0, [422, "90", false]],
    ["Require: timer\r\nSession-Expires: 300\r\n", 0, [200, "300;refresher=uac", true]],
    ["Supported: timer\r\nSession-Expires: soon\r\n", 0, [200, "", false]],
  ];
  for (const [more, longest, expected] of cases) assert.deepEqual(granted(more, longest), expected, more + longest);
});

/** A call of ours that asked for 200 s. */
function ours(answer: string, allow = "Allow: INVITE, UPDATE\r\n", sessionExpires = 200) {
  const world = new CallWorld();
  const call = world.invite({ sessionExpires });
  world.reply("INVITE", 200, { body: "answer", more: answer + allow });
  world.out();
  return { world, call };
}

Deno.test("the refresher sends UPDATE without a body at half time, with its role and the interval (RFC 4028 §7.4, §10)", () => {
  const { world, call } = ours("Session-Expires: 200;refresher=uac\r\nRequire: timer\r\n");
  world.time.advance(98_000);
  assert.deepEqual(world.out(), []);
  world.time.advance(3_000);
  assert.deepEqual(world.out(), ["UPDATE"]);
  const update = world.lastSent("UPDATE");
  assert.deepEqual([update.get("Session-Expires"), update.body.length, update.lists("Supported", "timer")], [
    "200;refresher=uac",
    0,
    true,
  ]);
  world.reply("UPDATE", 200, { more: "Session-Expires: 200;refresher=uac\r\n" });
  world.time.advance(99_000);
  assert.deepEqual(world.out(), []);
  world.time.advance(3_000);
  assert.deepEqual(world.out(), ["UPDATE"], "and again");
  assert.deepEqual([call.state, world.user.notes], ["confirmed", ["accepted 200 answer"]]);
});

Deno.test("where UPDATE is not allowed: re-INVITE with the same description", () => {
  const { world } = ours("Session-Expires: 200;refresher=uac\r\n", "");
  world.time.advance(101_000);
  assert.deepEqual(world.out(), ["INVITE"]);
  assert.equal(new TextDecoder().decode(world.lastSent("INVITE").body), "offer");
  world.reply("INVITE", 200, { body: "answer", more: "Session-Expires: 200;refresher=uac\r\n" });
  assert.deepEqual([world.out(), world.user.notes], [["ACK"], ["accepted 200 answer"]], "the user hears nothing");
});

Deno.test("a 2xx without Session-Expires: who asked refreshes for itself; who did not has no timer (RFC 4028 §7.2)", () => {
  const asked = ours("");
  asked.world.time.advance(101_000);
  assert.deepEqual(asked.world.out(), ["UPDATE"]);
  const none = ours("", undefined, 0);
  none.world.time.advance(100_000_000);
  assert.deepEqual(none.world.out(), []);
});

Deno.test("nobody refreshes: BYE at a third of the interval, or 32 s, before the end (RFC 4028 §10)", () => {
  for (const [seconds, at] of [[200, 168], [90, 60]]) {
    const { world, call } = ours(`Session-Expires: ${seconds};refresher=uas\r\n`);
    world.time.advance((at - 1) * 1000);
    assert.deepEqual(world.out(), [], String(seconds));
    world.time.advance(2_000);
    assert.deepEqual([world.out(), call.state], [["BYE"], "ended"]);
    assert.deepEqual(world.user.notes.at(-1), "ended by session-timer");
    assert.equal(world.lastSent("BYE").get("Reason"), 'SIP;cause=408;text="Session timer"');
  }
});

Deno.test("a refresh of theirs, by UPDATE or any re-INVITE, begins the interval anew", () => {
  const { world, call } = ours("Session-Expires: 200;refresher=uas\r\n");
  const update = (cseq: number, more: string) =>
    world.request("UPDATE", { cseq, callId: call.dialog!.callId, toTag: call.dialog!.localTag, more });
  for (let i = 1; i <= 3; i++) {
    world.time.advance(150_000);
    update(i, "Supported: timer\r\nSession-Expires: 200;refresher=uac\r\n");
    assert.equal(world.lastAnswer("UPDATE").get("Session-Expires"), "200;refresher=uac");
  }
  assert.equal(call.state, "confirmed");
  update(4, "Supported: timer\r\nSession-Expires: 60\r\n");
  assert.deepEqual([world.lastAnswer("UPDATE").status, world.lastAnswer("UPDATE").get("Min-SE")], [422, "90"]);
  world.time.advance(170_000);
  assert.equal(call.state, "ended");
});

Deno.test("422 to our INVITE: again with Min-SE, the same Call-ID and From, the next number (RFC 4028 §7.3)", () => {
  const world = new CallWorld();
  world.invite({ sessionExpires: 120 });
  const first = world.lastSent("INVITE");
  world.reply("INVITE", 422, { more: "Min-SE: 300\r\n" });
  const second = world.lastSent("INVITE");
  assert.deepEqual([second.get("Session-Expires"), second.get("Min-SE"), second.cseq.number], ["300", "300", 2]);
  assert.deepEqual([second.callId, second.from.tag], [first.callId, first.from.tag]);
  world.reply("INVITE", 422, { more: "Min-SE: 300\r\n" });
  assert.deepEqual(world.user.notes, ["refused 422"], "who asks for no more than it got gets no more");
});

Deno.test("422 to a refresh: again with the longer interval; other refusals once more, then the BYE at the end", () => {
  const { world, call } = ours("Session-Expires: 200;refresher=uac\r\n");
  world.time.advance(101_000);
  world.reply("UPDATE", 422, { more: "Min-SE: 400\r\n" });
  const longer = world.lastSent("UPDATE");
  assert.deepEqual([longer.get("Session-Expires"), longer.get("Min-SE")], ["400;refresher=uac", "400"]);
  world.reply("UPDATE", 488);
  world.out();
  world.time.advance(40_000);
  assert.deepEqual(world.out(), ["UPDATE"]);
  world.reply("UPDATE", 488);
  world.time.advance(40_000);
  assert.ok(world.out().includes("BYE"));
  assert.deepEqual([call.state, world.user.notes.at(-1)], ["ended", "ended by session-timer"]);
});

Deno.test("a refresh that is answered 481 or not at all ends the call (RFC 4028 §10)", () => {
  const gone = ours("Session-Expires: 200;refresher=uac\r\n");
  gone.world.time.advance(101_000);
  gone.world.reply("UPDATE", 481);
  assert.deepEqual(gone.world.user.notes.at(-1), "ended by failure 481");
  const silent = ours("Session-Expires: 1800;refresher=uac\r\n");
  silent.world.time.advance(910_000 + 33_000);
  assert.deepEqual(silent.world.user.notes.at(-1), "ended by failure 408");
});

Deno.test("an offer of ours refreshes, too, and the timer can be turned off by a 2xx", () => {
  const { world, call } = ours("Session-Expires: 200;refresher=uas\r\n");
  world.time.advance(150_000);
  call.offer(sdp("offer 2"));
  assert.equal(world.lastSent("UPDATE").get("Session-Expires"), "200;refresher=uas");
  world.reply("UPDATE", 200, { body: "answer 2", more: "Session-Expires: 200;refresher=uas\r\n" });
  world.time.advance(150_000);
  assert.equal(call.state, "confirmed");
});

Deno.test("two boxes keep a call for hours, one refresh each half interval", () => {
  const { a, b, step } = pair({ time: new FakeTime() });
  b.options = { sessionExpires: 1800 };
  b.invited = (call) => call.accept({ description: sdp("answer") });
  const call = a.invite({ sessionExpires: 3600 });
  step();
  step(4 * 3600 * 1000);
  assert.deepEqual([call.state, b.call.state], ["confirmed", "confirmed"]);
  const updates = a.out().filter((line) => line === "UPDATE").length;
  assert.ok(updates >= 15 && updates <= 16, String(updates));
  assert.deepEqual(b.out().filter((line) => line === "UPDATE"), []);
});
