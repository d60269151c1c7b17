import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes, fromLatin1, toLatin1 } from "../../../foundation/mod.ts";
import { type FramerSink, frameWhole, StreamFramer } from "./framing.ts";
import { BAD_LENGTH, contentLength, findHeadEnd, NO_LENGTH } from "./head_scan.ts";
import { Slab } from "./slab.ts";
import { messageBytes, pattern } from "./testing.ts";

const LIMITS = { message: 4096, body: 2048 };

class Log implements FramerSink {
  readonly lines: string[] = [];
  onFrame(head: string, body: Uint8Array): void {
    this.lines.push(`frame ${head}${toLatin1(body)}`);
  }
  onPing(): void {
    this.lines.push("ping");
  }
  onRefusedFrame(head: string, status: number, reason: string): void {
    this.lines.push(`refused ${status} ${reason} ${head.length}`);
  }
  onGarbledFrame(reason: string): void {
    this.lines.push(`garbled ${reason}`);
  }
}

function cut(stream: Uint8Array, sizes: readonly number[]): string[] {
  const log = new Log();
  const framer = new StreamFramer(log, LIMITS, new Slab());
  let at = 0;
  for (let i = 0; at < stream.length; i++) {
    const size = sizes.length === 0 ? stream.length : Math.max(1, sizes[i % sizes.length]);
    // The chunk is spoiled after each push, as a read buffer is.
    const chunk = stream.slice(at, at + size);
    framer.push(chunk);
    chunk.fill(0xee);
    at += size;
  }
  return log.lines;
}

const item = fc.oneof(
  fc.record({ n: fc.nat(999), size: fc.nat(600), extra: fc.constantFrom("", "X: \r\n\ty\r\n", "l:  3\r\n") })
    .map(({ n, size, extra }) => messageBytes(n, pattern(extra.startsWith("l") ? 3 : size), extra)),
  fc.constantFrom("\r\n", "\r\n\r\n", "\r\n\r\n\r\n").map(fromLatin1),
);

Deno.test("any split of a stream gives the same messages and pings", () => {
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 8 }),
      (items, sizes) => {
        const stream = concatBytes(items);
        const whole = cut(stream, []);
        assert.equal(whole.filter((line) => line.startsWith("frame")).length, items.filter((i) => i.length > 6).length);
        assert.deepEqual(cut(stream, sizes), whole);
        assert.deepEqual(cut(stream, [1]), whole);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("any octets at all end in messages, a refusal or garbage, the same for any split", () => {
  const soup = fc.array(
    fc.constantFrom("\r", "\n", "\r\n\r\n", "A b\r\n", "l:1\r\n", "Content-Length: 9\r\n", "\0", "é"),
  )
    .map((parts) => fromLatin1(parts.join("")));
  fc.assert(
    fc.property(soup, fc.integer({ min: 1, max: 7 }), (stream, size) => {
      assert.deepEqual(cut(stream, [size]), cut(stream, []));
    }),
    { numRuns: 500 },
  );
});

Deno.test("a body is there for ever, whatever becomes of the read buffer", () => {
  const bodies: Uint8Array[] = [];
  const log = new Log();
  log.onFrame = (_head, body) => void bodies.push(body);
  const framer = new StreamFramer(log, { message: 65_535, body: 65_535 }, new Slab());
  for (const size of [1, 100, 9000, 30_000, 5]) {
    const chunk = messageBytes(size, pattern(size));
    framer.push(chunk);
    chunk.fill(0);
  }
  assert.deepEqual(bodies.map((body) => body.length), [1, 100, 9000, 30_000, 5]);
  for (const body of bodies) assert.deepEqual(body, pattern(body.length));
});

const refusals: readonly [string, string, string][] = [
  ["no Content-Length", "A b SIP/2.0\r\nX: y\r\n\r\n", "refused 400 Content-Length missing"],
  [
    "a Content-Length that is a word",
    "A b SIP/2.0\r\nContent-Length: x\r\n\r\n",
    "refused 400 Content-Length makes no sense",
  ],
  ["a negative Content-Length", "A b SIP/2.0\r\nl: -1\r\n\r\n", "refused 400 Content-Length makes no sense"],
  ["two that differ", "A b SIP/2.0\r\nl: 1\r\nContent-Length: 2\r\n\r\n", "refused 400 Content-Length makes no sense"],
  ["a body too long", "A b SIP/2.0\r\nl: 2049\r\n\r\n", "refused 413 Body longer than 2048 octets"],
  [
    "a message too long",
    `A b SIP/2.0\r\nX: ${"y".repeat(3000)}\r\nl: 2000\r\n\r\n`,
    "refused 513 Message longer than 4096",
  ],
  ["a head without end", `A b SIP/2.0\r\nX: ${"y".repeat(5000)}`, "refused 513 Message longer than 4096 octets 15"],
  ["a line without end", "A".repeat(5000), "garbled a line longer than a message may be"],
  ["a TLS hello", "\x16\x03\x01", "garbled does not begin as a SIP message does"],
];
for (const [what, stream, expected] of refusals) {
  Deno.test(`a stream with ${what} is refused, and nothing after it is read`, () => {
    for (const sizes of [[], [1], [7]]) {
      const lines = cut(concatBytes([fromLatin1(stream), messageBytes(1)]), sizes);
      assert.equal(lines.length, 1);
      assert.ok(lines[0].startsWith(expected), lines[0]);
    }
  });
}

Deno.test("Content-Length is found in any spelling, and only there", () => {
  const of = (line: string) => contentLength(`A b SIP/2.0\r\n${line}\r\n\r\n`);
  assert.equal(of("Content-Length: 7"), 7);
  assert.equal(of("CONTENT-LENGTH \t:7 "), 7);
  assert.equal(of("content-length:\r\n  7"), 7);
  assert.equal(of("L: 7"), 7);
  assert.equal(of("l: 7\r\nContent-Length: 7"), 7);
  // Lines end with CRLF: a bare LF, or CR, begins no line in which a length could be smuggled.
  assert.equal(of("Subject: x\nContent-Length: 7"), NO_LENGTH);
  assert.equal(of("l: 3\r\nSubject: x\nl: 7\rl: 8"), 3);
  assert.equal(of("Content-Lengths: 7"), NO_LENGTH);
  assert.equal(of("Content\rLength: 7"), NO_LENGTH);
  assert.equal(of("Language: 7"), NO_LENGTH);
  assert.equal(of("Subject: x\r\n Content-Length: 7"), NO_LENGTH);
  assert.equal(of("Content-Length: 7 8"), BAD_LENGTH);
  assert.equal(of("Content-Length: 99999999999"), BAD_LENGTH);
  assert.equal(of("Content-Length:"), BAD_LENGTH);
});

Deno.test("the end of a head is found wherever a search stopped before", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("\r", "\n", "\r\n", "a", "bcd")), fc.nat(40), (parts, stop) => {
      const text = parts.join("");
      const bytes = fromLatin1(text);
      const expected = text.indexOf("\r\n\r\n");
      const first = findHeadEnd(bytes, 0, Math.min(stop, bytes.length));
      const found = first >= 0 ? first : findHeadEnd(bytes, 0, bytes.length, Math.min(stop, bytes.length));
      assert.equal(found, expected < 0 ? -1 : expected + 4);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a message that trickles in costs work in proportion to its length", () => {
  // 60,000 octets one by one: if each were searched or moved again, this would be 1.8e9 steps and not end in time.
  const stream = messageBytes(1, pattern(10), `X: ${"y".repeat(60_000)}\r\n`);
  const log = new Log();
  const framer = new StreamFramer(log, { message: 65_535, body: 65_535 }, new Slab());
  const before = performance.now();
  for (let i = 0; i < stream.length; i++) framer.push(stream.subarray(i, i + 1));
  assert.equal(log.lines.length, 1);
  assert.ok(performance.now() - before < 500);
});

Deno.test("a datagram is one message: leading CRLFs dropped, octets past Content-Length dropped, none needed", () => {
  const one = (text: string) => {
    const log = new Log();
    const bytes = fromLatin1(text);
    frameWhole(bytes, bytes.length, LIMITS, new Slab(), log);
    return log.lines[0];
  };
  assert.equal(one("\r\n\r\nA b\r\n\r\nhello"), "frame A b\r\n\r\nhello");
  assert.equal(one("A b\r\nl: 2\r\n\r\nhello"), "frame A b\r\nl: 2\r\n\r\nhe");
  assert.equal(one("A b\r\nl: 20\r\n\r\nhello"), "frame A b\r\nl: 20\r\n\r\nhello");
  assert.equal(one("A b\r\nl: 20\r\nhello"), "garbled no empty line after the headers");
  assert.equal(one("\0\0"), "garbled does not begin as a SIP message does");
  assert.equal(one(`A b\r\n\r\n${"x".repeat(2049)}`), `refused 413 Body longer than 2048 octets 7`);
});
