import assert from "node:assert/strict";
import { parseXml } from "../xml/mod.ts";
import { applyPatch } from "./apply_patch.ts";
import { patch } from "./patch.ts";
import { readPatchOperations } from "./patch_operation.ts";
import vectors from "./testdata/rfc5261.json" with { type: "json" };
import { canonical } from "./testing.ts";

Deno.test("each patch of RFC 5261 gives the RFC's result", () => {
  assert.equal(vectors.length, 37);
  for (const { from, what, target, diff, result, exactly } of vectors) {
    const diffDocument = parseXml(diff);
    const operations = readPatchOperations(diffDocument, diffDocument.root);
    assert.ok(operations.length > 0, from);
    const patched = applyPatch(parseXml(target), operations);
    assert.equal(canonical(patched), canonical(parseXml(exactly ?? result)), `${from}: ${what}`);
  }
});

Deno.test("what our own patches make of each target of RFC 5261 is the same result", () => {
  for (const { from, target, result } of vectors) {
    const before = parseXml(target), after = parseXml(result);
    const operations = patch(before, after);
    if (operations !== null) assert.equal(canonical(applyPatch(before, operations)), canonical(after), from);
  }
});
