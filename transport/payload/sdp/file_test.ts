import assert from "node:assert/strict";
import fc from "fast-check";
import { fromLatin1, toLatin1, utf8 } from "../../../foundation/mod.ts";
import {
  fileOfferIn,
  parseCid,
  parseFileDates,
  parseFileRange,
  withFileOffer,
  writeCid,
  writeFileRange,
} from "./file_offer.ts";
import {
  FILE_SELECTOR_LIMITS,
  type FileSelector,
  hashText,
  isEmptySelector,
  parseFileSelector,
  writeFileSelector,
} from "./file_selector.ts";
import { acceptedFile, localFileName, selectorConflict, selectsFile } from "./file_transfer.ts";
import { example } from "./testing/examples.ts";

const HASH = "72:24:5F:E8:65:3D:DA:F3:71:36:2F:86:D4:71:91:3E:E4:A2:CE:2E";
const sha1 = (value: string) => [{ algorithm: "sha-1", value }];

function fileOf(name: string) {
  return fileOfferIn(example(name).media[0].lines)!;
}

Deno.test("RFC 5547 figure 2: everything an offer can say of a file", () => {
  assert.deepEqual(fileOf("rfc5547/01"), {
    selector: { name: "My cool picture.jpg", size: 32349, type: "image/jpeg", hashes: sha1(HASH) },
    transferId: "vBnG916bdberum2fFEABR1FR3ExZMUrd",
    disposition: "attachment",
    dates: { creation: "Mon, 15 May 2006 15:01:31 +0300" },
    icon: "id2@alicepc.example.com",
    range: { start: 1, stop: 32349 },
  });
});

Deno.test("RFC 5547 §9: offers and answers, push and pull, are written as they were", () => {
  for (let n = 1; n <= 8; n++) {
    const { lines } = example(`rfc5547/0${n}`).media[0];
    assert.deepEqual(withFileOffer(lines, fileOfferIn(lines)), lines, `example ${n}`);
    assert.ok(!withFileOffer(lines, undefined).some((line) => line.startsWith("a=file-")));
  }
  assert.deepEqual(fileOf("rfc5547/04").selector, { hashes: sha1(HASH) });
});

Deno.test("RFC 5547 §8.5: an empty selector only says that files are understood", () => {
  const capability = fileOf("rfc5547/08");
  assert.ok(isEmptySelector(capability.selector));
  assert.deepEqual(withFileOffer([], { selector: { hashes: [] } }), ["a=file-selector"]);
  assert.ok(!isEmptySelector(fileOf("rfc5547/04").selector));
});

Deno.test("names: escapes, UTF-8, and what clients get wrong", () => {
  for (
    const [written, name] of [
      ["a%22b%25c%0D%0A.txt", 'a"b%c\r\n.txt'],
      ["r\xc3\xa9sum\xc3\xa9.doc", "résumé.doc"],
      ["%C3%A9%F0%9F%98%80", "é😀"],
      ["a%2Fb\\c:d", "a/b\\c:d"],
      ["100% sure%", "100% sure%"],
      ["r\xe9sum\xe9", "résumé"],
      ["\xef\xbb\xbfx", "\ufeffx"],
    ]
  ) {
    assert.equal(parseFileSelector(`name:"${written}"`).name, name, written);
  }
  assert.equal(writeFileSelector({ name: 'a"%/\\\n é', hashes: [] }), 'name:"a%22%25%2F%5C%0A \xc3\xa9"');
});

Deno.test("types carry parameters between a selector and a Content-Type", () => {
  const { type } = parseFileSelector('type:Text/Plain;Charset="utf-8";title="a%22 b\\c";x=y size:0');
  assert.equal(type, 'text/plain;charset=utf-8;title="a\\" b\\\\c";x=y');
  assert.equal(writeFileSelector({ type, hashes: [] }), 'type:text/plain;charset="utf-8";title="a%22 b%5Cc";x="y"');
});

Deno.test("hashes: several, any algorithm, any case; selectors of the future are passed over", () => {
  assert.deepEqual(parseFileSelector("hash:SHA-1:0a:ff  future:x:y hash:sha-256:00"), {
    hashes: [{ algorithm: "sha-1", value: "0A:FF" }, { algorithm: "sha-256", value: "00" }],
  });
  assert.equal(hashText(new Uint8Array([0, 10, 255])), "00:0A:FF");
});

for (
  const text of [
    "name:x",
    'name:""',
    'name:"x',
    'name:"x"y"',
    'name:"a" name:"b"',
    "size:",
    "size:-1",
    "size:1 size:1",
    "size:99999999999999999999",
    "type:text",
    "type:text/plain;",
    'type:text/plain;a="b',
    'type:text/plain;"b"',
    "type:a/b type:a/b",
    "hash:sha-1",
    "hash:sha-1:0",
    "hash:sha-1:00:",
    "hash:s a:00",
    "nothing",
    "hash:sha-1:00 ".repeat(FILE_SELECTOR_LIMITS.hashes + 1),
    `type:a/b${';c="d"'.repeat(FILE_SELECTOR_LIMITS.typeParams + 1)}`,
  ]
) {
  Deno.test(`no file selector: ${text.slice(0, 40)}`, () => assert.throws(() => parseFileSelector(text), SyntaxError));
}

const hash = fc.record({
  algorithm: fc.constantFrom("sha-1", "sha-256"),
  value: fc.uint8Array({ minLength: 1, maxLength: 20 }).map(hashText),
}, { noNullPrototype: true });
const selector: fc.Arbitrary<FileSelector> = fc.record({
  name: fc.string({ unit: "binary", minLength: 1 }),
  size: fc.maxSafeNat(),
  type: fc.constantFrom("image/jpeg", "text/plain;charset=utf-8", 'text/plain;title="a \\" % / é"'),
  hashes: fc.array(hash, { maxLength: 3 }),
}, { requiredKeys: ["hashes"], noNullPrototype: true });

Deno.test("property: a selector with any Unicode name is read back, also through octets", () => {
  fc.assert(fc.property(selector, (selector) => {
    const text = writeFileSelector(selector);
    assert.match(text, /^[\x20-\xff]*$/);
    assert.deepEqual(parseFileSelector(toLatin1(fromLatin1(text))), selector);
  }));
});

Deno.test("property: any text is a selector or a SyntaxError, in linear time", () => {
  const piece = fc.constantFrom('name:"', '"', " ", "type:a/b", ';c="d"', "hash:sha-1:", "00:", "size:1", "%", ":");
  fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
    try {
      parseFileSelector(pieces.join(""));
    } catch (error) {
      assert.ok(error instanceof SyntaxError);
    }
  }));
  const start = performance.now();
  for (const piece of ['"', "a:", " ", 'name:"a" ', "hash:sha-1:" + "00:".repeat(2700), 'type:a/b;c="']) {
    assert.throws(() => parseFileSelector("x:" + piece.repeat(8000 / piece.length) + '"'), SyntaxError);
  }
  assert.ok(performance.now() - start < 500);
});

Deno.test("ranges", () => {
  assert.deepEqual(parseFileRange("1-*"), { start: 1, stop: null });
  assert.deepEqual(parseFileRange("1001-4096"), { start: 1001, stop: 4096 });
  assert.equal(writeFileRange({ start: 5, stop: null }) + " " + writeFileRange({ start: 5, stop: 5 }), "5-* 5-5");
  for (const text of ["", "-", "1", "1-", "-5", "0-5", "5-4", "*-5", "1-5-6", "a-b", " 1-2"]) {
    assert.throws(() => parseFileRange(text), SyntaxError, text);
  }
});

Deno.test("dates: three kinds, as written", () => {
  assert.deepEqual(parseFileDates('creation:"a" read:"c" modification:"b"'), {
    creation: "a",
    read: "c",
    modification: "b",
  });
  for (const text of ['creation:"a" creation:"b"', "creation:a", 'birth:"a"', 'creation:"a', 'creation:""']) {
    assert.throws(() => parseFileDates(text), SyntaxError, text);
  }
});

Deno.test("RFC 2392: Content-IDs and their URLs", () => {
  assert.equal(parseCid("cid:foo4%25foo1@bar.net"), "foo4%foo1@bar.net");
  assert.equal(writeCid("<foo4%foo1@bar.net>"), "cid:foo4%25foo1@bar.net");
  for (const url of ["cid:", "mid:x", "cid:a b", "id2@x"]) assert.throws(() => parseCid(url), SyntaxError, url);
});

Deno.test("RFC 5547 §5: a file fits when each selector does", () => {
  const file = { name: "a.jpg", size: 7, type: "image/jpeg", hashes: sha1("AA") };
  for (
    const [selector, fits] of [
      ["", true],
      ['name:"a.jpg"', true],
      ['name:"b.jpg" hash:sha-1:AA', false],
      ["size:7 type:image/jpeg", true],
      ["size:8", false],
      ["type:image/png", false],
      ['type:image/jpeg;q="1"', true],
      ["hash:sha-1:aa", true],
      ["hash:sha-1:BB", false],
      ["hash:sha-256:AA", false],
      ["hash:sha-256:CC hash:sha-1:AA", true],
    ] as const
  ) {
    assert.equal(selectsFile(parseFileSelector(selector), file), fits, selector);
  }
  assert.equal(selectsFile(parseFileSelector("size:7"), { hashes: [] }), false);
});

Deno.test("RFC 5547 §8.3.1: what came is checked against what was said", () => {
  const said = parseFileSelector('name:"a" size:7 type:text/plain hash:sha-1:AA');
  assert.equal(selectorConflict(said, { hashes: [] }), null);
  assert.equal(selectorConflict(said, { size: 7, hashes: sha1("AA") }), null);
  assert.equal(selectorConflict(said, { size: 8, hashes: [] }), "size");
  assert.equal(selectorConflict(said, { hashes: sha1("AB") }), "hash");
  assert.equal(selectorConflict(said, { type: "text/html", hashes: [] }), "type");
  assert.equal(selectorConflict(said, { name: "b", hashes: [] }), "name");
});

Deno.test("RFC 5547 §8.3: an accepting answer mirrors what it must", () => {
  const offered = fileOf("rfc5547/02");
  assert.deepEqual(acceptedFile(offered), fileOf("rfc5547/03"));
  assert.deepEqual(acceptedFile(fileOf("rfc5547/01")).range, { start: 1, stop: 32349 });
});

Deno.test("RFC 5547 §6: a name that is safe here", () => {
  for (
    const [name, safe] of [
      ["My cool picture.jpg", "My cool picture.jpg"],
      ["../../etc/passwd", "_.._etc_passwd"],
      ["C:\\x\\y.exe", "C__x_y.exe"],
      ["..", "file"],
      ["", "file"],
      [" . ", "file"],
      ["nul.txt", "_nul.txt"],
      ["NUL ", "_NUL"],
      ['Ω "é" 😀.txt', "Ω _é_ 😀.txt"],
      ["gpj.\u202eexe.a", "gpj._exe.a"],
      ["a\0b\nc", "a_b_c"],
      ["\ud800x", "_x"],
    ]
  ) {
    assert.equal(localFileName(name), safe, name);
  }
  assert.equal(localFileName("a".repeat(199) + " b"), "a".repeat(199));
  const long = localFileName("é".repeat(500) + ".tar.gz");
  assert.ok(utf8(long).length <= 200 && long.endsWith("é.gz"));
});

Deno.test("property: a safe name is one path segment, and safe already", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
    const safe = localFileName(name);
    assert.match(safe, /^[^/\\\x00-\x1f]+$/);
    assert.ok(utf8(safe).length <= 200 && safe !== "." && safe !== "..");
    assert.equal(localFileName(safe), safe);
  }));
});
