import fc from "fast-check";
import assert from "node:assert/strict";
import { OrderEntry } from "./room_order.ts";
import { Unanswered } from "./unanswered.ts";

function entry(seq: number, size: number): OrderEntry {
  const body = [new Uint8Array(size)];
  const message = { seq, messageId: `m${seq}`, contentType: "a/b", body, size, from: 0, to: null, origin: null };
  return new OrderEntry(message, 0, 0);
}

Deno.test("a ring of what is out says what a list would, whatever is answered when", () => {
  const steps = fc.array(fc.oneof(fc.constant(-1), fc.nat(40)), { maxLength: 300, size: "max" });
  fc.assert(fc.property(steps, (steps) => {
    const ring = new Unanswered();
    const model: OrderEntry[] = [];
    let seq = 0;
    for (const step of steps) {
      if (step < 0 || step % 3 === 0) {
        const one = entry(++seq, step < 0 ? 7 : step);
        ring.push(one);
        model.push(one);
      } else if (model.length > 0) {
        const [one] = model.splice(step % model.length, 1);
        assert.equal(ring.answered(one), true);
        assert.equal(ring.answered(one), false);
      }
      assert.equal(ring.first, model[0] ?? null);
      assert.equal(ring.count, model.length);
      assert.equal(ring.octets, model.reduce((sum, { size }) => sum + size, 0));
    }
    assert.equal(ring.answered(entry(9999, 1)), false);
  }));
});
