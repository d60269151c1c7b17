import assert from "node:assert/strict";
import { parseConfig } from "./config.ts";
import { systemClock } from "./foundation/mod.ts";
import { Admission } from "./transport/net/mod.ts";
import { DEFAULT_FLOW_LIMITS } from "./transport/sip/flows/mod.ts";
import { admissionOf, flowLimitsOf } from "./doors.ts";

const config = (text: string) => parseConfig(text, { file: "", data: "/tmp" });

Deno.test("trusted hops and exempt ranges are not limited; a name among them limits nobody and breaks nothing", () => {
  const limits = admissionOf(config(
    '[trust]\nhops = ["192.0.2.7", "core.example.test"]\n[admission]\nexempt = ["10.0.0.0/8", "proxy.example.test"]\n',
  ));
  const admission = new Admission(systemClock, limits);
  for (const host of ["192.0.2.7", "10.1.2.3"]) assert.ok(admission.source(host).exempt, host);
  for (const host of ["192.0.2.8", "127.0.0.1"]) assert.ok(!admission.source(host).exempt, host);
});

Deno.test("a connection holds what limits.message lets a message be", () => {
  assert.equal(flowLimitsOf(config("")).queue, DEFAULT_FLOW_LIMITS.queue);
  const { message, body, queue } = flowLimitsOf(config("[limits]\nmessage = 1000000\n"));
  assert.deepEqual([message, body, queue], [1_000_000, 1_000_000, 2_000_000]);
});
