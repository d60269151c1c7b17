import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeXml } from "../../../transport/xml/mod.ts";
import { outcomeOf, type Setting } from "./testing.ts";

const LISTS = (content: string) =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="a">${content}</list></resource-lists>`;
const RULES = (conditions: string) =>
  `<ruleset xmlns="urn:ietf:params:xml:ns:common-policy" xmlns:ocp="urn:oma:xml:xdm:common-policy"><rule id="a"><conditions>` +
  `${conditions}</conditions></rule></ruleset>`;

/** Documents of all usages that hold a URI of whatever text. */
const HOLDERS: readonly (readonly [auid: string, (uri: string) => string])[] = [
  ["resource-lists", (uri) => LISTS(`<entry uri="${uri}"/>`)],
  ["resource-lists", (uri) => LISTS(`<entry-ref ref="${uri}"/>`)],
  ["resource-lists", (uri) => LISTS(`<external anchor="${uri}"/>`)],
  [
    "rls-services",
    (uri) =>
      `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="${uri}"><list/></service></rls-services>`,
  ],
  [
    "rls-services",
    (uri) =>
      `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services"><service uri="sip:a@example.com"><resource-list>${uri}</resource-list></service></rls-services>`,
  ],
  [
    "org.openmobilealliance.groups",
    (uri) => `<group xmlns="urn:oma:xml:poc:list-service"><list-service uri="${uri}"/></group>`,
  ],
  ["org.openmobilealliance.access-rules", (uri) => RULES(`<identity><one id="${uri}"/></identity>`)],
  [
    "org.openmobilealliance.access-rules",
    (uri) => RULES(`<ocp:external-list><ocp:entry anc="${uri}"/></ocp:external-list>`),
  ],
  [
    "org.openmobilealliance.user-profile",
    (uri) => `<user-profiles xmlns="urn:oma:xml:xdm:user-profile"><user-profile uri="${uri}"/></user-profiles>`,
  ],
];

const OUTCOMES = ["valid", "schema-validation-error", "constraint-failure", "uniqueness-failure", "local"];

Deno.test("whatever a URI is, the outcome is one of RFC 4825's and no exception leaves the check", () => {
  const root = "https://im.example.com/xcap/resource-lists/users/";
  const segment = fc.constantFrom(
    "~~",
    "..",
    ".",
    "",
    "%",
    "%00",
    "%ff",
    "%5b",
    "*",
    "list",
    "list%5b@name=%22a%22%5d",
    "@x",
    "namespace::*",
    "?",
    "#",
    "[",
    "]",
  );

  const uri = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }).filter((text) =>
      !/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(text)
    ),
    fc.array(segment, { maxLength: 8 }).map((parts) => root + parts.join("/")),
    fc.array(segment, { maxLength: 8 }).map((parts) => `resource-lists/users/${parts.join("/")}`),
    fc.tuple(fc.constantFrom("sip", "sips", "tel", "http", "https", "im"), fc.webPath()).map(([scheme, rest]) =>
      `${scheme}:${rest}`
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...HOLDERS), uri, ([auid, make], uri) => {
      const outcome = outcomeOf(auid, make(escapeXml(uri)));
      assert(OUTCOMES.includes(outcome), outcome);
    }),
    { numRuns: 1500 },
  );
});

for (
  const [what, auid, text, setting] of [
    [
      "a URI of 200,000 escapes",
      "resource-lists",
      LISTS(`<external anchor="https://im.example.com/xcap/${"%5b".repeat(200_000)}"/>`),
    ],
    ["a reference of 200,000 slashes", "resource-lists", LISTS(`<entry-ref ref="a${"/".repeat(200_000)}"/>`)],
    [
      "a selector of 100,000 steps",
      "resource-lists",
      LISTS(`<entry-ref ref="resource-lists/users/a/index/~~${"/list".repeat(100_000)}"/>`),
    ],
    ["20,000 equal entries", "resource-lists", LISTS(`<entry uri="sip:a@x"/>`.repeat(20_000))],
    [
      "an icon of 3,000,000 letters",
      "org.openmobilealliance.pres-content",
      `<content xmlns="urn:oma:xml:prs:pres-content"><data>${"A".repeat(3_000_000)}=</data></content>`,
    ],
    [
      "a quick answer of 1,000,000 blanks",
      "org.parley.quick-answers",
      `<quick-answers xmlns="urn:parley:xml:quick-answers"><quick-answer id="a"><text>${
        " ".repeat(1_000_000)
      }</text></quick-answer></quick-answers>`,
    ],
    [
      "a span of 100,000 digits",
      "org.openmobilealliance.groups",
      `<group xmlns="urn:oma:xml:poc:list-service" xmlns:o="urn:oma:xml:xdm:extensions"><list-service uri="sip:a@example.com"><o:session-active-policy><o:max-duration>P${
        "1".repeat(100_000)
      }</o:max-duration></o:session-active-policy></list-service></group>`,
    ],
  ] as readonly (readonly [string, string, string, Setting?])[]
) {
  Deno.test(`${what}: refused within a second`, () => {
    const started = performance.now();
    const outcome = outcomeOf(auid, text, setting);
    assert(OUTCOMES.includes(outcome) && outcome !== "valid", outcome);
    assert(performance.now() - started < 1000);
  });
}
