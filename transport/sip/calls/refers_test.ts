import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { parseMessage, type SipRequest } from "../message.ts";
import type { ServerTransaction } from "../transactions.ts";
import type { Call } from "./call.ts";
import { replacesValue } from "./call_headers.ts";
import type { ReceivedRefer } from "./received_refer.ts";
import { referTargetOf } from "./refer_target.ts";
import { Refers } from "./refers.ts";
import type { ReferUser } from "./sent_refer.ts";
import { CallWorld, pair, sdp } from "./testing/call_world.ts";

function target(lines: string) {
  const head = `REFER sip:a@b.test SIP/2.0\r\n${lines}\r\n`;
  return referTargetOf(parseMessage(head) as SipRequest);
}

Deno.test("Refer-To: URI, method, Replaces and other headers unescaped; what is none is 400", () => {
  assert.deepEqual(
    target("Refer-To: <sip:carol@c.test;method=BYE?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Subject=Hi>\r\n"),
    {
      uri: "sip:carol@c.test",
      method: "BYE",
      headers: new Map([["replaces", "a@b;to-tag=1;from-tag=2"], ["subject", "Hi"]]),
      replaces: "a@b;to-tag=1;from-tag=2",
      referredBy: "",
      subscribes: true,
    },
  );
  const list = target("r: <cid:list@a.test>\r\nRefer-Sub: false\r\nb: <sip:a@b.test>\r\n");
  assert.ok("uri" in list);
  assert.deepEqual([list.uri, list.method, list.subscribes, list.referredBy], [
    "cid:list@a.test",
    "INVITE",
    false,
    "<sip:a@b.test>",
  ]);
  for (
    const lines of ["", "Refer-To: <>\r\n", "Refer-To: <sip:a@b?x=%0d%0aVia:y>\r\n", "Refer-To: <sip:a@b?x=%zz>\r\n"]
  ) {
    assert.deepEqual("status" in target(lines), true, lines);
  }
});

class Notes implements ReferUser {
  readonly notes: string[] = [];
  onReferProgress(_refer: unknown, status: number, reason: string): void {
    this.notes.push(`${status} ${reason}`);
  }
  onReferEnded(_refer: unknown, status: number): void {
    this.notes.push(`ended ${status}`);
  }
}

function withRefers(world: CallWorld) {
  const refers = new Refers({
    agent: world.agent,
    clock: world.time,
    timers: world.time.timers,
    metrics: world.metrics,
    max: 3,
  });
  const received: ReceivedRefer[] = [];
  const take = (transaction: ServerTransaction, call: Call | null) => {
    const refer = refers.accept(transaction, call);
    if (refer !== null) received.push(refer);
  };
  world.user.onRequest = (call, transaction) => {
    if (!refers.takes(call, transaction)) take(transaction, call);
  };
  const calls = world.core.answer;
  world.core.answer = (transaction) => {
    if (refers.owns(transaction.request)) refers.handle(transaction);
    else if (transaction.request.method === "REFER" && transaction.request.to.tag === "") take(transaction, null);
    else calls(transaction);
  };
  return { refers, received };
}

Deno.test("REFER inside a call: 202, NOTIFYs with sipfrags, one at a time, the last one ends it; the call goes on", () => {
  const { a, b, step } = pair({ time: new FakeTime() });
  b.invited = (call) => call.accept({ description: sdp("answer") });
  const ours = withRefers(a);
  const theirs = withRefers(b);
  const call = a.invite();
  step();
  const user = new Notes();
  const replaces = replacesValue(call.dialog!);
  const refer = ours.refers.referInCall(
    call,
    { uri: "sip:focus@f.test", replaces, referredBy: "<sip:alice@a.test>" },
    user,
  );
  step();
  const sent = a.lastSent("REFER");
  const read = referTargetOf(sent);
  assert.ok("uri" in read);
  assert.deepEqual([read.uri, read.replaces, sent.has("Contact")], ["sip:focus@f.test", replaces, true]);
  assert.deepEqual(user.notes, ["100 Trying"]);
  assert.equal(b.lastSent("NOTIFY").get("Event"), `refer;id=${refer!.id}`);
  assert.match(b.lastSent("NOTIFY").get("Subscription-State")!, /^active;expires=1[78][0-9]$/);
  theirs.received[0].notify(180);
  theirs.received[0].notify(183);
  theirs.received[0].notify(200);
  step();
  assert.deepEqual(
    user.notes,
    ["100 Trying", "180 Ringing", "200 OK", "ended 200"],
    "the newest waits, the rest is old",
  );
  assert.equal(b.lastSent("NOTIFY").get("Subscription-State"), "terminated;reason=noresource");
  assert.deepEqual([ours.refers.size, theirs.refers.size, call.state, b.call.state], [0, 0, "confirmed", "confirmed"]);
});

Deno.test("REFER outside of a dialog makes one; the NOTIFY may come before the 202; NOTIFYs after the end get 481", () => {
  const { a, b, step } = pair({ time: new FakeTime() });
  const ours = withRefers(a);
  const theirs = withRefers(b);
  const user = new Notes();
  const way = { uri: "sip:b@192.0.2.9;transport=tcp", from: "<sip:a@a.test>", to: "<sip:b@b.test>" };
  // The 202 is lost on its way; the NOTIFY is not.
  b.wires.fate = (_n, head) => ({ copies: head.startsWith("SIP/2.0 202") ? 0 : 1, delay: 0 });
  ours.refers.refer(way, { uri: "sip:room@r.test" }, user);
  step();
  assert.deepEqual(user.notes, ["100 Trying"]);
  theirs.received[0].notify(486);
  step();
  assert.deepEqual(user.notes, ["100 Trying", "486 Busy Here", "ended 486"]);
  assert.deepEqual([ours.refers.size, theirs.refers.size], [0, 0]);
  assert.deepEqual(a.out().filter((line) => line.includes("NOTIFY")), ["200 NOTIFY", "200 NOTIFY"]);
});

Deno.test("no subscription where none is wanted (RFC 4488)", () => {
  const { a, b, step } = pair({ time: new FakeTime() });
  const ours = withRefers(a);
  const theirs = withRefers(b);
  const user = new Notes();
  ours.refers.refer({ uri: "sip:b@192.0.2.9;transport=tcp", from: "<sip:a@a.test>", to: "<sip:b@b.test>" }, {
    uri: "sip:room@r.test",
    method: "BYE",
    subscribe: false,
  }, user);
  step();
  theirs.received[0].notify(200);
  step();
  assert.deepEqual(user.notes, ["ended 202"]);
  assert.equal(b.lastAnswer("REFER").get("Refer-Sub"), "false");
  assert.equal(a.lastSent("REFER").get("Refer-To"), "<sip:room@r.test;method=BYE>");
  assert.deepEqual([ours.refers.size, theirs.refers.size, b.sent("NOTIFY").length], [0, 0, 0]);
});

Deno.test("refused, unanswered, silent afterwards: the user hears how it ended; as many as are allowed", () => {
  const world = new CallWorld();
  const { refers } = withRefers(world);
  const user = new Notes();
  const way = { uri: "sip:b@192.0.2.9;transport=tcp", from: "<sip:a@a.test>", to: "<sip:b@b.test>" };
  refers.refer(way, { uri: "sip:x@y.test" }, user);
  world.reply("REFER", 603);
  refers.refer(way, { uri: "sip:x@y.test" }, user);
  world.time.advance(33_000);
  refers.refer(way, { uri: "sip:x@y.test" }, user);
  world.reply("REFER", 202, { more: "Contact: <sip:b@192.0.2.9;transport=tcp>\r\n" });
  world.time.advance(190_000);
  assert.deepEqual(user.notes, ["ended 603", "ended 408", "ended 202"]);
  for (let i = 0; i < 3; i++) assert.ok(refers.refer(way, { uri: "sip:x@y.test" }, user));
  assert.equal(refers.refer(way, { uri: "sip:x@y.test" }, user), null);
  world.request("REFER", { more: "Refer-To: <sip:x@y.test>\r\n" });
  assert.equal(world.lastAnswer("REFER").status, 503);
});

Deno.test("the peer ends it with SUBSCRIBE Expires 0, time ends it, a 481 to a NOTIFY ends it; a REFER without a target is 400", () => {
  const world = new CallWorld();
  const { refers, received } = withRefers(world);
  const refer = (callId: string) => {
    world.request("REFER", { callId, more: "Refer-To: <sip:x@y.test>\r\n" });
    return world.lastAnswer("REFER").to.tag;
  };
  const toTag = refer("one");
  world.reply("NOTIFY", 200);
  world.request("SUBSCRIBE", { callId: "one", toTag, cseq: 2, more: "Event: refer\r\nExpires: 0\r\n" });
  assert.equal(world.lastAnswer("SUBSCRIBE").get("Expires"), "0");
  assert.equal(world.lastSent("NOTIFY").get("Subscription-State"), "terminated;reason=timeout");
  world.reply("NOTIFY", 200);
  assert.equal(refers.size, 0);

  refer("two");
  world.reply("NOTIFY", 200);
  world.time.advance(185_000);
  assert.equal(world.lastSent("NOTIFY").get("Subscription-State"), "terminated;reason=timeout");
  world.reply("NOTIFY", 200);

  refer("three");
  world.reply("NOTIFY", 481);
  assert.deepEqual([refers.size, received.length, received.every((each) => each.over)], [0, 3, true]);
  world.request("REFER", { callId: "four" });
  assert.equal(world.lastAnswer("REFER").status, 400);
});
