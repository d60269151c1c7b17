import assert from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import { Admission, DEFAULT_ADMISSION } from "./admission.ts";

const LIMITS = { ...DEFAULT_ADMISSION, rate: 10, burst: 20, connections: 2, garbage_cost: 10, sources: 4, exempt: [] };

Deno.test("a source has its burst at once and its rate in the long run", () => {
  const time = new FakeTime();
  const source = new Admission(time, LIMITS).source("192.0.2.1");
  let taken = 0;
  while (source.take(time.monotonic())) taken++;
  assert.equal(taken, 20);
  for (let second = 0; second < 10; second++) {
    time.advance(1_000);
    while (source.take(time.monotonic())) taken++;
  }
  assert.equal(taken, 20 + 100);
  time.advance(60_000);
  taken = 0;
  while (source.take(time.monotonic())) taken++;
  assert.equal(taken, 20);
});

Deno.test("a connection over its rate is told how long not to read", () => {
  const time = new FakeTime();
  const source = new Admission(time, LIMITS).source("192.0.2.1");
  for (let n = 0; n < 20; n++) assert.equal(source.spend(time.monotonic()), 0);
  assert.equal(source.spend(time.monotonic()), 100);
  assert.equal(source.spend(time.monotonic()), 200);
  time.advance(300);
  assert.equal(source.spend(time.monotonic()), 0);
});

Deno.test("what cannot be read costs ten messages, and no more than a burst of debt", () => {
  const time = new FakeTime();
  const source = new Admission(time, LIMITS).source("192.0.2.1");
  source.garbage(time.monotonic());
  source.garbage(time.monotonic());
  assert.equal(source.take(time.monotonic()), false);
  for (let n = 0; n < 1000; n++) source.garbage(time.monotonic());
  time.advance(2_200);
  assert.equal(source.take(time.monotonic()), true);
});

Deno.test("an IPv6 source is its /64, an IPv4 source is one address", () => {
  const admission = new Admission(new FakeTime(), LIMITS);
  assert.equal(admission.source("2001:db8::1"), admission.source("2001:db8::ffff:2"));
  assert.notEqual(admission.source("2001:db8::1"), admission.source("2001:db8:0:1::1"));
  assert.notEqual(admission.source("192.0.2.1"), admission.source("192.0.2.2"));
});

Deno.test("connections are counted, and given back", () => {
  const source = new Admission(new FakeTime(), LIMITS).source("192.0.2.1");
  assert.deepEqual([source.connect(), source.connect(), source.connect()], [true, true, false]);
  source.disconnect();
  assert.equal(source.connect(), true);
  assert.equal(source.connections, 2);
});

Deno.test("exempt ranges are not limited", () => {
  const time = new FakeTime();
  const source = new Admission(time, { ...LIMITS, exempt: ["127.0.0.0/8"] }).source("127.0.0.1");
  for (let n = 0; n < 1000; n++) {
    assert.ok(source.take(time.monotonic()) && source.connect() && source.spend(time.monotonic()) === 0);
  }
  assert.throws(() => new Admission(time, { ...LIMITS, exempt: ["here"] }), SyntaxError);
});

Deno.test("made-up addresses fill no memory, and cannot wash a busy source clean", () => {
  const time = new FakeTime();
  const admission = new Admission(time, LIMITS);
  const busy = admission.source("192.0.2.1");
  while (busy.take(time.monotonic()));
  const open = admission.source("192.0.2.2");
  open.connect();
  for (let n = 0; n < 1000; n++) admission.source(`198.51.100.${n % 256}`).take(time.monotonic());
  assert.equal(admission.size, 4);
  assert.equal(admission.source("192.0.2.1"), busy);
  assert.equal(admission.source("192.0.2.2"), open);
  // Those without a place share one bucket, which is empty by now.
  assert.equal(admission.source("203.0.113.1").take(time.monotonic()), false);
  time.advance(10_000);
  assert.notEqual(admission.source("203.0.113.2"), admission.source("203.0.113.3"));
  assert.equal(admission.size, 4);
});

Deno.test("a source that may owe only so much is refused, and owes no more for it", () => {
  const time = new FakeTime();
  const source = new Admission(time, { ...DEFAULT_ADMISSION, rate: 1, burst: 2, exempt: [] }).source("192.0.2.1");
  const waits = Array.from({ length: 6 }, () => source.spend(time.monotonic(), 2));
  assert.deepEqual(waits, [0, 0, 1000, 2000, -1, -1]);
  time.advance(1000);
  assert.equal(source.spend(time.monotonic(), 2), 2000);
});
