import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { parseMessage, type SipRequest } from "../message.ts";
import { isFocus, kept, rackOf, replacesOf, replacesValue, sameDescription, sessionExpiresOf } from "./call_headers.ts";
import { CallWorld, pair, sdp } from "./testing/call_world.ts";

function withLines(lines: string): SipRequest {
  return parseMessage(`INVITE sip:a@b SIP/2.0\r\n${lines}\r\n`) as SipRequest;
}

Deno.test("headers of calls: as the RFCs write them, and not otherwise", () => {
  assert.deepEqual(sessionExpiresOf(withLines("x: 4000 ; refresher=UAC\r\n")), { seconds: 4000, refresher: "uac" });
  assert.deepEqual(sessionExpiresOf(withLines("Session-Expires: 90;refresher=me\r\n")), { seconds: 90, refresher: "" });
  assert.equal(sessionExpiresOf(withLines("Session-Expires: -1\r\n")), null);
  assert.deepEqual(rackOf(withLines("RAck: 776656 1 INVITE\r\n")), { rseq: 776_656, cseq: 1, method: "INVITE" });
  for (const text of ["1 INVITE", "1 1 INV ITE", "a 1 INVITE", ""]) {
    assert.equal(rackOf(withLines(`RAck: ${text}\r\n`)), null);
  }
  assert.deepEqual(
    replacesOf(withLines("Replaces: 98732@sip.example.com ;from-tag=r33th4x0r;to-tag=ff87ff;early-only\r\n")),
    {
      callId: "98732@sip.example.com",
      toTag: "ff87ff",
      fromTag: "r33th4x0r",
      earlyOnly: true,
    },
  );
  for (const text of ["a", "a;to-tag=1", ";to-tag=1;from-tag=2", "a;from-tag=2"]) {
    assert.equal(replacesOf(withLines(`Replaces: ${text}\r\n`)), null, text);
  }
  assert.equal(replacesOf(withLines("")), undefined);
  const dialog = { callId: "c", localTag: "l", remoteTag: "r" };
  const seen = replacesOf(withLines(`Replaces: ${replacesValue(dialog, true)}\r\n`));
  assert.deepEqual(seen, { callId: "c", toTag: "r", fromTag: "l", earlyOnly: true });
  assert.equal(
    isFocus(withLines("Contact: <sip:a@b;isfocus>\r\n")),
    false,
    "a parameter of the URI is none of the header",
  );
  assert.equal(isFocus(withLines("Contact: <sip:a@b>;isfocus\r\n")), true);
  assert.equal(sameDescription(sdp("a"), { contentType: "Application/SDP", body: new Uint8Array([97]) }), true);
  assert.equal(sameDescription(sdp("a"), sdp("b")), false);
  const piece = new Uint8Array([1, 0, 233, 255, 2]).subarray(1, 4);
  const copy = kept({ contentType: "a/b", body: piece })!;
  piece.fill(7);
  assert.deepEqual([copy.contentType, copy.body], ["a/b", new Uint8Array([0, 233, 255])]);
  assert.equal(kept(copy), copy);
  assert.equal(sameDescription(copy, { contentType: "A/B", body: new Uint8Array([0, 233, 255]) }), true);
});

Deno.test("Replaces finds the call it names, or the status it deserves (RFC 3891 §3)", () => {
  const world = new CallWorld();
  const confirmed = world.invite();
  const early = world.invite();
  const [first, second] = world.sent("INVITE").map(({ message }) => message as SipRequest);
  world.reply("INVITE", 180, { of: second, tag: "e" });
  world.reply("INVITE", 200, { of: first, tag: "c", body: "answer" });
  world.request("INVITE", { fromTag: "p" });
  world.call.progress(180);
  const ask = (callId: string, toTag: string, fromTag: string, more = "") =>
    world.calls.replaced(withLines(`Replaces: ${callId};to-tag=${toTag};from-tag=${fromTag}${more}\r\n`));
  const theirs = world.call.dialog!;
  assert.deepEqual(ask(first.callId, first.from.tag, "c"), { call: confirmed });
  assert.deepEqual(ask(first.callId, first.from.tag, "c", ";early-only"), { status: 486 });
  assert.deepEqual(ask(second.callId, second.from.tag, "e", ";early-only"), { call: early });
  assert.deepEqual(ask(theirs.callId, theirs.localTag, "p"), { status: 481 }, "an early dialog that we did not begin");
  assert.deepEqual(ask(first.callId, first.from.tag, "other"), { status: 481 });
  assert.deepEqual(ask("unknown", first.from.tag, "c"), { status: 481 });
  assert.deepEqual(world.calls.replaced(withLines("Replaces: x\r\n")), { status: 400 });
  assert.equal(world.calls.replaced(withLines("")), null);
  confirmed.end();
  assert.deepEqual(ask(first.callId, first.from.tag, "c"), { status: 603 }, "it has just ended");
});

Deno.test("owns: what names a tag of ours, also of a call that is over; not what is only on its way through", () => {
  const world = new CallWorld({ table: { tagPrefix: "pAr" } });
  world.request("INVITE", { body: "offer" });
  const tag = world.call.dialog!.localTag;
  assert.ok(tag.startsWith("pAr") && tag.length >= 12);
  const to = (toTag: string) => withLines(`To: <sip:x@y>;tag=${toTag}\r\nCall-ID: c1\r\n`);
  assert.equal(world.calls.owns(to(tag)), true);
  world.call.refuse(486);
  assert.equal(world.calls.owns(to(tag)), true);
  assert.equal(world.calls.owns(to("foreign")), false);
  assert.equal(world.calls.owns(withLines("To: <sip:x@y>\r\nCall-ID: c1\r\n")), false);
  world.request("BYE", { cseq: 2, toTag: tag });
  assert.equal(world.lastAnswer("BYE").status, 481);
  world.out();
  world.request("ACK", { cseq: 2, toTag: tag });
  assert.deepEqual(world.out(), [], "an ACK has no answer");
});

Deno.test("a From that brings its own tag is found as well", () => {
  const world = new CallWorld();
  const call = world.invite({ from: "<sip:a@a.test>;tag=mine" });
  world.reply("INVITE", 200, { body: "answer" });
  world.request("BYE", { callId: call.dialog!.callId, toTag: "mine" });
  assert.equal(world.lastAnswer("BYE").status, 200);
});

Deno.test("endAll: BYE, CANCEL or refusal for every call; done when all have their answers, or when time is up", () => {
  const { a, b, step } = pair({ time: new FakeTime() });
  let mode = 0;
  b.invited = (call) => {
    call.progress(180);
    if (mode++ === 0) call.accept({ description: sdp("answer") });
  };
  a.invite();
  step();
  a.invite();
  step();
  b.invite({ uri: "sip:a@192.0.2.1:5060;transport=tcp" });
  step();
  let done = 0;
  a.calls.endAll('SIP;cause=503;text="down"', 5_000, () => done++);
  a.request("INVITE", { callId: "late", flow: a.flow("tcp", "192.0.2.9") });
  assert.deepEqual(a.taken.length, 1);
  assert.equal(done, 0);
  step();
  assert.deepEqual([done, a.calls.size, b.calls.size], [1, 0, 0]);
  assert.deepEqual([...b.user.notes].sort(), ["cancelled by CANCEL", "confirmed", "ended by peer", "refused 480"]);
  step(10_000);
  assert.equal(done, 1, "once");

  const alone = new CallWorld();
  alone.invite();
  alone.reply("INVITE", 200, { body: "answer" });
  alone.calls.endAll("", 5_000, () => done++);
  alone.time.advance(5_100);
  assert.equal(done, 2);
  const empty = new CallWorld();
  empty.calls.endAll("", 5_000, () => done++);
  assert.equal(done, 3);
});

Deno.test("what the calls count", () => {
  const world = new CallWorld();
  world.request("INVITE");
  world.invite();
  assert.equal(world.metric("sip_calls"), 2);
  world.reply("INVITE", 200, { body: "answer" });
  world.calls.endAll("", 0, () => {});
  assert.equal(world.metric('sip_call_ends_total{by="us"}'), 1);
  assert.equal(world.metric('sip_calls_total{direction="in"}'), 1);
  assert.equal(world.metric('sip_calls_total{direction="out"}'), 1);
});

Deno.test("while all calls end nothing begins, either way", async () => {
  const world = new CallWorld();
  world.invite();
  world.reply("INVITE", 200, { body: "answer" });
  let done = 0;
  world.calls.endAll("SIP;cause=503", 2_000, () => done++);
  const late = world.invite();
  world.request("INVITE", { body: "offer", callId: "c9" });
  assert.equal(world.lastAnswer("INVITE").status, 503);
  await Promise.resolve();
  assert.equal(late.state, "ended");
  assert.equal(world.sent("INVITE").length, 1);
  world.reply("BYE", 200);
  assert.equal(done, 1);
});
