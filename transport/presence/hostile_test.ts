import assert from "node:assert/strict";
import fc from "fast-check";
import { patchedPresence } from "./patched_presence.ts";
import { PRESENCE_LIMITS, PresenceProblem } from "./presence_problem.ts";
import { parsePresence, parsePresenceXml } from "./read_presence.ts";
import examples from "./testdata/examples.json" with { type: "json" };
import { ALL, composed, presence, rights } from "./testing.ts";

/** What is taken, all the way to a view; what is not, is refused in words. */
function passes(content: string): boolean {
  try {
    const composition = composed(content);
    composition.view(ALL).text.length;
    composition.view(rights({ services: "all", persons: "all", devices: "all", userInput: "bare" })).text.length;
    composition.view(ALL).diff(composed("").view(ALL), 2);
    return true;
  } catch (error) {
    assert.ok(error instanceof PresenceProblem, `${error}`);
    assert.match(error.message, /./);
    return false;
  }
}

/** Documents as large as they may be, each the worst of its kind. */
const WORST: Record<string, (size: number) => string> = {
  "prefixes around each foreign element": (size) => {
    const declare = (level: number) => Array.from({ length: 60 }, (_, i) => ` xmlns:p${level}x${i}="u"`).join("");
    const around = Array.from({ length: 8 }, (_, level) => `<rpid:a${declare(level)}>`).join("");
    const inside = "<rpid:b><p0x1:c/></rpid:b>".repeat(size / 64);
    return `<dm:person id="p">${around}${inside}${"</rpid:a>".repeat(8)}</dm:person>`;
  },
  "colons and long names": (size) =>
    `<dm:person id="p"><x xmlns="u">${"a".repeat(size / 2)} ${":".repeat(size / 4)}</x></dm:person>`,
  "tuples": (size) =>
    Array.from(
      { length: Math.min(size / 400, 90) },
      (_, i) =>
        `<tuple id="t${i}"><status><basic>open</basic></status>${
          "<rpid:mood/>".repeat(15)
        }<contact>sip:a@b</contact></tuple>`,
    ).join(""),
  "notes": (size) =>
    `<note>x</note><dm:person id="p">${"<dm:note>y</dm:note>".repeat(Math.min(size / 32, 90))}</dm:person>`,
  "comments": (size) => `<dm:person id="p"><rpid:mood>${"<!---->".repeat(size / 8)}</rpid:mood></dm:person>`,
  "references": (size) =>
    `<tuple id="t"><status><basic>open</basic></status><contact>${"&#97;".repeat(size / 8)}</contact></tuple>`,
};

for (const [name, document] of Object.entries(WORST)) {
  Deno.test(`the cost grows with the document and not with its square: ${name}`, () => {
    const small = 14_000, large = 56_000;
    assert.ok(presence(document(large)).length <= PRESENCE_LIMITS.xml.characters, "it is within the limits");
    const cost = (size: number) => {
      const text = document(size);
      let best = Infinity;
      for (let i = 0; i < 5; i++) {
        const start = performance.now();
        assert.ok(passes(text));
        best = Math.min(best, performance.now() - start);
      }
      return best;
    };
    cost(small);
    const a = cost(small);
    let b = Infinity;
    // Measured again while it does not look so: what else the machine does makes a run longer, never shorter.
    for (let round = 0; round < 6 && b >= 12 * a + 3; round++) b = Math.min(b, cost(large));
    assert.ok(b < 12 * a + 3, `${a.toFixed(2)} ms, four times as large ${b.toFixed(2)} ms`);
  });
}

Deno.test("any damage to a document is refused in words, or taken", () => {
  const texts = examples.map(({ text }) => text);
  let taken = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(0, 0, 1, 5, 40),
      fc.constantFrom(
        "",
        "<",
        ">",
        '"',
        "&",
        " ",
        "]]>",
        "\0",
        "\ud800",
        "</tuple>",
        "<tuple/>",
        ' id="x"',
        "<x:y/>",
        'xmlns:dm="u"',
      ),
      (text, where, length, insert) => {
        const at = Math.floor(where * text.length);
        const damaged = text.slice(0, at) + insert + text.slice(at + length);
        try {
          parsePresence(damaged);
          taken++;
        } catch (error) {
          assert.ok(error instanceof PresenceProblem, `${error}\n${damaged}`);
          assert.match(error.message, /line \d+, column \d+: /);
        }
      },
    ),
    { numRuns: 3000 },
  );
  assert.ok(taken > 100);
});

Deno.test("any damage to a diff is refused in words, or applied", () => {
  const before = parsePresence(examples.find(({ from }) => from === "RFC 5264")!.text);
  const diff = examples.find(({ from, number }) => from === "RFC 5264" && number === 2)!.text;
  let applied = 0;
  fc.assert(
    fc.property(
      fc.nat(diff.length),
      fc.nat(20),
      fc.constantFrom("", "/", "[", "'", "*", "p:", "text()", "<a/>", "1"),
      (at, length, insert) => {
        const damaged = diff.slice(0, at) + insert + diff.slice(at + length);
        try {
          patchedPresence(before, parsePresenceXml(damaged));
          applied++;
        } catch (error) {
          assert.ok(error instanceof PresenceProblem, `${error}\n${damaged}`);
        }
      },
    ),
    { numRuns: 3000 },
  );
  assert.ok(applied > 50, `${applied}`);
});

Deno.test("names of JavaScript's own are names like any other", () => {
  const document =
    '<dm:person id="__proto__"><constructor xmlns="u"/><rpid:toString/><op:__proto__ until="2099-01-01T00:00:00Z"/></dm:person>';
  assert.ok(passes(document));
  assert.match(composed(document).view(ALL).text, /<rpid:toString\/>/);
  assert.doesNotMatch(composed(document).view(rights({ persons: "all" })).text, /toString|constructor|proto/);
});
