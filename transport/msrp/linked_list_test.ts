import assert from "node:assert/strict";
import fc from "fast-check";
import { type Linked, LinkedList } from "./linked_list.ts";

class Item implements Linked<Item> {
  before: Item | null = null;
  after: Item | null = null;
  constructor(readonly name: number) {}
}

Deno.test("it is a set in the order of coming", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }), (steps) => {
    const items = Array.from({ length: 10 }, (_, i) => new Item(i));
    const list = new LinkedList<Item>();
    const model = new Set<Item>();
    for (const step of steps) {
      const item = items[step];
      if (model.has(item)) {
        assert.equal(list.delete(item), true);
        model.delete(item);
      } else {
        assert.equal(list.delete(item), false);
        list.add(item);
        model.add(item);
      }
      assert.deepEqual(list.all().map(({ name }) => name), [...model].map(({ name }) => name));
      assert.equal(list.size, model.size);
    }
  }));
});

Deno.test("whoever is visited may take out itself and others; those are not visited any more", () => {
  for (let first = 0; first < 4; first++) {
    for (let second = 0; second < 4; second++) {
      const items = Array.from({ length: 4 }, (_, i) => new Item(i));
      const list = new LinkedList<Item>();
      items.forEach((item) => list.add(item));
      const seen: number[] = [];
      list.each(({ name }) => {
        seen.push(name);
        if (name !== 1) return;
        list.delete(items[first]);
        list.delete(items[second]);
      });
      assert.deepEqual(seen, [0, 1, 2, 3].filter((name) => name < 2 || (name !== first && name !== second)));
    }
  }
  const list = new LinkedList<Item>();
  list.add(new Item(0));
  list.each(({ name }) => name < 3 && list.add(new Item(name + 1)));
  assert.equal(list.size, 2, "one that comes behind the last while that is visited waits for the next time");
});
