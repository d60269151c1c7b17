import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../../foundation/mod.ts";
import type { BodyReader, SaidMessage } from "../../../storage/mod.ts";
import { buildMultipart } from "../../../transport/payload/mod.ts";
import { recordingOf, saidOf, wrapped } from "../testing/messages.ts";
import { LongText } from "./long_text.ts";
import { ANY_SEARCH, queryOf } from "./query.ts";
import { HISTORY_WORDS, termsOfMessage } from "./terms.ts";
import { composed } from "./words.ts";

const PLAIN = "text/plain;charset=utf-8";

function longOf(contentType: string, more: Partial<SaidMessage> = {}): SaidMessage {
  return saidOf(new Uint8Array(), { contentType, content: { id: "x", octets: 0, sha256: "" }, ...more });
}

/** Gives a body in pieces of these sizes, again and again; true where all of it was wanted. */
function give(reader: BodyReader, body: Uint8Array, sizes: readonly number[] = [16_384]): boolean {
  for (let at = 0, n = 0; at < body.length; n++) {
    const size = sizes[n % sizes.length];
    // Valid during the call alone.
    const piece = body.slice(at, at + size);
    const more = reader.take(piece);
    piece.fill(0x21);
    if (!more) return false;
    at += size;
  }
  reader.end();
  return true;
}

function textOf(contentType: string, body: Uint8Array, sizes?: readonly number[]): string | null {
  let all = "";
  const reader = LongText.of(longOf(contentType), (text, at) => {
    equal(at, all.length);
    all += text;
    return true;
  });
  if (reader === null) return null;
  give(reader, body, sizes);
  return all;
}

function found(words: string, body: Uint8Array, message = longOf(PLAIN), sizes?: readonly number[]) {
  const query = queryOf({ ...ANY_SEARCH, words });
  const match = query.longMatch(message);
  if (match === null) return query.matches(message, recordingOf()) ? { snippet: query.snippet(message) } : null;
  const more = give(match, body, sizes);
  // It may have all of it, or be content with less.
  ok(more || match.matches || body.length > 60_000);
  return match.matches ? { snippet: query.snippet(message) } : null;
}

function termsOf(message: SaidMessage, body: Uint8Array, sizes?: readonly number[]): Set<number> {
  const terms = new Set<number>(HISTORY_WORDS.termsOf(message));
  const reader = HISTORY_WORDS.longTerms(message, (term) => terms.add(term));
  if (reader !== null) give(reader, body, sizes);
  return terms;
}

const letter = fc.constantFrom(..."abcdeé ß'-\"図書館かな안녕กข12.AB\u0301\u3099 😀\n");
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

Deno.test("any text in any pieces is the text, composed, and has the terms and words of the whole", () => {
  fc.assert(
    fc.property(fc.string({ unit: letter, maxLength: 200 }), sizes, (text, sizes) => {
      const body = utf8(text);
      equal(textOf(PLAIN, body, sizes), composed(text));
      deepEqual(termsOf(longOf(PLAIN), body, sizes), new Set(termsOfMessage(saidOf(text))));
    }),
    { numRuns: 500 },
  );
});

Deno.test("phrases are found across the ends of pieces, and nothing that is not there", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abc図書"), minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 4, maxLength: 40 }),
      fc.nat(),
      fc.nat(3),
      sizes,
      (all, from, more, sizes) => {
        const at = from % all.length;
        const body = utf8(all.join(more % 2 === 0 ? " " : " … \n\n - "));
        ok(found(`"${all.slice(at, at + 1 + more).join(" ")}"`, body, longOf(PLAIN), sizes));
        ok(!found('"zebra crossing"', body, longOf(PLAIN), sizes));
        ok(!found(`"${all[at]} zebra"`, body, longOf(PLAIN), sizes));
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("texts without blanks are cut between characters, or where they have to be; none is lost", () => {
  for (
    const text of ["図書館".repeat(9000), "ab,".repeat(9000), "x".repeat(27_000), "が".normalize("NFD").repeat(9000)]
  ) {
    equal(textOf(PLAIN, utf8(text)), composed(text));
  }
  ok(found("書館図", utf8("図書館".repeat(9000))));
  deepEqual(
    termsOf(longOf(PLAIN), utf8("図書館".repeat(9000))),
    new Set(termsOfMessage(saidOf("図書館図書館"))),
  );
});

Deno.test("what is looked into: the wrapper's text, HTML's words, the first text of several parts, other character sets", () => {
  const filler = "lorem ipsum <i>dolor</i> ".repeat(3000);
  const part = (type: string, body: string | Uint8Array, more: [string, string][] = []) => ({
    headers: [["Content-Type", type], ...more] as [string, string][],
    body: typeof body === "string" ? utf8(body) : body,
  });
  const cases: Record<string, readonly [type: string, body: Uint8Array, isThere: boolean]> = {
    wrapped: ["message/cpim", wrapped(`${filler} needle ${filler}`), true],
    "in the wrapper alone": [
      "message/cpim",
      utf8(`Subject: needle\r\n${new TextDecoder().decode(wrapped(filler))}`),
      false,
    ],
    html: ["text/html", utf8(`${filler}<b class="x y">nee</b>dle <em title="a > b">needle</em>${filler}`), true],
    "a tag": ["text/html", utf8(`${filler}<a needle="needle ${"x ".repeat(200)}">y</a>${filler}`), false],
    latin: ["text/plain;charset=iso-8859-1", Uint8Array.from([...utf8(filler), 0xe9, ...utf8(" needle")]), true],
    picture: ["image/png", utf8(` needle ${filler}`), false],
    "coded in a wrapper": [
      "message/cpim",
      utf8(
        `From: <sip:a@b>\r\n\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n needle ${filler}`,
      ),
      false,
    ],
    "a broken wrapper": ["message/cpim", utf8(`${filler} needle`), false],
    "parts without a boundary": ["multipart/mixed", utf8(`${filler} needle`), false],
  };
  const several = (name: string, isThere: boolean, ...parts: ReturnType<typeof part>[]) => {
    const { contentType, body } = buildMultipart("mixed", parts);
    cases[name] = [contentType, body, isThere];
    const head = utf8(`From: <sip:a@b>\r\n\r\nContent-Type: ${contentType}\r\n\r\n`);
    cases[`${name}, wrapped`] = ["message/cpim", Uint8Array.from([...head, ...body]), isThere];
  };
  const picture = part("image/png", new Uint8Array(200_000));
  several("text, then a picture", true, part(PLAIN, `${filler} needle`), picture);
  several("a short text before a large picture", true, part(PLAIN, "a needle"), picture);
  several("behind a small picture", true, part("image/png", new Uint8Array(9000)), part(PLAIN, `${filler} needle`));
  several("in the second text", false, part(PLAIN, filler), part(PLAIN, "needle"));
  several("behind a large picture", false, picture, part(PLAIN, "needle"));
  several("a coded part", false, part(PLAIN, `${filler} needle`, [["Content-Transfer-Encoding", "base64"]]));
  const inner = buildMultipart("alternative", [part("text/html", `${filler} needle`), part(PLAIN, "other")]);
  several("parts in parts", true, part(inner.contentType, inner.body), picture);
  const closed = buildMultipart("alternative", [part(PLAIN, "short"), part(PLAIN, "needle")]);
  several("the other of parts in parts", false, part(closed.contentType, closed.body), part(PLAIN, "needle"));
  for (const [name, [type, body, isThere]] of Object.entries(cases)) {
    for (const size of [16_384, 60_000, 4321]) {
      equal(found("needle", body, longOf(type), [size]) !== null, isThere, `${name}, by ${size}`);
      const has = termsOf(longOf(type), body, [size]);
      const terms = queryOf({ ...ANY_SEARCH, words: "needle" }).terms;
      ok(!isThere || terms.every((group) => group.some((term) => has.has(term))), name);
    }
  }
  const compressed = longOf(PLAIN, { headers: "Content-Encoding: gzip\r\n" });
  equal(found("needle", utf8("needle"), compressed), null);
});

Deno.test("a name of a file and a text may have the words together; what is shown stands around the first that is found", () => {
  const body = utf8(`${"before ".repeat(9000)}the needle is here ${"behind ".repeat(9000)}`);
  const message = longOf(PLAIN, { file: "recipes.txt" });
  ok(found("recipes needle", body, message));
  ok(!found("recipes elephant", body, message));
  equal(found("recipes", body, message)!.snippet, "recipes.txt");
  const { snippet } = found('"needle is here"', body, message)!;
  ok(snippet.startsWith("…") && snippet.includes("the needle is here behind"), snippet);
});

Deno.test("a body whose end of a wrapper never comes costs 64 KiB, and hostile ones no more than their length", () => {
  const endless = LongText.of(longOf("message/cpim"), () => true)!;
  let taken = 0;
  while (endless.take(utf8("X: y\r\n".repeat(2000)))) taken += 12_000;
  ok(taken <= 64 * 1024);
  const began = performance.now();
  for (const text of ["<", "&#", "a", "é", '"', "\r\n--", "<a "]) {
    for (const type of ["text/html", PLAIN, 'multipart/mixed;boundary="-"']) {
      termsOf(longOf(type), utf8(text.repeat(1_000_000 / text.length)));
    }
  }
  ok(performance.now() - began < 10_000, `${performance.now() - began}`);
});
