import assert from "node:assert/strict";
import { EMPTY, fromLatin1, systemClock } from "../../../foundation/mod.ts";
import { FlowTrace } from "../flow_trace.ts";
import { message, testWires } from "./testing.ts";

for (const transport of ["udp", "tcp"] as const) {
  Deno.test(`${transport}: what comes in and goes out is traced while there is a trace, and not without`, async () => {
    const trace = new FlowTrace(systemClock);
    const server = testWires({ trace });
    const client = testWires();
    try {
      const door = await server.wires.listen(`${transport}://127.0.0.1:0`);
      await client.wires.listen(`${transport}://127.0.0.1:0`);
      server.recorder.onEach = (flow, head, body) => assert.ok(flow.send(head, body));
      const to = { transport, host: "127.0.0.1", port: door.local.port, tlsName: "" };
      const flow = client.wires.flowTo(to)!;
      const body = fromLatin1("never in the trace");
      assert.ok(flow.send(message(1, body), body));
      await client.recorder.next();
      const held = [...trace.newestFirst()];
      assert.deepEqual(held.map(({ inbound, bodyOctets }) => [inbound, bodyOctets]), [[false, 18], [true, 18]]);
      assert.equal(held[0].head, message(1, body));
      assert.equal(held[1].transport, transport);
      assert.equal(held[1].local.port, door.local.port);
      assert.ok(!held.some(({ head }) => head.includes("never in the trace")));

      server.wires.trace = null;
      assert.ok(flow.send(message(2, EMPTY), EMPTY));
      await client.recorder.next();
      assert.equal(trace.size, 2);
    } finally {
      await client.close();
      await server.close();
    }
  });
}
