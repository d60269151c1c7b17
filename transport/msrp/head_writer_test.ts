import assert from "node:assert/strict";
import fc from "fast-check";
import { fromLatin1, toLatin1 } from "../../foundation/mod.ts";
import { holdsEndLine } from "./end_line.ts";
import { endLineLength, firstUri, requestHead, responseText, writeEndLine } from "./head_writer.ts";
import { freshTid, tidFor } from "./transaction_id.ts";
import { frame, FROM, head, parsed, TO } from "./testing/frames.ts";

function endLine(tid: string, hasBody: boolean, flag: "$" | "+" | "#"): string {
  const into = new Uint8Array(100);
  const length = writeEndLine(into, 0, tid, hasBody, flag);
  assert.equal(length, endLineLength(tid, hasBody));
  return toLatin1(into, 0, length);
}

Deno.test("a request is written as RFC 4975 §11.1 shows it", () => {
  const text = requestHead(head({ total: 16 }), "d93kswow", 1, 16, true) + "Hi, I'm Alice!" +
    endLine("d93kswow", true, "$");
  assert.equal(
    text,
    [
      "MSRP d93kswow SEND",
      `To-Path: ${TO}`,
      `From-Path: ${FROM}`,
      "Message-ID: 12339sdqwer",
      "Byte-Range: 1-16/16",
      "Content-Type: text/plain",
      "",
      "Hi, I'm Alice!",
      "-------d93kswow$",
      "",
    ].join("\r\n"),
  );
});

Deno.test("a report is written as RFC 4975 §11.6 shows it", () => {
  const report = head({ method: "REPORT", status: 200, statusText: "OK", total: 106, contentType: "" });
  const text = requestHead(report, "dkei38sd", 1, 106, false) + endLine("dkei38sd", false, "$");
  assert.equal(
    text,
    `MSRP dkei38sd REPORT\r\nTo-Path: ${TO}\r\nFrom-Path: ${FROM}\r\nMessage-ID: 12339sdqwer\r\nByte-Range: 1-106/106\r\n` +
      "Status: 000 200 OK\r\n-------dkei38sd$\r\n",
  );
});

Deno.test("a response to a SEND goes back one hop, to any other method all the way", () => {
  const paths = { toPath: `${TO} ${FROM}`, fromPath: `msrp://near:1/a;tcp msrp://far:2/b;tcp` };
  const request = (method: string) => {
    const told = parsed(frame({ ...paths, method }, null)).told[0];
    assert.ok(told.kind === "request");
    return told.request;
  };
  assert.equal(
    responseText(request("SEND"), 200, "OK", ""),
    `MSRP d93kswow 200 OK\r\nTo-Path: msrp://near:1/a;tcp\r\nFrom-Path: ${TO}\r\n-------d93kswow$\r\n`,
  );
  assert.equal(
    responseText(request("AUTH"), 200, "", "Expires: 900\r\n"),
    `MSRP d93kswow 200\r\nTo-Path: ${paths.fromPath}\r\nFrom-Path: ${TO}\r\nExpires: 900\r\n-------d93kswow$\r\n`,
  );
  assert.equal(firstUri("a"), "a");
  assert.match(responseText(request("SEND"), 400, "two\r\nlines", ""), /^MSRP d93kswow 400 two lines\r\nTo-Path/);
});

Deno.test("what is written is read as the same", () => {
  const number = fc.oneof(fc.constant(-1), fc.integer({ min: 100, max: 1_000_000 }));
  const any = fc.record({
    method: fc.constantFrom("SEND", "REPORT", "AUTH"),
    messageId: fc.constantFrom("", "12339sdqwer"),
    start: fc.integer({ min: 1, max: 100 }),
    end: number,
    total: number,
    successReport: fc.boolean(),
    failureReport: fc.constantFrom("yes" as const, "no" as const, "partial" as const),
    status: fc.constantFrom(0, 200, 413),
    contentType: fc.constantFrom("", "text/plain", 'text/plain;charset="utf-8"'),
    others: fc.constantFrom("", "Content-Disposition: inline\r\n", "Use-Path: a\r\nExpires: 5\r\n"),
  });
  fc.assert(fc.property(any, fc.string().map((text) => text.replace(/[^\x00-\xff]/g, "?")), (fields, body) => {
    const tid = freshTid();
    const hasBody = body !== "" || fields.contentType !== "";
    const written = head(fields);
    const text = requestHead(written, tid, fields.start, fields.end, hasBody) + body + endLine(tid, hasBody, "+");
    const told = parsed(text).told[0];
    assert.ok(told.kind === "request", JSON.stringify(told));
    assert.equal(told.body, body);
    const { tid: _, ...read } = { ...told.request };
    assert.deepEqual(read, written);
  }));
});

Deno.test("transaction ids follow the grammar of RFC 4975 §9 and do not repeat", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 50_000; i++) {
    const tid = freshTid();
    assert.match(tid, /^[A-Za-z0-9][A-Za-z0-9.\-+%=]{11}$/);
    seen.add(tid);
  }
  assert.equal(seen.size, 50_000);
});

Deno.test("a body that holds the end-line gets another transaction id", () => {
  const ids = ["d93kswow", "d93kswox", "d93kswoy"];
  const body = fromLatin1("a\r\n-------d93kswow$\r\nb--------d93kswox+");
  assert.equal(tidFor(body, () => ids.shift()!), "d93kswoy");
});

Deno.test("the end-line is found wherever it stands in a body, and nowhere else", () => {
  const filler = fc.array(fc.constantFrom("-", "--", "-------", "a", "\r\n", "d93kswow", "d93"), { maxLength: 30 });
  fc.assert(
    fc.property(filler, filler, fc.boolean(), (before, after, there) => {
      const text = before.join("") + (there ? "-------d93kswow" : "") + after.join("");
      assert.equal(holdsEndLine(fromLatin1(text), "d93kswow"), text.includes("-------d93kswow"), JSON.stringify(text));
    }),
    { numRuns: 5_000 },
  );
});
