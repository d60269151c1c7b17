import assert from "node:assert/strict";
import { LogWriter, type LogWriterOptions } from "./log_writer.ts";
import { FakeTime } from "./testing.ts";

function writer(options: Partial<LogWriterOptions> = {}) {
  const lines: string[] = [];
  const time = new FakeTime();
  const log = new LogWriter({
    level: "info",
    format: "json",
    clock: time,
    write: (line) => lines.push(line),
    ...options,
  });
  return { log, lines, time };
}

Deno.test("a JSON line carries time, level, component, text and fields, and ends with one newline", () => {
  const { log, lines } = writer();
  log.child("sip").warn("malformed message", { source: "192.0.2.1:5060", octets: 12, gone: undefined });
  assert.equal(lines.length, 1);
  assert.ok(lines[0].endsWith("}\n"));
  assert.deepEqual(JSON.parse(lines[0]), {
    time: "2026-01-01T00:00:00.000Z",
    level: "warn",
    component: "sip",
    text: "malformed message",
    source: "192.0.2.1:5060",
    octets: 12,
  });
});

Deno.test("a field cannot take the place of the line's own members", () => {
  const { log, lines } = writer();
  log.info("a", { level: "error", text: "b" });
  const line = JSON.parse(lines[0]);
  assert.deepEqual([line.level, line.text, line.field_level, line.field_text], ["info", "a", "error", "b"]);
});

Deno.test("levels below the chosen one are not written", () => {
  const { log, lines } = writer({ level: "warn" });
  log.debug("d");
  log.info("i");
  log.warn("w");
  log.error("e");
  assert.deepEqual(lines.map((line) => JSON.parse(line).text), ["w", "e"]);
});

Deno.test("pretty lines quote what could forge a line or paint a terminal", () => {
  const { log, lines } = writer({ format: "pretty" });
  log.child("sip").info("login", {
    user: "sip:alice@example.test",
    agent: "x\n00:00 error all is lost\u001b[31m\u009b",
  });
  assert.equal(
    lines[0],
    '00:00:00.000 info  sip: login user=sip:alice@example.test agent="x\\n00:00 error all is lost\\u001b[31m\\u009b"\n',
  );
});

Deno.test("a long value is cut", () => {
  const { log, lines } = writer();
  log.info("a", { uri: "x".repeat(5000) });
  assert.equal(JSON.parse(lines[0]).uri.length, 301);
});

Deno.test("one text beyond its burst is dropped and counted, other texts go on, and the count is told later", () => {
  const { log, lines, time } = writer({ burst: 3, window_ms: 1000 });
  for (let i = 0; i < 10; i++) log.warn("flood", { i });
  log.child("other").warn("flood");
  assert.equal(lines.length, 4);
  time.advance(1000);
  log.warn("flood");
  assert.equal(JSON.parse(lines[4]).dropped, 7);
  time.advance(1000);
  log.warn("flood");
  assert.equal(JSON.parse(lines[5]).dropped, undefined);
});

Deno.test("flush tells what was dropped and only once", () => {
  const { log, lines } = writer({ burst: 1 });
  const child = log.child("sip");
  child.info("a");
  child.info("a");
  log.flush();
  log.flush();
  assert.deepEqual(lines.map((line) => [JSON.parse(line).component, JSON.parse(line).dropped]), [["sip", undefined], [
    "sip",
    1,
  ]]);
});
