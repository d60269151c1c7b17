import assert from "node:assert/strict";
import { COUNTS, WELL_KNOWN_LISTS } from "./identifiers.ts";
import { entriesOf, listNamed, readResourceLists } from "./resource_lists_reader.ts";
import { outcomeOf, parse, put, refused } from "./testing.ts";

const AUID = "resource-lists";
const ROOT = "https://im.example.com/xcap";

function lists(content: string): string {
  return `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${content}</resource-lists>`;
}

/** An external that leads to a list of alice's index. */
function to(
  path: string,
  anchor = `${ROOT}/resource-lists/users/sip:alice@example.com/index/~~/resource-lists/${path}`,
) {
  return `<external anchor="${anchor}"/>`;
}

function list(name: string, content = ""): string {
  return `<list name="${name}">${content}</list>`;
}

function named(name: string): string {
  return `list%5b@name=%22${name}%22%5d`;
}

Deno.test("entry@uri is unique in its list alone, compared letter for letter", () => {
  const entry = (uri: string) => `<entry uri="${uri}"/>`;
  const twice = entry("sip:a@example.com") + entry("sip:a@example.com");
  const condition = refused(
    "uniqueness-failure",
    /entry\[2\].*"sip:a@example.com" already/,
    AUID,
    lists(list("x", twice)),
  );
  assert.deepEqual(condition, {
    element: "uniqueness-failure",
    exists: [{ field: "resource-lists/list%5B1%5D/entry%5B2%5D/@uri", alternatives: [] }],
  });
  put(AUID, lists(list("x", entry("sip:a@example.com")) + list("y", entry("sip:a@example.com"))));
  put(AUID, lists(list("x", entry("sip:a@example.com") + entry("SIP:a@example.com"))));
});

Deno.test("list@name is unique among its siblings, and another name is offered", () => {
  const condition = refused("uniqueness-failure", /name "x" already/, AUID, lists(list("x") + list("x-2") + list("x")));
  assert.deepEqual(condition, {
    element: "uniqueness-failure",
    exists: [{ field: "resource-lists/list%5B3%5D/@name", alternatives: ["x-3"] }],
  });
  put(AUID, lists(list("x", list("x"))));
  put(AUID, lists("<list/><list/>"));
});

Deno.test("references are unique among their siblings", () => {
  const ref = `<entry-ref ref="resource-lists/users/sip:bob@example.com/index/~~/resource-lists/list/entry"/>`;
  refused("uniqueness-failure", /another <entry-ref>/, AUID, lists(list("x", ref + ref)));
  refused("uniqueness-failure", /another <external>/, AUID, lists(list("x", to(named("y")).repeat(2))));
});

Deno.test("the schema: entry@uri is required, display-name comes first, what extends comes last", () => {
  const broken = [
    list("x", "<entry/>"),
    list("x", `<entry uri="sip:a@b"/><display-name>X</display-name>`),
    list("x", `<display-name>X</display-name><display-name>Y</display-name>`),
    list("x", `<e:e xmlns:e="urn:e"/><entry uri="sip:a@b"/>`),
    list("x", `<entry uri="sip:a@b" note="1"/>`),
    "<entry uri='sip:a@b'/>",
    list("x", "text"),
  ];
  for (const content of broken) assert.equal(outcomeOf(AUID, lists(content)), "schema-validation-error", content);
  put(
    AUID,
    lists(list("x", `<entry uri="sip:a@b" e:note="1" xmlns:e="urn:e"><e:e/></entry><e:e xmlns:e="urn:e">text</e:e>`)),
  );
  put(AUID, lists(""));
});

for (
  const [why, ref, phrase] of [
    [
      "a slash before it",
      "/resource-lists/users/sip:a@example.com/index/~~/resource-lists/list/entry",
      /no relative path/,
    ],
    ["an absolute URI", `${ROOT}/resource-lists/users/a/index/~~/resource-lists/list/entry`, /no relative path/],
    ["nothing", "", /no relative path/],
    [
      "raw brackets",
      "resource-lists/users/a/index/~~/resource-lists/list[1]/entry",
      /no relative path.*percent-encoded/,
    ],
    ["another usage", "pres-rules/users/sip:a@example.com/index/~~/ruleset", /leads to the usage "pres-rules"/],
    ["a way out", "../resource-lists/users/a/index/~~/resource-lists/list/entry", /cannot be read/],
    ["a whole document", "resource-lists/users/sip:a@example.com/index", /does not name an element/],
    ["an attribute", "resource-lists/users/a/index/~~/resource-lists/list/@name", /does not name an element/],
    ["an unknown prefix", "resource-lists/users/a/index/~~/p:resource-lists/list/entry", /cannot be read/],
  ] as const
) {
  Deno.test(`entry-ref@ref that is ${why} is refused`, () => {
    const text = lists(list("x", `<entry-ref ref="${ref}"/>`));
    refused("constraint-failure", phrase, AUID, text);
    refused("constraint-failure", /\/resource-lists\/list\[1\]\/entry-ref\[1\].*allowed/, AUID, text);
  });
}

Deno.test("entry-ref@ref with prefixes that its query binds is taken", () => {
  const ref = "resource-lists/users/sip:a@example.com/index/~~/r:resource-lists/r:list/r:entry" +
    "?xmlns(r=urn:ietf:params:xml:ns:resource-lists)";
  put(AUID, lists(list("x", `<entry-ref ref="${ref}"/>`)));
});

for (
  const [why, anchor, phrase] of [
    [
      "another domain",
      "https://xcap.other.test/xcap/resource-lists/users/a/index/~~/resource-lists/list",
      /leads out of this domain/,
    ],
    [
      "another root",
      "https://im.example.com/other/resource-lists/users/a/index/~~/resource-lists/list",
      /not below the XCAP root/,
    ],
    ["a relative path", "resource-lists/users/a/index/~~/resource-lists/list", /no absolute HTTP URI/],
    [
      "no HTTP URI",
      "ftp://im.example.com/xcap/resource-lists/users/a/index/~~/resource-lists/list",
      /no absolute HTTP URI/,
    ],
    [
      "raw quotes",
      `${ROOT}/resource-lists/users/a/index/~~/resource-lists/list[@name=&quot;x&quot;]`,
      /no absolute HTTP URI/,
    ],
    [
      "another usage",
      `${ROOT}/rls-services/users/a/index/~~/rls-services/service`,
      /leads to the usage "rls-services"/,
    ],
    ["a whole document", `${ROOT}/resource-lists/users/a/index`, /does not name an element/],
    ["no tree", `${ROOT}/resource-lists/nobody/a/index/~~/resource-lists`, /cannot be read/],
    [
      "with a password",
      "https://u:p@im.example.com/xcap/resource-lists/users/a/index/~~/resource-lists/list",
      /no absolute HTTP URI/,
    ],
  ] as const
) {
  Deno.test(`external@anchor that is ${why} is refused`, () => {
    refused("constraint-failure", phrase, AUID, lists(list("x", to("", anchor))));
    refused(
      "constraint-failure",
      /external\[1\].*allowed, percent-encoded: https:/,
      AUID,
      lists(list("x", to("", anchor))),
    );
  });
}

Deno.test("an anchor may have the host of the root or of a domain, any port, http or https, and lead to another user", () => {
  for (const base of [ROOT, "http://im.example.com:8080/xcap", "https://EXAMPLE.com/xcap"]) {
    put(
      AUID,
      lists(list("x", to("", `${base}/resource-lists/users/sip:bob@example.com/index/~~/resource-lists/list`))),
    );
  }
  put(AUID, lists(list("x", "<external/>")));
});

Deno.test("loops within the document are refused: itself, an ancestor, round about, by place and by name", () => {
  const loops = [
    list("a", to(named("a"))),
    list("a", list("b", to(named("a")))),
    list("a", to(named("b"))) + list("b", to(named("c"))) + list("c", to(named("a"))),
    list("a", to("list%5b2%5d")) + list("b", to("list%5b1%5d")),
    list("a", to("*%5b2%5d%5b@name=%22b%22%5d")) + list("b", to(`${named("a")}`)),
    list("a", to(named("b"))) + list("b", list("c", to(named("a")))),
    list("a", to(`${named("b")}/${named("c")}`)) + list("b", list("c", to(named("a")))),
    list("a", to("list")),
  ];
  for (const loop of loops) refused("constraint-failure", /may not hold themselves/, AUID, lists(loop));
});

Deno.test("what only looks like a loop is taken", () => {
  const same = list("a", to(named("b"))) + list("c", to(named("b"))) + list("b");
  put(AUID, lists(same));
  const loop = list("a", to(named("a")));
  put(AUID, lists(loop), { name: "other" });
  put(AUID, lists(loop), { owner: "sip:bob@example.com" });
  put(AUID, lists(list("a", to(named("nowhere")))));
  put(AUID, lists(list("a", to(named("b"))) + list("b", list("c", to("list%5b3%5d"))) + list("d")));
});

Deno.test("an XUI in an anchor is compared as an address: sips, escapes and a bare user@domain are the same user", () => {
  for (const xui of ["sip:%61lice@EXAMPLE.com", "alice@example.com", "sips:alice@example.com"]) {
    const anchor = `${ROOT}/resource-lists/users/${xui}/index/~~/resource-lists/${named("a")}`;
    refused("constraint-failure", /may not hold themselves/, AUID, lists(list("a", to("", anchor))));
  }
});

Deno.test("entries, lists and their depth are limited", () => {
  const entries = (count: number) =>
    Array.from({ length: count }, (_, i) => `<entry uri="sip:${i}@example.com"/>`).join("");
  put(AUID, lists(list("x", entries(COUNTS.entries))));
  refused("local", /more than 5000 entries/, AUID, lists(list("x", entries(COUNTS.entries)) + list("y", entries(1))));
  refused("local", /more than 500 lists/, AUID, lists("<list/>".repeat(COUNTS.lists + 1)));
  const deep = (depth: number) => "<list>".repeat(depth) + "</list>".repeat(depth);
  put(AUID, lists(deep(COUNTS.listDepth)));
  refused("local", /more than 16 deep/, AUID, lists(deep(COUNTS.listDepth + 1)));
  const references = (count: number) =>
    Array.from(
      { length: count },
      (_, i) => to(`list%5b${i + 1}%5d/a`) + `<entry-ref ref="resource-lists/a/~~/b${i}"/>`,
    );
  refused("local", /more than 500 references/, AUID, lists(list("x", references(251).join(""))));
});

Deno.test("a chain of externals through all lists is checked in time linear in it", () => {
  const chain = (length: number) =>
    lists(Array.from({ length }, (_, i) => list(`n${i}`, i + 1 < length ? to(named(`n${i + 1}`)) : "")).join(""));
  put(AUID, chain(COUNTS.lists));
  // Every external leads into the one list that leads back to all of them.
  const star = Array.from({ length: 249 }, (_, i) => list(`s${i}`, to(named("hub")))).join("");
  const hub = Array.from({ length: 250 }, (_, i) => to(`list%5b${i + 1}%5d`)).join("");
  const started = performance.now();
  refused("constraint-failure", /may not hold themselves/, AUID, lists(star + list("hub", hub)));
  assert(performance.now() - started < 1000);
});

Deno.test("readResourceLists gives entries, references and display names, nested", () => {
  const document = parse(lists(
    `<list name="${WELL_KNOWN_LISTS.contacts}"><display-name> My friends </display-name>` +
      `<entry uri="sip:Bob@EXAMPLE.com;transport=tcp"><display-name>Bob</display-name></entry>` +
      `<entry uri="tel:+1-555-0100"/><entry uri="mailto:x@example.com"/>` +
      to(named("b")) + `<entry-ref ref="resource-lists/x"><display-name>R</display-name></entry-ref>` +
      `<list name="inner"><entry uri="sip:carol@example.com"/></list></list>`,
  ));
  const [contacts] = readResourceLists(document);
  assert.equal(contacts.name, "oma_buddylist");
  assert.equal(contacts.displayName, "My friends");
  assert.deepEqual(contacts.entries, [
    { uri: "sip:Bob@EXAMPLE.com;transport=tcp", aor: "sip:Bob@example.com", displayName: "Bob" },
    { uri: "tel:+1-555-0100", aor: "tel:+15550100", displayName: "" },
    { uri: "mailto:x@example.com", aor: "", displayName: "" },
  ]);
  assert.deepEqual(contacts.externals.map(({ uri }) => uri.slice(-16)), ["@name=%22b%22%5d"]);
  assert.deepEqual(contacts.entryRefs, [{ uri: "resource-lists/x", displayName: "R" }]);
  assert.equal([...entriesOf(contacts)].at(-1)?.aor, "sip:carol@example.com");
  assert.deepEqual(listNamed(document, "oma_buddylist"), contacts);
  assert.equal(listNamed(document, "inner"), undefined);
});
