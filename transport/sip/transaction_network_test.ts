import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeTime } from "../../foundation/testing.ts";
import { EMPTY } from "../../foundation/mod.ts";
import type { Fate } from "./testing/fake_wires.ts";
import { reply, requestText, World } from "./testing/transaction_world.ts";

/** Two boxes and a network between them that treats the n-th message as `fates` says, over and over. */
function twoBoxes(there: readonly Fate[], back: readonly Fate[]): [World, World] {
  const time = new FakeTime();
  const client = new World({ time, host: "192.0.2.1" });
  const server = new World({ time, host: "192.0.2.2" });
  client.wires.join(server.wires);
  client.wires.fate = (n) => there[n % there.length];
  server.wires.fate = (n) => back[n % back.length];
  return [client, server];
}

// Not longer: a request's last repetition leaves 0.5 s before timer J ends, and what comes after that is a new request.
const fate: fc.Arbitrary<Fate> = fc.record({
  copies: fc.constantFrom(0, 1, 1, 2, 3),
  delay: fc.integer({ min: 0, max: 400 }),
});
const fates = fc.array(fate, { minLength: 1, maxLength: 4 });

function losesNothing(fates: readonly Fate[]): boolean {
  return fates.every(({ copies }) => copies > 0);
}

Deno.test("whatever a network loses, doubles and reorders, a MESSAGE is worked on once at most, and answered once or not at all", () => {
  fc.assert(
    fc.property(fates, fates, fc.integer({ min: 200, max: 699 }), (there, back, status) => {
      if (status === 408) status = 200;
      const [client, server] = twoBoxes(there, back);
      server.core.answer = (transaction) => reply(transaction, status);
      const flow = client.flow("udp", "192.0.2.2");
      for (let i = 0; i < 3; i++) client.start("MESSAGE", flow);
      client.time.advance(100_000);
      const { statuses, failures } = client.core;
      assert.ok(statuses.every((got) => got === status));
      assert.equal(statuses.length + failures.length, 3, "each has an answer or a timeout, none has both");
      assert.ok(server.core.requests.length <= 3, "none was worked on twice");
      if (losesNothing(there) && losesNothing(back)) assert.equal(statuses.length, 3);
      assert.equal(client.layer.clientCount, 0);
      assert.equal(server.layer.serverCount, 0);
      assert.equal(client.time.timers.size, 0);
    }),
    { numRuns: 150 },
  );
});

Deno.test("an INVITE that is refused over such a network fails once, and both tables are empty in the end", () => {
  fc.assert(
    fc.property(fates, fates, (there, back) => {
      const [client, server] = twoBoxes(there, back);
      server.core.answer = (transaction) => {
        if (transaction.request.method !== "INVITE") return;
        reply(transaction, 180);
        reply(transaction, 486);
      };
      client.start("INVITE", client.flow("udp", "192.0.2.2"));
      client.time.advance(300_000);
      assert.ok(server.core.requests.filter(({ request }) => request.method === "INVITE").length <= 1);
      const finals = client.core.statuses.filter((status) => status >= 200).length;
      assert.equal(finals + client.core.failures.length, 1);
      if (losesNothing(there) && losesNothing(back)) assert.equal(finals, 1);
      assert.equal(client.layer.clientCount, 0);
      assert.equal(server.layer.serverCount, 0);
      assert.equal(client.time.timers.size, 0);
    }),
    { numRuns: 150 },
  );
});

Deno.test("a 200 to an INVITE reaches the core as often as it arrives, and its ACK passes the server's layer", () => {
  const [client, server] = twoBoxes([{ copies: 1, delay: 0 }], [{ copies: 2, delay: 0 }]);
  server.core.answer = (transaction) => {
    if (transaction.request.method === "INVITE") reply(transaction, 200);
  };
  const flow = client.flow("udp", "192.0.2.2");
  client.start("INVITE", flow);
  client.time.advance(300);
  assert.deepEqual(client.core.statuses, [200, 200]);
  const via = client.layer.viaFor(flow, client.layer.newBranch());
  assert.equal(client.layer.sendStateless(flow, requestText("ACK", { via, toTag: "s1" }), EMPTY), true);
  client.time.advance(300);
  assert.deepEqual(server.core.requests.map(({ request }) => request.method), ["INVITE", "ACK"]);
});

Deno.test("a dead network: the client times out, the server never hears of it", () => {
  const [client, server] = twoBoxes([{ copies: 0, delay: 0 }], [{ copies: 1, delay: 0 }]);
  client.start("MESSAGE", client.flow("udp", "192.0.2.2"));
  client.time.advance(40_000);
  assert.deepEqual(client.core.failures, ["timeout"]);
  assert.equal(server.core.requests.length, 0);
});
