import assert from "node:assert/strict";
import type { SaidMessage } from "../../../storage/mod.ts";
import { MergedMessages } from "./merged_messages.ts";
import { BEGIN, BOB, recordingOf, said } from "./testing/said.ts";

/** Recordings by their references, each as the minutes in which something was said. */
class Shelf {
  readonly talks: ReadonlyMap<string, readonly number[]>;
  readonly asked: string[] = [];
  /** Messages that were given and not taken yet, at most. */
  inMemory = 0;
  most = 0;

  constructor(talks: Readonly<Record<string, readonly number[]>>) {
    this.talks = new Map(Object.entries(talks));
  }

  read(owner: string, reference: string, after: number, most: number): Promise<readonly SaidMessage[]> {
    assert.equal(owner, BOB);
    this.asked.push(reference);
    const minutes = this.talks.get(reference)!;
    const page = minutes.slice(after, after + most)
      .map((minute, i) => said(`${reference} ${minute}`, after + i + 1, { at: BEGIN + minute * 60_000 }));
    this.inMemory += page.length;
    this.most = Math.max(this.most, this.inMemory);
    return Promise.resolve(page);
  }

  merged(counts: Readonly<Record<string, number>> = {}): MergedMessages {
    const recordings = [...this.talks].map(([reference, minutes]) =>
      recordingOf(reference, {
        startedAt: BEGIN + (minutes[0] ?? 0) * 60_000,
        messages: counts[reference] ?? minutes.length,
      })
    );
    return new MergedMessages(this, BOB, recordings);
  }

  async all(merged = this.merged()): Promise<string[]> {
    const found: string[] = [];
    for (;;) {
      const next = merged.next();
      if (next === null) return found;
      if (next === "later") await merged.load();
      else {
        this.inMemory--;
        found.push(new TextDecoder().decode(next.message.body));
      }
    }
  }
}

Deno.test("several conversations come in the order of time over all of them", async () => {
  const shelf = new Shelf({ a: [5, 6, 30], b: [1, 2, 7], c: [6, 8], d: [100] });
  assert.deepEqual(
    await shelf.all(),
    ["b 1", "b 2", "a 5", "a 6", "c 6", "b 7", "c 8", "a 30", "d 100"],
  );
  assert.equal(shelf.asked.at(-1), "d", "what begins later is not opened before its time");
});

Deno.test("a long one is read by pages, and many that overlap have fewer ahead each: memory stays the same", async () => {
  const long = new Shelf({ a: Array.from({ length: 1000 }, (_, i) => i) });
  assert.equal((await long.all()).length, 1000);
  assert.ok(long.most <= 64, `${long.most} ahead`);
  const talks: Record<string, number[]> = {};
  for (let i = 0; i < 200; i++) talks[`t${i}`] = Array.from({ length: 20 }, (_, k) => i + 200 * k);
  const many = new Shelf(talks);
  const all = await many.all();
  assert.deepEqual(all.map((text) => Number(text.split(" ")[1])), Array.from({ length: 4000 }, (_, i) => i));
  assert.ok(many.most <= 320, `${many.most} ahead`);
});

Deno.test("what is said after the reader has begun is not read, and what is gone is passed over", async () => {
  const shelf = new Shelf({ a: [1, 2, 3, 4], gone: [], c: [9] });
  assert.deepEqual(await shelf.all(shelf.merged({ a: 2, gone: 3, c: 1 })), ["a 1", "a 2", "c 9"]);
});

Deno.test("a store that cannot be read is told to whoever loads, who may try again", async () => {
  const shelf = new Shelf({ a: [1] });
  let fails = true;
  const read = shelf.read.bind(shelf);
  shelf.read = (...asked) => fails ? Promise.reject(new Error("no disk")) : read(...asked);
  const merged = shelf.merged();
  assert.equal(merged.next(), "later");
  await assert.rejects(merged.load(), /no disk/);
  fails = false;
  assert.deepEqual(await shelf.all(merged), ["a 1"]);
});
