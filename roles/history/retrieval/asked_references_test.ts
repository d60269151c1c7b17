import assert from "node:assert/strict";
import { referencesInUri } from "./asked_references.ts";

Deno.test("a URI names references by a parameter that may be repeated, each once, escapes undone", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["sip:history@example.test", []],
    ["sip:history@example.test;history-reference=h-1", ["h-1"]],
    ["sip:history@example.test;history-reference=h-2;x=1;History-Reference=h-1;history-reference=h-2", ["h-2", "h-1"]],
    ["sip:history@example.test:5060;history-reference=%68-1?subject=;history-reference=h-9", ["h-1"]],
    ["sip:history;history-reference=h-9@example.test", []],
    ["sip:history@example.test;history-reference=;history-reference=%zz", ["%zz"]],
    ["sip:history@example.test;not-history-reference=h-1", []],
  ];
  for (const [uri, references] of cases) assert.deepEqual(referencesInUri(uri), references, uri);
});

Deno.test("however many there are, no more are looked at than can be too many", () => {
  const uri = "sip:history@example.test" + Array.from({ length: 5000 }, (_, i) => `;history-reference=h-${i}`).join("");
  assert.equal(referencesInUri(uri).length, 2001);
});
