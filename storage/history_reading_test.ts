import assert from "node:assert/strict";
import { append, facts, openTestHistory, readAll, said, settled } from "./testing_history.ts";

const ALICE = "sip:alice@example.test";
const BOB = "sip:bob@example.test";

Deno.test("who reads a conversation while it goes on misses nothing, though some of it is said to them alone meanwhile", async () => {
  const test = await openTestHistory();
  const { history, world } = test;
  const talk = history.begin("room");
  talk.join(facts(ALICE));
  talk.join(facts(BOB));
  for (let n = 1; n <= 130; n++) assert.equal((await append(talk, said(n), ALICE, BOB)).error, null);
  await settled(test);
  const reference = talk.referenceOf(ALICE)!;
  const gate = Promise.withResolvers<void>();
  const get = world.kv.get.bind(world.kv);
  world.kv.get = (async (key: Deno.KvKey) => {
    await gate.promise;
    return await get(key);
  }) as typeof world.kv.get;
  const reading = history.read(ALICE, reference, 0, 500);
  await append(talk, said(131), ALICE);
  await append(talk, said(132), ALICE, BOB);
  gate.resolve();
  const first = await reading;
  const all = [...first, ...await history.read(ALICE, reference, first.at(-1)!.seq, 500)];
  assert.deepEqual(all.map(({ seq }) => seq), Array.from({ length: 132 }, (_, n) => n + 1));
  assert.equal((await readAll(history, ALICE, reference)).length, 132);
  await test.close();
});
