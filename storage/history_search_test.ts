import assert from "node:assert/strict";
import fc from "fast-check";
import { mayMatch, signatureOf } from "./history_signature.ts";
import { TermSet } from "./history_term_set.ts";
import type { HistoryMessage, HistoryWords } from "./history_types.ts";
import { append, facts, openTestHistory, query, said, settled, type TestHistory } from "./testing_history.ts";

const ALICE = "sip:alice@example.test";
const decoder = new TextDecoder();

/** Each word by itself; no two words of a test share one. */
function termOf(word: string): number {
  let hash = 2166136261;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 16777619);
  return hash >>> 0;
}

const words: HistoryWords = {
  *termsOf({ body }: HistoryMessage) {
    for (const word of decoder.decode(body).split(" ")) yield termOf(word);
  },
  longTerms: () => null,
};

function wordsOf({ body }: HistoryMessage): string[] {
  return decoder.decode(body).split(" ");
}

/** Counts the segments that are read. */
function counting(kv: Deno.Kv): { readonly kv: Deno.Kv; reads: number } {
  const counted = {
    reads: 0,
    kv: new Proxy(kv, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (name !== "get") return typeof value === "function" ? value.bind(target) : value;
        return (key: Deno.KvKey) => {
          if (key[0] === "history") counted.reads++;
          return target.get(key);
        };
      },
    }),
  };
  return counted;
}

async function talkOf({ history }: TestHistory, texts: readonly string[], first = 0): Promise<string> {
  const talk = history.begin("session");
  talk.join(facts(ALICE));
  const all = texts.map((text, n) => append(talk, said(first + n, { body: new TextEncoder().encode(text) }), ALICE));
  for (const { error } of await Promise.all(all)) assert.equal(error, null);
  const reference = talk.referenceOf(ALICE)!;
  talk.close();
  return reference;
}

Deno.test("a search finds every message that matches, the newest first, and reads only segments that may have it", async () => {
  let counted!: ReturnType<typeof counting>;
  const test = await openTestHistory({ words, wrap: (kv) => (counted = counting(kv)).kv });
  for (let talk = 0; talk < 20; talk++) {
    const texts = Array.from(
      { length: 200 },
      (_, n) => `common talk${talk} word${talk}x${n} rare${(talk * 200 + n) % 1999}`,
    );
    await talkOf(test, texts, talk * 200);
  }
  await settled(test);
  const search = (word: string, most = 10, more = {}) =>
    test.history.search(
      ALICE,
      query((message) => wordsOf(message).includes(word), { terms: [[termOf(word)]], ...more }),
      most,
    );
  const one = await search("word7x13");
  assert.deepEqual(one.hits.map(({ message }) => message.messageId), ["m1413"]);
  assert.deepEqual([one.more, one.bounded], [false, false]);
  assert.ok(counted.reads <= 3, `${counted.reads} segments read for one`);
  const three = await search("rare1");
  assert.deepEqual(three.hits.map(({ message }) => message.messageId), ["m3999", "m2000", "m1"]);
  const all = await search("common", 25);
  assert.deepEqual(
    all.hits.map(({ message }) => message.messageId),
    Array.from({ length: 25 }, (_, n) => `m${3999 - n}`),
  );
  assert.equal(all.more, true);
  assert.deepEqual((await search("talk3", 500)).hits.length, 200);
  assert.deepEqual((await search("nowhere")).hits, []);
  // A span of time, and some of the recordings.
  const span = await search("common", 99, { from: said(1000).at, until: said(1009).at });
  assert.deepEqual(
    span.hits.map(({ message }) => message.messageId),
    Array.from({ length: 10 }, (_, n) => `m${1009 - n}`),
  );
  const { reference } = three.hits[1].recording;
  const of = await search("rare1", 10, { of: (recording: { reference: string }) => recording.reference === reference });
  assert.deepEqual(of.hits.map(({ message }) => message.messageId), ["m2000"]);
  // Groups: of each one at least.
  const both = query((message) => wordsOf(message).includes("rare1"), {
    terms: [[termOf("nowhere"), termOf("talk0")], [termOf("rare1")]],
  });
  assert.deepEqual((await test.history.search(ALICE, both, 9)).hits.map(({ message }) => message.messageId), ["m1"]);
  assert.deepEqual((await test.history.search("sip:bob@x", both, 9)).hits, []);
  await test.close();
});

Deno.test("what was just said is found too, also while it is put away, and what is removed is not", async () => {
  const test = await openTestHistory({ words });
  const texts = Array.from({ length: 300 }, (_, n) => `said${n}`);
  const reference = await talkOf(test, texts);
  const found = async () => {
    const hits: string[] = [];
    for (const word of ["said0", "said127", "said128", "said299"]) {
      const { hits: some } = await test.history.search(
        ALICE,
        query((message) => wordsOf(message).includes(word), { terms: [[termOf(word)]] }),
        5,
      );
      hits.push(...some.map(({ message }) => message.messageId));
    }
    return hits;
  };
  const expected = ["m0", "m127", "m128", "m299"];
  const during: Promise<string[]>[] = [];
  for (let turn = 0; turn < 10; turn++) {
    during.push(found());
    // Less than a search may take.
    test.time.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const one of during) assert.deepEqual(await one, expected);
  await settled(test);
  assert.deepEqual(await found(), expected);
  const late = found();
  await test.history.remove(ALICE, [reference]);
  for (const hit of await late) assert.ok(expected.includes(hit));
  assert.deepEqual(await found(), []);
  await test.close();
});

Deno.test("a search that would look at too much says so", async () => {
  const test = await openTestHistory();
  const talk = test.history.begin("session");
  talk.join(facts(ALICE));
  const body = new Uint8Array();
  for (let n = 0; n < 21_000; n += 1000) {
    await Promise.all(Array.from({ length: 1000 }, (_, i) => append(talk, said(n + i, { body }), ALICE)));
  }
  talk.close();
  await settled(test);
  let looked = 0;
  const { hits, bounded } = await test.history.search(ALICE, query(() => ++looked < 0), 10);
  assert.deepEqual([hits, bounded, looked], [[], true, 20_000]);
  const enough = await test.history.search(ALICE, query(() => true), 10);
  assert.deepEqual([enough.hits.length, enough.more, enough.bounded], [10, true, false]);
  await test.close();
});

function setOf(terms: readonly number[]): TermSet {
  const set = new TermSet();
  for (const term of terms) set.add(term);
  return set;
}

Deno.test("property: a signature has every term it was made of, and few others", () => {
  const terms = fc.uniqueArray(fc.integer({ min: 0, max: 0xffff_ffff }), { maxLength: 2000 });
  fc.assert(fc.property(terms, (all) => {
    const signature = signatureOf(setOf(all));
    assert.ok(signature.length <= Math.max(1, all.length * 1.25 + 1));
    assert.ok(mayMatch(signature, all.map((term) => [term])));
    assert.ok(mayMatch(signature, []));
  }));
  const signature = signatureOf(setOf(Array.from({ length: 3000 }, (_, n) => termOf(`in${n}`))));
  let wrong = 0;
  for (let n = 0; n < 20_000; n++) if (mayMatch(signature, [[termOf(`out${n}`)]])) wrong++;
  assert.ok(wrong < 400, `${wrong} of 20,000`);
  assert.ok(mayMatch(new Uint8Array(), [[1]]), "an empty one says nothing");
  assert.ok(!mayMatch(signatureOf(setOf([])), [[1]]));
});
