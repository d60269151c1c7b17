import assert from "node:assert/strict";
import { FakeTime } from "../../../../foundation/testing.ts";
import type { OutgoingRequest, RequestUser, UserAgent } from "../../../../transport/sip/mod.ts";
import { optionsPing } from "./peers_down.ts";

function world() {
  const time = new FakeTime();
  const sent: { request: OutgoingRequest; user: RequestUser }[] = [];
  const agent = {
    send: (request: OutgoingRequest, user: RequestUser) => void sent.push({ request, user }),
  } as unknown as UserAgent;
  const answer = optionsPing({ agent, timers: time.timers, from: "example.test" }, "sip:192.0.2.7;transport=tcp");
  return { time, sent: sent[0], answer };
}

Deno.test("any final response says that a peer is there, and provisional ones do not", async () => {
  const { sent, answer, time } = world();
  assert.deepEqual([sent.request.method, sent.request.uri, sent.request.from], [
    "OPTIONS",
    "sip:192.0.2.7;transport=tcp",
    "<sip:example.test>",
  ]);
  sent.user.onResponse(null as never, { status: 100 } as never);
  sent.user.onResponse(null as never, { status: 403 } as never);
  assert.equal(await answer, null);
  time.advance(10_000);
});

Deno.test("silence, a failure and an address that cannot be found each have their words", async () => {
  const silent = world();
  silent.time.advance(9000);
  assert.equal(await silent.answer, "no answer within 8 s");
  const failed = world();
  failed.sent.user.onFailure(null as never, "transport");
  assert.equal(await failed.answer, "transport");
  const lost = world();
  lost.sent.user.onFailure(null as never, "unroutable");
  assert.equal(await lost.answer, "its address cannot be found");
});
