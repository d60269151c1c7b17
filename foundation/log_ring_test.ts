import assert from "node:assert/strict";
import { LogRing } from "./log_ring.ts";
import { LogWriter } from "./log_writer.ts";
import { FakeTime } from "./testing.ts";

function fill(ring: LogRing, count: number, text = "line"): void {
  for (let i = 0; i < count; i++) ring.add(i, "info", "sip", text, { i });
}

Deno.test("the last lines are kept, newest first, and the oldest go", () => {
  const ring = new LogRing({ lines: 3, octets: 1_000_000 });
  assert.deepEqual([...ring.newestFirst()], []);
  fill(ring, 5);
  assert.deepEqual([...ring.newestFirst()].map(({ id, fields }) => [id, fields.i]), [[5, 4], [4, 3], [3, 2]]);
  assert.deepEqual([...ring.newestFirst(4)].map(({ id }) => id), [5]);
  assert.equal(ring.size, 3);
});

Deno.test("octets bound the ring too, and one line always stays", () => {
  const ring = new LogRing({ lines: 1000, octets: 5000 });
  fill(ring, 100, "x".repeat(300));
  assert.ok(ring.octets <= 5000, String(ring.octets));
  assert.ok(ring.size >= 5 && ring.size < 20, String(ring.size));
  ring.add(0, "warn", "web", "y".repeat(10_000), {});
  assert.deepEqual([...ring.newestFirst()].map(({ component }) => component), ["web"]);
  assert.deepEqual(ring.components, ["sip", "web"]);
});

Deno.test("a listener hears each line until it ends; one that throws is ended and told of", () => {
  const ring = new LogRing();
  const heard: number[] = [];
  const end = ring.onLine((line) => heard.push(line.id));
  ring.onLine(() => {
    throw new Error("broken pipe");
  });
  fill(ring, 1);
  fill(ring, 1);
  assert.deepEqual(heard, [1, 2, 3]);
  assert.equal([...ring.newestFirst(1)].at(-1)?.fields.error, "Error: broken pipe");
  end();
  fill(ring, 1);
  assert.equal(heard.length, 3);
});

Deno.test("the writer fills the ring behind its rate limits, values cut, nothing undefined", () => {
  const ring = new LogRing();
  const time = new FakeTime();
  const log = new LogWriter({ level: "info", format: "json", clock: time, write: () => {}, burst: 2, ring });
  const child = log.child("sip");
  for (let i = 0; i < 10; i++) child.warn("flood", { i, gone: undefined, long: "z".repeat(999) });
  child.debug("not written");
  const lines = [...ring.newestFirst()];
  assert.equal(lines.length, 2);
  assert.equal(log.lost, 8);
  assert.deepEqual([lines[0].at, lines[0].level, lines[0].component, lines[0].text], [
    time.now(),
    "warn",
    "sip",
    "flood",
  ]);
  assert.deepEqual(Object.keys(lines[0].fields), ["i", "long"]);
  assert.equal(String(lines[0].fields.long).length, 301);
});

Deno.test("a level set on one log holds for all that share it, at once", () => {
  const lines: string[] = [];
  const log = new LogWriter({
    level: "warn",
    format: "pretty",
    clock: new FakeTime(),
    write: (line) => lines.push(line),
  });
  const child = log.child("a").child("b");
  child.info("before");
  log.level = "debug";
  child.debug("after");
  assert.equal(log.level, "debug");
  log.level = "error";
  child.warn("again not");
  assert.equal(lines.length, 1);
});
