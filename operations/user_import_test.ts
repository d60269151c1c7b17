import assert from "node:assert/strict";
import { csvLine, parseCsv } from "./csv.ts";
import { readImport } from "./user_import.ts";

Deno.test("columns stand in any order, optional ones may be missing, and each user knows its line", async () => {
  const file = await readImport(
    'E164,uri,password\r\n+15551230001, alice@example.test ,"a ""pw"""\r\n\r\n,bob@example.test,\r\n',
  );
  assert.deepEqual(file, {
    users: [
      { uri: "alice@example.test", password: 'a "pw"', display_name: "", e164: "+15551230001" },
      { uri: "bob@example.test", password: "", display_name: "", e164: "" },
    ],
    lines: [2, 4],
    faults: [],
  });
});

Deno.test("a head that is none ends the reading, a line that is wrong does not", async () => {
  const head = async (line: string) => (await readImport(`${line}\na,b\n`)).faults;
  for (const line of ["uri,name", "uri", "password,display_name", "uri,uri,password"]) {
    const faults = await head(line);
    assert.equal(faults.length, 1, line);
    assert.equal(faults[0].line, 1);
    assert.match(faults[0].message, /allowed: uri,password,display_name,e164/);
  }
  const file = await readImport("uri,password\na@b.test,x\nb@b.test\nc@b.test,x,y\nd@b.test,x\n");
  assert.deepEqual(file.lines, [2, 5]);
  assert.deepEqual(file.faults.map(({ line }) => line), [3, 4]);
  assert.deepEqual((await readImport("\n\n")).faults.map(({ line }) => line), [0]);
});

Deno.test("others get their turn while a large file is read", async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => `user${i}@example.test,pw`).join("\n");
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  const file = await readImport(`uri,password\n${rows}`);
  clearInterval(counting);
  assert.equal(file.users.length, 20_000);
  assert.ok(turns >= 5, `${turns} turns`);
});

Deno.test("a line that was written is read back the same", () => {
  const fields = ["plain", 'a "quote"', "a,comma", "two\r\nlines", "", " spaces "];
  assert.deepEqual(parseCsv(csvLine(fields))[0].fields, fields);
});
