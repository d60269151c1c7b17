import assert from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import type { Subscriber } from "../../storage/mod.ts";
import { senderState, serviceState } from "./service_state.ts";
import { exchangeOf, FakeFlow } from "./testing/fake_exchange.ts";
import { subscriber } from "./testing/fake_storage.ts";

const ALICE = "sip:alice@example.test";

Deno.test("a bar ends by itself, to the millisecond; one without an end does not", () => {
  const time = new FakeTime();
  const barred = subscriber(ALICE, "x", { state: "barred", barredUntil: time.now() + 1000 });
  assert.equal(serviceState(barred, time), "barred");
  time.jump(999);
  assert.equal(serviceState(barred, time), "barred");
  time.jump(1);
  assert.equal(serviceState(barred, time), "active");
  assert.equal(serviceState(subscriber(ALICE, "x", { state: "barred" }), time), "barred");
  assert.equal(serviceState(subscriber(ALICE, "x", { state: "suspended", barredUntil: 1 }), time), "suspended");
});

Deno.test("who is not in the service begins nothing; what ends a dialog, and what others decide on, passes", () => {
  const states: Subscriber["state"][] = ["active", "suspended", "barred", "unsubscribed"];
  const passed = (method: string, state: Subscriber["state"], tag = "") => {
    const time = new FakeTime();
    const exchange = exchangeOf(
      `${method} sip:bob@example.test SIP/2.0
      Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKt
      From: <${ALICE}>;tag=f
      To: <sip:bob@example.test>${tag}
      Call-ID: c
      CSeq: 1 ${method}`,
      new FakeFlow(),
    );
    exchange.subscriber = subscriber(ALICE, "x", { state });
    let gone = false;
    senderState(time)(() => gone = true)(exchange);
    if (!gone) assert.equal(exchange.transaction.answer.status, 403);
    return gone;
  };
  for (const method of ["INVITE", "SUBSCRIBE", "PUBLISH", "OPTIONS"]) {
    assert.deepEqual(states.map((state) => passed(method, state)), [true, false, false, false], method);
    assert.deepEqual(states.map((state) => passed(method, state, ";tag=t")), [true, true, true, true], method);
  }
  for (const method of ["REGISTER", "MESSAGE"]) assert.ok(states.every((state) => passed(method, state)), method);
});
