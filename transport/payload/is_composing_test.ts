import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../foundation/mod.ts";
import { FakeTime } from "../../foundation/testing.ts";
import { ComposingReceiver, ComposingSender } from "./composing_states.ts";
import { IS_COMPOSING_NAMESPACE, type IsComposing, parseIsComposing, writeIsComposing } from "./is_composing.ts";
import { exampleBody } from "./testing/bodies.ts";

Deno.test("RFC 3994 §5: the examples", () => {
  assert.deepEqual(parseIsComposing(exampleBody("rfc3994-5-active.xml")), {
    state: "active",
    contentType: "text/plain",
    refresh_s: 90,
  });
  assert.deepEqual(parseIsComposing(exampleBody("rfc3994-5-idle.xml")), {
    state: "idle",
    lastActive: "2003-01-27T10:43:00Z",
    contentType: "audio",
  });
});

Deno.test("RFC 3994 §3.5: unknown states are idle, unknown elements and bad refreshes are passed over", () => {
  const body = (inner: string) => utf8(`<isComposing xmlns="${IS_COMPOSING_NAMESPACE}">${inner}</isComposing>`);
  assert.deepEqual(parseIsComposing(body("<state>thinking</state>")), { state: "idle" });
  for (const refresh of ["0", "-1", "x", "99999999999", ""]) {
    assert.deepEqual(parseIsComposing(body(`<x/><state> active </state><refresh>${refresh}</refresh>`)), {
      state: "active",
    });
  }
  for (const text of ["", "<isComposing><state>active</state></isComposing>", "<x/>"]) {
    assert.throws(() => parseIsComposing(utf8(text)), SyntaxError);
  }
  assert.throws(() => parseIsComposing(body("")), SyntaxError);
});

Deno.test("property: a status that was written is read back", () => {
  const status: fc.Arbitrary<IsComposing> = fc.record({
    state: fc.constantFrom("active", "idle"),
    lastActive: fc.constant("2026-01-01T00:00:00Z"),
    contentType: fc.constantFrom("text/plain", "audio", "a<&>b"),
    refresh_s: fc.integer({ min: 1, max: 86_400 }),
  }, { requiredKeys: ["state"], noNullPrototype: true });
  fc.assert(fc.property(status, (status) => assert.deepEqual(parseIsComposing(writeIsComposing(status)), status)));
});

function sender(options: { idle_ms?: number; refresh_s?: number; contentType?: string } = {}) {
  const time = new FakeTime();
  const sent: string[] = [];
  const start = time.monotonic();
  const composing = new ComposingSender({
    clock: time,
    timers: time.timers,
    send: (s) => sent.push(`${(time.monotonic() - start) / 1000} ${s.state} ${s.refresh_s ?? "-"}`),
    ...options,
  });
  /** Presses a key each second for so long. */
  const type = (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      composing.typed();
      time.advance(1000);
    }
  };
  return { time, sent, composing, type };
}

Deno.test("RFC 3994 §3.2: active at the first key, idle 15 s after the last", () => {
  const { time, sent, composing, type } = sender();
  type(10);
  assert.deepEqual(sent, ["0 active 120"]);
  time.advance(13_900);
  assert.equal(composing.state, "active");
  time.advance(200);
  assert.deepEqual(sent, ["0 active 120", "24 idle -"]);
  assert.equal(composing.state, "idle");
  time.advance(600_000);
  assert.equal(sent.length, 2);
  composing.typed();
  assert.equal(sent.length, 3);
});

Deno.test("who goes on writing refreshes; who sends the message says nothing more", () => {
  const { time, sent, composing, type } = sender({ refresh_s: 60 });
  type(130);
  assert.deepEqual(sent, ["0 active 60", "60 active 60", "120 active 60"]);
  composing.sent();
  time.advance(600_000);
  assert.equal(sent.length, 3);
  assert.equal(time.timers.size, 0);
});

Deno.test("a refresh is never shorter than 60 s, and can be left out", () => {
  const short = sender({ refresh_s: 5 });
  short.type(61);
  assert.deepEqual(short.sent, ["0 active 60", "60 active 60"]);
  const none = sender({ refresh_s: 0 });
  none.type(300);
  assert.deepEqual(none.sent, ["0 active -"]);
});

Deno.test("what is given up is idle at once; 415 ends it for good", () => {
  const { time, sent, composing } = sender();
  composing.cancelled();
  composing.typed();
  composing.cancelled();
  assert.deepEqual(sent, ["0 active 120", "0 idle -"]);
  composing.typed();
  composing.mute();
  composing.typed();
  time.advance(600_000);
  assert.equal(sent.length, 3);
});

Deno.test("an idle status says when the last key was pressed", () => {
  const time = new FakeTime(Date.UTC(2026, 0, 1));
  const sent: IsComposing[] = [];
  const options = { clock: time, timers: time.timers, send: (s: IsComposing) => sent.push(s) };
  const composing = new ComposingSender({ ...options, contentType: "text/plain", idle_ms: 5000 });
  composing.typed();
  time.advance(2000);
  composing.typed();
  time.advance(6000);
  assert.deepEqual(sent, [
    { state: "active", contentType: "text/plain", refresh_s: 120 },
    { state: "idle", lastActive: "2026-01-01T00:00:02.000Z", contentType: "text/plain" },
  ]);
});

function receiver() {
  const time = new FakeTime();
  const seen: string[] = [];
  const start = time.monotonic();
  const composing = new ComposingReceiver({
    timers: time.timers,
    changed: (state) => seen.push(`${(time.monotonic() - start) / 1000} ${state}`),
  });
  return { time, seen, composing };
}

Deno.test("RFC 3994 §3.3: active lapses after its refresh, or after 120 s", () => {
  const { time, seen, composing } = receiver();
  composing.status({ state: "active" });
  time.advance(119_900);
  assert.equal(composing.state, "active");
  time.advance(200);
  composing.status({ state: "active", refresh_s: 90 });
  time.advance(60_000);
  composing.status({ state: "active", refresh_s: 90 });
  time.advance(60_000);
  assert.equal(composing.state, "active");
  time.advance(30_100);
  assert.deepEqual(seen, ["0 active", "120 idle", "120.1 active", "270.1 idle"]);
  assert.equal(time.timers.size, 0);
});

Deno.test("idle by a status, by a message; nothing is told twice", () => {
  const { time, seen, composing } = receiver();
  composing.status({ state: "idle" });
  composing.content();
  composing.status({ state: "active" });
  composing.status({ state: "active" });
  composing.status({ state: "idle" });
  composing.status({ state: "idle" });
  composing.status({ state: "active" });
  composing.content();
  composing.status({ state: "active" });
  composing.close();
  time.advance(200_000);
  assert.deepEqual(seen, ["0 active", "0 idle", "0 active", "0 idle", "0 active"]);
});
