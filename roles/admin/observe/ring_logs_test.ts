import assert from "node:assert/strict";
import { LogRing } from "../../../foundation/mod.ts";
import type { LogQuery } from "../services/mod.ts";
import { RingLogs } from "./ring_logs.ts";

const ALL: LogQuery = { level: "debug", component: "", search: "", after: 0, limit: 100 };

function world() {
  const ring = new LogRing();
  ring.add(1, "debug", "sip", "flow opened", { from: "192.0.2.9:5060" });
  ring.add(2, "info", "storage", "compacted", { ms: 12 });
  ring.add(3, "warn", "sip", "message dropped", { reason: "No Via" });
  ring.add(4, "error", "sip", "request failed", { callId: "abc@host" });
  return { ring, logs: new RingLogs(ring) };
}

Deno.test("lines are read by least level, component, search and place, oldest first, the last of them where they are many", () => {
  const { logs } = world();
  const ids = (query: Partial<LogQuery>) => logs.read({ ...ALL, ...query }).map(({ id }) => id);
  assert.deepEqual(ids({}), [1, 2, 3, 4]);
  assert.deepEqual(ids({ level: "warn" }), [3, 4]);
  assert.deepEqual(ids({ component: "storage" }), [2]);
  assert.deepEqual(ids({ search: "ABC@" }), [4]);
  assert.deepEqual(ids({ search: "no via" }), [3]);
  assert.deepEqual(ids({ search: "callid" }), [4]);
  assert.deepEqual(ids({ after: 2 }), [3, 4]);
  assert.deepEqual(ids({ limit: 2 }), [3, 4]);
  assert.deepEqual(ids({ limit: -1 }), []);
  assert.deepEqual(logs.components, ["sip", "storage"]);
});

Deno.test("a listener hears of new lines until it ends", () => {
  const { ring, logs } = world();
  const heard: string[] = [];
  const end = logs.onLine(({ text }) => heard.push(text));
  ring.add(5, "info", "web", "first", {});
  end();
  ring.add(6, "info", "web", "second", {});
  assert.deepEqual(heard, ["first"]);
});
