import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { composed, LONGEST, wordsOf } from "./words.ts";

const words = (text: string) => wordsOf(composed(text)).map(({ text }) => text).join(" ");

Deno.test("words are letters and digits; marks are off, case is folded, compatibility forms are what they stand for", () => {
  for (
    const [text, wanted] of [
      ["Hello, World! 42", "hello world 42"],
      ["well-known e_mail it's", "well known e mail it s"],
      ["Grüße aus Łódź, Malmö und Ærø", "grusse aus lodz malmo und aero"],
      ["ΟΔΥΣΣΕΥΣ Οδυσσεύς", "οδυσσευσ οδυσσευσ"],
      ["İstanbul DIYARBAKIR Diyarbakır", "istanbul diyarbakir diyarbakir"],
      ["ﬁne Ｆｕｌｌ ½ ⅷ x²", "fine full 12 viii x2"],
      ["שָׁלוֹם سَلَام", "שלום سلام"],
      ["co\u00adoperate a\u200db", "cooperate ab"],
      ["Ёлка й", "елка и"],
      ["🎉 party 👩‍👩‍👧", "party"],
      ["𝐁𝐨𝐥𝐝", "bold"],
      ["", ""],
      ["\ud800x\udc00", "x"],
    ]
  ) equal(words(text), wanted, text);
});

Deno.test("vowel signs of Indic scripts are no accents: words that differ in them are different", () => {
  equal(words("की का"), "की का");
  equal(words("நீ நி"), "நீ நி");
});

Deno.test("of scripts without spaces each character is a word", () => {
  equal(words("図書館でSIPを"), "図 書 館 て sip を");
  equal(words("안녕 Bob"), "안 녕 bob");
  equal(words("ห้อง"), "ห อ ง".replace("ห อ", "ห ้ อ"));
});

Deno.test("the same text has the same words however its characters are put together", () => {
  for (const text of ["Grüße", "한국어", "がぎぐ", "Ångström", "việt nam"]) {
    equal(words(text.normalize("NFD")), words(text.normalize("NFC")), text);
    equal(words(text.toUpperCase()), words(text.toLowerCase()), text);
  }
});

Deno.test("places of words are those of the text; of endless ones the beginning is looked at", () => {
  const text = "Où est Zoë?";
  deepEqual(wordsOf(text).map(({ start, end }) => text.slice(start, end)), ["Où", "est", "Zoë"]);
  equal(words("x".repeat(1000)), "x".repeat(LONGEST));
  deepEqual(wordsOf("a b c d", 2).length, 2);
});

Deno.test("any text: words stand in order, apart, and hold nothing but folded letters and digits", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), (random) => {
    const text = composed(random);
    let end = 0;
    for (const word of wordsOf(text)) {
      ok(word.start >= end && word.end > word.start && word.end <= text.length);
      ok(word.text.length > 0 && !/[\s\p{P}\p{Lu}]/u.test(word.text), JSON.stringify(word.text));
      end = word.end;
    }
  }));
});
