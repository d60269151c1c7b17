import assert from "node:assert/strict";
import { readGroup } from "./group_reader.ts";
import { BOB, outcomeOf, parse, put, refused, SERVICE } from "./testing.ts";
import { usageOf } from "./usages.ts";

const AUID = "org.openmobilealliance.groups";
const ENABLER = "org.openmobilealliance:IM-session";

function group(content: string, uri = "sip:friends@example.com"): string {
  return groups(`<list-service uri="${uri}">${content}</list-service>`);
}

function groups(content: string): string {
  return `<group xmlns="urn:oma:xml:poc:list-service" xmlns:rl="urn:ietf:params:xml:ns:resource-lists"
    xmlns:cr="urn:ietf:params:xml:ns:common-policy" xmlns:ocp="urn:oma:xml:xdm:common-policy"
    xmlns:oxe="urn:oma:xml:xdm:extensions">${content}</group>`;
}

const RULES = `<cr:ruleset><cr:rule id="members"><cr:conditions><is-list-member/></cr:conditions><cr:actions>
  <join-handling>true</join-handling><allow-anonymity>false</allow-anonymity>
  <oxe:allow-private-message>true</oxe:allow-private-message></cr:actions></cr:rule></cr:ruleset>`;

const WHOLE = group(`
  <display-name xml:lang="en">Friends</display-name>
  <list><entry uri="sip:bob@example.com"><rl:display-name>Bob</rl:display-name></entry><entry uri="tel:+15550100"/>
    <external anchor="https://im.example.com/xcap/resource-lists/users/sip:alice@example.com/index/~~/resource-lists/list"/></list>
  <invite-members>true</invite-members>
  <max-participant-count>10</max-participant-count>
  ${RULES}
  <oxe:subject>Tea</oxe:subject>
  <oxe:supported-services><oxe:service enabler="${ENABLER}"><oxe:group-media><oxe:message-session/><oxe:file-transfer/>
    </oxe:group-media></oxe:service></oxe:supported-services>
  <oxe:age-restrictions must-understand="true"><oxe:age from="18"/><oxe:age from="12" until="14"/></oxe:age-restrictions>
  <oxe:session-active-policy must-understand="1"><oxe:max-duration>PT1H30M</oxe:max-duration>
    <oxe:required-participants-list><oxe:entry uri="sip:Bob@EXAMPLE.com"/></oxe:required-participants-list>
    <oxe:min-participant-count>2</oxe:min-participant-count>
    <oxe:schedule><oxe:time-range><oxe:start-time>2026-01-01T10:00:00Z</oxe:start-time>
      <oxe:end-time>2026-01-01T12:00:00Z</oxe:end-time></oxe:time-range></oxe:schedule></oxe:session-active-policy>
  <oxe:qoe>basic</oxe:qoe>
  <oxe:automatic-group-advertisement>false</oxe:automatic-group-advertisement>
  <oxe:searchable>true</oxe:searchable>`);

Deno.test("a group with every element is taken and read", () => {
  const [found, ...more] = readGroup(put(AUID, WHOLE, { name: "friends" }));
  assert.equal(more.length, 0);
  const { list, rules, services, ...rest } = found;
  assert.deepEqual(rest, {
    uri: "sip:friends@example.com",
    aor: "sip:friends@example.com",
    displayName: "Friends",
    invitesMembers: true,
    maxParticipants: 10,
    subject: "Tea",
    ages: { mustUnderstand: true, ages: [{ from: 18, until: null }, { from: 12, until: 14 }] },
    activePolicy: {
      mustUnderstand: true,
      maxDuration: 5400,
      required: ["sip:Bob@example.com"],
      minParticipants: 2,
      schedule: [{ from: Date.UTC(2026, 0, 1, 10), until: Date.UTC(2026, 0, 1, 12) }],
    },
    qoe: "basic",
    advertised: false,
    searchable: true,
  });
  assert.deepEqual(list?.entries.map(({ aor, displayName }) => [aor, displayName]), [
    ["sip:bob@example.com", "Bob"],
    ["tel:+15550100", ""],
  ]);
  assert.equal(list?.externals.length, 1);
  assert.deepEqual(rules?.map(({ id, conditions }) => [id, conditions]), [["members", [{ kind: "list-member" }]]]);
  assert.deepEqual(services, {
    except: false,
    services: [{ enabler: ENABLER, media: { except: false, media: new Set(["message-session", "file-transfer"]) } }],
  });
});

Deno.test("the least a group has, and the other spelling of invite-members", () => {
  const [found] = readGroup(put(AUID, group("<invite-member>1</invite-member>")));
  assert.equal(found.invitesMembers, true);
  assert.deepEqual([
    found.list,
    found.rules,
    found.services,
    found.ages,
    found.activePolicy,
    found.maxParticipants,
    found.qoe,
  ], [
    null,
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

Deno.test("all but some services and media", () => {
  const text = group(`<oxe:supported-services><oxe:all-services-except><oxe:service enabler="x"><oxe:group-media>
    <oxe:all-media-except><oxe:video/></oxe:all-media-except></oxe:group-media></oxe:service></oxe:all-services-except>
    </oxe:supported-services>`);
  assert.deepEqual(readGroup(put(AUID, text))[0].services, {
    except: true,
    services: [{ enabler: "x", media: { except: true, media: new Set(["video"]) } }],
  });
});

const ORDER = [
  "<display-name>F</display-name>",
  "<list/>",
  "<invite-members>true</invite-members>",
  "<max-participant-count>3</max-participant-count>",
];

for (let i = 0; i + 1 < ORDER.length; i++) {
  Deno.test(`${ORDER[i]} stands before ${ORDER[i + 1]}`, () => {
    put(AUID, group(ORDER[i] + ORDER[i + 1]));
    assert.equal(outcomeOf(AUID, group(ORDER[i + 1] + ORDER[i])), "schema-validation-error");
  });
}

Deno.test("the ruleset stands behind max-participant-count, before extensions, and once", () => {
  put(AUID, group(ORDER[3] + RULES + "<oxe:qoe>basic</oxe:qoe>"));
  assert.equal(outcomeOf(AUID, group(RULES + ORDER[3])), "schema-validation-error");
  refused("constraint-failure", /ruleset\[1\].*before all extensions/, AUID, group("<oxe:qoe>basic</oxe:qoe>" + RULES));
  refused("constraint-failure", /ruleset\[2\].*one <ruleset>/, AUID, group(RULES + RULES));
});

Deno.test("entries stand before externals, each once", () => {
  const external =
    `<external anchor="https://im.example.com/xcap/resource-lists/users/sip:a@example.com/index/~~/resource-lists/list"/>`;
  assert.equal(
    outcomeOf(AUID, group(`<list>${external}<entry uri="sip:a@example.com"/></list>`)),
    "schema-validation-error",
  );
  refused(
    "uniqueness-failure",
    /entry\[2\]/,
    AUID,
    group(`<list>${`<entry uri="sip:a@example.com"/>`.repeat(2)}</list>`),
  );
  refused("uniqueness-failure", /external\[2\]/, AUID, group(`<list>${external.repeat(2)}</list>`));
  refused(
    "constraint-failure",
    /leads out of this domain/,
    AUID,
    group(`<list>${external.replace("im.example.com", "x.test")}</list>`),
  );
});

for (
  const [what, content] of [
    ["a boolean that is none", "<invite-members>yes</invite-members>"],
    ["a count below nothing", "<max-participant-count>-1</max-participant-count>"],
    ["an unknown element", "<what/>"],
    ["a quality that is none", "<oxe:qoe>gold</oxe:qoe>"],
    ["searchable that is no boolean", "<oxe:searchable>maybe</oxe:searchable>"],
    ["an age in words", `<oxe:age-restrictions><oxe:age from="old"/></oxe:age-restrictions>`],
    [
      "a duration of years",
      `<oxe:session-active-policy><oxe:max-duration>P1Y</oxe:max-duration></oxe:session-active-policy>`,
    ],
    ["an empty schedule", `<oxe:session-active-policy><oxe:schedule/></oxe:session-active-policy>`],
    [
      "a time range without an end",
      `<oxe:session-active-policy><oxe:schedule><oxe:time-range><oxe:start-time>2026-01-01T10:00:00Z</oxe:start-time></oxe:time-range></oxe:schedule></oxe:session-active-policy>`,
    ],
    ["a service without an enabler", "<oxe:supported-services><oxe:service/></oxe:supported-services>"],
    ["an action that is no boolean", RULES.replace(">true<", ">perhaps<")],
  ] as const
) {
  Deno.test(`the schema refuses ${what}`, () =>
    assert.equal(outcomeOf(AUID, group(content)), "schema-validation-error"));
}

Deno.test("what others extend a group with is kept", () => {
  put(AUID, group(`${RULES}<x:more xmlns:x="urn:x" a="1"><x:inner>text</x:inner></x:more>`));
});

const POLICY = (inner: string) => `<oxe:session-active-policy>${inner}</oxe:session-active-policy>`;
const RANGE = (from: string, until: string) =>
  POLICY(
    `<oxe:schedule><oxe:time-range><oxe:start-time>${from}</oxe:start-time><oxe:end-time>${until}</oxe:end-time></oxe:time-range></oxe:schedule>`,
  );

for (
  const [what, content, phrase] of [
    ["no participants at all", "<max-participant-count>0</max-participant-count>", /allowed: 1 and more/],
    [
      "an age that says nothing",
      "<oxe:age-restrictions><oxe:age/></oxe:age-restrictions>",
      /a from, an until, or both/,
    ],
    [
      "an age that ends before it begins",
      `<oxe:age-restrictions><oxe:age from="18" until="12"/></oxe:age-restrictions>`,
      /allowed: 18/,
    ],
    ["an age of nobody", `<oxe:age-restrictions><oxe:age from="200"/></oxe:age-restrictions>`, /allowed: 0 to 150/],
    [
      "more needed than allowed",
      `<max-participant-count>2</max-participant-count>${
        POLICY("<oxe:min-participant-count>3</oxe:min-participant-count>")
      }`,
      /up to the max-participant-count of 2/,
    ],
    [
      "more required by name than allowed",
      `<max-participant-count>1</max-participant-count>${
        POLICY(
          `<oxe:required-participants-list><oxe:entry uri="sip:a@x"/><oxe:entry uri="sip:b@x"/></oxe:required-participants-list>`,
        )
      }`,
      /2 participants are required; max-participant-count allows 1/,
    ],
    [
      "a time range that ends when it begins",
      RANGE("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
      /must be later than its <start-time>/,
    ],
    ["a time range backwards over zones", RANGE("2026-01-01T10:00:00+01:00", "2026-01-01T09:00:00Z"), /must be later/],
    ["two subjects", "<oxe:subject>a</oxe:subject><oxe:subject>b</oxe:subject>", /once at most/],
    [
      "two words about advertising",
      "<oxe:automatic-group-advertisement>false</oxe:automatic-group-advertisement>".repeat(2),
      /once at most/,
    ],
  ] as const
) {
  Deno.test(`a group with ${what} is refused`, () => {
    refused("constraint-failure", phrase, AUID, group(content));
  });
}

Deno.test("list-service@uri is unique on the server, with free ones offered", () => {
  const taken = { "sip:friends@example.com": { auid: "rls-services", owner: "sip:bob@example.com", name: "index" } };
  const condition = refused("uniqueness-failure", /list-service\[1\].*is taken/, AUID, WHOLE, {
    taken,
    name: "friends",
  });
  assert.deepEqual(condition, {
    element: "uniqueness-failure",
    exists: [{
      field: "group/list-service%5B1%5D/@uri",
      alternatives: ["sip:friends.alice@example.com", "sip:friends-2@example.com", "sip:friends-3@example.com"],
    }],
  });
  const service = `<list-service uri="sip:x@example.com"/>`;
  refused("uniqueness-failure", /list-service\[2\]/, AUID, groups(service + service));
  assert.deepEqual(usageOf(AUID)!.serviceUris!(parse(group("", "SIP:Tea@EXAMPLE.com"))), ["sip:Tea@example.com"]);
});

Deno.test("members are limited, and so are groups in one document", () => {
  const members = Array.from({ length: 2001 }, (_, i) => `<entry uri="sip:${i}@x"/>`).join("");
  refused("local", /more than 2000 members/, AUID, group(`<list>${members}</list>`));
  const externals = Array.from({ length: 21 }, (_, i) => `<external anchor="https://im.example.com/xcap/${i}"/>`).join(
    "",
  );
  refused("local", /more than 20 external lists/, AUID, group(`<list>${externals}</list>`));
  refused(
    "local",
    /more than 50 groups/,
    AUID,
    groups(Array.from({ length: 51 }, (_, i) => `<list-service uri="sip:g${i}@example.com"/>`).join("")),
  );
});

Deno.test("who is in a group's list reads its document; others and what has no identity do not", () => {
  const { documentAccess } = usageOf(AUID)!;
  const document = parse(WHOLE);
  assert.equal(documentAccess!(document, BOB), "read");
  assert.equal(documentAccess!(document, { kind: "user", aor: "tel:+15550100" }), "read");
  assert.equal(documentAccess!(document, { kind: "user", aor: "sip:mallory@example.com" }), "none");
  assert.equal(documentAccess!(document, { kind: "user", aor: "" }), "none");
  assert.equal(documentAccess!(document, SERVICE), "none");
  assert.equal(documentAccess!(parse(group("")), BOB), "none");
  const odd = parse(group(`<list><entry uri="mailto:x@example.com"/></list>`));
  assert.equal(documentAccess!(odd, { kind: "user", aor: "" }), "none");
});
