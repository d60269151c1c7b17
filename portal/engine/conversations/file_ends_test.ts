import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { BlobSink } from "./blob_sink.ts";
import { fileSource } from "./file_source.ts";

const content = new Uint8Array(2_500_000).map((_, i) => (i * 31) >> 3);
const digest = new Uint8Array(createHash("sha1").update(content).digest());

Deno.test("a file that comes in pieces, some of them twice, is whole, with its hash", async () => {
  const sink = new BlobSink("image/png", 0);
  const write = (from: number, to: number) => sink.write(content.slice(from, to), from);
  for (let at = 0; at < content.length; at += 90_000) {
    assert.equal(write(at, Math.min(content.length, at + 90_000)), "");
    if (at === 900_000) assert.equal(write(450_000, 700_000), "", "sent again after a cut");
  }
  assert.equal(sink.blob, null, "not before it was looked at");
  let hash: Uint8Array | null = null;
  sink.finish((sha1) => hash = sha1);
  assert.deepEqual(hash, digest);
  sink.keep();
  assert.equal(sink.blob!.type, "image/png");
  assert.deepEqual(new Uint8Array(await sink.blob!.arrayBuffer()), content);
});

Deno.test("a file with a hole, or larger than allowed, is refused while it comes", () => {
  assert.match(new BlobSink("", 0).write(content.slice(0, 10), 5), /missing/);
  assert.match(new BlobSink("", 100).write(content.slice(0, 101), 0), /more than 100/);
});

Deno.test("a file of ours is read in slices from wherever it goes on, and has its hash; one that shrank fails", async () => {
  const blob = new Blob([content]);
  const file = { name: "a.bin", size: blob.size, type: "", slice: (from: number, to: number) => blob.slice(from, to) };
  const source = await fileSource(file, () => true);
  assert.deepEqual([source.type, source.sha1], ["application/octet-stream", digest]);
  const reader = source.open(2_000_000);
  const blocks: Uint8Array[] = [];
  for (let block = await reader.read(); block !== null; block = await reader.read()) blocks.push(block);
  assert.deepEqual(new Uint8Array(await new Blob(blocks as BlobPart[]).arrayBuffer()), content.slice(2_000_000));
  const shrunk = await fileSource({ ...file, size: 0 }, () => true);
  assert.equal(await shrunk.open(0).read(), null);
  const lost = { ...source, open: (await fileSource({ ...file, slice: () => new Blob([]) }, () => false)).open };
  await assert.rejects(() => lost.open(0).read(), /shorter/);
});
