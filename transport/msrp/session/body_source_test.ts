import assert from "node:assert/strict";
import { type BlockReader, octetsSource, ReadAhead } from "./body_source.ts";

Deno.test("octets that are there come in pieces", () => {
  const source = octetsSource(Uint8Array.of(1, 2, 3, 4, 5), 1);
  assert.equal(source.size, 5);
  assert.deepEqual([...source.pull(3) as Uint8Array], [2, 3, 4]);
  assert.deepEqual([...source.pull(3) as Uint8Array], [5]);
  assert.equal(source.pull(3), null);
});

/** Blocks that arrive when told. */
class Blocks implements BlockReader {
  readonly asked: { resolve(block: Uint8Array | null): void; reject(error: Error): void }[] = [];
  closed = 0;
  read(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => this.asked.push({ resolve, reject }));
  }
  close(): void {
    this.closed++;
  }
  async give(block: Uint8Array | null): Promise<void> {
    this.asked.shift()!.resolve(block);
    await Promise.resolve();
  }
}

Deno.test("what must be waited for is read one block ahead, and wakes its message", async () => {
  const blocks = new Blocks();
  const source = new ReadAhead(blocks, -1);
  let woken = 0;
  source.start({ more: () => woken++ });
  assert.equal(source.pull(10), "later");
  await blocks.give(Uint8Array.of(1, 2, 3));
  assert.equal(woken, 1);
  assert.deepEqual([...source.pull(2) as Uint8Array], [1, 2]);
  assert.equal(blocks.asked.length, 1);
  await blocks.give(Uint8Array.of(4));
  // The second block waits, and no third one is asked for.
  assert.equal(blocks.asked.length, 0);
  assert.deepEqual([...source.pull(2) as Uint8Array], [3]);
  assert.deepEqual([...source.pull(2) as Uint8Array], [4]);
  assert.equal(source.pull(2), "later");
  await blocks.give(new Uint8Array(0));
  await blocks.give(null);
  assert.equal(source.pull(2), null);
  source.close();
  source.close();
  assert.equal(blocks.closed, 1);
});

Deno.test("a reader that fails ends the body as failed and says why", async () => {
  const blocks = new Blocks();
  const source = new ReadAhead(blocks, -1);
  const error = new Error("disk");
  blocks.asked[0].reject(error);
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(source.pull(1), "failed");
  assert.equal(source.error, error);
});
