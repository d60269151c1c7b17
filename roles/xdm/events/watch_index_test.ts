import assert from "node:assert/strict";
import type { Selection } from "./selection.ts";
import { Watch } from "./watch.ts";
import { WatchIndex } from "./watch_index.ts";

const ALICE = "sip:alice@example.test", BOB = "sip:bob@example.test";
const document = (owner: string, name: string): Selection => ({
  kind: "document",
  sel: `${owner}/${name}`,
  key: { auid: "resource-lists", owner, name },
});
const collection = (owner: string): Selection => ({
  kind: "collection",
  sel: `${owner}/`,
  auid: "resource-lists",
  owner,
  prefix: "",
});

function watchOf(...selections: Selection[]): Watch {
  // Nothing of a document is asked for.
  return new Watch(null, BOB, selections, null as never);
}

Deno.test("a tree is watched as long as somebody watches something in it, however often the same", () => {
  const index = new WatchIndex();
  const one = watchOf(document(ALICE, "index"), document(ALICE, "index"), collection(BOB));
  const other = watchOf(collection(ALICE));
  index.add(one);
  index.add(other);
  assert.deepEqual([ALICE, BOB, "sip:carol@example.test"].map((owner) => index.isWatched(owner)), [true, true, false]);
  index.remove(other);
  index.remove(other);
  assert.equal(index.isWatched(ALICE), true, "what is not there is not taken away twice");
  index.remove(one);
  assert.deepEqual([ALICE, BOB].map((owner) => index.isWatched(owner)), [false, false]);
  assert.deepEqual([...index.watching({ auid: "resource-lists", owner: ALICE, name: "index" })], []);
});
