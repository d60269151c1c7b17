import assert from "node:assert/strict";
import { utf8 } from "../../foundation/mod.ts";
import { PushWorld } from "./testing/push_world.ts";

/** A telephone: it registered without any word of sessions. */
const PLAIN = { params: "" };

Deno.test("a device that never said it has sessions gets what fits by MESSAGE, also what was said in a chat", async () => {
  const world = new PushWorld();
  await world.stored({ text: "from a chat" });
  await world.stored({ text: "by MESSAGE", mode: "pager" });
  world.register("203.0.113.1", PLAIN);
  await world.pass(200);
  world.sent[0].answer(200);
  await world.quiet();
  world.sent[1].answer(200);
  await world.quiet();
  assert.deepEqual(world.sent.map(({ method, request }) => [method, new TextDecoder().decode(request.body)]), [
    ["MESSAGE", "from a chat"],
    ["MESSAGE", "by MESSAGE"],
  ]);
  assert.equal(world.store.count, 0);
});

Deno.test("what no MESSAGE can bring is worth a call; what came by MESSAGE never is, however long", async () => {
  for (const [mode, method] of [["large", "INVITE"], ["pager", "MESSAGE"]] as const) {
    const world = new PushWorld();
    await world.stored({ mode, body: utf8("x".repeat(5_000)) });
    world.register("203.0.113.1", PLAIN);
    await world.pass(200);
    assert.deepEqual(world.sent.map((one) => one.method), [method]);
  }
});
