import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import type { SipResponse } from "../message.ts";
import { BackToBack, type BackToBackOptions } from "./back_to_back.ts";
import type { BackToBackEnd } from "./back_to_back_owner.ts";
import type { CallCandidate, Mediator } from "./mediator.ts";
import { bestRefusal, statusAcross } from "./best_refusal.ts";
import type { Call } from "./call.ts";
import { CallWorld, respondTo, sdp, textOf } from "./testing/call_world.ts";

/** Alice and two devices of Bob around a box that joins calls. */
function house(
  options: Partial<Omit<BackToBackOptions<CallCandidate>, "mediator">> & { mediator?: Partial<Mediator> } = {},
) {
  const time = new FakeTime();
  const box = new CallWorld({ time, host: "192.0.2.1" });
  const alice = new CallWorld({ time, host: "192.0.2.10" });
  const phone = new CallWorld({ time, host: "192.0.2.20" });
  const desk = new CallWorld({ time, host: "192.0.2.30" });
  const worlds = [box, alice, phone, desk];
  const ends: BackToBackEnd[] = [];
  const notes: string[] = [];
  const joined: BackToBack[] = [];
  for (const world of worlds) {
    world.wires.carry = (flow, head, body) => {
      const to = worlds.find((each) => each.wires.address.host === flow.remote.host)!;
      const there = to.wires.flowTo({ transport: flow.transport, ...world.wires.address, tlsName: "" })!;
      time.timers.start(0, { onTimer: () => to.wires.receive(there, head, body) }, 0);
    };
  }
  const candidate = (host: string): CallCandidate => ({
    uri: `sip:bob@${host}:5060;transport=tcp`,
    from: "<sip:alice@a.test>",
    to: "<sip:bob@b.test>",
    headers: [["Subject", "Hi"]],
  });
  box.invited = (caller) => {
    const call = new BackToBack({
      calls: box.calls,
      timers: time.timers,
      caller,
      candidates: [[candidate("192.0.2.20"), candidate("192.0.2.30")]],
      owner: { onEnded: (_call, end) => ends.push(end), onConfirmed: () => notes.push("confirmed") },
      ...options,
      mediator: {
        invite: (to, offer) => offer === null ? null : sdp(`${textOf(offer)}>${to.uri.slice(8, 18)}`),
        accepted: (_from, answer) => sdp(`<${textOf(answer)}`),
        reanswer: (from, answer) => sdp(`${from}:${textOf(answer)}`),
        dropped: (each) => notes.push(`dropped ${each.uri.slice(8, 18)}`),
        ...options.mediator,
      },
    });
    joined.push(call);
    call.start();
  };
  const ring = (more = {}) => alice.invite({ uri: "sip:bob@192.0.2.1:5060;transport=tcp", ...more });
  return {
    time,
    box,
    alice,
    phone,
    desk,
    ends,
    notes,
    joined,
    ring,
    candidate,
    step: (ms = 1_000) => time.advance(ms),
  };
}

const ANSWER = (call: Call) => call.accept({ description: sdp("answer") });

Deno.test("two legs: the first device that answers is the callee, the others are cancelled, BYE goes over with its Reason", () => {
  const { box, alice, phone, desk, ends, notes, ring, step } = house();
  phone.invited = (call) => call.progress(180);
  desk.invited = (call) => call.progress(180);
  const call = ring();
  step();
  assert.deepEqual(alice.user.notes, ["progress 180", "progress 180"]);
  assert.equal(textOf({ contentType: "", body: phone.call.request!.body }), "offer>192.0.2.20");
  assert.notEqual(phone.call.request!.callId, call.dialog!.callId);
  assert.equal(phone.call.request!.get("Contact")!.includes("192.0.2.1:"), true, "topology hidden");
  phone.call.accept({ description: sdp("answer") });
  step();
  assert.deepEqual(alice.user.notes.slice(2), ["accepted 200 <answer"]);
  assert.deepEqual(phone.user.notes, ["confirmed"]);
  assert.deepEqual(desk.user.notes, ["cancelled by CANCEL"]);
  assert.deepEqual(notes, ["dropped 192.0.2.30", "confirmed"]);
  assert.equal(box.sent("CANCEL")[0].message.get("Reason"), 'SIP;cause=200;text="Call completed elsewhere"');
  call.end('SIP;cause=200;text="bye"');
  step();
  assert.equal(phone.user.ends[0].reason, 'SIP;cause=200;text="bye"');
  assert.deepEqual(ends, [{ by: "peer", reason: 'SIP;cause=200;text="bye"', status: 0, side: "caller", stood: true }]);
  assert.deepEqual([box.calls.size, alice.calls.size, phone.calls.size, desk.calls.size], [0, 0, 0, 0]);
});

Deno.test("nobody takes it: the best refusal goes back with what it tells (RFC 3261 §16.7 step 6)", () => {
  const { alice, phone, desk, ends, notes, ring, step } = house();
  phone.invited = (call) => call.refuse(486, { headers: [["Reason", "Q.850;cause=17"], ["Subject", "private"]] });
  desk.invited = (call) => call.refuse(503);
  ring();
  step();
  assert.deepEqual(alice.user.notes, ["refused 486"]);
  assert.equal(alice.user.responses[0].get("Reason"), "Q.850;cause=17");
  assert.equal(alice.user.responses[0].get("Subject"), undefined);
  assert.deepEqual(notes, ["dropped 192.0.2.20", "dropped 192.0.2.30"]);
  assert.deepEqual(ends.map(({ by, status, side, stood }) => [by, status, side, stood]), [[
    "peer",
    486,
    "callee",
    false,
  ]]);
});

Deno.test("a 6xx ends the search: the others are cancelled, the next group is not asked", () => {
  const { alice, phone, desk, box, ring, step } = house();
  phone.invited = (call) => call.refuse(603);
  desk.invited = (call) => call.progress(180);
  ring();
  step(2_000);
  assert.equal(alice.user.notes.at(-1), "refused 603");
  assert.deepEqual(desk.user.notes, ["cancelled by CANCEL"]);
  assert.equal(box.calls.size, 0);
});

Deno.test("groups one after the other: after refusals, and after the time to ring", () => {
  const { candidate } = house();
  const groups = [[candidate("192.0.2.20")], [], [candidate("192.0.2.30")]];
  for (const silent of [false, true]) {
    const { alice, phone, desk, box, notes, ring, step } = house({ candidates: groups, ring_ms: 5_000 });
    phone.invited = (call) => silent ? call.progress(180) : call.refuse(480);
    desk.invited = ANSWER;
    ring();
    step(silent ? 4_000 : 2_000);
    assert.equal(desk.taken.length, silent ? 0 : 1);
    step(3_000);
    assert.equal(alice.user.notes.at(-1), "accepted 200 <answer");
    assert.deepEqual(notes, ["dropped 192.0.2.20", "confirmed"]);
    assert.equal(box.calls.size, 2);
  }
});

Deno.test("nobody to call: 480; an owner may go on by itself instead", () => {
  const none = house({ candidates: [] });
  none.ring();
  none.step();
  assert.deepEqual(none.alice.user.notes, ["refused 480"]);

  const ends: BackToBackEnd[] = [];
  const other = house({
    candidates: [],
    owner: {
      onRefused: (call, best) => {
        assert.equal(best.status, 480);
        call.caller.user = other.box.user;
        call.caller.accept({ description: sdp("mailbox") });
        return true;
      },
      onEnded: (_call, end) => ends.push(end),
    },
  });
  other.ring();
  other.step();
  assert.deepEqual(other.alice.user.notes, ["accepted 200 mailbox"]);
  assert.deepEqual([other.box.user.notes, ends], [["confirmed"], []]);
});

Deno.test("the caller gives up: all are cancelled with the caller's Reason, and it is over once", () => {
  const { alice, phone, desk, box, ends, notes, ring, step } = house();
  phone.invited = (call) => call.progress(180);
  desk.invited = (call) => call.progress(180);
  const call = ring();
  step();
  call.cancel('SIP;cause=487;text="changed my mind"');
  step();
  assert.deepEqual([phone.user.notes, desk.user.notes], [["cancelled by CANCEL"], ["cancelled by CANCEL"]]);
  assert.equal(box.sent("CANCEL")[0].message.get("Reason"), 'SIP;cause=487;text="changed my mind"');
  assert.deepEqual(notes, ["dropped 192.0.2.20", "dropped 192.0.2.30"]);
  assert.deepEqual(ends.map(({ side, stood, status }) => [side, stood, status]), [["caller", false, 487]]);
  assert.equal(alice.user.notes.at(-1), "refused 487");
  assert.equal(box.calls.size, 0);
});

Deno.test("both devices answer: one is the callee, the other gets ACK and BYE", () => {
  const { alice, phone, desk, box, ring, step } = house();
  phone.invited = ANSWER;
  desk.invited = ANSWER;
  ring();
  step(2_000);
  assert.deepEqual(alice.user.notes, ["accepted 200 <answer"]);
  assert.deepEqual(phone.user.notes, ["confirmed"]);
  assert.deepEqual(desk.user.notes, ["confirmed", "ended by peer"]);
  assert.equal(desk.user.ends[0].reason, 'SIP;cause=200;text="Call completed elsewhere"');
  assert.equal(box.calls.size, 2);
});

Deno.test("re-INVITE and UPDATE go over both ways, rewritten; a refusal goes back and changes nothing", () => {
  const { alice, phone, desk, ring, step } = house();
  phone.invited = ANSWER;
  desk.invited = (call) => call.refuse(486);
  const call = ring();
  step();
  call.offer(sdp("more"), "INVITE");
  step();
  assert.deepEqual(phone.user.notes, ["confirmed", "offer INVITE more"]);
  assert.deepEqual(alice.user.notes.slice(1), ["answer 200 callee:answer"]);
  phone.call.offer(sdp("back"));
  step();
  assert.deepEqual(alice.user.notes.slice(2), ["offer UPDATE back"]);
  assert.deepEqual(phone.user.notes.slice(2), ["answer 200 caller:answer"]);
  alice.user.offered = (_call, offer) => offer.refuse(488, { headers: [["Warning", '304 a "no"']] });
  phone.call.offer(sdp("no"));
  step();
  assert.deepEqual(phone.user.notes.slice(3), ["answer 488"]);
  assert.deepEqual([call.state, phone.call.state], ["confirmed", "confirmed"]);
});

Deno.test("the mediator answers or refuses an offer by itself, and makes one for a re-INVITE without", () => {
  const { box, alice, phone, desk, ring, step } = house({
    mediator: {
      reoffer: (_from, offer) =>
        offer.description === null
          ? { answer: sdp("made here") }
          : textOf(offer.description) === "here"
          ? { answer: sdp("answered here") }
          : { status: 606 },
    },
  });
  phone.invited = ANSWER;
  desk.invited = (call) => call.refuse(486);
  const call = ring();
  step();
  call.offer(sdp("here"));
  step();
  call.offer(sdp("elsewhere"));
  step();
  assert.deepEqual(alice.user.notes.slice(1), ["answer 200 answered here", "answer 606"]);
  assert.deepEqual(phone.user.notes, ["confirmed"]);
  // Without an offer, as only a raw peer sends it.
  const { dialog } = call;
  const raw = (method: string, body: string) =>
    box.wires.receive(
      box.flow("tcp", "192.0.2.10"),
      `${method} sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.10;branch=z9hG4bK-${method}\r\nMax-Forwards: 70\r\n` +
        `From: ${dialog!.local}\r\nTo: ${dialog!.remote}\r\nCall-ID: ${dialog!.callId}\r\nCSeq: 50 ${method}\r\n` +
        `Contact: <sip:alice@192.0.2.10;transport=tcp>\r\nContent-Type: application/sdp\r\n` +
        `Content-Length: ${body.length}\r\n\r\n`,
      sdp(body).body,
    );
  raw("INVITE", "");
  assert.equal(textOf({ contentType: "", body: box.lastAnswer("INVITE").body }), "made here");
  raw("ACK", "their answer");
  step();
  assert.equal(phone.user.notes.at(-1), "offer UPDATE caller:their answer", "and the callee hears of it");
  assert.deepEqual(alice.user.notes.length, 3, "whose answer goes nowhere");
});

Deno.test("glare across the legs: offers from both ends at once get through, one after the other", () => {
  const { alice, phone, desk, ring, step } = house();
  phone.invited = ANSWER;
  desk.invited = (call) => call.refuse(486);
  const call = ring();
  step();
  call.offer(sdp("from alice"), "INVITE");
  phone.call.offer(sdp("from phone"), "INVITE");
  step(20_000);
  assert.ok(phone.user.notes.includes("offer INVITE from alice"), phone.user.notes.join());
  assert.ok(alice.user.notes.includes("offer INVITE from phone"), alice.user.notes.join());
  assert.ok(alice.user.notes.includes("answer 200 callee:answer"));
  assert.ok(phone.user.notes.includes("answer 200 caller:answer"));
});

Deno.test("INFO and MESSAGE go over, with the headers that the owner names; the owner may take any request itself", () => {
  const taken: string[] = [];
  const { phone, desk, ring, step } = house({
    requestHeaders: ["Subject"],
    owner: {
      onEnded: () => {},
      onRequest: (_call, from, transaction) => {
        if (transaction.request.method !== "REFER") return false;
        taken.push(from);
        respondTo(transaction, 202);
        return true;
      },
    },
  });
  phone.invited = ANSWER;
  desk.invited = (call) => call.refuse(486);
  const call = ring();
  step();
  const statuses: (number | undefined)[] = [];
  const heard = (response: SipResponse | null) => statuses.push(response?.status);
  call.send("INFO", { headers: [["Subject", "x"], ["Priority", "urgent"]], description: sdp("body") }, heard);
  step();
  const info = phone.user.requests[0].request;
  assert.deepEqual([info.method, info.get("Subject"), info.get("Priority"), info.body.length], [
    "INFO",
    "x",
    undefined,
    4,
  ]);
  phone.call.send("REFER", { headers: [["Refer-To", "<sip:a@b>"]] }, heard);
  step();
  call.send("NOTIFY", {}, heard);
  step();
  assert.deepEqual([statuses, taken], [[200, 202, 405], ["callee"]]);
});

Deno.test("what ends one leg ends the other, and says why: BYE of the callee, no ACK", () => {
  const bye = house();
  bye.phone.invited = ANSWER;
  bye.desk.invited = (call) => call.refuse(486);
  bye.ring();
  bye.step();
  bye.phone.call.end("SIP;cause=200");
  bye.step();
  assert.deepEqual([bye.alice.user.notes.at(-1), bye.alice.user.ends[0].reason], ["ended by peer", "SIP;cause=200"]);
  assert.equal(bye.ends[0].side, "callee");

  const noAck = house();
  noAck.phone.invited = ANSWER;
  noAck.desk.invited = (call) => call.refuse(486);
  const { wires } = noAck.alice;
  const carry = wires.carry;
  wires.carry = (flow, head, body) => {
    if (!head.startsWith("ACK")) carry(flow, head, body);
  };
  noAck.ring();
  noAck.step(40_000);
  assert.equal(noAck.phone.user.ends[0].reason, 'SIP;cause=408;text="No ACK"');
  assert.deepEqual(noAck.ends.map(({ by, side, stood }) => [by, side, stood]), [["no-ack", "caller", true]]);
  assert.equal(noAck.box.calls.size, 0);
});

Deno.test("the owner ends it, before and after somebody answered", () => {
  const early = house();
  early.phone.invited = (call) => call.progress(180);
  early.desk.invited = (call) => call.progress(180);
  early.ring();
  early.step();
  early.joined[0].end("SIP;cause=503");
  early.step();
  assert.equal(early.alice.user.notes.at(-1), "refused 480");
  assert.deepEqual(early.phone.user.notes, ["cancelled by CANCEL"]);
  assert.deepEqual(early.ends.map(({ by, side, stood }) => [by, side, stood]), [["us", null, false]]);

  const late = house();
  late.phone.invited = ANSWER;
  late.desk.invited = (call) => call.refuse(486);
  late.ring();
  late.step();
  late.joined[0].end('SIP;cause=200;text="inactivity"');
  late.step();
  for (const world of [late.alice, late.phone]) {
    assert.equal(world.user.ends[0].reason, 'SIP;cause=200;text="inactivity"');
  }
  assert.equal(late.ends.length, 1);
  assert.equal(late.joined[0].over, true);
});

Deno.test("without an offer: the callee's goes to the caller, the answer in the ACK back to the callee", () => {
  const { alice, phone, desk, ring, step } = house();
  phone.invited = (call) => {
    assert.equal(call.request!.body.length, 0);
    call.accept({ description: sdp("offer of bob") });
  };
  desk.invited = (call) => call.refuse(486);
  alice.user.accepted = (call) => call.acknowledge(sdp("answer of alice"));
  ring({ description: null });
  step();
  assert.deepEqual(alice.user.notes, ["accepted 200 <offer of bob"]);
  assert.deepEqual(phone.user.notes, ["confirmed answer of alice"]);
});

Deno.test("an answer that the mediator cannot use: that callee is hung up, the search goes on", () => {
  let asked = 0;
  const { time, alice, phone, desk, notes, ring, step } = house({
    mediator: { accepted: (_from, answer) => ++asked === 1 ? { status: 488 } : sdp(`<${textOf(answer)}`) },
  });
  phone.invited = ANSWER;
  desk.invited = (call) => void time.timers.start(1_000, { onTimer: () => ANSWER(call) }, 0);
  ring();
  step(3_000);
  assert.deepEqual(phone.user.notes, ["confirmed", "ended by peer"]);
  assert.deepEqual(alice.user.notes, ["accepted 200 <answer"]);
  assert.deepEqual(notes, ["dropped 192.0.2.20", "confirmed"]);
});

Deno.test("early media of the only candidate reaches the caller, reliably where the callee was reliable", () => {
  const { candidate } = house();
  const { alice, phone, ring, step } = house({
    candidates: [[candidate("192.0.2.20")]],
    mediator: { early: (_from, description) => sdp(`early ${textOf(description)}`) },
  });
  phone.invited = (call) => {
    call.progress(183, { description: sdp("answer") }, true);
    call.accept({});
  };
  ring();
  step(3_000);
  assert.equal(alice.user.notes[0], "progress 183 early answer");
  assert.ok(alice.user.responses[0].lists("Require", "100rel"));
  assert.ok(alice.user.notes.some((note) => note.startsWith("accepted 200")), alice.user.notes.join());
  assert.equal(phone.user.notes.at(-1), "confirmed");
});

Deno.test("an answer that a reliable 1xx has given holds, though the 2xx does not repeat it (RFC 3262 §5)", () => {
  const { alice, phone, desk, ring, step } = house();
  desk.invited = (call) => call.progress(180);
  phone.invited = (call) => {
    call.progress(183, { description: sdp("early answer") }, true);
    call.accept({});
  };
  ring();
  step(3_000);
  assert.equal(alice.user.notes.at(-1), "accepted 200 <early answer");
});

Deno.test("where the offer was made here, the mediator hears the caller's answer all the same", () => {
  const heard: string[] = [];
  const { alice, phone, desk, ring, step } = house({
    mediator: {
      invite: () => sdp("made here"),
      accepted: () => sdp("for the caller"),
      answered: (_candidate, answer) => {
        heard.push(textOf(answer));
        return null;
      },
    },
  });
  phone.invited = ANSWER;
  desk.invited = (call) => call.refuse(486);
  alice.user.accepted = (call) => call.acknowledge(sdp("answer of alice"));
  ring({ description: null });
  step();
  assert.deepEqual(heard, ["answer of alice"]);
  assert.deepEqual(phone.user.notes, ["confirmed"], "who was acknowledged long ago");
});

Deno.test("more candidates while it rings", () => {
  const { candidate } = house();
  const { alice, phone, desk, joined, ring, step } = house({ candidates: [[candidate("192.0.2.20")]] });
  phone.invited = (call) => call.progress(180);
  desk.invited = ANSWER;
  ring();
  step();
  joined[0].tryAlso([candidate("192.0.2.30")]);
  step();
  assert.equal(alice.user.notes.at(-1), "accepted 200 <answer");
  assert.deepEqual(phone.user.notes, ["cancelled by CANCEL"]);
});

Deno.test("which refusal is best, and what it means on the other leg", () => {
  const best = (...statuses: number[]) => bestRefusal(statuses.map((status) => ({ status, response: null })))!.status;
  assert.equal(best(486, 603, 302), 603);
  assert.equal(best(503, 486), 486);
  assert.equal(best(408, 480), 480);
  assert.equal(best(404, 415), 415);
  assert.equal(best(302, 404), 302);
  assert.equal(best(503, 500), 500);
  assert.equal(best(407, 404), 404);
  assert.equal(best(488, 486), 486, "what a person said, before what a device cannot do");
  assert.equal(best(480, 488, 408), 488);
  assert.equal(best(433, 480), 433);
  assert.equal(bestRefusal([]), null);
  assert.deepEqual([401, 407, 430, 503, 422, 486].map(statusAcross), [403, 403, 480, 500, 500, 486]);
});
