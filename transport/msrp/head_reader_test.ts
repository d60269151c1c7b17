import assert from "node:assert/strict";
import fc from "fast-check";
import { fromLatin1, toLatin1 } from "../../foundation/mod.ts";
import { HeadReader } from "./head_reader.ts";
import { parseByteRange } from "./head_grammar.ts";
import { headerIn } from "./parsed_request.ts";
import { DEFAULT_FRAME_LIMITS } from "./slow_head.ts";
import { FROM, TO } from "./testing/frames.ts";
import { Dice, mutate } from "./testing/fuzz_parser.ts";

/** Every field that a reader holds after a head. */
function fields(reader: HeadReader): unknown {
  const { tid, method, toPath, fromPath, others, hasBody } = reader;
  const continuation = hasBody ? "" : reader.continuation;
  if (method === "") {
    return { tid, toPath, fromPath, others, continuation, status: reader.status, text: reader.statusText };
  }
  const { messageId, start, end, total, successReport, failureReport, status, statusText, contentType } = reader;
  const values = { messageId, start, end, total, successReport, failureReport, status, statusText, contentType };
  return { tid, method, toPath, fromPath, others, hasBody, continuation, ...values };
}

/** Reads the short way where that is possible, and says whether the long way reads the same. */
function compare(usual: HeadReader, text: string): boolean {
  const length = usual.readUsual(text);
  if (length === 0) return false;
  const slow = new HeadReader(DEFAULT_FRAME_LIMITS);
  const result = slow.readWhole(text.slice(0, length));
  assert.equal(result, usual.method === "" ? "response" : "request", `${JSON.stringify(text)}: ${slow.reason}`);
  assert.deepEqual(fields(usual), fields(slow), JSON.stringify(text));
  return true;
}

const header = fc.constantFrom(
  "Message-ID: 12339sdqwer\r\n",
  "Message-ID: a\r\n",
  "Byte-Range: 1-16/16\r\n",
  "Byte-Range: 1-*/*\r\n",
  "Byte-Range: 2049-4096/999999999999999\r\n",
  "Byte-Range: 1-0/0\r\n",
  "Byte-Range: 5-4/4\r\n",
  "Byte-Range: 0-0/0\r\n",
  "Byte-Range: 7-5/9\r\n",
  "Byte-Range: 7-8/5\r\n",
  "Byte-Range: 01-02/03\r\n",
  "Byte-Range: 1-16/1000000000000000\r\n",
  "Byte-Range: -/\r\n",
  "Success-Report: yes\r\n",
  "Success-Report: no\r\n",
  "Failure-Report: no\r\n",
  "Failure-Report: partial\r\n",
  "Failure-Report: yes\r\n",
  "Failure-Report: Yes\r\n",
  "Status: 000 200 OK\r\n",
  "Status: 000 481\r\n",
  "Status: 000 48\r\n",
  "Status: 000 200OK\r\n",
  "Status: 000 200  OK \r\n",
  "Status: 001 200 OK\r\n",
  "status: 000 200 OK\r\n",
  "MESSAGE-ID: a\r\n",
  "Content-type: text/plain\r\n",
  "X-Blank:  \ty \r\n",
  "X-None:\r\n",
  "X Y: z\r\n",
  "X-Zero: \x00\r\n",
  "X-Other: y\r\n",
  "Content-Disposition: inline\r\n",
);
const start = fc.constantFrom(
  "SEND",
  "REPORT",
  "AUTH",
  "SENDS",
  "200 OK",
  "200",
  "413 too large",
  "200 ",
  "481  x",
  "2000",
);
const ending = fc.constantFrom(
  "Content-Type: text/plain\r\n\r\nbody",
  "Content-Type: message/cpim\r\n\r\n",
  "Content-Type: \r\n\r\n",
  "Content-Type: text/plain \r\n\r\n",
  "Content-Type: text/plain\r\nX: y\r\n\r\n",
  "-------d93kswow$\r\n",
  "-------d93kswow+\r\nMSRP",
  "-------d93kswow#\r\n",
  "-------d93kswow!\r\n",
  "\r\nbody",
);
const paths = fc.constantFrom(
  `To-Path: ${TO}\r\nFrom-Path: ${FROM}\r\n`,
  `To-Path: ${FROM} ${TO}\r\nFrom-Path: ${FROM}\r\n`,
  `From-Path: ${FROM}\r\nTo-Path: ${TO}\r\n`,
  `To-Path: ${TO} \r\nFrom-Path: ${FROM}\r\n`,
);

Deno.test("the short way and the long way read the same", () => {
  // One reader for all of it: what it remembers of the heads before must not show.
  const usual = new HeadReader(DEFAULT_FRAME_LIMITS);
  let short = 0;
  fc.assert(
    fc.property(start, paths, fc.array(header, { maxLength: 6 }), ending, (start, paths, headers, ending) => {
      if (compare(usual, `MSRP d93kswow ${start}\r\n${paths}${headers.join("")}${ending}`)) short++;
    }),
    { numRuns: 20_000 },
  );
  assert.ok(short > 500, `${short} took the short way`);
});

Deno.test("also where heads are mutated", () => {
  const usual = new HeadReader(DEFAULT_FRAME_LIMITS);
  const dice = new Dice(7);
  let short = 0;
  for (let round = 0; round < 50_000; round++) {
    const text =
      `MSRP d93kswow SEND\r\nTo-Path: ${TO}\r\nFrom-Path: ${FROM}\r\nMessage-ID: 12339\r\nByte-Range: 1-16/16\r\n` +
      `Failure-Report: partial\r\nContent-Type: text/plain\r\n\r\nHi\r\n-------d93kswow$\r\n`;
    if (compare(usual, toLatin1(mutate(fromLatin1(text), dice)))) short++;
  }
  assert.ok(short > 5_000, `${short} took the short way`);
});

Deno.test("nearly every head of real clients takes the short way", () => {
  const reader = new HeadReader(DEFAULT_FRAME_LIMITS);
  const paths = `To-Path: ${TO}\r\nFrom-Path: ${FROM}\r\n`;
  for (
    const text of [
      `MSRP d93kswow SEND\r\n${paths}Message-ID: 1\r\nByte-Range: 1-2/2\r\nContent-Type: text/plain\r\n\r\n`,
      `MSRP d93kswow SEND\r\n${paths}Message-ID: 1\r\nFailure-Report: no\r\nByte-Range: 1-2/2\r\nContent-Type: a/b\r\n\r\n`,
      `MSRP d93kswow SEND\r\n${paths}Message-ID: 1\r\nByte-Range: 1-0/0\r\n-------d93kswow$\r\n`,
      `MSRP d93kswow SEND\r\n${paths}Message-ID: 1\r\nSuccess-Report: yes\r\nByte-Range: 1-*/*\r\n` +
      `Content-Disposition: attachment; filename="a b.txt"\r\nContent-ID: <a@b>\r\nContent-Type: a/b\r\n\r\n`,
      `MSRP d93kswow REPORT\r\n${paths}Message-ID: 1\r\nByte-Range: 1-2/2\r\nStatus: 000 200 OK\r\n-------d93kswow$\r\n`,
      `MSRP d93kswow REPORT\r\n${paths}Message-ID: 1\r\nByte-Range: 1-2/2\r\nStatus: 000 481\r\n-------d93kswow$\r\n`,
      `MSRP d93kswow AUTH\r\n${paths}Authorization: Digest username="a"\r\nExpires: 60\r\n-------d93kswow$\r\n`,
      `MSRP d93kswow 200 OK\r\n${paths}-------d93kswow$\r\n`,
      `MSRP d93kswow 481 Session Does Not Exist\r\n${paths}-------d93kswow$\r\n`,
    ]
  ) {
    assert.equal(reader.readUsual(text), text.length, text);
    // A head that is not all there is never taken for one.
    for (let cut = 0; cut < text.length; cut++) {
      assert.equal(reader.readUsual(text.slice(0, cut)), 0, text.slice(0, cut));
    }
  }
});

Deno.test("Byte-Ranges", () => {
  assert.deepEqual(parseByteRange("1-*/*"), { start: 1, end: -1, total: -1 });
  assert.deepEqual(parseByteRange("5-8/8"), { start: 5, end: 8, total: 8 });
  assert.deepEqual(parseByteRange("1-0/0"), { start: 1, end: 0, total: 0 });
  for (const text of ["", "1", "1-2", "1-2/", "*-2/2", "1 - 2/2", "0-1/1", "1--1/2", "+1-2/2", "1.0-2/2"]) {
    assert.equal(parseByteRange(text), null, text);
  }
});

Deno.test("a header among lines is found by its name in any case, the first of several", () => {
  const lines = "Expires: 900\r\nUse-Path:  a b \r\nexpires: 5\r\n";
  assert.equal(headerIn(lines, "EXPIRES"), "900");
  assert.equal(headerIn(lines, "use-path"), "a b");
  assert.equal(headerIn(lines, "path"), undefined);
  assert.equal(headerIn("", "x"), undefined);
});
