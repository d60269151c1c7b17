import assert from "node:assert/strict";
import type { SipRequest } from "../message.ts";
import { CallWorld, sdp } from "./testing/call_world.ts";

/** A box with one call that came in from the raw peer, not answered yet. */
function ringing(more = "", body = "offer", transport: "udp" | "tcp" = "tcp") {
  const world = new CallWorld();
  const flow = world.peerFlow(transport);
  const invite = world.request("INVITE", { more, body, flow, branch: "z9hG4bKinvite" });
  const call = world.call;
  const tag = call.dialog!.localTag;
  const inDialog = (method: string, cseq: number, options: { body?: string; more?: string } = {}) =>
    world.request(method, { cseq, toTag: tag, flow, ...options });
  return { world, flow, invite, call, tag, inDialog };
}

Deno.test("a 2xx makes the dialog: tag, Contact with its parameters, Record-Route, Allow, Supported (RFC 3261 §12.1.1, §13.3.1.4)", () => {
  const world = new CallWorld();
  world.options = { contact: "room7", contactParams: ";isfocus" };
  world.request("INVITE", {
    more: "Record-Route: <sip:p1.test;lr>\r\nRecord-Route: <sip:p2.test;lr>\r\n",
    body: "offer",
  });
  world.call.accept({ description: sdp("answer"), headers: [["Subject", "Yes"]] });
  const ok = world.lastAnswer("INVITE");
  assert.equal(ok.check(), null);
  assert.equal(ok.to.tag, world.call.dialog!.localTag);
  assert.equal(ok.get("Contact"), "<sip:room7@192.0.2.1:5060;transport=tcp>;isfocus");
  assert.deepEqual(ok.list("Record-Route"), ["<sip:p1.test;lr>", "<sip:p2.test;lr>"]);
  for (const method of ["INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "PRACK", "INFO"]) {
    assert.ok(ok.list("Allow").includes(method), method);
  }
  assert.ok(ok.lists("Supported", "timer") && ok.lists("Supported", "100rel") && ok.lists("Supported", "replaces"));
  assert.equal(ok.get("Subject"), "Yes");
  assert.equal(ok.get("Session-Expires"), undefined, "nobody asked for a timer");
  assert.equal(new TextDecoder().decode(ok.body), "answer");
});

Deno.test("the 2xx is repeated at T1 to T2, also over TCP, until the ACK; then the call is confirmed", () => {
  for (const transport of ["udp", "tcp"] as const) {
    const { world, call, inDialog } = ringing("", "offer", transport);
    world.out();
    call.accept({ description: sdp("answer") });
    const times: number[] = [];
    const begin = world.time.monotonic();
    for (let at = 0; at < 12_000; at += 100) {
      if (world.out().includes("200 INVITE")) times.push(world.time.monotonic() - begin);
      world.time.advance(100);
    }
    assert.deepEqual(times, [0, 500, 1500, 3500, 7500, 11500], transport);
    assert.equal(call.state, "accepted");
    inDialog("ACK", 1);
    assert.equal(call.state, "confirmed");
    world.time.advance(30_000);
    assert.deepEqual(world.out(), [], "nothing more");
    assert.deepEqual(world.user.notes, ["confirmed"]);
  }
});

Deno.test("no ACK for 64*T1: BYE, and the user is told (RFC 3261 §13.3.1.4)", () => {
  const { world, call } = ringing();
  call.accept({ description: sdp("answer") });
  world.time.advance(31_900);
  assert.equal(call.state, "accepted");
  world.time.advance(300);
  assert.equal(call.state, "ended");
  assert.deepEqual(world.user.notes, ["ended by no-ack"]);
  assert.equal(world.out().at(-1), "BYE");
  world.reply("BYE", 481);
  assert.equal(world.calls.size, 0);
});

Deno.test("CANCEL: 200, 487, the user hears of it; after the 200 it comes too late (RFC 5407 §3.1.2)", () => {
  const { world, invite, flow, call } = ringing();
  const cancel = invite.replace(/^INVITE/, "CANCEL").replace("1 INVITE", "1 CANCEL").replace(
    /Content-Type[^]*$/,
    "Content-Length: 0\r\n\r\n",
  );
  world.wires.receive(flow, cancel);
  assert.deepEqual(world.out(), ["200 CANCEL", "487 INVITE"]);
  assert.deepEqual(world.user.notes, ["cancelled by CANCEL"]);
  assert.deepEqual([call.state, world.calls.size], ["ended", 0]);
  call.accept({ description: sdp("too late") });
  call.refuse(486);
  assert.deepEqual(world.out(), []);

  const late = ringing();
  late.call.accept({ description: sdp("answer") });
  late.world.wires.receive(late.flow, cancel);
  assert.deepEqual(late.world.out(), ["200 INVITE", "200 CANCEL"]);
  assert.equal(late.call.state, "accepted");
  late.inDialog("ACK", 1);
  late.inDialog("BYE", 2);
  assert.deepEqual(late.world.user.notes, ["confirmed", "ended by peer"]);
});

Deno.test("BYE in the early dialog: 200, and 487 to the INVITE (RFC 3261 §15.1.2)", () => {
  const { world, call, inDialog } = ringing();
  call.progress(180);
  inDialog("BYE", 2);
  assert.deepEqual(world.out(), ["180 INVITE", "200 BYE", "487 INVITE"]);
  assert.deepEqual(world.user.notes, ["cancelled by BYE"]);
  assert.equal(world.calls.size, 0);
});

Deno.test("RFC 5407 §3.1.3, §3.1.6: BYE before the ACK ends the call, and the repetitions of the 2xx", () => {
  const { world, call, inDialog } = ringing();
  call.accept({ description: sdp("answer") });
  inDialog("BYE", 2, { more: 'Reason: SIP;cause=200;text="gone"\r\n' });
  assert.deepEqual(world.out(), ["200 INVITE", "200 BYE"]);
  assert.equal(world.user.ends[0].reason, 'SIP;cause=200;text="gone"');
  inDialog("ACK", 1);
  world.time.advance(40_000);
  assert.deepEqual(world.out(), []);
  assert.deepEqual(world.user.notes, ["ended by peer"]);
});

Deno.test("our BYE waits for the ACK (RFC 3261 §15), or for the end of the wait", () => {
  const { world, call, inDialog } = ringing();
  call.accept({ description: sdp("answer") });
  call.end("SIP;cause=200");
  assert.deepEqual([call.state, world.user.notes], ["ended", ["ended by us"]]);
  assert.deepEqual(world.out(), ["200 INVITE"]);
  inDialog("ACK", 1);
  assert.deepEqual(world.out(), ["BYE"]);
  assert.equal(world.lastSent("BYE").get("Reason"), "SIP;cause=200");
  world.reply("BYE", 200);
  assert.equal(world.calls.size, 0);

  const silent = ringing();
  silent.call.accept({ description: sdp("answer") });
  silent.call.end();
  silent.world.time.advance(33_000);
  assert.equal(silent.world.out().at(-1), "BYE");
  assert.deepEqual(silent.world.user.notes, ["ended by us"]);
});

Deno.test("RFC 5407 §3.2.1, §3.2.2, §3.3.3: after our BYE a crossing BYE gets 200, anything else 481; later all 481", () => {
  const { world, call, inDialog } = ringing();
  call.accept({ description: sdp("answer") });
  inDialog("ACK", 1);
  call.end();
  world.out();
  inDialog("INVITE", 2, { body: "again" });
  inDialog("REFER", 3);
  inDialog("BYE", 4);
  assert.deepEqual(world.out(), ["481 INVITE", "481 REFER", "200 BYE"]);
  world.reply("BYE", 200);
  inDialog("BYE", 5);
  assert.deepEqual(world.out(), ["481 BYE"], "the dialog is gone, but the tag is known as ours");
});

Deno.test("what a call does not take: unknown Require 420, merged 482, full 503, dialog of nobody 481, no Contact 400", () => {
  const world = new CallWorld({ table: { limits: { calls: 1 } } });
  world.request("INVITE", { more: "Require: 100rel, foo, bar\r\n", callId: "a" });
  assert.deepEqual([world.lastAnswer("INVITE").status, world.lastAnswer("INVITE").get("Unsupported")], [
    420,
    "foo, bar",
  ]);
  world.request("INVITE", { toTag: "theirs", callId: "b" });
  assert.equal(world.lastAnswer("INVITE").status, 481);
  world.request("INVITE", { callId: "c", more: "Contact: <tel:+1>\r\n" });
  assert.equal(world.lastAnswer("INVITE").status, 400);
  assert.equal(world.taken.length, 0);

  world.request("INVITE", { callId: "d", uri: "sip:one@192.0.2.1" });
  world.request("INVITE", { callId: "d", uri: "sip:one@192.0.2.1" });
  assert.equal(world.lastAnswer("INVITE").status, 482, "another branch, the same request (RFC 3261 §8.2.2.2)");
  world.request("INVITE", { callId: "e" });
  assert.deepEqual([world.lastAnswer("INVITE").status, world.lastAnswer("INVITE").get("Retry-After")], [503, "5"]);
  world.call.refuse(486);
  world.request("INVITE", { callId: "e" });
  assert.equal(world.taken.length, 2, "there is room again");
  assert.equal(world.calls.size, 1);
});

Deno.test("one INVITE that was forked to two users of this box is two calls", () => {
  const world = new CallWorld();
  world.request("INVITE", { uri: "sip:one@192.0.2.1" });
  world.request("INVITE", { uri: "sip:two@192.0.2.1" });
  assert.equal(world.taken.length, 2);
});

Deno.test("requests inside: CSeq order, unknown Require, methods (405, 501), OPTIONS, and what goes to the user", () => {
  const { world, call, inDialog } = ringing();
  call.accept({ description: sdp("answer") });
  inDialog("ACK", 1);
  world.out();
  inDialog("INFO", 5);
  assert.deepEqual(world.user.notes.at(-1), "request INFO");
  inDialog("INFO", 4);
  assert.equal(world.lastAnswer("INFO").status, 500);
  inDialog("MESSAGE", 6, { more: "Require: foo\r\n" });
  assert.deepEqual([world.lastAnswer("MESSAGE").status, world.lastAnswer("MESSAGE").get("Unsupported")], [420, "foo"]);
  inDialog("OPTIONS", 7);
  assert.equal(world.lastAnswer("OPTIONS").status, 200);
  assert.ok(world.lastAnswer("OPTIONS").list("Allow").includes("UPDATE"));
  inDialog("PUBLISH", 8);
  assert.equal(world.lastAnswer("PUBLISH").status, 405);
  inDialog("DANCE", 9);
  assert.equal(world.lastAnswer("DANCE").status, 501);
  assert.ok(world.lastAnswer("DANCE").has("Allow"));
  inDialog("PRACK", 10, { more: "RAck: 1 1 INVITE\r\n" });
  assert.equal(world.lastAnswer("PRACK").status, 481);
  world.user.onRequest = undefined as never;
  inDialog("INFO", 11);
  assert.equal(world.lastAnswer("INFO").status, 405);
});

Deno.test("ringing is repeated each minute for proxies on the way; after three minutes the INVITE is refused 408", () => {
  const { world, call } = ringing("", "offer", "udp");
  call.progress(180);
  world.out();
  world.time.advance(61_000);
  assert.deepEqual(world.out(), ["180 INVITE"]);
  world.time.advance(120_000);
  assert.ok(world.out().includes("408 INVITE"));
  assert.deepEqual([call.state, world.user.notes, world.calls.size], ["ended", ["ended by failure 408"], 0]);
});

Deno.test("an INVITE without an offer: ours is in the 2xx, the answer in the ACK", () => {
  const { world, call, inDialog } = ringing("", "");
  call.accept({ description: sdp("our offer") });
  inDialog("INVITE", 2, { body: "crossing" });
  assert.equal(world.lastAnswer("INVITE").status, 491, "RFC 5407 §3.1.5");
  world.request("ACK", { cseq: 1, toTag: call.dialog!.localTag, body: "their answer" });
  assert.deepEqual(world.user.notes, ["confirmed their answer"]);
});

Deno.test("progress is 101 to 199, a refusal 300 to 699; a refusal carries what it was given", () => {
  const { world, call } = ringing();
  assert.throws(() => call.progress(100), RangeError);
  assert.throws(() => call.refuse(200), RangeError);
  call.refuse(488, { reason: "No Such Media", headers: [["Warning", '304 parley "no"']] });
  const answer = world.lastAnswer("INVITE");
  assert.deepEqual([answer.status, answer.reason, answer.get("Warning")], [488, "No Such Media", '304 parley "no"']);
});

Deno.test("the INVITE stays readable for the life of the call, but for its body", () => {
  const { call, inDialog } = ringing("Subject: Lunch\r\n");
  assert.equal(call.request!.body.length, 5);
  call.accept({ description: sdp("answer") });
  inDialog("ACK", 1);
  assert.deepEqual([(call.request as SipRequest).get("Subject"), call.request!.callId], ["Lunch", "c1"]);
  assert.equal(call.request!.body.length, 0);
});

Deno.test("a focus says so in its Contact (RFC 4579), a peer what it allows", () => {
  const world = new CallWorld();
  world.request("INVITE", { more: "Allow: INVITE, ack\r\nAllow: UPDATE\r\n" });
  assert.deepEqual([...world.call.allowed], ["INVITE", "ACK", "UPDATE"]);
  assert.equal(world.call.peerIsFocus, false);
});

Deno.test("a BYE of ours that waits for the ACK is not needed once the peer has said BYE itself (RFC 5407 §3.2)", () => {
  const { world, call, inDialog } = ringing();
  call.accept({ description: sdp("answer") });
  call.end("SIP;cause=200");
  world.out();
  inDialog("BYE", 2);
  assert.deepEqual(world.out(), ["200 BYE"]);
  assert.equal(world.calls.size, 0, "nothing is left of it");
  world.time.advance(40_000);
  assert.deepEqual(world.out(), [], "neither the 2xx again nor a BYE");
});
