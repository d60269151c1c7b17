import assert from "node:assert/strict";
import { Gate } from "./gate.ts";
import { FakeConnection } from "./testing/fake_connection.ts";

Deno.test("a connection is held until everybody has let go", () => {
  const gate = new Gate();
  const connection = new FakeConnection();
  const [first, second] = [{}, {}];
  gate.shut(first, connection);
  gate.shut(second, connection);
  assert.deepEqual([gate.full, connection.holds.length], [true, 1]);
  gate.release(first);
  gate.release(first);
  assert.equal(connection.holds.length, 1);
  gate.release(second);
  assert.deepEqual([gate.full, connection.holds.length], [false, 0]);
  gate.shut(first, connection);
  assert.equal(connection.holds.length, 1);
  gate.releaseAll();
  assert.deepEqual([gate.full, connection.holds.length], [false, 0]);
});
