import { deepEqual, equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../../foundation/mod.ts";
import { buildMultipart } from "../../../transport/payload/mod.ts";
import { messageOf, recordingOf, saidOf, wrapped } from "../testing/messages.ts";
import { type Phrase, phrasesOf, placeOf, SearchTextError } from "./phrases.ts";
import { ANY_SEARCH, type HistorySearch, queryOf } from "./query.ts";
import { HISTORY_WORDS } from "./terms.ts";
import { composed, wordsOf } from "./words.ts";

const search = (more: Partial<HistorySearch>) => queryOf({ ...ANY_SEARCH, ...more });
const finds = (words: string, message = saidOf("")) => search({ words }).matches(message, recordingOf());
const found = (words: string, text: string) => finds(words, saidOf(text));

/** A message is looked at where it has a term of each group; what matches must be looked at. */
function wouldLookAt(words: string, message = saidOf("")): boolean {
  const has = new Set(HISTORY_WORDS.termsOf(message));
  return search({ words }).terms.every((group) => group.some((term) => has.has(term)));
}

Deno.test("every word has to be there: longer ones as beginnings, those of up to three letters whole", () => {
  const text = "The new library opens tomorrow at noon.";
  for (
    const words of ["library", "libr", "LIBRARY tomorrow", "the noon", "at", "tomor  opens", "noon library", "open"]
  ) {
    ok(found(words, text), words);
  }
  for (const words of ["lib", "to", "ibrary", "library closed", "librarys", "th", "noo"]) {
    ok(!found(words, text), words);
  }
});

Deno.test("words in quotes follow each other, so do those that no blank parts", () => {
  const text = "See the well-known new library, not the old one";
  for (
    const words of ['"new library"', "well-known", '"known new libr', "„new library“", '"the old" see', '"library not"']
  ) {
    ok(found(words, text), words);
  }
  for (const words of ['"library new"', "known-well", '"new old"', "old-new"]) ok(!found(words, text), words);
});

Deno.test("accents and case do not matter, in whatever language", () => {
  ok(found("zoe cafe", "ZOË wartet im Café"));
  ok(found("GRUSSE", "Viele Grüße"));
  ok(found("привет", "ПРИВЕТ, мир"));
});

Deno.test("of scripts without spaces any run of characters is found, and one alone", () => {
  const text = "我们明天在图书馆见面";
  for (const words of ["图书馆", "图", "明天 图书", "面", "见面"]) {
    ok(found(words, text) && wouldLookAt(words, saidOf(text)), words);
  }
  for (const words of ["书图", "明在", "天图", "猫"]) ok(!found(words, text), words);
  ok(!found("图书", "图，书"));
});

Deno.test("what is searched: text of any kind and character set, in its wrapper, in a part, and names of files", () => {
  const multipart = buildMultipart("mixed", [
    { headers: [["Content-Type", "image/png"]], body: utf8("needle in octets") },
    { headers: [["Content-Type", "text/plain"]], body: utf8("a needle") },
  ]);
  for (
    const [name, message] of Object.entries({
      plain: saidOf("a needle"),
      wrapped: saidOf(wrapped("a needle"), { contentType: "message/cpim" }),
      latin: saidOf(Uint8Array.of(0x6e, 0x65, 0x65, 0x64, 0x6c, 0x65), {
        contentType: "text/plain; charset=iso-8859-1",
      }),
      unknown: saidOf("needle", { contentType: "text/plain;charset=klingon" }),
      html: saidOf("<p class='x'>a&#32;<b>needle</b>&amp;</p>", { contentType: "text/html" }),
      part: saidOf(multipart.body, { contentType: multipart.contentType }),
      file: saidOf(new Uint8Array([1, 2]), { contentType: "image/png", file: "Needle (1).png" }),
    })
  ) ok(finds("needle", message) && wouldLookAt("needle", message), name);
  ok(found("größe", "größe"));
  ok(finds("größe", saidOf(Uint8Array.of(0x67, 0x72, 0xf6, 0xdf, 0x65), { contentType: "text/plain;charset=latin1" })));
  for (
    const [name, message] of Object.entries({
      octets: saidOf("needle", { contentType: "application/octet-stream" }),
      coded: saidOf("needle", { headers: "Content-Encoding: gzip\r\n" }),
      base64: saidOf(
        utf8(
          "From: <sip:a@b>\r\nTo: <sip:c@d>\r\n\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nneedle",
        ),
        { contentType: "message/cpim" },
      ),
      tags: saidOf("<needle>x</needle>", { contentType: "text/html" }),
      broken: saidOf("needle", { contentType: "message/cpim" }),
      boundary: saidOf("needle", { contentType: "multipart/mixed" }),
    })
  ) ok(!finds("needle", message), name);
});

Deno.test("identity is no coding, however it is written; anything else is one", () => {
  for (
    const headers of [
      "Content-Encoding: identity\r\n",
      "content-encoding:\t Identity \r\nX: y\r\n",
      "Content-Encoding:identity",
    ]
  ) {
    ok(finds("needle", saidOf("needle", { headers })), headers);
  }
  for (const headers of ["Content-Encoding: gzip\r\n", "X: y\r\nContent-Encoding:  identity-ish\r\n"]) {
    ok(!finds("needle", saidOf("needle", { headers })), headers);
  }
  const coded = "From: <sip:a@b>\r\n\r\nContent-Type: text/plain\r\nContent-Encoding: Identity\r\n\r\nneedle";
  ok(finds("needle", saidOf(utf8(coded), { contentType: "message/cpim" })));
});

Deno.test("what matches has the terms that the store looks for, whatever is searched for in whatever text", () => {
  const letter = fc.constantFrom(..."abcdeé ß'-\"図書館かな안녕กข12.AB\u0301".split(""));
  fc.assert(
    fc.property(
      fc.string({ unit: letter, maxLength: 40 }),
      fc.string({ unit: letter, maxLength: 12 }),
      (text, words) => {
        const message = saidOf(text);
        let phrases: Phrase[];
        try {
          phrases = phrasesOf(words);
        } catch (error) {
          if (error instanceof SearchTextError) return;
          throw error;
        }
        const own = wordsOf(composed(text));
        const isThere = phrases.every((phrase) => placeOf(phrase, own) >= 0);
        const what = `${JSON.stringify(words)} in ${JSON.stringify(text)}`;
        equal(finds(words, message), isThere, what);
        ok(!isThere || wouldLookAt(words, message), what);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("parts of a text are found in it: any words of it, from their beginnings", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abcäö"), minLength: 4, maxLength: 9 });
  fc.assert(fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), fc.nat(), fc.nat(5), (all, which, length) => {
    const one = all[which % all.length].slice(0, 4 + length);
    ok(found(one, all.join(" ")));
  }));
});

Deno.test("people: by address with or without scheme, by name or its beginning; never by one's own", () => {
  const room = { uri: "sip:chess@example.test", name: "Chess Club" };
  const recording = recordingOf({ group: room });
  const of = (text: string, one = recording) => search({ with: text }).of(one);
  for (
    const text of [
      "sip:bob@example.test",
      "bob@EXAMPLE.test",
      "sips:bob@example.test;user=phone",
      "bob",
      "builder",
      "Bob Bui",
      "chess",
      "sip:chess@example.test",
      "",
    ]
  ) ok(of(text), text);
  for (const text of ["alice@example.test", "alice", "bobby", "carol@example.test", "uilder", "!"]) ok(!of(text), text);
  const hidden = recordingOf({
    parties: [{ uri: "sip:anonymous-1@example.test", name: "Bluebird" }, {
      uri: "sip:anonymous-2@example.test",
      name: "Robin",
    }],
  });
  ok(of("robin", hidden) && !of("bluebird", hidden));
});

Deno.test("folders hold what is in folders inside of them; no folder is a place of its own", () => {
  const of = (folder: string, name: string) => search({ folder }).of(recordingOf({ name }));
  ok(of("work", "work/plan") && of("work", "work/2026/plan") && of("work/2026", "work/2026/"));
  ok(!of("work", "works/plan") && !of("work", "work") && !of("2026", "work/2026/plan"));
  ok(of("", "plan") && !of("", "work/plan"));
  ok(search({ reference: "h-1" }).of(recordingOf()) && !search({ reference: "h-2" }).of(recordingOf()));
});

Deno.test("what is shown of a hit is about 120 characters of text around it, without line ends and without what turns lines round", () => {
  const text = `${"before ".repeat(60)}the\r\n needle\u202e<b>here</b> ${"behind ".repeat(60)}`;
  const shown = search({ words: "needle" }).snippet(saidOf(text));
  ok(shown.startsWith("…") && shown.endsWith("…") && shown.length <= 124, shown);
  ok(shown.includes("the needle <b>here</b>"), shown);
  equal(search({ words: "hello" }).snippet(saidOf("Hello")), "Hello");
  equal(search({}).snippet(saidOf("x", { contentType: "image/png", file: "cat.png" })), "cat.png");
  equal(search({ words: "cat" }).snippet(saidOf("A dog", { file: "cat.png" })), "cat.png");
  const faces = search({ words: "needle" }).snippet(saidOf(`needle ${"😀".repeat(100)}`));
  ok(faces.isWellFormed());
});

Deno.test("a search without a word, or with too many, is refused with what is wrong", () => {
  throws(() => search({ words: "?!" }), /has no word in it/);
  throws(() => search({ words: "a ".repeat(100) }), /more than 24 words/);
  throws(() => search({ words: "a".repeat(600) }), /more than 512 characters/);
  deepEqual(search({ words: "  " }).terms, []);
});

Deno.test("terms of hostile bodies cost no more than their length", () => {
  const began = performance.now();
  for (
    const text of ["<".repeat(16_000), "&#".repeat(8000), "a".repeat(16_000), "é".repeat(8000), '"'.repeat(16_000)]
  ) {
    for (const contentType of ["text/html", "text/plain"]) HISTORY_WORDS.termsOf(messageOf(text, { contentType }));
  }
  ok(performance.now() - began < 2000);
});
