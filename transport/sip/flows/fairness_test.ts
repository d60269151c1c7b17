import assert from "node:assert/strict";
import { EMPTY } from "../../../foundation/mod.ts";
import { message, testWires, until } from "./testing.ts";

for (const url of ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"]) {
  Deno.test(`a flood over ${url.slice(0, 3)} does not keep timers from firing`, async () => {
    // The server's flow sends to itself, so that there is always something to read: two messages for each one.
    const wires = testWires();
    const door = await wires.wires.listen(url);
    let gap = 0;
    let last = performance.now();
    let ticks = 0;
    const interval = setInterval(() => {
      gap = Math.max(gap, performance.now() - last);
      last = performance.now();
      ticks++;
    }, 5);
    const flow = wires.wires.flowTo({
      transport: url.startsWith("udp") ? "udp" : "tcp",
      host: "127.0.0.1",
      port: door.local.port,
      tlsName: "",
    })!;
    wires.recorder.onEach = () => {
      wires.recorder.heard.length = 0;
      for (let i = 0; i < 2; i++) flow.send(message(1, EMPTY), EMPTY);
      for (const end = performance.now() + 0.05; performance.now() < end;);
    };
    for (let i = 0; i < 100; i++) flow.send(message(1, EMPTY), EMPTY);
    await until(() => ticks >= 60, "60 ticks");
    clearInterval(interval);
    assert.ok(gap < 500, `${Math.round(gap)} ms without a timer`);
    wires.recorder.onEach = null;
    await wires.close();
  });
}
