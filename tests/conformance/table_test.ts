import assert from "node:assert/strict";
import { claimsOf, mappingOf, page, parseJunit, parseRequirements, resultOf, strangers } from "./table.ts";

const TABLE = parseRequirements("id\tsummary\nXX-1\tOne thing\nXX-2\tAnother\nXX-3\tA third\n");
// Written in pieces: this file is searched for claims too.
const tag = (n: number) => `${["[XX", n].join("-")}]`;
const [one, two, nine] = [1, 2, 9].map(tag);
const SOURCE = `Deno.test("a thing holds ${one} ${two}", () => {});
Deno.test(\`over \${transport} it holds ${two}\`, f);
Deno.test("a long name " +
  "in two ${one}", f);
// a comment ${one}
Deno.test("a point [rp:" + "XX-1]", f);
`;

Deno.test("claims are the strings of a test file that carry an ID in brackets", () => {
  assert.deepEqual(claimsOf("a_test.ts", SOURCE), [
    { id: "XX-1", file: "a_test.ts", test: `a thing holds ${one} ${two}` },
    { id: "XX-2", file: "a_test.ts", test: `a thing holds ${one} ${two}` },
    { id: "XX-2", file: "a_test.ts", test: `over \${transport} it holds ${two}` },
    { id: "XX-1", file: "a_test.ts", test: `a long name in two ${one}` },
  ]);
});

const JUNIT = `<?xml version="1.0"?><testsuites><testsuite name="./a_test.ts">
<testcase name="a thing holds ${one} ${two}" classname="./a_test.ts" time="0.1"></testcase>
<testcase name="over udp it holds ${two}" classname="./a_test.ts" time="0.1"/>
<testcase name="over &quot;tcp&quot; it holds ${two}" classname="./a_test.ts"><failure message="x">boom</failure></testcase>
<testcase name="other" classname="./b_test.ts"><skipped/></testcase>
</testsuite></testsuites>`;

Deno.test("results come from the report; a template stands for all its runs, the worst one counts", () => {
  const ran = parseJunit(JUNIT);
  assert.deepEqual(ran.map(({ result }) => result), ["passed", "passed", "failed", "skipped"]);
  const claims = claimsOf("a_test.ts", SOURCE);
  assert.deepEqual(claims.map((claim) => resultOf(claim, ran)), ["passed", "passed", "failed", "not run"]);
  assert.equal(resultOf({ ...claims[0], test: "a thing" }, ran), "not run");
  const step = { test: "all of it > a thing", result: "passed" } as const;
  assert.equal(resultOf({ ...claims[0], test: "a thing" }, [step]), "passed");
});

Deno.test("the page tells each requirement's tests and result, or not yet", () => {
  const text = page(TABLE, claimsOf("a_test.ts", SOURCE), parseJunit(JUNIT));
  assert.match(text, /^2 of 3 requirements have tests; 0 passed\.$/m);
  assert.match(text, /^\| XX-1 \| One thing \| a thing holds .* \(`a_test.ts`\) \| not run \|$/m);
  assert.match(text, /^\| XX-2 \| Another \| .*<br>.* \| failed \|$/m);
  assert.match(text, /^\| XX-3 \| A third \| {2}\| not yet \|$/m);
});

Deno.test("the mapping is the page without its results", () => {
  const claims = claimsOf("a_test.ts", SOURCE);
  assert.equal(mappingOf(page(TABLE, claims, parseJunit(JUNIT))), mappingOf(page(TABLE, claims, [])));
  assert.notEqual(mappingOf(page(TABLE, claims, [])), mappingOf(page(TABLE, claims.slice(1), [])));
});

Deno.test("an ID that the table does not have is told", () => {
  assert.deepEqual(strangers(TABLE, claimsOf("a_test.ts", `"x ${nine}"`)), [
    `a_test.ts: ${nine} is no requirement ("x ${nine}")`,
  ]);
});

Deno.test("our own table has the 200 requirements, each once, each with a summary", () => {
  const text = Deno.readTextFileSync(new URL("./requirements.tsv", import.meta.url));
  const requirements = parseRequirements(text);
  assert.equal(requirements.length, 200);
  assert.equal(new Set(requirements.map(({ id }) => id)).size, 200);
  assert.equal(requirements.filter(({ summary }) => summary.length < 10).length, 0);
});
