import assert from "node:assert/strict";
import vectors from "./testdata/vectors.json" with { type: "json" };
import { outcomeOf, type Setting } from "./testing.ts";

interface Vector extends Setting {
  readonly auid: string;
  readonly outcome: string;
  readonly file?: string;
  readonly fragment?: string;
  readonly document?: string;
  readonly text?: string;
  readonly because?: string;
}

const DATA = new URL("./testdata/", import.meta.url);

for (const vector of vectors as Vector[]) {
  const { file, fragment, auid, outcome, because } = vector;
  const where = vector.root === undefined ? "" : ` at ${vector.root}`;
  Deno.test(`${file ?? fragment} as ${auid}${where}: ${outcome}${because === undefined ? "" : ` (${because})`}`, async () => {
    const text = file === undefined
      ? vector.document!.replace("<here/>", () => vector.text!)
      : await Deno.readTextFile(new URL(file, DATA));
    const domains = [vector.root?.replace("http://xcap.", "") ?? "example.com"];
    assert.equal(outcomeOf(auid, text, { ...vector, domains }), outcome);
  });
}

Deno.test("every document under testdata is a vector", async () => {
  const asserted = new Set((vectors as Vector[]).map(({ file }) => file));
  for await (const folder of Deno.readDir(DATA)) {
    if (!folder.isDirectory) continue;
    for await (const { name } of Deno.readDir(new URL(`${folder.name}/`, DATA))) {
      assert(asserted.has(`${folder.name}/${name}`), `${folder.name}/${name} is asserted nowhere`);
    }
  }
});
