import assert from "node:assert/strict";
import fc from "fast-check";
import { parseXml, splicedDocument, type XmlDocument, type XmlLimits } from "../../../transport/xml/mod.ts";
import { contactEntries, foldedName } from "./contact_lists.ts";
import { contactsChange } from "./contacts_change.ts";

const LIMITS: XmlLimits = { characters: 1_000_000, depth: 16, elements: 50_000, attributes: 8 };
const RL = "urn:ietf:params:xml:ns:resource-lists";

interface Entry {
  readonly user: number;
  readonly name: string;
}

const text = (lists: readonly (readonly [string, readonly Entry[]])[]) =>
  `<resource-lists xmlns="${RL}">${
    lists.map(([name, entries]) => {
      const inner = entries.map(({ user, name }) =>
        `\n    <entry uri="sip:u${user}@example.test">${
          name === "" ? "" : `<display-name>${name}</display-name>`
        }</entry>`
      ).join("");
      return name === "group"
        ? `\n  <list name="oma_buddylist"><list name="g">${inner}</list></list>`
        : `\n  <list name="${name}">${inner}\n  </list>`;
    }).join("")
  }\n</resource-lists>`;

/** What a plain comparison of both versions says. */
function plainly(before: XmlDocument, after: XmlDocument): { added: string[]; named: string[] } {
  const were = contactEntries(before), are = contactEntries(after);
  const added = new Set(are.map(({ aor }) => aor).filter((aor) => !were.some((one) => one.aor === aor)));
  const named = are.filter(({ aor, name }) =>
    !were.some((one) => one.aor === aor && foldedName(one.name) === foldedName(name))
  );
  return { added: [...added].sort(), named: [...new Set(named.map(({ aor }) => aor))].sort() };
}

function quickly(before: XmlDocument, after: XmlDocument): { added: string[]; named: string[] } {
  const { added, named } = contactsChange(before, after);
  return { added: added.map(({ aor }) => aor).sort(), named: [...new Set(named.map(({ aor }) => aor))].sort() };
}

const entries = fc.uniqueArray(
  fc.record({ user: fc.nat(12), name: fc.constantFrom("", "Al", "Bo", "Cy") }),
  { selector: ({ user }) => user, maxLength: 8 },
);
const lists = fc.tuple(entries, entries, entries).map(([contacts, team, group]) =>
  [["oma_buddylist", contacts], ["team", team], ["group", group]] as const
);

Deno.test("a quick look at what was touched says what a comparison of everything says", () => {
  fc.assert(
    fc.property(
      lists,
      fc.nat(2),
      fc.nat(8),
      fc.option(fc.record({ user: fc.nat(12), name: fc.constantFrom("", "Al", "Dy") })),
      (
        before,
        which,
        place,
        put,
      ) => {
        const after = before.map(([name, list], at): readonly [string, readonly Entry[]] => {
          if (at !== which) return [name, list];
          const rest = list.filter(({ user }, index) => user !== put?.user && index !== place);
          return [name, put === null ? rest : [...rest.slice(0, place), put, ...rest.slice(place)]];
        });
        const [was, is] = [text(before), text(after)].map((one) => parseXml(one, LIMITS));
        for (const [one, other] of [[was, is], [is, was]]) {
          const [quick, plain] = [quickly(one, other), plainly(one, other)];
          assert.deepEqual(quick.added, plain.added);
          // Who stands in two places may be looked at once too often.
          assert.deepEqual(plain.named.filter((aor) => !quick.named.includes(aor)), []);
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("one entry more in a list of 2,000 is found in next to no time, and a moved one is not new", () => {
  const many = Array.from({ length: 2000 }, (_, user) => ({ user, name: `Name ${user}` }));
  const before = parseXml(text([["oma_buddylist", many]]), LIMITS);
  const more = before.text.replace(
    '<entry uri="sip:u1000@',
    '<entry uri="sip:new@example.test"/><entry uri="sip:u1000@',
  );
  const at = before.text.indexOf('<entry uri="sip:u1000@');
  const insert = '<entry uri="sip:new@example.test"/>';
  const best = { ms: Infinity };
  for (let round = 0; round < 20; round++) {
    const after = splicedDocument(before, at, at, insert);
    assert.equal(after.text, more);
    const start = performance.now();
    const { added } = contactsChange(before, after);
    best.ms = Math.min(best.ms, performance.now() - start);
    assert.deepEqual(added.map(({ uri }) => uri), ["sip:new@example.test"]);
  }
  assert.ok(best.ms < 2, `${best.ms} ms`);
  console.log(`contactsChange of one entry among 2,000: ${best.ms.toFixed(3)} ms`);
});
