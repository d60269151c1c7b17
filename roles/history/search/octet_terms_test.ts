import { deepEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../../foundation/mod.ts";
import type { FindableMessage } from "../../../storage/mod.ts";
import { octetTerms } from "./octet_terms.ts";
import { TermList } from "./term_list.ts";
import { termsOfMessage } from "./terms.ts";

function messageOf(body: Uint8Array, headers: string): FindableMessage {
  return { contentType: "text/plain;charset=UTF-8", headers, file: "", body, content: null };
}

/** From the octets, and from the text of the same message with a header line that says nothing. */
function sameTerms(body: Uint8Array): void {
  const fromOctets = [...termsOfMessage(messageOf(body, ""))];
  const fromText = [...termsOfMessage(messageOf(body, "Content-Language: en\r\n"))];
  deepEqual(new Set(fromOctets), new Set(fromText), JSON.stringify(new TextDecoder().decode(body)));
}

const PIECES = [
  ..."a e i o u x 7 . = < é ü ß æ ø ½ ² ª º · ¨ ´ µ 図 안 녕 ห é 🙂 👩‍👩‍👧 🇩🇪 🄀 🯰 🅰 𝐁 й ſ İ".split(" "),
  " ",
  "\u00ad",
  "\u0301",
  "\u0308",
  "\u0338",
  "\u0345",
  "\u1161",
  "\u11a8",
  "\ufe0f",
  "\ufeff",
  "word",
  "longer",
  "Internet",
];

Deno.test("the terms of a text are the same from its octets as from its characters", () => {
  for (
    const text of ["", "Grüße aus Łódź", "\ufeffbegin", "a\ufeffb", "x\u00ad\u0301yz", "=\u0338 a\u0338", "end 🙂"]
  ) {
    sameTerms(utf8(text));
  }
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...PIECES), { maxLength: 24 }),
      (pieces) => sameTerms(utf8(pieces.join(""))),
    ),
    { numRuns: 5000 },
  );
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => sameTerms(utf8(text))));
});

Deno.test("octets that are no UTF-8 have the terms of what is read of them", () => {
  const octet = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x61, 0xc3, 0xa9, 0xf0, 0x9f, 0x99, 0x82));
  fc.assert(
    fc.property(fc.array(octet, { maxLength: 40 }), (octets) => sameTerms(Uint8Array.from(octets))),
    { numRuns: 5000 },
  );
});

Deno.test("a list of terms has room for a message of 16 KiB, and those of the last one alone", () => {
  const long = utf8(Array.from({ length: 2700 }, (_, n) => `w${n.toString(36).padStart(5, "0")}`).join(" "));
  ok(new Set(termsOfMessage(messageOf(long, ""))).size > 2000);
  deepEqual(termsOfMessage(messageOf(utf8("one two"), "")).length, 2);
});

Deno.test("pictures and Latin letters are read without a text", () => {
  for (const text of ["plain", "Käse 🙂 und Würste", "42"]) {
    const octets = utf8(text);
    deepEqual(octetTerms(octets, new TermList()), octets.length, text);
  }
  deepEqual(octetTerms(utf8("abc Łódź"), new TermList()), 3);
});
