import assert from "node:assert/strict";
import type { HistoryMessage } from "./history_types.ts";
import { append, facts, openTestHistory, readAll, said, type TestHistory } from "./testing_history.ts";

const ALICE = "sip:alice@example.test";
const BOB = "sip:bob@example.test";
const CAROL = "sip:carol@example.test";

async function texts({ history }: TestHistory, owner: string): Promise<string[]> {
  const all = await Promise.all(history.list(owner).map((one) => readAll(history, owner, one.reference)));
  return all.flat().map(({ messageId }) => messageId);
}

function octets(count: number, more: Partial<HistoryMessage> = {}): HistoryMessage {
  return said(1, { body: new Uint8Array(count), ...more });
}

Deno.test("an owner's quota: the message that does not fit is not kept for them, they are named and their recording is closed; others have it", async () => {
  const test = await openTestHistory({ limits: { octets: 1000, recordings: 2 } });
  const { history } = test;
  const talk = history.begin("session");
  talk.join(facts(ALICE));
  assert.deepEqual(await append(talk, octets(900), ALICE), { error: null, full: [] });
  talk.join(facts(BOB));
  // What is being written counts, too.
  const both = append(talk, octets(100), ALICE, BOB);
  const over = append(talk, octets(1, { messageId: "over" }), ALICE, BOB);
  assert.deepEqual([await both, await over], [{ error: null, full: [] }, { error: null, full: [ALICE] }]);
  assert.deepEqual([history.list(ALICE)[0].open, [...talk.recorders]], [false, [BOB]]);
  assert.deepEqual(history.taken(ALICE), { recordings: 1, messages: 2, octets: 1000 });
  assert.deepEqual(history.taken(BOB), { recordings: 1, messages: 2, octets: 101 });
  assert.deepEqual(await texts(test, BOB), ["m1", "over"]);
  // And the number of recordings.
  for (const expected of [[], [BOB]]) {
    const other = history.begin("session");
    other.join(facts(BOB));
    assert.deepEqual((await append(other, octets(1), BOB)).full, expected);
  }
  // Room again, once something is removed.
  await history.remove(ALICE, [history.list(ALICE)[0].reference]);
  talk.join(facts(ALICE));
  assert.deepEqual((await append(talk, octets(500), ALICE)).full, []);
  await test.close();
});

Deno.test("the box's quota: each body counts once, and nobody's recording is begun beyond it", async () => {
  const test = await openTestHistory({ limits: { totalOctets: 1000, totalRecordings: 3 } });
  const { history } = test;
  const talk = history.begin("session");
  for (const owner of [ALICE, BOB]) talk.join(facts(owner));
  assert.deepEqual((await append(talk, octets(600), ALICE, BOB)).full, []);
  assert.deepEqual((await append(talk, octets(400), ALICE, BOB)).full, []);
  assert.deepEqual((await append(talk, octets(1), ALICE, BOB)).full, [ALICE, BOB]);
  assert.equal(history.octets, 1000);
  await history.removeOwner(ALICE);
  await history.removeOwner(BOB);
  const next = history.begin("session");
  for (const owner of [ALICE, BOB, CAROL, "sip:dan@x"]) next.join(facts(owner));
  assert.deepEqual((await append(next, octets(1), ALICE, BOB, CAROL, "sip:dan@x")).full, ["sip:dan@x"]);
  assert.equal(history.recordings, 3);
  await test.close();
});

Deno.test("a message whose texts are too large for a record is refused, and the conversation goes on", async () => {
  const test = await openTestHistory();
  const talk = test.history.begin("session");
  talk.join(facts(ALICE));
  const { error } = await append(talk, said(1, { headers: "x".repeat(50_000) }), ALICE);
  assert.match(String(error), /the message cannot be kept: it takes \d+ octets; at most 48000 are allowed/);
  assert.deepEqual(test.history.taken(ALICE), { recordings: 0, messages: 0, octets: 0 });
  await append(talk, said(2), ALICE);
  assert.deepEqual(await texts(test, ALICE), ["m2"]);
  await test.close();
});
