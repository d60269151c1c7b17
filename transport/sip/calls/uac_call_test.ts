import assert from "node:assert/strict";
import { CallWorld, sdp } from "./testing/call_world.ts";

/** A box whose call the raw peer has taken. */
function confirmed(allow = "") {
  const world = new CallWorld();
  const call = world.invite();
  world.reply("INVITE", 200, { body: "answer", more: allow });
  world.out();
  const inDialog = (method: string, cseq: number, options: { body?: string; more?: string; fromTag?: string } = {}) =>
    world.request(method, { cseq, callId: call.dialog!.callId, toTag: call.dialog!.localTag, ...options });
  return { world, call, inDialog };
}

Deno.test("an INVITE of ours says what we can; its ACK has the INVITE's number and goes to the Contact (RFC 3261 §13.2)", () => {
  const world = new CallWorld();
  const call = world.invite({ contactParams: ";isfocus", sessionExpires: 1800, headers: [["Subject", "Hi"]] });
  const invite = world.lastSent("INVITE");
  assert.equal(invite.check(), null);
  assert.equal(invite.get("Contact"), "<sip:alice@192.0.2.1:5060;transport=tcp>;isfocus");
  assert.ok(invite.lists("Supported", "100rel") && invite.lists("Supported", "timer"));
  assert.ok(invite.list("Allow").includes("UPDATE"));
  assert.deepEqual([invite.get("Session-Expires"), invite.get("Subject")], ["1800", "Hi"]);
  world.reply("INVITE", 200, { body: "answer", more: "Record-Route: <sip:192.0.2.9;transport=tcp;lr>\r\n" });
  const ack = world.lastSent("ACK");
  assert.equal(ack.check(), null);
  assert.deepEqual([ack.uri, ack.get("Route")], [
    "sip:peer@192.0.2.9:5060;transport=tcp",
    "<sip:192.0.2.9;transport=tcp;lr>",
  ]);
  assert.deepEqual([ack.cseq.number, ack.to.tag, ack.get("CSeq")], [1, "peer", "1 ACK"]);
  assert.notEqual(ack.via.branch, invite.via.branch);
  assert.deepEqual([call.state, world.user.notes], ["confirmed", ["accepted 200 answer"]]);
});

Deno.test("each repetition of the 2xx gets the ACK again, also when the call is over", () => {
  const { world, call } = confirmed();
  world.reply("INVITE", 200, { body: "answer" });
  assert.deepEqual(world.out(), ["ACK"]);
  call.end();
  world.reply("BYE", 200);
  world.reply("INVITE", 200, { body: "answer" });
  assert.deepEqual(world.out(), ["BYE", "ACK"]);
  assert.deepEqual(world.user.notes, ["accepted 200 answer", "ended by us"]);
  assert.equal(world.calls.size, 0);
});

Deno.test("forks downstream: the first 2xx is the call, a later one gets ACK and BYE (RFC 3261 §13.2.2.4)", () => {
  const world = new CallWorld();
  const call = world.invite();
  world.reply("INVITE", 180, { tag: "one" });
  world.reply("INVITE", 183, { tag: "two" });
  world.reply("INVITE", 200, { tag: "two", body: "answer 2" });
  assert.equal(call.dialog!.remoteTag, "two");
  world.reply("INVITE", 200, { tag: "one", body: "answer 1" });
  world.reply("INVITE", 200, { tag: "one", body: "answer 1" });
  const acks = world.sent("ACK").map(({ message }) => message.to.tag);
  assert.deepEqual(acks, ["two", "one", "one"]);
  const byes = world.sent("BYE").map(({ message }) => [message.to.tag, message.get("Reason")]);
  assert.deepEqual(byes, [["one", 'SIP;cause=200;text="Call completed elsewhere"']]);
  assert.deepEqual(world.user.notes, ["progress 180", "progress 183", "accepted 200 answer 2"]);
  assert.equal(call.state, "confirmed");
});

Deno.test("a fork that answers late is let go without harm to the call, and also when that is over", () => {
  const { world, call } = confirmed();
  world.reply("INVITE", 200, { tag: "late" });
  assert.deepEqual(world.out(), ["ACK", "BYE"]);
  world.reply("BYE", 481);
  assert.equal(call.state, "confirmed", "its BYE says nothing of the call");
  call.end();
  world.reply("BYE", 200);
  world.out();
  world.reply("INVITE", 200, { tag: "later" });
  assert.deepEqual(world.out(), ["ACK", "BYE"]);
  assert.deepEqual([world.lastSent("BYE").to.tag, world.lastSent("BYE").get("Reason")], [
    "later",
    'SIP;cause=200;text="Call completed elsewhere"',
  ]);
  world.reply("INVITE", 200, { tag: "later" });
  assert.deepEqual(world.out(), ["ACK"]);
  assert.deepEqual(world.user.notes, ["accepted 200 answer", "ended by us"]);
});

Deno.test("a call that is over has let go of its user", () => {
  const { world, call } = confirmed();
  call.end();
  assert.notEqual(call.user, world.user);
});

Deno.test("early dialogs of one INVITE are bounded", () => {
  const world = new CallWorld({ table: { limits: { early: 2 } } });
  const call = world.invite();
  for (const tag of ["a", "b", "c", "d"]) world.reply("INVITE", 180, { tag });
  world.request("OPTIONS", { cseq: 1, fromTag: "b", callId: call.dialog!.callId, toTag: call.dialog!.localTag });
  assert.equal(world.lastAnswer("OPTIONS").status, 200);
  world.request("OPTIONS", { cseq: 1, fromTag: "c", callId: call.dialog!.callId, toTag: call.dialog!.localTag });
  assert.equal(world.lastAnswer("OPTIONS").status, 481);
  world.reply("INVITE", 200, { tag: "d", body: "answer" });
  assert.equal(call.dialog!.remoteTag, "d", "who answers is the call all the same");
});

Deno.test("cancel: before a provisional it waits, then CANCEL with its Reason; 487 is the end", () => {
  const world = new CallWorld();
  const call = world.invite();
  call.cancel("SIP;cause=487");
  assert.deepEqual(world.out(), ["INVITE"]);
  world.reply("INVITE", 180);
  assert.deepEqual(world.out(), ["CANCEL"]);
  assert.equal(world.lastSent("CANCEL").get("Reason"), "SIP;cause=487");
  world.reply("INVITE", 487);
  assert.deepEqual(world.user.notes, ["refused 487"]);
  assert.deepEqual([call.state, world.calls.size], ["ended", 0]);
});

Deno.test("a 2xx that crosses the CANCEL gets ACK and BYE, and counts as refused (RFC 3261 §9.1)", () => {
  const world = new CallWorld();
  const call = world.invite();
  world.reply("INVITE", 180);
  call.cancel();
  world.reply("INVITE", 200, { body: "answer" });
  assert.deepEqual(world.out(), ["INVITE", "CANCEL", "ACK", "BYE"]);
  assert.deepEqual(world.user.notes, ["progress 180", "refused 487 alone"]);
  world.reply("INVITE", 200, { body: "answer" });
  assert.deepEqual(world.out(), ["ACK"], "and one BYE");
  assert.equal(world.calls.size, 0);
});

Deno.test("nobody answers: 408; nobody can be reached: 503; a cancelled one that stays silent: 487", async () => {
  const silent = new CallWorld();
  silent.invite();
  silent.time.advance(33_000);
  assert.deepEqual(silent.user.notes, ["refused 408 alone"]);

  const unreachable = new CallWorld();
  unreachable.wires.transports = ["udp"];
  const call = unreachable.invite();
  assert.deepEqual(unreachable.user.notes, [], "not before `invite` has returned");
  await Promise.resolve();
  assert.equal(call.state, "ended");
  assert.deepEqual(unreachable.user.notes, ["refused 503 alone"]);

  const broken = new CallWorld();
  broken.invite();
  broken.peerFlow().close("reset");
  await Promise.resolve();
  assert.deepEqual(broken.user.notes, ["refused 503 alone"]);

  const cancelled = new CallWorld();
  cancelled.invite().cancel();
  cancelled.time.advance(33_000);
  assert.deepEqual(cancelled.user.notes, ["refused 487 alone"]);
});

Deno.test("an INVITE that rings for ever is cancelled after three minutes, and that is a 408", () => {
  const world = new CallWorld();
  world.invite();
  for (let i = 0; i < 4; i++) {
    world.reply("INVITE", 180);
    world.time.advance(50_000);
  }
  assert.deepEqual(world.out(), ["INVITE", "CANCEL"]);
  world.reply("INVITE", 487);
  assert.equal(world.user.notes.at(-1), "refused 408 alone");
});

Deno.test("as many calls as are allowed: one more of ours fails with 503, after `invite` has returned", async () => {
  const world = new CallWorld({ table: { limits: { calls: 1 } } });
  world.invite();
  const more = world.invite();
  assert.deepEqual(world.user.notes, []);
  await Promise.resolve();
  assert.deepEqual([world.user.notes, more.state, world.calls.size], [["refused 503 alone"], "ended", 1]);
  assert.deepEqual(world.out(), ["INVITE"]);
});

Deno.test("a challenge is answered: ACK for the 401, the INVITE again with the next number and credentials", () => {
  const world = new CallWorld({ agent: { authorize: () => [["Authorization", "Digest x"]] } });
  const call = world.invite();
  world.reply("INVITE", 401);
  assert.deepEqual(world.out(), ["INVITE", "ACK", "INVITE"]);
  const second = world.lastSent("INVITE");
  assert.deepEqual([second.cseq.number, second.get("Authorization")], [2, "Digest x"]);
  assert.equal(second.from.tag, call.dialog?.localTag ?? second.from.tag);
  world.reply("INVITE", 180, { tag: "two" });
  world.reply("INVITE", 200, { tag: "two", body: "answer" });
  assert.equal(world.lastSent("ACK").cseq.number, 2);
  call.end();
  assert.equal(world.lastSent("BYE").cseq.number, 3);
  assert.deepEqual(world.user.notes, ["progress 180", "accepted 200 answer", "ended by us"]);
});

Deno.test("a refusal comes with its response: 302 with its Contact", () => {
  const world = new CallWorld();
  world.invite();
  world.reply("INVITE", 302, { more: "Contact: <sip:bob@elsewhere.test>\r\n" });
  assert.deepEqual(world.user.notes, ["refused 302"]);
  assert.equal(world.user.responses[0].get("Contact"), "<sip:bob@elsewhere.test>");
});

Deno.test("without an offer of ours: the peer makes it in its 2xx, the ACK waits for our answer", () => {
  const world = new CallWorld();
  const call = world.invite({ description: null });
  assert.equal(world.lastSent("INVITE").body.length, 0);
  world.reply("INVITE", 200, { body: "their offer" });
  world.reply("INVITE", 200, { body: "their offer" });
  assert.deepEqual([call.state, world.out()], ["accepted", ["INVITE"]]);
  assert.deepEqual(world.user.notes, ["accepted 200 their offer"]);
  call.acknowledge(sdp("our answer"));
  const ack = world.lastSent("ACK");
  assert.equal(new TextDecoder().decode(ack.body), "our answer");
  assert.equal(ack.get("Content-Type"), "application/sdp");
  world.reply("INVITE", 200, { body: "their offer" });
  assert.deepEqual(world.out(), ["ACK", "ACK"]);
  assert.equal(new TextDecoder().decode(world.lastSent("ACK").body), "our answer");

  const forgotten = new CallWorld();
  const open = forgotten.invite({ description: null });
  forgotten.reply("INVITE", 200, { body: "their offer" });
  open.end();
  assert.deepEqual(forgotten.out(), ["INVITE", "ACK", "BYE"], "a 2xx has to get its ACK");
});

Deno.test("a 2xx without a Contact is no call", () => {
  const world = new CallWorld();
  world.invite();
  world.reply("INVITE", 200, { contact: false, body: "answer" });
  assert.deepEqual([world.user.notes, world.calls.size], [["refused 502"], 0]);
});

Deno.test("BYE from the peer: 200, its Reason; RFC 5407 §3.2.1: both at once get 200", () => {
  const { world, call, inDialog } = confirmed();
  inDialog("BYE", 1, { more: "Reason: Q.850;cause=16\r\n" });
  assert.deepEqual(world.out(), ["200 BYE"]);
  assert.deepEqual(world.user.ends, [{ by: "peer", reason: "Q.850;cause=16", status: 0 }]);
  assert.deepEqual([call.state, world.calls.size], ["ended", 0]);

  const crossing = confirmed();
  crossing.call.end();
  crossing.inDialog("BYE", 1);
  assert.deepEqual(crossing.world.out(), ["BYE", "200 BYE"]);
});

Deno.test("a request of ours inside: its number, Contact where it refreshes the target, the answer; 481 and silence end the call", () => {
  const { world, call } = confirmed();
  const statuses: (number | null)[] = [];
  call.send("INFO", {
    headers: [["Subject", "x"]],
    description: { contentType: "text/plain", body: new Uint8Array(3) },
  }, (answer) => statuses.push(answer?.status ?? null));
  const info = world.lastSent("INFO");
  assert.deepEqual([info.cseq.number, info.get("Content-Type"), info.get("Contact")], [2, "text/plain", undefined]);
  world.reply("INFO", 200);
  call.send("REFER", { headers: [["Refer-To", "<sip:x@y.test>"]] }, (answer) => statuses.push(answer?.status ?? null));
  assert.ok(world.lastSent("REFER").has("Contact"));
  world.reply("REFER", 481);
  assert.equal(call.state, "confirmed", "another usage of the dialog (RFC 5057)");
  call.send("INFO", {}, (answer) => statuses.push(answer?.status ?? null));
  world.reply("INFO", 481);
  assert.deepEqual([...statuses], [200, 481, 481]);
  assert.deepEqual(world.user.ends, [{ by: "failure", reason: "", status: 481 }]);
  call.send("INFO", {}, (answer) => statuses.push(answer?.status ?? null));
  assert.equal(statuses.at(-1), null, "over is over");

  const silent = confirmed();
  silent.call.send("INFO", {});
  silent.world.time.advance(33_000);
  assert.deepEqual(silent.world.user.ends[0], { by: "failure", reason: "", status: 408 });
});

Deno.test("a client behind a connection of its own is reached over that connection", () => {
  const world = new CallWorld();
  const phone = world.inbound("ws", "192.0.2.77", 33_000);
  const call = world.invite({ flowId: phone.id, uri: "sip:bob@a1b2.invalid;transport=ws" });
  world.reply("INVITE", 200, {
    body: "answer",
    contact: false,
    more: "Contact: <sip:bob@a1b2.invalid;transport=ws>\r\n",
  });
  call.end();
  assert.deepEqual(phone.lines().map((line) => line.split(" ")[0]), ["INVITE", "ACK", "BYE"]);
});
