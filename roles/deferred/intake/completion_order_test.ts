import assert from "node:assert/strict";
import { CompletionOrder } from "./completion_order.ts";

Deno.test("each goes when those before it have gone; what comes to nothing stands in nobody's way", () => {
  const order = new CompletionOrder();
  const gone: string[] = [];
  const [a, b, c, d] = [1, 2, 3, 4].map(() => order.enter());
  order.ready(b, () => gone.push("b"));
  order.ready(d, () => gone.push("d"));
  assert.equal(gone.length, 0);
  order.ready(a, () => gone.push("a"));
  assert.deepEqual(gone, ["a", "b"]);
  order.drop(c);
  assert.deepEqual(gone, ["a", "b", "d"]);
});

Deno.test("what becomes ready while another goes comes behind it", () => {
  const order = new CompletionOrder();
  const gone: string[] = [];
  const [a, b] = [order.enter(), order.enter()];
  order.ready(a, () => {
    order.ready(b, () => gone.push("b"));
    gone.push("a");
  });
  assert.deepEqual(gone, ["a", "b"]);
});
