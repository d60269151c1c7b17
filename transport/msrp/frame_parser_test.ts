import assert from "node:assert/strict";
import fc from "fast-check";
import { fromLatin1 } from "../../foundation/mod.ts";
import { FrameParser } from "./frame_parser.ts";
import { HeadReader } from "./head_reader.ts";
import { DEFAULT_FRAME_LIMITS } from "./slow_head.ts";
import examples from "./testdata/rfc_examples.json" with { type: "json" };
import { frame, FrameRecorder, FROM, parsed, parsedInPieces, TO, type Told } from "./testing/frames.ts";
import { mutateAndParse, summary } from "./testing/fuzz_parser.ts";

function only(told: readonly Told[]): Told {
  assert.equal(told.length, 1, JSON.stringify(told));
  return told[0];
}
function body(told: Told): string {
  assert.ok(told.kind === "request", JSON.stringify(told));
  return told.body;
}
function reason(octets: string): string {
  const told = only(parsed(octets).told);
  assert.ok(told.kind === "broken" || told.kind === "bad", JSON.stringify(told));
  return told.reason;
}

// The examples of RFC 4975, 4976 and 7977, long lines joined where the RFC breaks them with a backslash. Left out: the response
// `xght6 200` of RFC 4976 §3, which has no end-line there. Those of RFC 4975 §5.1 are snippets without paths.
for (const [i, { from, lines }] of examples.entries()) {
  Deno.test(`${from}, example ${i + 1}: ${lines[0]}`, () => {
    const text = lines.join("\r\n") + "\r\n";
    const told = only(parsed(text).told);
    const [, tid, what] = lines[0].split(" ");
    const value = (name: string) => lines.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1).trim();
    if (value("To-Path") === undefined) {
      assert.deepEqual(told, { kind: "broken", reason: "a frame without its paths", request: null });
    } else if (told.kind === "response") {
      assert.equal(told.tid, tid);
      assert.equal(told.status, Number(what));
      assert.equal(told.others.split("\r\n").length - 1, lines.length - 4);
    } else {
      assert.ok(told.kind === "request");
      const { request } = told;
      const blank = lines.indexOf("");
      assert.equal(request.tid, tid);
      assert.equal(request.method, what);
      assert.equal(request.toPath, value("To-Path"));
      assert.equal(request.fromPath, value("From-Path"));
      assert.equal(request.messageId, value("Message-ID") ?? "");
      assert.equal(request.contentType, value("Content-Type") ?? "");
      assert.equal(request.successReport, value("Success-Report") === "yes");
      assert.equal(request.failureReport, value("Failure-Report") ?? "yes");
      assert.equal(request.header("authorization"), value("Authorization"));
      const number = (n: number) => (n < 0 ? "*" : String(n));
      const range = `${request.start}-${number(request.end)}/${number(request.total)}`;
      assert.equal(range, value("Byte-Range") ?? "1-*/*");
      const status = value("Status");
      assert.equal(request.status === 0 ? undefined : `000 ${request.status} ${request.statusText}`, status);
      assert.equal(told.body, blank < 0 ? "" : lines.slice(blank + 1, -1).join("\r\n"));
      assert.equal(told.continuation, lines.at(-1)!.at(-1));
    }
    for (const size of [1, 2, 3, 7, 44]) {
      assert.equal(summary(parsedInPieces(text, size).told), summary([told]), `${size}`);
    }
  });
}

Deno.test("all examples on one connection, at any size of read", () => {
  const whole = examples.filter(({ lines }) => lines.some((line) => line.startsWith("To-Path:")));
  const text = whole.map(({ lines }) => lines.join("\r\n") + "\r\n").join("");
  const told = parsed(text).told;
  assert.equal(told.length, whole.length);
  assert.ok(told.every(({ kind }) => kind === "request" || kind === "response"));
  for (let size = 1; size < 200; size += 1 + (size >> 3)) {
    assert.equal(summary(parsedInPieces(text, size).told), summary(told));
  }
});

Deno.test("a frame that lies in one read is told as a whole, one that does not in pieces", () => {
  const text = frame({}, "x".repeat(1000));
  assert.equal(parsed(text).whole, 1);
  assert.equal(parsed(text).pieces, 0);
  const cut = parsed(text, [600]);
  assert.equal(cut.whole, 0);
  assert.equal(cut.pieces, 2);
  assert.equal(body(only(cut.told)).length, 1000);
  // The head came before: the body still lies in one read.
  assert.equal(parsed(text, [100]).whole, 1);
  assert.equal(parsed(text, [text.indexOf("xxx")]).whole, 1);
});

Deno.test("bodies are views of what came in: nothing is copied", () => {
  const octets = fromLatin1(frame({}, "x".repeat(5000)));
  const seen: Uint8Array[] = [];
  const recorder = new FrameRecorder();
  const sink = Object.assign(Object.create(recorder), {
    onWhole: (_: unknown, view: Uint8Array) => seen.push(view),
    onBegin() {},
    onPiece: (_: unknown, view: Uint8Array) => seen.push(view),
    onFinish() {},
  });
  new FrameParser(sink).push(octets);
  const second = new FrameParser(sink);
  second.push(octets.subarray(0, 3000));
  second.push(octets.subarray(3000));
  assert.equal(seen.length, 3);
  for (const view of seen) assert.equal(view.buffer, octets.buffer);
});

const TRICKY: [name: string, body: string][] = [
  ["nothing", ""],
  ["a CRLF", "\r\n"],
  ["a lone CR", "\r"],
  ["a lone LF", "\n"],
  ["hyphens", "-".repeat(1000)],
  ["seven hyphens at the beginning", "-------"],
  ["the end-line without its CRLF before it", "x-------d93kswow$\r\n"],
  ["the end-line after a lone LF", "x\n-------d93kswow$\r\n"],
  ["the end-line after a lone CR", "x\r-------d93kswow$\r\n"],
  ["the end-line without a flag", "x\r\n-------d93kswow\r\n"],
  ["the end-line with another flag", "x\r\n-------d93kswow!\r\n"],
  ["the end-line with more behind the flag", "x\r\n-------d93kswow$ \r\n"],
  ["the end-line with a lone CR behind it", "x\r\n-------d93kswow$\rx"],
  ["the end-line with a lone LF behind it", "x\r\n-------d93kswow$\nx"],
  ["eight hyphens before the id", "x\r\n--------d93kswow$\r\n"],
  ["six hyphens before the id", "x\r\n------d93kswow$\r\n"],
  ["another id", "x\r\n-------d93kswox$\r\n"],
  ["a longer id", "x\r\n-------d93kswowX$\r\n"],
  ["a shorter id", "x\r\n-------d93ksw$\r\n"],
  ["an end-line that begins in one that does not end", "x\r\n-------d93kswow$\r\r\n-------d93kswow"],
  ["CR upon CR", "\r\r\r\r\r\n\r\r\n"],
  ["a whole other frame", frame({ tid: "other123" }, "inner")],
  ["the head's end", "\r\n\r\n\r\n"],
  ["binary", String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))],
];
for (const [name, content] of TRICKY) {
  Deno.test(`a body with ${name} is passed on as it is, split anywhere`, () => {
    const text = frame({}, content) + frame({ tid: "nextone1" }, "next");
    const [first, next] = parsed(text).told;
    assert.equal(body(first), content);
    assert.equal(body(next), "next");
    for (let cut = 1; cut < text.length; cut++) {
      assert.equal(summary(parsed(text, [cut]).told), summary([first, next]), `cut at ${cut}`);
    }
    for (const size of [1, 2, 3, 5, 8, 13]) {
      assert.equal(summary(parsedInPieces(text, size).told), summary([first, next]));
    }
  });
}

Deno.test("the flag of the end-line is told", () => {
  for (const flag of ["$", "+", "#"]) {
    for (const content of ["", "x", null]) {
      for (const size of [1, 1000]) {
        const told = only(parsedInPieces(frame({}, content, flag), size).told);
        assert.ok(told.kind === "request");
        assert.equal(told.continuation, flag);
        assert.equal(told.body, content ?? "");
      }
    }
  }
});

Deno.test("an end-line straight behind the empty line ends an empty body, as some clients write it", () => {
  const text =
    `MSRP d93kswow SEND\r\nTo-Path: ${TO}\r\nFrom-Path: ${FROM}\r\nMessage-ID: 1\r\n\r\n-------d93kswow$\r\n`;
  for (const size of [1, 3, 1000]) {
    const told = parsedInPieces(text + frame({}, "next"), size).told;
    assert.equal(body(told[0]), "");
    assert.equal(body(told[1]), "next");
  }
});

Deno.test("a body without a media type is a body", () => {
  const text = `MSRP d93kswow SEND\r\nTo-Path: ${TO}\r\nFrom-Path: ${FROM}\r\n\r\nhello\r\n-------d93kswow$\r\n`;
  const told = only(parsed(text).told);
  assert.ok(told.kind === "request");
  assert.equal(told.body, "hello");
  assert.equal(told.request.contentType, "");
});

Deno.test("line ends between frames are let pass", () => {
  const text = "\r\n\r\n" + frame({}, "a") + "\r\n\r\n\r\n" + frame({}, null) + "\r\n";
  for (const size of [1, 2, 1000]) assert.equal(parsedInPieces(text, size).told.length, 2);
});

const BROKEN: [name: string, text: string, reason: RegExp, answered: boolean][] = [
  ["another protocol", "GET / HTTP/1.1\r\n", /does not begin with MSRP/, false],
  ["a TLS hello", "\x16\x03\x01\x02\x00\x01", /does not begin with MSRP/, false],
  ["lower case", frame({}, "x").replace("MSRP", "msrp"), /does not begin with MSRP/, false],
  ["no transaction id", "MSRP  SEND\r\n\r\n", /without a transaction id/, false],
  ["an id that is too long", frame({ tid: "x".repeat(33) }, "x"), /without a transaction id/, false],
  ["an id that begins with a hyphen", frame({ tid: "-abc" }, "x"), /without a transaction id/, false],
  ["an id with a blank character", frame({ tid: "ab\tc" }, "x"), /without a transaction id/, false],
  ["a method in lower case", frame({ method: "send" }, "x"), /neither a method nor a status/, false],
  ["a status of four digits", frame({ method: "2000" }, null), /neither a method nor a status/, false],
  ["no paths", "MSRP d93kswow SEND\r\n-------d93kswow$\r\n", /without its paths/, false],
  ["no From-Path", `MSRP d93kswow SEND\r\nTo-Path: ${TO}\r\n-------d93kswow$\r\n`, /without its paths/, false],
  ["a lone LF in the head", frame({ lines: "X: a\nY: b\r\n" }, "x"), /ends without CR/, true],
  ["a lone CR in the head", frame({ lines: "X: a\rY: b\r\n" }, "x"), /CR or LF that ends no line/, true],
  ["the end-line of another", frame({}, null).replace("-------d93", "-------d94"), /does not belong/, true],
  ["an end-line without a flag", frame({}, null, ""), /does not belong/, true],
  ["a response with a body", frame({ method: "200" }, "x"), /response with a body/, false],
  ["too many lines", frame({ lines: "X: y\r\n".repeat(100) }, "x"), /more than 64 header lines/, true],
  ["a long REPORT", frame({ method: "REPORT" }, "x".repeat(10_241)), /REPORT with a body of more than 10240/, true],
];
for (const [name, text, expected, answered] of BROKEN) {
  Deno.test(`nothing is read behind ${name}`, () => {
    for (const size of [1, 2, 50, 20_000]) {
      const told = parsedInPieces(text + frame({}, "next"), size).told.filter(({ kind }) => kind !== "unfinished");
      const last = only(told);
      assert.ok(last.kind === "broken");
      assert.match(last.reason, expected);
      assert.equal(last.request !== null, answered);
      if (last.request !== null) {
        assert.deepEqual([last.request.tid, last.request.toPath, last.request.fromPath], ["d93kswow", TO, FROM]);
      }
    }
  });
}

Deno.test("what speaks another protocol is refused with its first octets, before it goes on", () => {
  assert.match(reason("GET "), /does not begin with MSRP/);
});

Deno.test("a REPORT that is broken is not answered, nor is a request that wants no answers", () => {
  const report = only(parsed(frame({ method: "REPORT", lines: "X\n" }, null)).told);
  assert.ok(report.kind === "broken" && report.request === null);
  const silent = only(parsed(frame({ lines: "Failure-Report: no\r\nX\n" }, null)).told);
  assert.ok(silent.kind === "broken" && silent.request?.failureReport === "no");
});

const BAD: [name: string, lines: string, reason: RegExp][] = [
  ["a Byte-Range with letters", "Byte-Range: a-b/c\r\n", /Byte-Range/],
  ["a Byte-Range from 0", "Byte-Range: 0-5/5\r\n", /Byte-Range/],
  ["a Byte-Range that goes backwards", "Byte-Range: 9-5/20\r\n", /Byte-Range/],
  ["a Byte-Range behind its total", "Byte-Range: 9-*/5\r\n", /Byte-Range/],
  ["a Byte-Range of 16 digits", "Byte-Range: 1000000000000000-*/*\r\n", /Byte-Range/],
  ["two of them", "Byte-Range: 1-2/2\r\nByte-Range: 1-2/2\r\n", /Byte-Range twice/],
  ["two Message-IDs", "message-id: other\r\n", /message-id twice/],
  ["two To-Paths", `To-Path: ${FROM}\r\n`, /To-Path twice/],
  ["a Success-Report", "Success-Report: maybe\r\n", /Success-Report/],
  ["a Failure-Report", "Failure-Report: maybe\r\n", /Failure-Report/],
  ["a Status", "Status: 200 OK\r\n", /Status/],
  ["a line without a colon", "nonsense\r\n", /no header/],
  ["a folded line", "X: a\r\n b\r\n", /no header/],
  ["a NUL", "X: a\0b\r\n", /no header/],
];
for (const [name, lines, expected] of BAD) {
  Deno.test(`${name} in the head is 400, and the frames behind it are read`, () => {
    for (const content of ["the body", null]) {
      for (const size of [1, 7, 1000]) {
        const told = parsedInPieces(frame({ lines }, content) + frame({ tid: "nextone1" }, "next"), size).told;
        assert.equal(told.length, 2, JSON.stringify(told));
        assert.ok(told[0].kind === "bad");
        assert.match(told[0].reason, expected);
        assert.deepEqual([told[0].request.tid, told[0].request.toPath], ["d93kswow", TO]);
        assert.equal(body(told[1]), "next");
      }
    }
  });
}

Deno.test("a head may be as long as the limit says, and no longer; it is not kept beyond it", () => {
  const limits = { ...DEFAULT_FRAME_LIMITS, head: 1000 };
  const fixed = frame({ lines: "X: \r\n" }, "").length - "\r\n-------d93kswow$\r\n".length;
  for (const size of [1, 100, 2000]) {
    const fits = parsedInPieces(frame({ lines: `X: ${"y".repeat(1000 - fixed)}\r\n` }, ""), size, limits).told;
    assert.equal(only(fits).kind, "request");
    const long = only(parsedInPieces(frame({ lines: `X: ${"y".repeat(1001 - fixed)}\r\n` }, ""), size, limits).told);
    assert.ok(long.kind === "broken" && long.request !== null);
    assert.match(long.reason, /head of more than 1000 octets/);
    assert.equal(only(parsedInPieces("MSRP " + "x".repeat(5000), size, limits).told).kind, "broken");
  }
});

Deno.test("headers in any order, in any case, with odd blanks; a long head, a long path", () => {
  const lines = [
    "MSRP d93kswow SEND",
    "content-type:text/plain ",
    "FAILURE-REPORT:  Partial",
    "X-Long: " + "y".repeat(2000),
    `From-Path:\t${FROM}`,
    "byte-range: 5-*/10",
    `To-Path: ${TO}  ${FROM}`,
    "Message-ID: {6ba7b810-9dad-11d1-80b4-00c04fd430c8}@host",
    "",
    "hello",
    "-------d93kswow+",
    "",
  ];
  const told = only(parsed(lines.join("\r\n")).told);
  assert.ok(told.kind === "request");
  const { request } = told;
  assert.equal(request.toPath, `${TO} ${FROM}`);
  assert.equal(request.fromPath, FROM);
  assert.equal(request.contentType, "text/plain");
  assert.equal(request.failureReport, "partial");
  assert.deepEqual([request.start, request.end, request.total], [5, -1, 10]);
  assert.equal(request.header("x-long")?.length, 2000);
  assert.equal(told.body, "hello");
});

Deno.test("a Status of another namespace stays a line: whoever passes the report on passes it, too", () => {
  const told = only(parsed(frame({ method: "REPORT", lines: "Status: 123 456 strange\r\n" }, null)).told);
  assert.ok(told.kind === "request");
  assert.equal(told.request.status, 0);
  assert.equal(told.request.others, "Status: 123 456 strange\r\n");
});

Deno.test("a parser that was stopped tells no more, also not of the same read", () => {
  const recorder = new FrameRecorder();
  const parser: FrameParser = new FrameParser(Object.assign(Object.create(recorder), { onWhole: () => parser.stop() }));
  parser.push(fromLatin1(frame({}, "a") + frame({}, "b") + "garbage"));
  parser.push(fromLatin1(frame({}, "c")));
  assert.deepEqual(recorder.told, []);
});

Deno.test("parsers may share a reader, whatever octets of theirs come in turn", () => {
  const reader = new HeadReader(DEFAULT_FRAME_LIMITS);
  const texts = [TO, FROM].map((toPath) =>
    ["x", "y", "z"].map((messageId) => frame({ toPath, messageId, lines: "X-One: 1\r\n" }, `${messageId} ${toPath}`))
      .join("")
  );
  const alone = texts.map((text) => parsed(text).told);
  for (const step of [1, 7, 50, 333]) {
    const recorders = texts.map(() => new FrameRecorder());
    const parsers = recorders.map((recorder) => new FrameParser(recorder, DEFAULT_FRAME_LIMITS, reader));
    for (let at = 0; at < Math.max(...texts.map(({ length }) => length)); at += step) {
      parsers.forEach((parser, i) => parser.push(fromLatin1(texts[i].slice(at, at + step))));
    }
    assert.deepEqual(recorders.map(({ told }) => told), alone);
  }
});

Deno.test("heads that relays have made long are read as others, again and again", () => {
  const path = (hosts: number) =>
    Array.from({ length: hosts }, (_, i) => `msrps://relay${i}.test:2855/abcdef;tcp`).join(" ");
  const heads = [16, 1, 12, 2, 16].map((hosts) => ({ toPath: path(hosts), fromPath: path(Math.ceil(hosts / 2)) }));
  const { told } = parsed(heads.map((head) => frame(head, "body")).join(""));
  assert.deepEqual(
    told.map((one) => one.kind === "request" ? [one.request.toPath, one.request.fromPath, one.body] : one.kind),
    heads.map(({ toPath, fromPath }) => [toPath, fromPath, "body"]),
  );
});

Deno.test("a body that is passed over ends where it ends", () => {
  const pieces: number[] = [];
  class Uninterested extends FrameRecorder {
    override onBegin(): void {
      parser.passOver();
    }
    override onPiece(_: unknown, octets: Uint8Array): void {
      pieces.push(octets.length);
    }
  }
  const recorder = new Uninterested();
  const parser: FrameParser = new FrameParser(recorder);
  const octets = fromLatin1(frame({}, "a".repeat(500)) + frame({}, "b"));
  parser.push(octets.subarray(0, 300));
  parser.push(octets.subarray(300));
  assert.deepEqual(pieces, []);
  assert.equal(body(only(recorder.told)), "b");
});

Deno.test("any frames, split anywhere, are told as the same frames", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "-------",
      "\r\n-------",
      "\r\n",
      "\r",
      "-",
      "d93kswow",
      "\r\n-------d93kswow",
      "$\r\n",
      "\r\n-------d93kswow$",
    ),
    fc.string({ maxLength: 40 }).map((text) => text.replace(/[^\x00-\xff]/g, "?")),
  );
  const content = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""))
    .filter((text) => !/\r\n-------d93kswow[$+#]\r\n/.test(`\r\n${text}\r\n-`));
  const message = fc.record({ content: fc.option(content), flag: fc.constantFrom("$", "+", "#") });
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(3000), { maxLength: 20 }),
      (messages, cuts) => {
        const text = messages.map(({ content, flag }) => frame({}, content, flag)).join("");
        const told = parsed(text, cuts).told;
        assert.deepEqual(
          told.map((one) => one.kind === "request" && [one.body, one.continuation]),
          messages.map(({ content, flag }) => [content ?? "", flag]),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("20,000 mutated frames: no exception, and no difference between one read and many", () => {
  const result = mutateAndParse(20_000, 4975);
  // The mutations leave some of everything: else the run would prove little.
  for (const count of [result.requests, result.responses, result.bad, result.broken]) {
    assert.ok(count > 500, JSON.stringify(result));
  }
});

Deno.test("a run of hyphens, and an end-line that never comes, cost time in proportion", () => {
  const time = (unit: string, octets: number): number => {
    const parser = new FrameParser(new CountingSink());
    parser.push(fromLatin1(frame({}, "").slice(0, -20)));
    const view = fromLatin1(unit.repeat(Math.ceil(32_768 / unit.length)).slice(0, 32_768));
    const begin = performance.now();
    for (let left = octets; left > 0; left -= view.length) parser.push(view);
    return performance.now() - begin;
  };
  for (const unit of ["-", "\r\n-------d93kswow!", "\r\n-------", "------x"]) {
    time(unit, 4_194_304);
    const took = time(unit, 16_777_216);
    assert.ok(took < 2_000, `${JSON.stringify(unit)}: ${took} ms for 16 MiB`);
  }
});

class CountingSink extends FrameRecorder {
  override onPiece(): void {}
}
