import { deepEqual, equal } from "node:assert/strict";
import { EMPTY_FORM, folderTyped, isBackwards, queryOf } from "./history_form.ts";

Deno.test("an empty form asks for everything", () => {
  deepEqual(queryOf(EMPTY_FORM), { words: "", with: "", from: 0, until: Infinity, folder: null });
});

Deno.test("days are whole days of this place", () => {
  const { from, until } = queryOf({ ...EMPTY_FORM, from: "2026-03-29", until: "2026-03-29" });
  equal(from, new Date(2026, 2, 29).getTime());
  equal(until, new Date(2026, 2, 30).getTime() - 1);
});

Deno.test("a last day before the first is told", () => {
  equal(isBackwards({ ...EMPTY_FORM, from: "2026-02-01", until: "2026-01-31" }), true);
  equal(isBackwards({ ...EMPTY_FORM, from: "2026-02-01", until: "2026-02-01" }), false);
  equal(isBackwards({ ...EMPTY_FORM, until: "2026-01-31" }), false);
});

Deno.test("a folder's name has no empty parts", () => {
  deepEqual(["a / b/", "/", " Work "].map(folderTyped), ["a/b", "", "Work"]);
});
