import assert from "node:assert/strict";
import { utf8 } from "../../../foundation/mod.ts";
import { parseXmlOctets, type XmlDocument } from "../../../transport/xml/mod.ts";
import { MOST_LISTED } from "./list_document.ts";
import { DEFERRED_LIST_NAME } from "./list_names.ts";
import { ListWorld } from "./testing/list_world.ts";

const BOB = "sip:bob@example.test";

async function documentOf(world: ListWorld): Promise<XmlDocument> {
  const found = await world.lists.documents.read(BOB, DEFERRED_LIST_NAME);
  const limits = { characters: 4_000_000, depth: 16, elements: 40_000, attributes: 32 };
  return parseXmlOctets(utf8(found!.text), limits);
}

Deno.test("DELETE of the whole document leaves what has come since it was looked at", async () => {
  const world = new ListWorld();
  world.arrive("seen");
  const before = await documentOf(world);
  const later = world.arrive("not seen");
  await world.lists.documents.change(BOB, "remove", before, null);
  assert.deepEqual([...world.store.messages.keys()], [later]);
});

Deno.test("DELETE of a list that had no room for all is a deletion of all", async () => {
  const world = new ListWorld();
  for (let i = 0; i < MOST_LISTED + 5; i++) world.store.put(`${i}`);
  await world.lists.documents.change(BOB, "remove", await documentOf(world), null);
  assert.equal(world.store.messages.size, 0);
});
