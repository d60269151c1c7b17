import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeTime } from "../../../foundation/testing.ts";
import { parseEvent } from "../event_header.ts";
import { NotificationPacing } from "./rate_pacing.ts";
import { agreedRates, type EventRates, RATE_POLICY, ratesText, readEventRates } from "./rate_parameters.ts";

const asked = (text: string) => readEventRates(parseEvent(`presence${text}`).params);
const rates = (maxRate: number, minRate = 0, adaptiveMinRate = 0): EventRates => ({
  maxRate,
  minRate,
  adaptiveMinRate,
});
/** Whoever asks for it may have it. */
const ANY = { maxRate: 100, minRate: 100 };

Deno.test("RFC 6446 §9.2: the parameters are read, and what is none is refused in words", () => {
  assert.deepEqual(asked(""), rates(0));
  assert.deepEqual(asked(";max-rate=0.05;MIN-RATE=0.001;adaptive-min-rate=12"), rates(0.05, 0.001, 12));
  assert.deepEqual(asked(";max-rate=99.9999999999;min-rate=0.0000000001"), rates(99.9999999999, 1e-10));
  for (const value of ["0", "0.0", "100", "1.", ".5", "-1", "1e3", "0.00000000001", '"1"', "x"]) {
    assert.throws(() => asked(`;min-rate=${value}`), {
      name: "SyntaxError",
      message: `min-rate is "${value}"; allowed: 0.0000000001 to 99.9999999999`,
    });
  }
  assert.throws(() => asked(";max-rate"), /max-rate is ""/);
});

Deno.test("RFC 6446 §5.3 and §8: what is agreed", () => {
  for (
    const [text, expires_s, expected] of [
      ["", 3600, rates(0.2)],
      [";max-rate=0.01", 3600, rates(0.01)],
      [";max-rate=5", 3600, rates(0.2)],
      [";max-rate=0.0001", 3600, rates(1 / 3600)],
      [";max-rate=0.0001", 2, rates(0.2)],
      [";max-rate=0.001;min-rate=0.01", 3600, rates(0.001, 0.001)],
      [";min-rate=0.01", 3600, rates(0.2, 0.01)],
      [";min-rate=1", 3600, rates(0.2, 1 / 60)],
      [";min-rate=0.001;adaptive-min-rate=0.01", 3600, rates(0.2, 0.001, 0.01)],
      [";min-rate=0.01;adaptive-min-rate=0.01", 3600, rates(0.2, 0, 0.01)],
      [";min-rate=0.02;adaptive-min-rate=0.01", 3600, rates(0.2, 0, 0.01)],
      [";max-rate=0.001;adaptive-min-rate=0.01", 3600, rates(0.001, 0, 0.001)],
    ] as const
  ) assert.deepEqual(agreedRates(asked(text), expires_s), expected, text);
});

Deno.test("Subscription-State tells what was asked for as it was agreed", () => {
  const told = (text: string, expires_s = 3600) => ratesText(asked(text), agreedRates(asked(text), expires_s));
  assert.equal(told(""), "");
  assert.equal(told(";max-rate=5"), ";max-rate=0.2");
  assert.equal(told(";max-rate=0.0001"), ";max-rate=0.0002777778");
  assert.equal(told(";min-rate=1;adaptive-min-rate=0.5"), ";adaptive-min-rate=0.0166666667");
  assert.equal(
    told(";max-rate=0.1;min-rate=0.01;adaptive-min-rate=0.015"),
    ";max-rate=0.1;min-rate=0.01;adaptive-min-rate=0.015",
  );
  assert.equal(ratesText(rates(20), rates(20)), ";max-rate=20");
  fc.assert(fc.property(fc.double({ min: 1e-10, max: 99.9999999999, noNaN: true }), (rate) => {
    assert.ok(asked(ratesText(rates(rate), rates(rate))).maxRate > 0, "it is what the grammar takes");
  }));
});

Deno.test("without wishes: once in five seconds, and the last state always", () => {
  const time = new FakeTime();
  const start = time.monotonic();
  const pacing = new NotificationPacing(agreedRates(rates(0), 3600), start);
  let state = 0, told = 0;
  const sentAt: number[] = [];
  for (let i = 0; i < 300; i++) {
    if (i % 3 === 0 && i < 200) {
      state++;
      pacing.changed();
    }
    if (time.monotonic() >= pacing.nextAt) {
      told = state;
      sentAt.push(time.monotonic() - start);
      pacing.sent(time.monotonic());
    }
    time.advance(100);
  }
  assert.deepEqual(sentAt, [5000, 10_000, 15_000, 20_000]);
  assert.equal(told, state);
  assert.deepEqual([pacing.owes, pacing.nextAt], [false, Infinity]);
});

Deno.test("a quiet subscription is told of a change at once; a SUBSCRIBE's own NOTIFY counts", () => {
  const pacing = new NotificationPacing(rates(0.2), 0);
  pacing.changed();
  assert.equal(pacing.nextAt, 5000);
  pacing.sent(1000);
  assert.equal(pacing.nextAt, Infinity);
  pacing.changed();
  assert.deepEqual([pacing.owes, pacing.nextAt], [true, 6000], "later than that it is due, not due later");
});

Deno.test("RFC 6446 §6: somebody who wants to hear something hears it, also when nothing happens", () => {
  const pacing = new NotificationPacing(rates(0.2, 0.05), 0);
  assert.equal(pacing.nextAt, 20_000);
  pacing.changed();
  assert.equal(pacing.nextAt, 5000);
  pacing.sent(5000);
  assert.equal(pacing.nextAt, 25_000);
  pacing.agree(rates(0.2), 6000);
  assert.equal(pacing.nextAt, Infinity);
});

Deno.test("RFC 6446 §7.4: the wait is count / (rate² · period), from a history at the rate that was asked for", () => {
  const rate = 0.1, period_s = 8 / rate;
  const pacing = new NotificationPacing(agreedRates(rates(0, 0, rate), 3600, ANY), 0);
  assert.equal(pacing.nextAt, 1000 / rate, "count is period · rate");
  // Four changes in a hurry: the wait grows.
  for (const at of [1000, 2000, 3000, 4000]) pacing.sent(at);
  const expected = 12 / (rate * rate * period_s);
  assert.ok(Math.abs((pacing.nextAt - 4000) / 1000 - expected) < 1e-9 && Math.abs(expected - 15) < 1e-9);
  // With time what was is forgotten, and the wait becomes what was asked for.
  for (let at = pacing.nextAt, i = 0; i < 40; i++, at = pacing.nextAt) pacing.sent(at);
  const last = pacing.nextAt;
  pacing.sent(last);
  assert.equal(pacing.nextAt - last, 10_000);
});

Deno.test("RFC 6446 §7.4 (2): never more often than the maximum rate", () => {
  const pacing = new NotificationPacing(rates(0.01, 0, 0.01), 0);
  pacing.sent(900_000);
  assert.ok(pacing.nextAt >= 1_000_000);
  const regular = new NotificationPacing(rates(0.1, 0.02, 0.05), 0);
  for (let at = 10_000; at < 500_000; at += 10_000) {
    regular.sent(at);
    assert.ok(regular.nextAt >= at + 10_000);
    assert.ok(regular.nextAt <= at + 50_000, "the minimum rate holds beside the adaptive one");
  }
});

Deno.test("over a long time, the adaptive minimum rate is kept whatever happens", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 100, max: 60_000 }), { maxLength: 50 }), (gaps) => {
    const agreed = agreedRates(rates(0, 0, 0.1), 3600, ANY);
    const pacing = new NotificationPacing(agreed, 0);
    let now = 0, count = 0;
    let next = 0;
    for (const gap of gaps) {
      next += gap;
      while (pacing.nextAt <= next) {
        assert.ok(pacing.nextAt > now);
        pacing.sent(now = pacing.nextAt);
        count++;
      }
      pacing.changed();
      pacing.sent(now = next);
      count++;
    }
    const end = now + 800_000;
    while (pacing.nextAt <= end) {
      pacing.sent(now = pacing.nextAt);
      count++;
    }
    assert.ok(count >= 0.1 * end / 1000 * 0.5, `${count} in ${end} ms`);
    assert.ok(Number.isFinite(pacing.nextAt));
  }));
});

Deno.test("the defaults are those of RFC 3856", () => assert.equal(1 / RATE_POLICY.maxRate, 5));
