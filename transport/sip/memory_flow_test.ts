import assert from "node:assert/strict";
import { EMPTY } from "../../foundation/mod.ts";
import type { Flow, FlowHandler } from "./flow.ts";
import { MemoryFlow } from "./memory_flow.ts";

class Inbox implements FlowHandler {
  readonly heads: string[] = [];
  onMessage(_flow: Flow, head: string): void {
    this.heads.push(head);
  }
  onGarbage(): void {
    throw new Error("nothing is framed in memory");
  }
  onRefused(): void {
    throw new Error("nothing is framed in memory");
  }
}

function pair(): { a: MemoryFlow; b: MemoryFlow; atA: Inbox; atB: Inbox } {
  const atA = new Inbox();
  const atB = new Inbox();
  const [a, b] = MemoryFlow.pair(
    { id: 1, local: { host: "192.0.2.1", port: 1 }, handler: atA },
    { id: 2, local: { host: "192.0.2.2", port: 2 }, handler: atB },
  );
  return { a, b, atA, atB };
}

Deno.test("what one end sends the other gets, in order, never inside send", async () => {
  const { a, b, atA, atB } = pair();
  assert.equal(a.send("one", EMPTY), true);
  a.send("two", EMPTY);
  b.send("back", EMPTY);
  assert.deepEqual(atB.heads, []);
  await Promise.resolve();
  assert.deepEqual(atB.heads, ["one", "two"]);
  assert.deepEqual(atA.heads, ["back"]);
  assert.deepEqual(a.remote, b.local);
  assert.deepEqual([a.inbound, b.inbound], [false, true]);
});

Deno.test("both ends die together, after what was sent before has arrived; watchers hear of it once", async () => {
  const { a, b, atB } = pair();
  const closed: string[] = [];
  const watcher = { onFlowClosed: (flow: Flow, reason: string) => void closed.push(`${flow.id} ${reason}`) };
  a.watch(watcher);
  b.watch(watcher);
  a.send("last words", EMPTY);
  a.close("done");
  assert.equal(a.send("too late", EMPTY), false);
  await Promise.resolve();
  assert.deepEqual(atB.heads, ["last words"]);
  assert.deepEqual(closed, ["1 done", "2 done"]);
  assert.deepEqual([a.open, b.open, b.send("x", EMPTY)], [false, false, false]);
  b.watch(watcher);
  assert.deepEqual(closed, ["1 done", "2 done", "2 done"], "a dead flow says so at once");
  a.close("again");
  assert.equal(closed.length, 3);
});

Deno.test("who stopped watching hears nothing", () => {
  const { a } = pair();
  const watcher = {
    onFlowClosed() {
      throw new Error("not watching any more");
    },
  };
  a.watch(watcher);
  a.unwatch(watcher);
  a.close("done");
  assert.equal(a.open, false);
});

Deno.test("the queue is bounded", async () => {
  const { a, atB } = pair();
  let sent = 0;
  while (a.send("x", EMPTY)) sent++;
  assert.equal(sent, 10_000);
  await Promise.resolve();
  assert.equal(atB.heads.length, sent);
  assert.equal(a.send("x", EMPTY), true);
});
