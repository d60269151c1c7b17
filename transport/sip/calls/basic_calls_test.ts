import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { pair, sdp, textOf } from "./testing/call_world.ts";

Deno.test("RFC 3665 §3.1: INVITE, 180, 200, ACK, BYE, 200 between two boxes", () => {
  const { a, b, step } = pair({ time: new FakeTime() });
  b.invited = (call) => {
    assert.equal(textOf({ contentType: "", body: call.request!.body }), "offer");
    call.progress(180);
    call.accept({ description: sdp("answer") });
  };
  const call = a.invite();
  step();
  assert.deepEqual(a.user.notes, ["progress 180", "accepted 200 answer"]);
  assert.deepEqual(b.user.notes, ["confirmed"]);
  assert.deepEqual([call.state, b.call.state], ["confirmed", "confirmed"]);
  assert.equal(call.dialog!.remoteTag, b.call.dialog!.localTag);
  call.end('SIP;cause=200;text="done"');
  assert.equal(call.state, "ended");
  step();
  assert.deepEqual(b.user.notes, ["confirmed", "ended by peer"]);
  assert.equal(b.user.ends[0].reason, 'SIP;cause=200;text="done"');
  assert.deepEqual(a.user.notes.slice(2), ["ended by us"]);
  assert.deepEqual([a.calls.size, b.calls.size], [0, 0]);
  assert.deepEqual(a.out(), ["INVITE", "ACK", "BYE"]);
  assert.deepEqual(b.out(), ["180 INVITE", "200 INVITE", "200 BYE"]);
});

Deno.test("RFC 3665 §3.8, §3.10: a call that is cancelled, and one that is refused", () => {
  const { a, b, step } = pair({ time: new FakeTime() });
  b.invited = (call) => call.progress(180);
  const cancelled = a.invite();
  step();
  cancelled.cancel('SIP;cause=200;text="Call completed elsewhere"');
  step();
  assert.deepEqual(a.user.notes, ["progress 180", "refused 487"]);
  assert.deepEqual(b.user.notes, ["cancelled by CANCEL"]);
  assert.deepEqual(a.out(), ["INVITE", "CANCEL", "ACK"]);
  assert.deepEqual(b.out(), ["180 INVITE", "200 CANCEL", "487 INVITE"]);

  b.invited = (call) => call.refuse(486, { headers: [["Retry-After", "7"]] });
  a.invite();
  step();
  assert.equal(a.user.notes.at(-1), "refused 486");
  assert.equal(a.user.responses.at(-1)!.get("Retry-After"), "7");
  assert.deepEqual([a.calls.size, b.calls.size], [0, 0]);
});
