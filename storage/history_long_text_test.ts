import assert from "node:assert/strict";
import { LONG_TEXT_OCTETS } from "./history_long_text.ts";
import { append, facts, openTestHistory, query, said, settled, type TestHistory } from "./testing_history.ts";
import type { BodyReader, HistoryWords } from "./history_types.ts";
import type { StoredContent } from "./repositories.ts";

const ALICE = "sip:alice@example.test";

/** The terms of a body are its octets, four at a time. */
function termsIn(found: (term: number) => void): BodyReader {
  return {
    take(octets) {
      for (let at = 0; at + 4 <= octets.length; at += 4) {
        found(new DataView(octets.buffer, octets.byteOffset).getUint32(at));
      }
      return true;
    },
    end: () => {},
  };
}

const words: HistoryWords = {
  termsOf: ({ contentType }) => [contentType.length],
  longTerms: (_message, found) => termsIn(found),
};

async function contentOf({ contents }: TestHistory, octets: Uint8Array): Promise<StoredContent> {
  const writer = contents.write();
  for (let at = 0; at < octets.length; at += 200_000) {
    while (writer.full) await new Promise<void>((resolve) => writer.onRoom = resolve);
    writer.write(octets.subarray(at, at + 200_000));
  }
  return await new Promise((resolve, reject) =>
    writer.finish((outcome) => "sha256" in outcome ? resolve(outcome) : reject(outcome))
  );
}

function numbers(count: number): Uint8Array {
  const octets = new DataView(new ArrayBuffer(count * 4));
  for (let n = 0; n < count; n++) octets.setUint32(n * 4, n + 1000);
  return new Uint8Array(octets.buffer);
}

async function record(test: TestHistory, ...bodies: Uint8Array[]): Promise<string> {
  const talk = test.history.begin("session");
  talk.join(facts(ALICE));
  for (const [n, body] of bodies.entries()) {
    const message = said(n, { body: new Uint8Array(), content: await contentOf(test, body) });
    assert.equal((await append(talk, message, ALICE)).error, null);
  }
  const reference = talk.referenceOf(ALICE)!;
  talk.close();
  await settled(test);
  return reference;
}

/** Those that may have a term. */
async function lookedAt({ history }: TestHistory, term: number): Promise<number> {
  let looked = 0;
  await history.search(ALICE, query(() => ++looked < 0, { terms: [[term]] }), 9);
  return looked;
}

Deno.test("a segment with long texts is signed with their terms, up to a megabyte of each", async () => {
  const test = await openTestHistory({ words });
  const reference = await record(
    test,
    numbers(20_000),
    new Uint8Array([...new Uint8Array(LONG_TEXT_OCTETS), 9, 9, 9, 9]),
  );
  assert.ok(test.history.signatureOctets > 20_000 && test.history.signatureOctets < 26_000);
  assert.equal(await lookedAt(test, 1000), 2);
  assert.equal(await lookedAt(test, 20_999), 2);
  assert.equal(await lookedAt(test, 0x09090909), 0, "behind the megabyte");
  await test.history.remove(ALICE, [reference]);
  await settled(test);
  assert.equal(test.contents.octets, 0, "nothing is held");
  await test.close();
});

Deno.test("more terms than a signature has room for: it says nothing, and every search looks there", async () => {
  const test = await openTestHistory({ words });
  await record(test, numbers(70_000));
  assert.equal(test.history.signatureOctets, 0);
  assert.equal(await lookedAt(test, 1), 1);
  await test.close();
});

Deno.test("a text that is damaged is put away without its terms, and others with theirs", async () => {
  const test = await openTestHistory({ words });
  const talk = test.history.begin("session");
  talk.join(facts(ALICE));
  const contents = [await contentOf(test, numbers(20_000))];
  for await (const { key } of test.world.kv.list({ prefix: ["content"] })) await test.world.kv.delete(key);
  contents.push(await contentOf(test, numbers(15_000)));
  for (const [n, content] of contents.entries()) {
    assert.equal((await append(talk, said(n, { body: new Uint8Array(), content }), ALICE)).error, null);
  }
  talk.close();
  await settled(test);
  assert.equal(test.history.signatureOctets, 18_752, "15,001 terms");
  assert.equal(test.history.background, 0);
  await test.close();
});

Deno.test("a conversation that is removed while its long texts are read leaves nothing", async () => {
  const test = await openTestHistory({ words });
  const talk = test.history.begin("session");
  talk.join(facts(ALICE));
  const content = await contentOf(test, numbers(200_000));
  assert.equal((await append(talk, said(0, { body: new Uint8Array(), content }), ALICE)).error, null);
  const reference = talk.referenceOf(ALICE)!;
  talk.close();
  await test.history.remove(ALICE, [reference]);
  await settled(test);
  assert.deepEqual([test.contents.octets, test.history.messages, test.slots.used], [0, 0, 0]);
  await test.close();
});
