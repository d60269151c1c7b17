import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { SearchRefusal } from "./search_refusal.ts";
import { parseQuery } from "./xquery.ts";

const PROLOG = `xquery version "1.0"; declare default element namespace "urn:oma:xml:xdm:user-profile";`;
const FOR = `for $u in collection("org.openmobilealliance.user-profile/users/")/user-profiles/user-profile`;
const people = (where: string, returns = "$u") => `${PROLOG}\n${FOR}\nwhere ${where}\nreturn ${returns}`;

/** Conditions in few words: `display-name=a & (…)`. */
function brief(query: string): string {
  const text = (condition: ReturnType<typeof parseQuery>["where"]): string => {
    if (condition === null) return "everything";
    if (condition.kind === "compare") return `${condition.field}${condition.operator}${condition.value}`;
    if (condition.kind === "not") return `!${text(condition.of)}`;
    return `(${condition.of.map(text).join(condition.kind === "all" ? " & " : " | ")})`;
  };
  return text(parseQuery(query).where);
}

function refusal(query: string): string {
  try {
    parseQuery(query);
  } catch (error) {
    if (error instanceof SearchRefusal) return `${error.kind}: ${error.message}`;
    throw error;
  }
  return "";
}

const A = `$u/display-name = "a"`, B = `$u/gender = "b"`, C = `$u/hobbies/hobby = 'c'`;

Deno.test("what is taken: paths, strings, dates, and, or, not and parentheses to any depth within the bound", () => {
  for (
    const [where, meaning] of [
      [A, "display-name=a"],
      [`${A} and ${B}`, "(display-name=a & gender=b)"],
      [`${A} or ${B} and ${C}`, "(display-name=a | (gender=b & hobby=c))"],
      [`(${A} or ${B}) and ${C}`, "((display-name=a | gender=b) & hobby=c)"],
      [`not(${A}) and not(not(${B}))`, "(!display-name=a & !!gender=b)"],
      [`not(${A} or (${B} and (${C})))`, "!(display-name=a | (gender=b & hobby=c))"],
      [`((((${A}))))`, "display-name=a"],
      [
        `$u/birth-date >= "1990-01-01" and $u/birth-date<xs:date("2000-01-01")`,
        "(birth-date>=1990-01-01 & birth-date<2000-01-01)",
      ],
      [`$u/address/country="Norway"and $u/@uri='alice@example.test'`, "(country=Norway & uri=alice@example.test)"],
      [`$u/freetext = "say ""hi"" &amp; &#x41;&lt;"`, `freetext=say "hi" & A<`],
      [`$u/freetext = 'it''s "so"'`, `freetext=it's "so"`],
      [`(: a (: nested :) comment :) ${A} (: :)`, "display-name=a"],
    ]
  ) equal(brief(people(where)), meaning, where);
});

Deno.test("the prolog may be left out or longer; prefixes are as the query declares them", () => {
  const prefixed = `declare namespace up = "urn:oma:xml:xdm:user-profile";
    for $x in collection("/org.openmobilealliance.user-profile/users/")/up:user-profiles/up:user-profile
    where $x/up:name/up:given-name = "Bob" return $x`;
  equal(brief(prefixed), "given-name=Bob");
  equal(brief(people(A).replace('"1.0"', '"1.0" encoding "utf-8"')), "display-name=a");
  const rooms = `declare default element namespace "urn:oma:xml:poc:list-service";
    declare namespace oxe = "urn:oma:xml:xdm:extensions";
    for $g in collection("org.openmobilealliance.groups/users/")/group/list-service return $g`;
  equal(brief(rooms), "everything");
  equal(brief(rooms.replace("return", `where $g/oxe:subject = "x" return`)), "subject=x");
});

Deno.test("what is returned: the element itself, or one of the query's own around fields", () => {
  deepEqual(parseQuery(people(A)).returns, { element: null, fields: [] });
  deepEqual(parseQuery(people(`${A} and ${B}`, "<r>{$u/@uri} {$u/gender}{ $u/display-name, $u/gender }</r>")).returns, {
    element: { namespace: "urn:oma:xml:xdm:user-profile", name: "r" },
    fields: ["uri", "gender", "display-name", "gender"],
  });
  deepEqual(parseQuery(people(A, "<r/>")).returns.fields, []);
});

Deno.test("everything else is refused with its place, what was found and what is allowed", () => {
  for (
    const [query, why] of [
      ["", /line 1, column 1: expected for, found the end/],
      [people(A).replace("1.0", "3.1"), /line 1, column 16: version "3.1" is not taken; allowed: "1.0"/],
      [people(A).replace("for $u", "let $u"), /line 2, column 1: expected for, found "let"/],
      [people(A).replace("declare default", "import module"), /expected for, found "import"/],
      [
        people(A).replace("user-profile/users/", "access-rules/users/"),
        /there is no collection .*; allowed: "org\.openmobile/,
      ],
      [
        people(A).replace("/user-profiles/user-profile", "/user-profiles"),
        /the path behind the collection is \/user-profiles\/user-profile/,
      ],
      [people(A).replace("where", "order by $u return $u where"), /expected where: not everybody is listed/],
      [people("").replace("where", ""), /expected where: not everybody is listed/],
      [people(A, "$u/display-name"), /expected \$u alone/],
      [people(A, "$v"), /expected \$u alone/],
      [people(A, "<r a='1'/>"), /expected > \(elements that are made have no attributes\), found "a"/],
      [people(A, "<r>text</r>"), /expected \{ or <\/, found "text"/],
      [people(A, "<r>{$u/@uri}</s>"), /<r> ends with <\/r>/],
      [people(A, "<r>{$u/gender}</r>"), /gender stands in no result unless the search is by it/],
      [people(`$u/name/given-name = "x"`, "<r>{$u/name/given-name}</r>"), /given-name says who somebody is/],
      [people(A, "$u return $u"), /expected the end of the query, found "return"/],
      [people("$v/gender = 'a'"), /there is no \$v, only \$u/],
      [people("$u/up:gender = 'a'"), /the prefix of "up:gender" is not declared/],
      [people("$u/@up:uri = 'a'"), /the prefix of "up:uri" is not declared/],
      [people("$u/password = 'a'"), /"password" is nothing to search by; allowed, in their namespace: @uri, /],
      [people("$u/address/street-name = 'a'"), /nothing to search by/],
      [people("$u/gender[1] = 'a'"), /"\[" is not taken in a path/],
      [people("$u//hobby = 'a'"), /"\/\/" is not taken in a path/],
      [people("$u/* = 'a'"), /expected a name; steps are plain names, found "\*"/],
      [people("$u/gender = 1"), /expected a whole value in quotes, found "1"/],
      [people("$u/gender = $u/display-name"), /expected a whole value in quotes, found "\$u"/],
      [people("'a' = $u/gender"), /expected a path such as \$u\/display-name, not\(, or \(, found "a"/],
      [people("$u/gender != 'a'"), /!= is not taken; write not\(/],
      [people("$u/gender < 'a'"), /< is for dates; gender is compared by =/],
      [people("$u/gender eq 'a'"), /expected =, found "eq"/],
      [people("contains($u/gender, 'a')"), /contains\(\) is not taken: only whole values are compared/],
      [people("starts-with($u/gender, 'a')"), /starts-with\(\) is not taken: only whole values/],
      [people("ends-with($u/gender, 'a')"), /only whole values/],
      [people("fn:matches($u/gender, 'a')"), /only whole values/],
      [
        people("lower-case($u/gender) = 'a'"),
        /there is no function lower-case\(\) here; allowed: not\(\), xs:date\(\)/,
      ],
      [people("doc('http://127.0.0.1/') = 'a'"), /there is no function doc\(\)/],
      [people(`(${A}`), /expected and, or, or \), found "return"/],
      [people(`${A})`), /expected return, found "\)"/],
      [people(`${A} and`), /expected a path/],
      [people(`not ${A}`), /expected \(, found "\$u"/],
      [people(`$u/gender = "a`), /the string does not end/],
      [people(`$u/gender = "a & b"`), /an & in a string/],
      [people(`${A} (: never closed`), /the comment does not end/],
      [people(`${A} # 1`), /"#" begins nothing that is known here/],
      [`declare namespace xml = "x"; ${people(A)}`, /this is no prefix/],
    ] as const
  ) {
    const message = refusal(query);
    match(message, /^query: line \d+, column \d+: /, query);
    match(message, why, query);
    ok(message.length < 500, message);
  }
});

Deno.test("queries made to be slow, deep or large are refused in no time", () => {
  const hostile = [
    people(`${"(".repeat(3000)}${A}${")".repeat(3000)}`),
    people(`${"not(".repeat(1500)}${A}${")".repeat(1500)}`),
    people("(".repeat(7000)),
    people(Array(150).fill(A).join(" or ")),
    people(A + " ".repeat(100_000)),
    "(:".repeat(4000),
    `"${"&amp".repeat(1500)}`,
    people(`$u/gender = "${'""'.repeat(3500)}`),
    `$${"a-".repeat(4000)}`,
    `${"a:".repeat(4000)}`,
    "declare namespace a='b';".repeat(300),
    "/".repeat(8000),
    people(A, `<r>${"{$u/@uri}".repeat(500)}</r>`),
    "\u{10ffff}",
    "\0",
  ];
  const start = performance.now();
  for (const query of hostile) match(refusal(query), /^query: /, query.slice(0, 60));
  const took = performance.now() - start;
  ok(took < 1000, `${took} ms`);
  equal(brief(people(`${"(".repeat(64)}${A}${")".repeat(64)}`)), "display-name=a");
  match(refusal(people(`${"(".repeat(65)}${A}${")".repeat(65)}`)), /64 deep/);
  throws(() => parseQuery(people(Array(129).fill(A).join(" or "))), /128 comparisons at most/);
});
