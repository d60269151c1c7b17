import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import {
  BackToBack,
  type BackToBackEnd,
  type BackToBackOptions,
  type CallCandidate,
  type Mediator,
} from "./back_to_back.ts";
import { CallWorld, sdp, textOf } from "./testing/call_world.ts";

/** Alice and two devices of Bob around a box that joins calls. */
function house(options: Partial<BackToBackOptions<CallCandidate>> & { mediator?: Partial<Mediator> } = {}) {
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
  alice.calls;
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
