import assert from "node:assert/strict";
import { Exchange } from "./exchange.ts";
import { CoreWorld } from "./testing/core_world.ts";

Deno.test("an exchange over another transaction knows all that was known", () => {
  const world = new CoreWorld();
  const [received, other] = [
    world.receive({ uri: "sip:bob@example.test" }),
    world.receive({ uri: "sip:carol@example.test" }),
  ];
  const exchange = new Exchange(received);
  const names = Object.keys(exchange).filter((name) => !["transaction", "request", "flow"].includes(name));
  for (const name of names) Object.assign(exchange, { [name]: { only: name } });
  const over = exchange.over(other);
  assert.deepEqual(Object.keys(over), Object.keys(exchange));
  for (const name of names) assert.equal(Reflect.get(over, name), Reflect.get(exchange, name), name);
  assert.equal(over.transaction, other);
  assert.equal(over.request, other.request);
  assert.equal(over.flow, other.flow);
});
