import assert from "node:assert/strict";
import { commitOver, FaultyKv } from "./testing.ts";
import { append, facts, historyOver, openTestHistory, readAll, said, settled } from "./testing_history.ts";

const ALICE = "sip:alice@example.test";
const BOB = "sip:bob@example.test";
const CAROL = "sip:carol@example.test";

Deno.test("who goes while their first message is written gives up each key once, and what others say then stays readable", async () => {
  const test = await openTestHistory();
  const { history, slots } = test;
  const talk = history.begin("session");
  talk.join(facts(ALICE));
  talk.join(facts(BOB));
  const first = append(talk, said(1), ALICE, BOB);
  await Promise.all([history.removeOwner(ALICE), history.removeOwner(BOB)]);
  assert.equal((await first).error, null);
  await settled(test);
  assert.deepEqual([slots.used, history.messages, history.recordings], [0, 0, 0]);
  for (let n = 0; n < 6; n++) {
    const other = history.begin("session");
    other.join(facts(CAROL));
    assert.equal((await append(other, said(n), CAROL)).error, null);
  }
  for (const { reference } of history.list(CAROL)) assert.equal((await readAll(history, CAROL, reference)).length, 1);
  assert.equal(slots.used, 12);
  await test.close();
});

Deno.test("a first message that fails, of a conversation that has ended, gives up each key once", async () => {
  let faulty: FaultyKv | undefined;
  const test = await openTestHistory({ wrap: (kv) => faulty = new FaultyKv(kv) });
  const { history, slots } = test;
  faulty!.fault = new TypeError("broken");
  const talk = history.begin("session");
  talk.join(facts(ALICE));
  talk.join(facts(BOB));
  const first = append(talk, said(1), ALICE, BOB);
  talk.close();
  assert.equal((await first).error?.kind, "failed");
  faulty!.fault = null;
  for (let n = 0; n < 3; n++) {
    test.time.advance(10_000);
    await settled(test);
  }
  assert.equal(slots.used, 0);
  await test.close();
});

Deno.test("a conversation in which nothing was kept gives its key up behind its record: a crash in between leaves a store that opens", async () => {
  let faulty: FaultyKv | undefined;
  const test = await openTestHistory({ wrap: (kv) => faulty = new FaultyKv(kv) });
  const { history, slots, world } = test;
  const talk = history.begin("session");
  talk.join(facts(ALICE));
  assert.equal((await append(talk, said(1), ALICE)).error, null);
  talk.join(facts(BOB));
  // The message is committed, and nothing behind it.
  const last = faulty!.commits + 1;
  Object.defineProperty(faulty!, "fault", { get: () => faulty!.commits > last ? new TypeError("broken") : null });
  const second = append(talk, said(2), ALICE, BOB);
  while (faulty!.commits < last) await Promise.resolve();
  const removals = [history.removeOwner(ALICE), history.removeOwner(BOB)];
  for (const removal of removals) await assert.rejects(removal);
  assert.equal((await second).error, null);
  const again = await historyOver({ ...world, commit: commitOver(world.kv, world.time) }, slots);
  const counts = [ALICE, BOB].map((owner) => again.history.list(owner).map(({ messages }) => messages));
  assert.deepEqual(counts, [[2], [1]]);
  await world.commit.close();
  await again.close();
});

Deno.test("what a restored vault does not open is passed over again as long as it may be there", async () => {
  let faulty: FaultyKv | undefined;
  const test = await openTestHistory({ wrap: (kv) => faulty = new FaultyKv(kv) });
  const { world, slots } = test;
  const say = async (owner: string) => {
    const talk = test.history.begin("session");
    talk.join(facts(owner));
    assert.equal((await append(talk, said(1), owner)).error, null);
    talk.close();
  };
  await say(ALICE);
  const ofAlice = slots.used;
  await say(BOB);
  await settled(test);
  await world.commit.close();
  // As if Alice had gone between the copies of the database and of the vault.
  for (let slot = 0; slot < ofAlice; slot++) slots.key(slot).fill(0);
  slots.restored = true;
  faulty!.fault = new TypeError("broken");
  const commits = [commitOver(faulty!, world.time), commitOver(world.kv, world.time), commitOver(world.kv, world.time)];
  for (const commit of commits) {
    const restored = await historyOver({ ...world, commit }, slots);
    assert.deepEqual([...restored.history.owners()], [BOB]);
    const [{ reference }] = restored.history.list(BOB);
    assert.equal((await readAll(restored.history, BOB, reference)).length, 1);
    await commit.flush();
    while (commit !== commits[0] && slots.restored) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(slots.restored, commit === commits[0]);
    await restored.contents.stop();
    await commit.close();
  }
  world.kv.close();
});

Deno.test("an owner who goes is recorded no longer, not even in a conversation in which nothing has been said yet", async () => {
  const test = await openTestHistory();
  const { history } = test;
  const talk = history.begin("session");
  talk.join(facts(ALICE));
  talk.join(facts(BOB));
  await history.removeOwner(ALICE);
  assert.deepEqual([...talk.recorders], [BOB]);
  assert.deepEqual(await append(talk, said(1), ALICE, BOB), { error: null, full: [] });
  assert.deepEqual([history.list(ALICE).length, history.list(BOB).length], [0, 1]);
  await test.close();
});

Deno.test("time removes many in steps: others are written meanwhile", async () => {
  const test = await openTestHistory();
  const { history, time, world } = test;
  const MANY = 2_500;
  const done: Promise<unknown>[] = [];
  for (let n = 0; n < MANY; n++) {
    const talk = history.begin("pager");
    talk.join(facts(ALICE, { expiresAt: time.now() + 1000 }));
    done.push(append(talk, said(n), ALICE));
  }
  await Promise.all(done);
  await settled(test);
  const gone = history.expire(time.now() + 1000);
  assert.ok(world.commit.waiting <= 1_100, `${world.commit.waiting} writes wait`);
  assert.equal((await gone).length, MANY);
  assert.deepEqual([history.recordings, history.nextExpiry], [0, Infinity]);
  await test.close();
});
