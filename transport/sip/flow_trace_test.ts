import assert from "node:assert/strict";
import { FakeTime } from "../../foundation/testing.ts";
import { FlowTrace } from "./flow_trace.ts";
import { FakeFlow, FakeWires } from "./testing/fake_wires.ts";

function world(messages: number, octets = 1_000_000) {
  const time = new FakeTime();
  const wires = new FakeWires(time);
  const local = { host: "192.0.2.1", port: 5060 };
  const flow = new FakeFlow(wires, 1, "tcp", local, { host: "192.0.2.9", port: 4000 });
  return { time, flow, trace: new FlowTrace(time, { messages, octets }) };
}

Deno.test("the last messages are kept as they went, newest first", () => {
  const { time, flow, trace } = world(3);
  assert.deepEqual([...trace.newestFirst()], []);
  for (let i = 1; i <= 5; i++) {
    trace.push(i % 2 === 1, flow, `head ${i}`, i * 10);
    time.advance(100);
  }
  const held = [...trace.newestFirst()];
  assert.deepEqual(held.map(({ seq, head, inbound, bodyOctets }) => [seq, head, inbound, bodyOctets]), [
    [5, "head 5", true, 50],
    [4, "head 4", false, 40],
    [3, "head 3", true, 30],
  ]);
  assert.deepEqual([held[0].transport, held[0].local, held[0].remote], ["tcp", flow.local, flow.remote]);
  assert.deepEqual(held.map(({ at }) => time.now() - at), [100, 200, 300]);
  assert.equal(trace.size, 3);
  assert.equal(trace.octets, 18);
});

Deno.test("octets bound the ring whatever comes, and the newest message always stays", () => {
  const { flow, trace } = world(100, 1000);
  for (let i = 0; i < 250; i++) {
    trace.push(true, flow, "x".repeat(1 + (i * 37) % 400), 0);
    const held = [...trace.newestFirst()];
    assert.equal(held.length, trace.size);
    assert.equal(held.reduce((sum, { head }) => sum + head.length, 0), trace.octets);
    assert.ok(trace.octets <= 1000);
    assert.deepEqual(held.map(({ seq }) => seq), held.map((_, at) => i + 1 - at));
  }
  trace.push(true, flow, "y".repeat(5000), 0);
  assert.deepEqual([...trace.newestFirst()].map(({ head }) => head.length), [5000]);
  trace.push(true, flow, "z", 0);
  assert.deepEqual([...trace.newestFirst()].map(({ head }) => head), ["z"]);
});

Deno.test("heads stay whole while the memory grows and is gone round, foreign octets in them too", () => {
  const { flow, trace } = world(60, 300_000);
  const pushed: string[] = [];
  for (let i = 0; i < 2000; i++) {
    const head = `${i} \xe9${String.fromCharCode(33 + i % 90).repeat((i * 7919) % 9000)} ${i}`;
    pushed.push(head);
    trace.push(true, flow, head, 0);
    if (i % 37 !== 0) continue;
    const held = [...trace.newestFirst()].map(({ head }) => head);
    assert.ok(held.length >= Math.min(i + 1, 33), `${held.length} after ${i}`);
    assert.deepEqual(held, pushed.slice(-held.length).reverse());
  }
});

Deno.test("a ring of no messages is none", () => {
  assert.throws(() => world(0), RangeError);
});
