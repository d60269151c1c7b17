import assert from "node:assert/strict";
import fc from "fast-check";
import { XcapProblem } from "../../../transport/xcap/mod.ts";
import { checkGrammar, splicedDocument, type XmlDocument } from "../../../transport/xml/mod.ts";
import { COUNTS } from "./identifiers.ts";
import { ALICE, contextOf, parse } from "./testing.ts";
import { usageOf } from "./usages.ts";

const { check, grammar } = usageOf("resource-lists")!;
const KEY = { auid: "resource-lists", owner: "sip:alice@example.com", name: "index" };

function entry(uri: string): string {
  return `<entry uri="${uri}"/>`;
}

function lists(...contents: string[]): string {
  const text = contents.map((content, i) => `<list name="l${i}">${content}</list>`).join("");
  return `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${text}</resource-lists>`;
}

/** The outcome of replacing a part of a document that has passed; `told`: the check knows what was replaced. */
function outcome(before: XmlDocument, start: number, end: number, insert: string, told: boolean): string {
  const document = splicedDocument(before, start, end, insert);
  if (checkGrammar(document, grammar!) !== null) return "schema";
  const edit = { start, end, inserted: insert.length };
  try {
    check!(document, before, { ...contextOf(KEY), ...(told ? { edit } : {}) }, ALICE);
    return "valid";
  } catch (error) {
    if (error instanceof XcapProblem) return error.message;
    throw error;
  }
}

function passedDocument(text: string): XmlDocument {
  const document = parse(text);
  check!(document, null, contextOf(KEY), ALICE);
  return document;
}

function both(text: string, part: string, insert: string): string {
  const start = text.indexOf(part);
  assert(start >= 0, part);
  const told = outcome(passedDocument(text), start, start + part.length, insert, true);
  assert.equal(told, outcome(parse(text), start, start + part.length, insert, false));
  return told;
}

const [A, B, C] = ["sip:a@example.com", "sip:b@example.com", "sip:c@example.com"];

Deno.test("an entry that is put, changed or removed is checked alike whether the check knows the edit or not", () => {
  const text = lists(entry(A) + entry(B), entry(A));
  assert.equal(both(text, entry(B), entry(C)), "valid");
  assert.match(both(text, entry(B), entry(A)), /entry\[2\].*already/);
  assert.equal(both(text, entry(B), entry(B) + entry(C)), "valid");
  assert.match(both(text, entry(B), entry(B) + entry(B)), /entry\[3\].*already/);
  assert.equal(both(text, entry(B), ""), "valid");
  assert.match(both(text, B, A), /entry\[2\].*already/);
  assert.equal(both(lists(entry(A), entry(B)), entry(B), entry(A)), "valid");
});

Deno.test("an entry that is written in another way is the same entry", () => {
  const escaped = entry("sip:&#97;@example.com");
  assert.match(both(lists(escaped + entry(B)), entry(B), entry(A)), /already/);
  assert.match(both(lists(entry(A) + entry(B)), entry(B), escaped), /already/);
  assert.match(
    both(lists(`<entry uri="sip:a&amp;b@x"/>${entry(B)}`), entry(B), `<entry uri='sip:a&amp;b@x'/>`),
    /already/,
  );
});

Deno.test("an edit of anything but entries is looked at as a whole", () => {
  const text = lists(entry(A), entry(B));
  assert.match(both(text, `name="l1"`, `name="l0"`), /name "l0" already/);
  assert.match(both(text, entry(B), `<external anchor="https://x.test/"/>`), /leads out of this domain/);
  assert.match(both(text, entry(B), `${entry(B)}<entry-ref ref="/x"/>`), /no relative path/);
  assert.match(both(text, `</list><list name="l1">`, ""), /valid|already/);
  assert.match(both(lists(entry(A), entry(A)), `</list><list name="l1">`, ""), /entry\[2\].*already/);
  assert.equal(both(text, entry(B), "text"), "schema");
});

Deno.test("the number of entries is kept over edits", () => {
  let now = passedDocument(lists(Array.from({ length: COUNTS.entries - 2 }, (_, i) => entry(`sip:${i}@x`)).join("")));
  const step = (insert: string) => {
    const at = now.text.indexOf("<entry");
    const document = splicedDocument(now, at, at, insert);
    check!(document, now, { ...contextOf(KEY), edit: { start: at, end: at, inserted: insert.length } }, ALICE);
    now = document;
  };
  step(entry(A));
  step(entry(B));
  assert.throws(() => step(entry(C)), /more than 5000 entries/);
  const at = now.text.indexOf(entry(B));
  const document = splicedDocument(now, at, at + entry(B).length, "");
  check!(document, now, { ...contextOf(KEY), edit: { start: at, end: at + entry(B).length, inserted: 0 } }, ALICE);
  now = document;
  step(entry(C));
});

Deno.test("whatever is replaced by whatever, the check that knows the edit says what the whole one says", () => {
  const names = ["a", "b", "c", "ab", "&#97;", "bc"];
  const piece = fc.oneof(
    fc.constantFrom(...names).map((name) => entry(`sip:${name}@x`)),
    fc.constantFrom(...names).map((name) => `<list name="${name}">${entry("sip:a@x")}</list>`),
    fc.constantFrom("<external/>", " ", "<list/>", "<entry uri='sip:b@x'><display-name>sip:a@x</display-name></entry>"),
  );
  const text = fc.array(fc.array(piece, { maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((contents) => lists(...contents.map((parts) => parts.join(""))));
  fc.assert(
    fc.property(text, fc.nat(), fc.nat(), fc.array(piece, { maxLength: 2 }), (text, from, length, parts) => {
      let before: XmlDocument;
      try {
        before = passedDocument(text);
      } catch {
        return;
      }
      // Cut where tags begin, so that what comes out is often well-formed.
      const cuts = [...text.matchAll(/<|\/>|"/g)].map((match) => match.index);
      const start = cuts[from % cuts.length], end = cuts.filter((cut) => cut >= start)[length % 3] ?? start;
      try {
        splicedDocument(before, start, end, parts.join(""));
      } catch {
        return;
      }
      assert.equal(
        outcome(before, start, end, parts.join(""), true),
        outcome(parse(text), start, end, parts.join(""), false),
      );
    }),
    { numRuns: 400 },
  );
});
