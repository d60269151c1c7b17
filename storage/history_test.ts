import assert from "node:assert/strict";
import type { HistoryMessage } from "./history_types.ts";
import { commitOver, FaultyKv } from "./testing.ts";
import { removed, storedChunks, writeContent } from "./testing_contents.ts";
import {
  append,
  facts,
  historyOver,
  openTestHistory,
  readAll,
  said,
  settled,
  type TestHistory,
} from "./testing_history.ts";

const ALICE = "sip:alice@example.test";
const BOB = "sip:bob@example.test";

async function texts({ history }: TestHistory, owner: string, reference?: string | null): Promise<string[]> {
  const all = history.list(owner).filter((one) => reference === undefined || one.reference === reference);
  const messages = await Promise.all(all.map((one) => readAll(history, owner, one.reference)));
  return messages.flat().map(({ messageId }) => messageId);
}

function octets(count: number, more: Partial<HistoryMessage> = {}): HistoryMessage {
  return said(1, { body: new Uint8Array(count), ...more });
}

Deno.test("everybody has what was said to them, from when they joined until they left, in one copy", async () => {
  const test = await openTestHistory();
  const { history } = test;
  const talk = history.begin("room");
  assert.deepEqual([history.list(ALICE), talk.referenceOf(ALICE)], [[], null]);
  talk.join(facts(ALICE, { subject: "A", parties: [{ uri: "sip:one@x", name: "One" }] }));
  assert.equal(talk.referenceOf(ALICE), null);
  await append(talk, said(1), ALICE, BOB);
  talk.join(facts(BOB, { subject: "B" }));
  talk.join(facts(BOB, { subject: "again: the same" }));
  assert.deepEqual([...talk.recorders], [ALICE, BOB]);
  await append(talk, said(2), ALICE, BOB, BOB);
  await append(talk, said(3), BOB);
  talk.leave(ALICE);
  const first = history.list(ALICE)[0].reference;
  await append(talk, said(4), ALICE, BOB);
  talk.join(facts(ALICE));
  await append(talk, said(5), ALICE, BOB);
  assert.notEqual(talk.referenceOf(ALICE), first);
  assert.match(first, /^h-[A-Za-z0-9]{22}$/);
  assert.deepEqual(await texts(test, ALICE, first), ["m1", "m2"]);
  assert.deepEqual(await texts(test, ALICE, talk.referenceOf(ALICE)), ["m5"]);
  assert.deepEqual(await texts(test, BOB), ["m2", "m3", "m4", "m5"]);
  const { messages, open, subject, startedAt, endedAt, kind } = history.find(ALICE, first)!;
  assert.deepEqual([messages, open, subject, startedAt, endedAt, kind], [
    2,
    false,
    "A",
    said(1).at,
    said(2).at,
    "room",
  ]);
  assert.equal(history.find(BOB, first), undefined, "another's");
  assert.deepEqual(await history.read(BOB, first, 0, 10), []);
  assert.deepEqual([history.recordings, history.messages, history.octets], [3, 5, 45]);
  assert.deepEqual((await history.read(BOB, talk.referenceOf(BOB)!, 2, 2)).map(({ messageId }) => messageId), [
    "m3",
    "m4",
  ]);
  await test.close();
});

Deno.test("a message comes back as it was, octet for octet, fresh, put away, and over a restart", async () => {
  let test = await openTestHistory();
  const message = said(1, {
    from: { uri: "sip:anonymous@anonymous.invalid", name: "Zoë 你好" },
    contentType: 'message/cpim; charset="x"',
    headers: "Content-Disposition: attachment\r\n",
    file: "фото.jpg",
    body: Uint8Array.from({ length: 16_384 }, (_, i) => i * 7),
  });
  const large = said(2, {
    body: new Uint8Array(),
    content: await writeContent(test.contents, new Uint8Array(100_000)),
  });
  const talk = test.history.begin("session");
  talk.join(facts(ALICE));
  await append(talk, message, ALICE);
  await append(talk, large, ALICE);
  const reference = talk.referenceOf(ALICE)!;
  const expected = [{ ...message, seq: 1 }, { ...large, seq: 2 }];
  assert.deepEqual(await readAll(test.history, ALICE, reference), expected);
  talk.close();
  await settled(test);
  assert.deepEqual(await readAll(test.history, ALICE, reference), expected);
  test = await historyOver({ ...test.world, commit: commitOver(test.world.kv, test.time) }, test.slots);
  assert.deepEqual(await readAll(test.history, ALICE, reference), expected);
  assert.equal(test.contents.octets, 100_000);
  await test.close();
});

Deno.test("done is told after the commit, never inside the call; where nobody records, nothing is kept, and a content is let go", async () => {
  const test = await openTestHistory();
  const talk = test.history.begin("pager");
  const content = await writeContent(test.contents, new Uint8Array(70_000));
  const order: string[] = [];
  const done = (what: string) =>
    new Promise<void>((resolve) =>
      talk.append(what === "content" ? octets(0, { content }) : said(1), [ALICE], ({ error }) => {
        order.push(`${what} ${error}`);
        resolve();
      })
    );
  const all = [done("content"), done("nobody")];
  talk.join(facts(ALICE));
  all.push(done("kept"));
  assert.deepEqual([order, test.history.taken(ALICE)], [[], { recordings: 1, messages: 1, octets: 9 }]);
  assert.deepEqual(test.history.list(ALICE), [], "not committed yet");
  await Promise.all(all);
  assert.deepEqual(order, ["content null", "nobody null", "kept null"]);
  await removed(test.contents);
  assert.equal((await storedChunks(test.world.kv)).size, 0);
  await test.close();
});

Deno.test("a content goes with the last recording of its message", async () => {
  const test = await openTestHistory();
  const { history, contents } = test;
  const talk = history.begin("file");
  for (const owner of [ALICE, BOB]) talk.join(facts(owner));
  const content = await writeContent(contents, new Uint8Array(70_000));
  await append(talk, octets(0, { content }), ALICE, BOB);
  const own = await writeContent(contents, new Uint8Array(80_000));
  await append(talk, octets(0, { content: own }), ALICE);
  assert.equal(contents.octets, 150_000);
  await history.removeOwner(ALICE);
  assert.equal(contents.octets, 70_000);
  await history.removeOwner(BOB);
  assert.equal(contents.octets, 0);
  await removed(contents);
  assert.equal((await storedChunks(test.world.kv)).size, 0);
  await test.close();
});

Deno.test("a recording that is removed while it goes on is recorded no longer, whatever is on its way", async () => {
  const test = await openTestHistory();
  const { history } = test;
  const talk = history.begin("session");
  for (const owner of [ALICE, BOB]) talk.join(facts(owner));
  await append(talk, said(1), ALICE, BOB);
  const waiting = append(talk, said(2), ALICE, BOB);
  await history.remove(ALICE, [talk.referenceOf(ALICE)!]);
  assert.deepEqual(await waiting, { error: null, full: [] });
  await append(talk, said(3), ALICE, BOB);
  assert.deepEqual([...talk.recorders], [BOB]);
  assert.deepEqual([await texts(test, ALICE), await texts(test, BOB)], [[], ["m1", "m2", "m3"]]);
  const last = append(talk, said(4), BOB);
  await history.removeOwner(BOB);
  assert.equal((await last).error, null);
  await settled(test);
  assert.deepEqual([history.messages, history.octets, history.taken(BOB).octets, test.slots.used], [0, 0, 0, 0]);
  await test.close();
});

Deno.test("a store that fails: the message is not kept and not there after a restart; the next one is kept", async () => {
  for (const kind of ["failed", "full"] as const) {
    let faulty!: FaultyKv;
    let test = await openTestHistory({ wrap: (kv) => faulty = new FaultyKv(kv) });
    const talk = test.history.begin("session");
    talk.join(facts(ALICE));
    faulty.fault = new TypeError(kind === "full" ? "database or disk is full" : "broken");
    const content = await writeContent(test.contents, new Uint8Array(70_000)).catch(() => null);
    assert.equal(content, null);
    assert.equal((await append(talk, said(1), ALICE)).error?.kind, kind);
    assert.deepEqual([test.history.list(ALICE), test.history.taken(ALICE).octets], [[], 0]);
    faulty.fault = null;
    assert.equal((await append(talk, said(2), ALICE)).error, null);
    const reference = talk.referenceOf(ALICE)!;
    faulty.fault = new TypeError("broken");
    await assert.rejects(test.history.change(ALICE, reference, { name: "new" }), /broken/);
    await assert.rejects(test.history.mark(ALICE, BOB, { at: 1, reference, seq: 1 }), /broken/);
    faulty.fault = null;
    await settled(test);
    for (let round = 0; round < 2; round++) {
      assert.deepEqual([await texts(test, ALICE), test.history.list(ALICE)[0].name], [["m2"], ""]);
      assert.equal(test.history.marks(ALICE).size, 0);
      test = await historyOver({ ...test.world, commit: commitOver(faulty, test.time) }, test.slots);
    }
    await test.close();
  }
});

Deno.test("a store that falls silent: what was told to have failed is taken back when it is written late", async () => {
  let faulty!: FaultyKv;
  const test = await openTestHistory({ wrap: (kv) => faulty = new FaultyKv(kv) });
  const { history, world } = test;
  const talk = history.begin("session");
  talk.join(facts(ALICE));
  await append(talk, said(1), ALICE);
  const reference = talk.referenceOf(ALICE)!;
  const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const atomic = faulty.atomic.bind(faulty);
  faulty.atomic = () => {
    const one = atomic();
    const commit = one.commit.bind(one);
    one.commit = () => {
      begun.resolve();
      return held.promise.then(commit);
    };
    return one;
  };
  const late = append(talk, said(2), ALICE);
  const change = history.change(ALICE, reference, { name: "late" }).then(() => null, (error: Error) => error);
  const mark = history.mark(ALICE, BOB, { at: 5, reference, seq: 1 }).then(() => null, (error: Error) => error);
  await begun.promise;
  test.time.advance(12_000);
  assert.match(String((await late).error), /has not answered/);
  assert.match(String(await mark), /has not answered/);
  assert.match(String(await change), /has not answered/);
  faulty.atomic = atomic;
  held.resolve();
  while (world.commit.waiting > 0 || world.commit.trouble !== null) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await settled(test);
  test.time.advance(6_000);
  await settled(test);
  const again = await historyOver({ ...world, commit: commitOver(faulty, test.time) }, test.slots);
  for (const one of [test, again]) {
    assert.deepEqual([await texts(one, ALICE), one.history.list(ALICE)[0].name], [["m1"], ""]);
    assert.equal(one.history.marks(ALICE).size, 0);
  }
  await again.close();
});

Deno.test("names, subjects and times to live are changed by their owner, and who is seen later is named; all of it stays", async () => {
  let test = await openTestHistory();
  const { history } = test;
  const talk = history.begin("room");
  talk.join(facts(ALICE, { expiresAt: 1e15, parties: [{ uri: ALICE, name: "" }] }));
  talk.sees(ALICE, { uri: "sip:early@x", name: "Early" });
  await append(talk, said(1), ALICE);
  const reference = talk.referenceOf(ALICE)!;
  const { version } = history.find(ALICE, reference)!;
  talk.sees(ALICE, { uri: "sip:late@x", name: "Late" });
  talk.sees(ALICE, { uri: "sip:late@x", name: "again" });
  const both = [
    history.change(ALICE, reference, { name: "a/b", expiresAt: 2e15 }),
    history.change(ALICE, reference, { subject: "S" }),
  ];
  test.time.advance(2_100);
  await Promise.all(both);
  assert.equal(await history.change(BOB, reference, { name: "theirs" }), null);
  await settled(test);
  for (let round = 0; round < 2; round++) {
    const shown = test.history.find(ALICE, reference)!;
    assert.deepEqual([shown.name, shown.subject, shown.expiresAt], ["a/b", "S", 2e15]);
    assert.deepEqual(shown.parties.map(({ name }) => name), ["", "Early", "Late"]);
    assert.ok(shown.version > version);
    assert.equal(test.history.nextExpiry <= 2e15, true);
    test = await historyOver({ ...test.world, commit: commitOver(test.world.kv, test.time) }, test.slots);
  }
  await test.close();
});

Deno.test("read marks go forward, or back when that is asked for, and go with the last recording of their `with`", async () => {
  let test = await openTestHistory();
  await test.history.mark(ALICE, BOB, { at: 5, reference: "", seq: 0 });
  assert.equal(test.history.marks(ALICE).size, 0, "nothing is recorded");
  const talks = [1, 2].map(() => test.history.begin("pager"));
  for (const talk of talks) {
    talk.join(facts(ALICE, { with: BOB }));
    await append(talk, said(1), ALICE);
  }
  const [first, second] = talks.map((talk) => talk.referenceOf(ALICE)!);
  const mark = async (at: number, back?: boolean) => {
    await test.history.mark(ALICE, BOB, { at, reference: first, seq: at }, back);
    return test.history.marks(ALICE).get(BOB)?.at;
  };
  assert.deepEqual([await mark(5), await mark(3), await mark(9), await mark(7, true)], [5, 5, 9, 7]);
  test = await historyOver({ ...test.world, commit: commitOver(test.world.kv, test.time) }, test.slots);
  assert.deepEqual([...test.history.marks(ALICE)], [[BOB, { at: 7, reference: first, seq: 7 }]]);
  await test.history.remove(ALICE, [first]);
  assert.equal(test.history.marks(ALICE).size, 1);
  await test.history.remove(ALICE, [second]);
  assert.equal(test.history.marks(ALICE).size, 0);
  await settled(test);
  assert.equal(test.slots.used, 0);
  await test.close();
});

Deno.test("what has expired is removed, and told; whoever listens hears of each change behind its commit", async () => {
  const test = await openTestHistory();
  const { history } = test;
  const heard: string[] = [];
  history.onChanged = (owner, reference) =>
    heard.push(`${owner} ${history.find(owner, reference)?.messages ?? "gone"}`);
  const talk = history.begin("session");
  talk.join(facts(ALICE, { expiresAt: 1000 }));
  talk.join(facts(BOB, { expiresAt: 2000 }));
  await append(talk, said(1), ALICE, BOB);
  await append(talk, said(2), BOB);
  assert.deepEqual(heard.splice(0), [`${ALICE} 1`, `${BOB} 1`, `${BOB} 2`]);
  assert.equal(history.nextExpiry, 1000);
  assert.deepEqual(await history.expire(999), []);
  assert.deepEqual((await history.expire(1000)).map(({ owner }) => owner), [ALICE]);
  assert.equal(heard.splice(0).at(-1), `${ALICE} gone`);
  assert.equal(history.nextExpiry, 2000);
  assert.deepEqual([...history.owners()], [BOB]);
  talk.close();
  assert.deepEqual(heard, [`${BOB} 2`]);
  await test.close();
});

Deno.test("many that are spoken to alone, and a recorder that comes and goes, leave order and counts as they are", async () => {
  const test = await openTestHistory();
  const { history } = test;
  const talk = history.begin("room");
  const owners = Array.from({ length: 12 }, (_, i) => `sip:user${i}@x`);
  for (const owner of owners) talk.join(facts(owner));
  const heard = new Map(owners.map((owner) => [owner, [] as string[]]));
  for (let n = 1; n <= 400; n++) {
    const to = n % 3 === 0 ? owners : owners.filter((_, i) => (i * 7 + n) % 5 < 2);
    for (const owner of to) heard.get(owner)!.push(`m${n}`);
    const waiting = append(talk, said(n), ...to);
    if (n % 50 === 0) await waiting;
  }
  talk.close();
  for (let round = 0; round < 2; round++) {
    for (const owner of owners) assert.deepEqual(await texts(test, owner), heard.get(owner));
    await settled(test);
  }
  assert.equal(history.messages, 400);
  await test.close();
});
