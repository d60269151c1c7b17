import assert from "node:assert/strict";
import { insertBefore } from "../sip_core/mod.ts";
import { repeatedMessages } from "./repeated_messages.ts";
import { PagerWorld } from "./testing/pager_world.ts";

function world(kept?: number): PagerWorld {
  const join = (table: Parameters<typeof insertBefore>[0], { time }: PagerWorld) =>
    insertBefore(table, "content rules", { name: "repeated messages", element: repeatedMessages(time, kept) });
  const made = new PagerWorld({}, undefined, undefined, undefined, join);
  made.device("bob", "sip:bob@203.0.113.1");
  return made;
}

Deno.test("a message that comes again by another connection has the answer of the first, and is delivered once", async () => {
  const w = world();
  const first = w.message("hi", { callId: "c1" });
  w.sent[0].answer(200);
  const again = w.message("hi", { callId: "c1", flow: w.flowWith("udp", "198.51.100.10", 5060) });
  assert.deepEqual([first.statuses, again.statuses, w.texts()], [[200], [200], ["hi"]]);
  await w.pass(290_000);
  assert.deepEqual(w.message("hi", { callId: "c1" }).statuses, [200]);
  assert.equal(w.sent.length, 1);
});

Deno.test("one that comes again before the first is answered waits with it; too many are sent away", () => {
  const w = world();
  const all = Array.from({ length: 7 }, () => w.message("hi", { callId: "c1" }));
  w.sent[0].answer(200);
  assert.deepEqual(all.map(({ statuses }) => statuses), [[200], [200], [200], [200], [200], [503], [503]]);
  assert.equal(w.sent.length, 1);
});

Deno.test("what was refused may be tried again; another tag, target or Call-ID is another message", () => {
  const w = world();
  const refused = w.message("hi", { callId: "c1" });
  w.sent[0].answer(486);
  const taken = w.message("hi", { callId: "c1" });
  w.sent[1].answer(200);
  assert.deepEqual([refused.statuses, taken.statuses], [[486], [200]]);
  w.message("hi", { callId: "c2" });
  w.message("hi", { callId: "c1", fromTag: "other" });
  w.message("hi", { callId: "c1", uri: "sip:bob@EXAMPLE.test;x=y" });
  assert.equal(w.sent.length, 5);
});

Deno.test("memory is bounded: the oldest are forgotten first", () => {
  const w = world(10);
  for (let i = 0; i < 30; i++) {
    w.message("hi", { callId: `c${i}` });
    w.sent[i].answer(200);
  }
  w.message("hi", { callId: "c29" });
  assert.equal(w.sent.length, 30, "known");
  w.message("hi", { callId: "c0" });
  assert.equal(w.sent.length, 31, "forgotten");
});
