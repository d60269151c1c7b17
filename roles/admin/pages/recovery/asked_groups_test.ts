import assert from "node:assert/strict";
import { Posted } from "../../../../web/ui/mod.ts";
import { askedOf, chooseGroups, wrongGroups } from "./asked_groups.ts";

const KEY = "A0B1-CCCC-DDDD-EEEE-FFFF";

Deno.test("three different groups are asked for, in order", () => {
  for (const start of [0, 0.3, 0.99]) {
    let next = start;
    const chosen = chooseGroups(KEY, () => next = (next + 0.37) % 1);
    assert.equal(new Set(chosen).size, 3);
    assert.deepEqual(chosen, [...chosen].sort((a, b) => a - b));
    assert.ok(chosen.every((n) => n >= 1 && n <= 5));
  }
  assert.deepEqual(chooseGroups("AAAA-BBBB", () => 0), [1, 2]);
});

Deno.test("what was typed is compared as people read it", () => {
  const typed = new Posted([["group_1", " aob l "], ["group_3", "DDDD"], ["group_5", "FFFE"]]);
  assert.deepEqual(wrongGroups(typed, KEY, [1, 3, 5]), [5]);
  assert.deepEqual(wrongGroups(Posted.empty, KEY, [2]), [2]);
});

Deno.test("a form that carries no key, or asks for groups that are not there, is none of ours", () => {
  const form = (sheet: string, asked: string) => askedOf(new Posted([["sheet", sheet], ["asked", asked]]));
  assert.deepEqual(form(KEY, "1,5"), { text: KEY, asked: [1, 5] });
  assert.equal(form(KEY, "6"), null);
  assert.equal(form(KEY, ""), null);
  assert.equal(form("<script>", "1"), null);
});
