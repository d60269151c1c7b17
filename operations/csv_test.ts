import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCsv } from "./csv.ts";

const fields = (text: string) => parseCsv(text).map((record) => record.fields);

Deno.test("plain records, LF or CRLF, with or without a last line end, empty lines and byte order mark passed over", () => {
  assert.deepEqual(fields("\ufeffa,b\r\n\r\n1,\n,2"), [["a", "b"], ["1", ""], ["", "2"]]);
  assert.deepEqual(fields("a,b\n"), [["a", "b"]]);
  assert.deepEqual(fields("a,"), [["a", ""]]);
  assert.deepEqual(fields(""), []);
});

Deno.test("quoted fields hold commas, quotes and line ends, and records know their line", () => {
  const records = parseCsv('a,"b,""c"""\r\n"x\r\ny",2\nlast,3\n');
  assert.deepEqual(records, [
    { line: 1, fields: ["a", 'b,"c"'] },
    { line: 2, fields: ["x\r\ny", "2"] },
    { line: 4, fields: ["last", "3"] },
  ]);
});

Deno.test("a quote in the wrong place is an error that names its line", () => {
  assert.throws(() => parseCsv('a\nb"c'), /^SyntaxError: line 2: a quote inside a field/);
  assert.throws(() => parseCsv('a\n"b"c'), /^SyntaxError: line 2: text follows a closing quote/);
  assert.throws(() => parseCsv('a\n\n"b\nc'), /^SyntaxError: line 3: a quote is opened and never closed/);
});

Deno.test("what is written by the rules is read back the same", () => {
  const field = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r\n", " ", "é") });
  fc.assert(fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 6 }), (table) => {
    const text = table.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(",")).join("\r\n");
    assert.deepEqual(fields(text), table);
  }));
});
