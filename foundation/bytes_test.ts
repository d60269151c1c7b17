import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes, detached, EMPTY, fromLatin1, latin1Into, toLatin1, utf8 } from "./bytes.ts";

const octets = fc.uint8Array({ maxLength: 300 });

Deno.test("octets survive the way to text and back, one character each", () => {
  fc.assert(fc.property(octets, (bytes) => {
    const text = toLatin1(bytes);
    assert.equal(text, [...bytes].map((octet) => String.fromCharCode(octet)).join(""));
    assert.deepEqual(fromLatin1(text), bytes);
  }));
  const large = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
  assert.deepEqual(fromLatin1(toLatin1(large)), large);
});

Deno.test("a part of the octets, also of a view into others", () => {
  const view = fromLatin1("xxabcdefyy").subarray(2, 8);
  assert.deepEqual([toLatin1(view), toLatin1(view, 1), toLatin1(view, 1, 3), toLatin1(view, 2, 2)], [
    "abcdef",
    "bcdef",
    "bc",
    "",
  ]);
});

Deno.test("the way without Node's Buffer gives the same", async () => {
  const buffer = Object.getOwnPropertyDescriptor(globalThis, "Buffer")!;
  delete (globalThis as { Buffer?: unknown }).Buffer;
  try {
    const browser: typeof import("./bytes.ts") = await import("./bytes.ts?without-buffer" as "./bytes.ts");
    const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i * 31);
    assert.notEqual(browser.toLatin1, toLatin1);
    assert.equal(browser.toLatin1(bytes), toLatin1(bytes));
    assert.equal(browser.toLatin1(bytes, 5, 9), toLatin1(bytes, 5, 9));
  } finally {
    Object.defineProperty(globalThis, "Buffer", buffer);
  }
});

Deno.test("text is written in its place, and nothing beside it", () => {
  fc.assert(fc.property(octets, fc.nat(20), (bytes, at) => {
    const into = new Uint8Array(at + bytes.length + 5).fill(7);
    assert.equal(latin1Into(toLatin1(bytes), into, at), bytes.length);
    assert.deepEqual(into.subarray(at, at + bytes.length), bytes);
    assert.ok([...into.subarray(0, at), ...into.subarray(at + bytes.length)].every((octet) => octet === 7));
  }));
});

Deno.test("parts are joined in order", () => {
  assert.equal(toLatin1(concatBytes([utf8("é"), EMPTY, utf8("b")])), "\xc3\xa9b");
  assert.equal(concatBytes([]).length, 0);
});

Deno.test("a detached text is the same text, in latin1 and beyond", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
    assert.equal(detached(text), text);
  }));
  for (const text of ["\ufeffwith a byte order mark", "a lone surrogate \ud800 inside", "\u20ac".repeat(20_000)]) {
    assert.equal(detached(text), text);
  }
  assert.equal(detached("a long text with the euro sign € and 😀"), "a long text with the euro sign € and 😀");
});
