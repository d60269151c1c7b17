import assert from "node:assert/strict";
import { Metrics } from "./metrics.ts";

Deno.test("counters and gauges render as Prometheus text", () => {
  const metrics = new Metrics();
  metrics.counter("parley_messages_total", "Messages relayed.").add(3);
  const answers = metrics.labelled("parley_answers_total", "Answers by method and status.", "method", "status");
  answers.with("MESSAGE", "200").add();
  answers.with("MESSAGE", "200").add();
  answers.with("REGISTER", "401").add();
  let size = 7;
  metrics.gauge("parley_registrations", "Live bindings.", () => size);
  size = 8;
  assert.equal(
    metrics.render(),
    [
      "# HELP parley_messages_total Messages relayed.",
      "# TYPE parley_messages_total counter",
      "parley_messages_total 3",
      "# HELP parley_answers_total Answers by method and status.",
      "# TYPE parley_answers_total counter",
      'parley_answers_total{method="MESSAGE",status="200"} 2',
      'parley_answers_total{method="REGISTER",status="401"} 1',
      "# HELP parley_registrations Live bindings.",
      "# TYPE parley_registrations gauge",
      "parley_registrations 8",
      "",
    ].join("\n"),
  );
});

Deno.test("a family declared twice is one family", () => {
  const metrics = new Metrics();
  metrics.counter("a_total", "A.").add();
  metrics.counter("a_total", "A.").add();
  assert.match(metrics.render(), /^a_total 2$/m);
});

Deno.test("series of one family are bounded: what is beyond counts as other", () => {
  const metrics = new Metrics();
  const family = metrics.labelled("a_total", "A.", "x");
  for (let i = 0; i < Metrics.MAX_SERIES + 50; i++) family.with(`v${i}`).add();
  const lines = metrics.render().split("\n").filter((line) => line.startsWith("a_total{"));
  assert.ok(lines.length <= Metrics.MAX_SERIES + 1);
  assert.ok(lines.includes('a_total{x="other"} 50'));
});

Deno.test("a label value cannot break out of its quotes", () => {
  const metrics = new Metrics();
  metrics.labelled("a_total", "A.", "x").with('"} 1\nevil 2\\').add();
  assert.match(metrics.render(), /^a_total\{x="_} 1_evil 2_"\} 1$/m);
});

Deno.test("a value can be read by name and labels", () => {
  const metrics = new Metrics();
  const answers = metrics.labelled("a_total", "A.", "direction", "class");
  answers.with("in", "2xx").add(3);
  answers.with("in", "4xx").add(4);
  answers.with("out", "4xx").add(5);
  metrics.gauge("g", "G.", () => 7);
  assert.equal(metrics.value("a_total"), 12);
  assert.equal(metrics.value("a_total", "in"), 7);
  assert.equal(metrics.value("a_total", null, "4xx"), 9);
  assert.equal(metrics.value("a_total", "out", "2xx"), 0);
  assert.equal(metrics.value("g"), 7);
  assert.equal(metrics.value("absent"), null);
});
