import assert from "node:assert/strict";
import { NS } from "./identifiers.ts";
import { actionOf, type Condition, imActionsOf, readRuleset } from "./ruleset_reader.ts";
import { outcomeOf, parse, put, refused } from "./testing.ts";

const ACCESS = "org.openmobilealliance.access-rules", PRESENCE = "pres-rules";

function ruleset(rules: string): string {
  return `<ruleset xmlns="urn:ietf:params:xml:ns:common-policy" xmlns:pr="urn:ietf:params:xml:ns:pres-rules"
    xmlns:ocp="urn:oma:xml:xdm:common-policy" xmlns:oxe="urn:oma:xml:xdm:extensions" xmlns:opr="urn:oma:xml:prs:pres-rules"
    xmlns:poc="urn:oma:xml:poc:poc-rules" xmlns:ls="urn:oma:xml:poc:list-service">${rules}</ruleset>`;
}

function rule(conditions: string, actions = "", transformations = "", id = "a"): string {
  return `<rule id="${id}"><conditions>${conditions}</conditions><actions>${actions}</actions>` +
    `<transformations>${transformations}</transformations></rule>`;
}

const ANCHOR = "https://im.example.com/xcap/resource-lists/users/sip:alice@example.com/index/~~/resource-lists/list";

Deno.test("rule@id is unique and a name; another one is offered", () => {
  const condition = refused("uniqueness-failure", /rule\[2\].*id "a" already/, PRESENCE, ruleset(rule("") + rule("")));
  assert.deepEqual(condition, {
    element: "uniqueness-failure",
    exists: [{
      field: "n1:ruleset/n1:rule%5B2%5D/@id?xmlns(n1=urn:ietf:params:xml:ns:common-policy)",
      alternatives: ["a-2"],
    }],
  });
  const own = refused("uniqueness-failure", /already/, ACCESS, ruleset(rule("") + rule("")));
  assert.equal(own.element === "uniqueness-failure" && own.exists[0].field, "ruleset/rule%5B2%5D/@id");
  assert.equal(outcomeOf(ACCESS, ruleset(rule("", "", "", "1 2"))), "schema-validation-error");
  assert.equal(outcomeOf(ACCESS, ruleset("<rule/>")), "schema-validation-error");
});

for (
  const [what, conditions] of [
    ["one without an id", "<identity><one/></identity>"],
    ["an identity of nobody", "<identity/>"],
    ["an except outside many", `<identity><except id="sip:a@x"/></identity>`],
    ["a sphere without a value", "<sphere/>"],
    ["a validity without an end", "<validity><from>2026-01-01T00:00:00Z</from></validity>"],
    ["a validity without spans", "<validity/>"],
    ["a time that is none", "<validity><from>now</from><until>2026-01-01T00:00:00Z</until></validity>"],
    ["an anchor without a URI", "<ocp:external-list><ocp:entry/></ocp:external-list>"],
    ["text in other-identity", "<ocp:other-identity>x</ocp:other-identity>"],
    ["an unknown condition of RFC 4745's namespace", "<what/>"],
  ] as const
) {
  Deno.test(`the schema refuses ${what}`, () =>
    assert.equal(outcomeOf(ACCESS, ruleset(rule(conditions))), "schema-validation-error"));
}

for (
  const [what, actions, transformations] of [
    ["sub-handling that is none", "<pr:sub-handling>maybe</pr:sub-handling>", ""],
    ["allow-reject-invite that is no boolean", "<oxe:allow-reject-invite>1.0</oxe:allow-reject-invite>", ""],
    ["allow-offline-storage without its attribute", "<oxe:allow-offline-storage/>", ""],
    ["allow-invite that is none", "<poc:allow-invite>ask</poc:allow-invite>", ""],
    [
      "provide-devices with all and some",
      "",
      "<pr:provide-devices><pr:all-devices/><pr:class>x</pr:class></pr:provide-devices>",
    ],
    ["provide-persons with a device", "", "<pr:provide-persons><pr:deviceID>urn:x</pr:deviceID></pr:provide-persons>"],
    ["provide-user-input that is none", "", "<pr:provide-user-input>some</pr:provide-user-input>"],
    [
      "provide-unknown-attribute without a name",
      "",
      `<pr:provide-unknown-attribute ns="urn:x">true</pr:provide-unknown-attribute>`,
    ],
    ["provide-willingness that is no boolean", "", "<opr:provide-willingness>x</opr:provide-willingness>"],
    ["provide-geopriv that is none", "", "<opr:provide-geopriv>true</opr:provide-geopriv>"],
  ] as const
) {
  Deno.test(`the schema refuses ${what}`, () => {
    assert.equal(outcomeOf(PRESENCE, ruleset(rule("", actions, transformations))), "schema-validation-error");
  });
}

Deno.test("every permission of RFC 5025 and OMA is taken", () => {
  const flags = [
    "activities",
    "class",
    "deviceID",
    "mood",
    "place-is",
    "place-type",
    "privacy",
    "relationship",
    "status-icon",
  ]
    .concat(["sphere", "time-offset", "note"]).map((name) => `<pr:provide-${name}>true</pr:provide-${name}>`).join("");
  const oma = ["willingness", "network-availability", "session-participation", "registration-state", "barring-state"]
    .map((name) => `<opr:provide-${name}>false</opr:provide-${name}>`).join("");
  const rest =
    `<pr:provide-services><pr:service-uri>sip:a@x</pr:service-uri><pr:service-uri-scheme>sip</pr:service-uri-scheme>
    <pr:class>c</pr:class><pr:occurrence-id>o</pr:occurrence-id><opr:service-id>im</opr:service-id></pr:provide-services>
    <pr:provide-devices/><pr:provide-persons><pr:all-persons/></pr:provide-persons>
    <pr:provide-user-input>thresholds</pr:provide-user-input><opr:provide-geopriv>full</opr:provide-geopriv>
    <pr:provide-all-attributes/><x:provide-more xmlns:x="urn:x"><x:y/></x:provide-more>`;
  for (const handling of ["block", "confirm", "polite-block", "allow"]) {
    const text = ruleset(rule("", `<pr:sub-handling>${handling}</pr:sub-handling>`, flags + oma + rest));
    put(PRESENCE, text);
    put("org.openmobilealliance.pres-rules", text);
  }
});

const VALIDITY = (from: string, until: string) => `<validity><from>${from}</from><until>${until}</until></validity>`;

for (
  const [what, conditions, phrase] of [
    [
      "a validity that ends before it begins",
      VALIDITY("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"),
      /must be later than its <from>/,
    ],
    [
      "a second span that ends when it begins",
      "<validity><from>2026-01-01T00:00:00Z</from><until>2026-01-02T00:00:00Z</until>" +
      "<from>2026-01-03T00:00:00Z</from><until>2026-01-03T00:00:00Z</until></validity>",
      /until\[2\]/,
    ],
    ["an exception of nobody", "<identity><many><except/></many></identity>", /either an id or a domain/],
    [
      "an exception of both",
      `<identity><many><except id="sip:a@x" domain="x"/></many></identity>`,
      /either an id or a domain/,
    ],
    [
      "a domain excepted from a domain",
      `<identity><many domain="x"><except domain="y"/></many></identity>`,
      /only ids can be excepted/,
    ],
    [
      "an external list elsewhere",
      `<ocp:external-list><ocp:entry anc="https://x.test/xcap/resource-lists/users/a/index/~~/resource-lists/list"/></ocp:external-list>`,
      /leads out of this domain/,
    ],
    [
      "an external list of another usage",
      `<ocp:external-list><ocp:entry anc="${
        ANCHOR.replace("/resource-lists/users", "/pres-rules/users")
      }"/></ocp:external-list>`,
      /leads to the usage "pres-rules"/,
    ],
  ] as const
) {
  Deno.test(`a rule with ${what} is refused`, () => {
    for (const auid of [ACCESS, PRESENCE, "org.openmobilealliance.pres-rules"]) {
      refused("constraint-failure", phrase, auid, ruleset(rule(conditions)));
    }
  });
}

Deno.test("rules and identities are limited", () => {
  refused(
    "local",
    /more than 500 rules/,
    ACCESS,
    ruleset(Array.from({ length: 501 }, (_, i) => rule("", "", "", `r${i}`)).join("")),
  );
  const many = `<identity>${`<one id="sip:a@x"/>`.repeat(5001)}</identity>`;
  refused("local", /more than 5000 identities/, ACCESS, ruleset(rule(many)));
});

Deno.test("readRuleset gives conditions as data", () => {
  const [found] = readRuleset(parse(ruleset(rule(
    `<identity><one id="sip:Bob@EXAMPLE.com"/><one id="mailto:x@example.com"/><many/>` +
      `<many domain="Example.ORG"><except id="tel:+1-555-0100"/></many><many><except domain="BÜCHER.example"/></many></identity>` +
      `<sphere value=" Home  work"/>` + VALIDITY("2026-01-01T00:00:00+01:00", "2026-01-02T00:00:00Z") +
      `<ocp:external-list><ocp:entry anc="${ANCHOR}"/></ocp:external-list><ocp:anonymous-request/><ocp:other-identity/>` +
      `<ls:is-list-member/><oxe:media-list><oxe:video/></oxe:media-list><x:odd xmlns:x="urn:x"/>`,
  ))));
  const none = new Set<string>();
  assert.deepEqual(found.conditions, [
    {
      kind: "identity",
      any: [
        { kind: "one", uri: "sip:Bob@EXAMPLE.com", aor: "sip:Bob@example.com" },
        { kind: "one", uri: "mailto:x@example.com", aor: "" },
        { kind: "many", domain: null, exceptAors: none, exceptDomains: none },
        { kind: "many", domain: "example.org", exceptAors: new Set(["tel:+15550100"]), exceptDomains: none },
        { kind: "many", domain: null, exceptAors: none, exceptDomains: new Set(["xn--bcher-kva.example"]) },
      ],
    },
    { kind: "sphere", values: ["home", "work"] },
    { kind: "validity", spans: [{ from: Date.UTC(2025, 11, 31, 23), until: Date.UTC(2026, 0, 2) }] },
    { kind: "external-list", anchors: [ANCHOR] },
    { kind: "anonymous-request" },
    { kind: "other-identity" },
    { kind: "list-member" },
    { kind: "media-list", media: { except: false, media: new Set(["video"]) } },
    { kind: "unknown", namespace: "urn:x", name: "odd" },
  ]);
});

Deno.test("identities that extensions narrow in ways unknown here mean nobody", () => {
  const odd = `<x:odd xmlns:x="urn:x"/>`;
  const text = ruleset(rule(`<identity><one id="sip:a@x">${odd}</one><many>${odd}</many>${odd}</identity>`));
  assert.deepEqual(readRuleset(put(ACCESS, text))[0].conditions, [{ kind: "identity", any: [] }]);
});

Deno.test("readRuleset gives actions and transformations; imActionsOf what they mean for messages", () => {
  const [found, empty] = readRuleset(put(
    ACCESS,
    ruleset(
      rule(
        "",
        `<oxe:allow-reject-invite> true </oxe:allow-reject-invite><oxe:allow-offline-storage allow="false"/><poc:allow-invite>pass</poc:allow-invite>`,
        "<pr:provide-note>1</pr:provide-note>",
      ) + `<rule id="b"/>`,
    ),
  ));
  assert.deepEqual(imActionsOf(found), { rejects: true, invite: "pass", stores: false });
  assert.deepEqual(imActionsOf(empty), { rejects: null, invite: null, stores: null });
  assert.deepEqual(found.transformations.map(({ namespace, name, value }) => [namespace, name, value]), [
    [NS.presRules, "provide-note", "1"],
  ]);
  assert.equal(actionOf(found, NS.pocRules, "allow-invite")?.value, "pass");
  assert.deepEqual(empty.conditions, []);
});

Deno.test("external lists are limited over all rules", () => {
  const entries = (from: number, to: number) =>
    Array.from(
      { length: to - from },
      (_, i) =>
        `<entry anc="https://im.example.com/xcap/resource-lists/users/sip:a@example.com/index/~~/a/b${from + i}"/>`,
    ).join("");
  const rule = (id: string, inside: string) =>
    `<rule id="${id}"><conditions><external-list xmlns="urn:oma:xml:xdm:common-policy">${inside}</external-list></conditions></rule>`;
  const rules = `<ruleset xmlns="urn:ietf:params:xml:ns:common-policy">${rule("a", entries(0, 300))}${
    rule("b", entries(300, 501))
  }</ruleset>`;
  refused("local", /more than 500 external lists/, "org.openmobilealliance.access-rules", rules);
});

Deno.test("of the six rules of RFC 4745 §10.3 the third and the fifth apply, as the RFC says", () => {
  const times = {
    A1: "2003-12-24T17:00:00+01:00",
    A2: "2003-12-24T21:00:00+01:00",
    A3: "2003-12-24T23:30:00+01:00",
    B1: "2003-12-22T17:00:00+01:00",
    B2: "2003-12-23T17:00:00+01:00",
  };
  const table = [
    ["bob", "home", times.A1, times.A2],
    ["alice", "work", times.A1, times.A2],
    ["bob", "work", times.A1, times.A2],
    ["tom", "work", times.A1, times.A2],
    ["bob", "work", times.A1, times.A3],
    ["bob", "work", times.B1, times.B2],
  ];
  const rules = table.map(([who, sphere, from, until], n) =>
    `<rule id="r${
      n + 1
    }"><conditions><identity><one id="sip:${who}@example.com"/></identity><sphere value="${sphere}"/>` +
    `<validity><from>${from}</from><until>${until}</until></validity></conditions></rule>`
  );
  const document = put(
    "org.openmobilealliance.access-rules",
    `<ruleset xmlns="urn:ietf:params:xml:ns:common-policy">${rules.join("")}</ruleset>`,
  );
  const now = Date.parse("2003-12-24T17:15:00+01:00");
  const holds = (condition: Condition) => {
    if (condition.kind === "sphere") return condition.values.includes("work");
    if (condition.kind === "validity") return condition.spans.some(({ from, until }) => from <= now && now < until);
    return condition.kind === "identity" &&
      condition.any.some((one) => one.kind === "one" && one.aor === "sip:bob@example.com");
  };
  const applying = readRuleset(document).filter(({ conditions }) => conditions.length === 3 && conditions.every(holds));
  assert.deepEqual(applying.map(({ id }) => id), ["r3", "r5"]);
});
