import assert from "node:assert/strict";
import { Metrics, silentLog } from "../../../foundation/mod.ts";
import { FakeTime } from "../../../foundation/testing.ts";
import { MetricsHistory } from "./metrics_history.ts";
import type { Chunk } from "./point_table.ts";
import { boxSeries, type SeriesRule } from "./series_rules.ts";
import { FakeRecords } from "./testing/fake_records.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;

function world(records = new FakeRecords<Chunk>(150), time = new FakeTime()) {
  const figures = { total: 0 as number | null, level: 0 as number | null };
  const rules: SeriesRule[] = [
    { name: "messages", title: "Messages", unit: "/s", kind: "rate", peak: false, read: () => figures.total },
    { name: "users", title: "Users", unit: "users", kind: "gauge", peak: true, read: () => figures.level },
  ];
  const history = new MetricsHistory({ rules, records, clock: time, timers: time.timers, log: silentLog });
  history.start();
  const points = (name: string, range: "hour" | "day" | "month" | "quarter" = "hour") =>
    history.read(range).find((series) => series.name === name)!.points;
  return { figures, history, records, time, points };
}

function near(actual: number | null, expected: number): void {
  assert.ok(actual !== null && Math.abs(actual - expected) < expected * 0.1 + 0.01, `${actual}, not ${expected}`);
}

Deno.test("a point a minute: rates from totals, gauges as they are, null where nothing was", () => {
  const { figures, time, points, history } = world();
  for (let minute = 0; minute < 3; minute++) {
    figures.total! += 600;
    figures.level = 7 + minute;
    time.advance(MINUTE);
  }
  const messages = points("messages");
  assert.equal(messages.length, 60);
  assert.equal(messages[55], null);
  for (const point of messages.slice(-4, -1)) near(point, 10);
  assert.deepEqual(points("users").slice(-4), [7, 8, 9, null]);
  const [series] = history.read("hour");
  assert.equal(series.from + 59 * series.step_ms, Math.floor(time.now() / MINUTE) * MINUTE);
  assert.deepEqual([series.title, series.unit, series.step_ms], ["Messages", "/s", MINUTE]);
});

Deno.test("hours keep the mean, and the highest minute of a gauge; the hour that runs is among them", () => {
  const { figures, time, points, history } = world();
  for (let minute = 0; minute < 90; minute++) {
    figures.level = minute === 30 ? 100 : 10;
    time.advance(MINUTE);
  }
  near(points("users", "quarter").at(-2)!, 11.5);
  assert.deepEqual(points("users.max", "month").slice(-2), [100, 10]);
  assert.equal(points("users", "quarter").length, 90 * 24);
  assert.equal(points("users", "month").length, 30 * 24);
  assert.deepEqual(history.read("month").map(({ name }) => name), ["messages", "users", "users.max"]);
});

Deno.test("a restart leaves a gap and keeps what was; totals that begin anew make no peak", async () => {
  const time = new FakeTime();
  const first = world(undefined, time);
  first.figures.level = 5;
  time.advance(30 * MINUTE);
  await first.history.stop();
  time.advance(10 * MINUTE);
  const second = world(first.records, time);
  second.figures.level = 6;
  second.figures.total = 60;
  time.advance(2 * MINUTE);
  const users = second.points("users");
  assert.deepEqual(users.slice(-4), [null, 6, 6, null]);
  assert.equal(users.filter((point) => point === 5).length, 30);
  assert.equal(users.filter((point) => point === null).length, 60 - 32);
  assert.ok(second.points("messages").every((point) => point === null || (point >= 0 && point <= 1)));
});

Deno.test("a kill loses ten minutes at most", async () => {
  const { figures, time, records } = world();
  figures.level = 5;
  for (let minute = 0; minute < 59; minute++) {
    time.advance(MINUTE);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const kept = world(records, time).points("users").filter((point) => point === 5).length;
  assert.ok(kept >= 49, `${kept} points`);
});

Deno.test("records stay bounded over months, in number and in size", async () => {
  const { figures, time, records, points } = world();
  for (let hour = 0; hour < 24 * 100; hour++) {
    figures.level = hour;
    time.jump(HOUR - 5000);
    time.advance(5000);
    await new Promise((resolve) => queueMicrotask(() => resolve(null)));
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.ok(records.size <= 24 + 2 + 90 + 2 + 1, String(records.size));
  for (const [, chunk] of records.entries()) assert.ok(JSON.stringify(chunk).length < 5000);
  assert.ok(points("users", "quarter").filter((point) => point !== null).length > 80 * 24);
});

Deno.test("a box that wakes in 1970 has its history back when the clock is set", async () => {
  const time = new FakeTime();
  const first = world(undefined, time);
  first.figures.level = 5;
  time.advance(HOUR);
  await first.history.stop();
  const right = time.now();

  const early = new FakeTime(1000);
  const second = world(first.records, early);
  second.figures.level = 8;
  early.advance(15 * MINUTE);
  assert.equal(second.points("users").filter((point) => point === 8).length, 15);
  early.jump(right + 10 * MINUTE - early.now());
  early.advance(2 * MINUTE);
  const users = second.points("users");
  assert.ok(users.filter((point) => point === 5).length >= 45, String(users));
  assert.equal(users.at(-2), 8);
  assert.ok(second.points("messages").every((point) => point === null || point === 0));
});

Deno.test("a clock set back forgets the future and goes on", () => {
  const { figures, time, points } = world();
  figures.level = 5;
  time.advance(20 * MINUTE);
  time.jump(-10 * MINUTE);
  figures.level = 6;
  time.advance(2 * MINUTE);
  const users = points("users");
  assert.equal(users.at(-2), 6);
  assert.ok(users.filter((point) => point === 5).length >= 7);
});

Deno.test("live figures are fresh when asked for, and told every five seconds to who listens", () => {
  const { figures, time, history } = world();
  figures.total = 50;
  figures.level = 3;
  time.advance(5000);
  assert.deepEqual(history.live(), { messages: 10, users: 3 });
  figures.level = null;
  figures.total = 100;
  // Too soon for another rate: the same again.
  assert.deepEqual(history.live(), { messages: 10, users: 3 });
  let told = 0;
  const end = history.onSample(() => told++);
  time.advance(20_000);
  assert.equal(told, 4);
  assert.deepEqual(Object.keys(history.live()), ["messages"]);
  end();
  time.advance(20_000);
  assert.equal(told, 4);
});

Deno.test("a damaged or refused record costs its own points and nothing else", async () => {
  const time = new FakeTime();
  const first = world(undefined, time);
  first.figures.level = 5;
  time.advance(10 * MINUTE);
  await first.history.stop();
  first.records.values.set("fine/0000000001", { names: ["users"], from: 60, count: 60, data: "AAAA" });
  const second = world(first.records, time);
  assert.equal(second.points("users").filter((point) => point === 5).length, 10);
  second.records.failure = new Error("disk full");
  time.advance(10 * MINUTE);
  await second.history.stop();
});

Deno.test("the figures of the box are read from its metrics", () => {
  const metrics = new Metrics();
  const machine = { cpuSeconds: () => 3, memory: () => 50_000_000, diskFree: () => null, lag: () => 4 };
  const series = boxSeries(metrics, machine);
  assert.ok(series.length >= 12);
  const read = (name: string) => series.find((one) => one.name === name)!.read();
  assert.equal(read("registered"), null);
  metrics.gauge("parley_registered_users", "", () => 12);
  const answers = metrics.labelled("sip_responses_total", "", "direction", "class");
  answers.with("out", "4xx").add(10);
  answers.with("out", "5xx").add(2);
  answers.with("in", "4xx").add(99);
  metrics.counter("sip_challenges_total", "").add(7);
  metrics.counter("sip_messages_taken_total", "").add(20);
  metrics.counter("parley_deferred_delivered_total", "").add(5);
  const logins = metrics.labelled("parley_authentications_total", "", "outcome");
  logins.with("wrong-password").add(3);
  logins.with("ok").add(50);
  assert.deepEqual(
    ["registered", "refused", "relayed", "delivered_later", "failed_logins", "memory", "disk_free", "cpu", "lag"].map(
      read,
    ),
    [12, 5, 15, 5, 3, 50, null, 300, 4],
  );
});
