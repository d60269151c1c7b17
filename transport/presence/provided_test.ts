import assert from "node:assert/strict";
import fc from "fast-check";
import { parseXml } from "../xml/mod.ts";
import { ATTRIBUTE_PERMISSIONS, type AttributePermission } from "./attribute_kind.ts";
import {
  eitherProvided,
  EVERYTHING_PROVIDED,
  NOTHING_PROVIDED,
  providedKey,
  type ProvidedPresence,
} from "./provided_presence.ts";
import { readProvided } from "./read_provided.ts";
import examples from "./testdata/fragment_examples.json" with { type: "json" };
import { ALL, composed, lines, rights } from "./testing.ts";
import { PresenceRights } from "./presence_rights.ts";

/** One of everything; each value is a word that stands nowhere else. */
const SECRETS:
  readonly (readonly [permission: AttributePermission | "always" | "unknown" | "user-input", text: string])[] = [
    ["activities", "<rpid:activities><rpid:activities-secret/></rpid:activities>"],
    ["class", "<rpid:class>class-secret</rpid:class>"],
    ["mood", "<rpid:mood><rpid:mood-secret/></rpid:mood>"],
    ["place-is", "<rpid:place-is><rpid:place-is-secret/></rpid:place-is>"],
    ["place-type", "<rpid:place-type><rpid:place-type-secret/></rpid:place-type>"],
    ["privacy", "<rpid:privacy><rpid:privacy-secret/></rpid:privacy>"],
    ["relationship", "<rpid:relationship><rpid:relationship-secret/></rpid:relationship>"],
    ["sphere", "<rpid:sphere>sphere-secret</rpid:sphere>"],
    ["status-icon", "<rpid:status-icon>status-icon-secret</rpid:status-icon>"],
    ["time-offset", "<rpid:time-offset>time-offset-secret</rpid:time-offset>"],
    ["willingness", "<op:willingness>willingness-secret</op:willingness>"],
    ["willingness", "<op:overriding-willingness>overriding-secret</op:overriding-willingness>"],
    ["network-availability", "<op:network-availability>network-availability-secret</op:network-availability>"],
    ["session-participation", "<op:session-participation>session-participation-secret</op:session-participation>"],
    ["registration-state", "<op:registration-state>registration-state-secret</op:registration-state>"],
    ["barring-state", "<op:barring-state>barring-state-secret</op:barring-state>"],
    ["geopriv", "<gp:geopriv>geopriv-secret</gp:geopriv>"],
    ["always", "<rpid:service-class>service-class-shown</rpid:service-class>"],
    ["always", "<op:service-description>description-shown</op:service-description>"],
    ["user-input", '<rpid:user-input idle-threshold="601" last-input="2026-01-01T00:00:00Z">idle</rpid:user-input>'],
    ["unknown", '<v:foo xmlns:v="urn:v">foo-secret</v:foo>'],
    ["unknown", '<v:bar xmlns:v="urn:v">bar-secret</v:bar>'],
  ];
const INSIDE = SECRETS.map(([, text]) => text).join("");
const EVERYTHING = composed(
  `<tuple id="t"><status><basic>open</basic><v:status xmlns:v="urn:v">status-secret</v:status></status>${INSIDE}` +
    "<dm:deviceID>urn:x:deviceID-secret</dm:deviceID><contact>sip:shown@b</contact><note>note-secret</note>" +
    "<timestamp>2026-01-01T01:02:03Z</timestamp></tuple>" +
    `<dm:person id="p">${INSIDE}<dm:note>note-secret</dm:note><dm:timestamp>2026-01-01T01:02:03Z</dm:timestamp></dm:person>` +
    `<dm:device id="d">${INSIDE}<dm:deviceID>urn:x:shown</dm:deviceID><dm:note>note-secret</dm:note></dm:device>` +
    '<note>note-secret</note><v:top xmlns:v="urn:v">top-secret</v:top>',
);
const WHOLE: Partial<ProvidedPresence> = { services: "all", persons: "all", devices: "all" };

function secretsIn(text: string): string[] {
  return [...new Set(text.match(/[\w-]+-secret/g) ?? [])].sort();
}

const ALWAYS = "<rpid:service-class>service-class-shown</rpid:service-class>" +
  "<op:service-description>description-shown</op:service-description>";
const ALWAYS_SHOWN = [
  `<tuple><status><basic>open</basic></status>${ALWAYS}<contact>sip:shown@b</contact>` +
  "<timestamp>2026-01-01T01:02:03Z</timestamp></tuple>",
  `<dm:person>${ALWAYS}<dm:timestamp>2026-01-01T01:02:03Z</dm:timestamp></dm:person>`,
  `<dm:device>${ALWAYS}<dm:deviceID>urn:x:shown</dm:deviceID></dm:device>`,
];

Deno.test("who is permitted nothing sees nothing", () => {
  assert.deepEqual(lines(EVERYTHING, rights({})), []);
  const text = EVERYTHING.view(rights({})).text;
  assert.doesNotMatch(text, /secret|shown|rpid|geopriv|oma/);
  // Attributes alone show none of the components that they are in.
  assert.deepEqual(lines(EVERYTHING, rights({ attributes: ["activities", "geopriv"], userInput: "full" })), []);
});

Deno.test("of what may be seen at all, the same is always shown, and no more (RFC 5025 §3.3.2)", () => {
  assert.deepEqual(lines(EVERYTHING, rights(WHOLE)), ALWAYS_SHOWN);
  assert.doesNotMatch(EVERYTHING.view(rights(WHOLE)).text, /geopriv|urn:v/);
});

for (const permission of ATTRIBUTE_PERMISSIONS) {
  Deno.test(`provide-${permission} shows that and nothing else`, () => {
    const view = EVERYTHING.view(rights({ ...WHOLE, attributes: [permission] }));
    const expected = permission === "willingness"
      ? ["overriding-secret", "willingness-secret"]
      : [`${permission}-secret`];
    assert.deepEqual(secretsIn(view.text), expected);
    assert.doesNotMatch(view.text, /user-input|urn:v/);
    assert.equal(view.text.includes("geopriv"), permission === "geopriv");
  });
}

Deno.test("provide-user-input shows as much as it says", () => {
  const shown = (userInput: ProvidedPresence["userInput"]) => {
    const text = EVERYTHING.view(rights({ ...WHOLE, userInput })).text;
    return [...new Set(text.match(/<rpid:user-input.*?<\/rpid:user-input>/g) ?? [])];
  };
  assert.deepEqual(shown("false"), []);
  assert.deepEqual(shown("bare"), ["<rpid:user-input>idle</rpid:user-input>"]);
  assert.deepEqual(shown("thresholds"), ['<rpid:user-input idle-threshold="601">idle</rpid:user-input>']);
  assert.deepEqual(shown("full"), [SECRETS.find(([permission]) => permission === "user-input")![1]]);
});

Deno.test("a user-input in its publisher's own words is shown in full or not at all", () => {
  for (
    const input of [
      `<rpid:user-input xmlns:w="urn:w" w:x="/>" last-input="secret">idle</rpid:user-input>`,
      `<rpid:user-input last-input='sec"ret>' w:y="1" xmlns:w="urn:w">idle</rpid:user-input>`,
      `<rpid:user-input last-input="secret">idle <x xmlns="urn:x"/></rpid:user-input>`,
      `<rpid:user-input last-input="a>secret" since=">">idle</rpid:user-input>`,
    ]
  ) {
    const composition = composed(`<dm:person id="p">${input}</dm:person>`);
    for (const userInput of ["bare", "thresholds"] as const) {
      const { text } = composition.view(rights({ persons: "all", userInput }));
      assert.doesNotMatch(text, /sec|ret/, input);
      parseXml(text);
    }
    assert.match(composition.view(rights({ persons: "all", userInput: "full" })).text, /sec/);
  }
});

Deno.test("provide-unknown-attribute shows the element of that name, and none that has a permission of its own", () => {
  const unknown = (...names: [string, string][]) =>
    secretsIn(
      EVERYTHING.view(rights({ ...WHOLE, unknown: names.map(([namespace, name]) => ({ namespace, name })) })).text,
    );
  assert.deepEqual(unknown(["urn:v", "foo"]), ["foo-secret"]);
  assert.deepEqual(unknown(["urn:v", "foo"], ["urn:v", "status"]), ["foo-secret", "status-secret"]);
  assert.deepEqual(unknown(["urn:w", "foo"]), []);
  assert.deepEqual(unknown(["urn:ietf:params:xml:ns:pidf:rpid", "mood"]), []);
  assert.deepEqual(unknown(["urn:v", "top"]), [], "what stands in presence itself");
});

Deno.test("provide-all-attributes shows all of what may be seen at all", () => {
  const { text } = EVERYTHING.view(rights({ persons: "all", attributes: "all" }));
  assert.doesNotMatch(text, /<tuple|<dm:device /);
  const inPerson = SECRETS.flatMap(([, secret]) => secretsIn(secret));
  assert.deepEqual(secretsIn(text), [...inPerson, "note-secret", "top-secret"].sort());
  const device = EVERYTHING.view(rights({ devices: "all", attributes: "all" })).text;
  assert.deepEqual(
    secretsIn(device),
    [...inPerson, "note-secret"].sort(),
    "what is the presentity's is not a device's",
  );
});

const SEVERAL = composed(
  `<tuple id="t1"><status><basic>open</basic></status><rpid:class>biz</rpid:class>
   <op:service-description><op:service-id>org.openmobilealliance:IM-session</op:service-id></op:service-description>
   <contact>sip:Alice@EXAMPLE.com</contact></tuple>
   <tuple id="t2"><status><basic>open</basic></status><contact>mailto:alice@example.com</contact></tuple>
   <tuple id="t3"><status><basic>open</basic></status><contact>tel:+1-555</contact></tuple>
   <tuple id="t4"><status><basic>open</basic></status></tuple>
   <dm:person id="p1"><rpid:class>biz</rpid:class></dm:person><dm:person id="p2"/>
   <dm:device id="d1"><rpid:class>biz</rpid:class><dm:deviceID>urn:uuid:F81D</dm:deviceID></dm:device>
   <dm:device id="d2"><dm:deviceID>urn:x:2</dm:deviceID></dm:device>`,
);

Deno.test("services, persons and devices are chosen by what they are (RFC 5025 §3.3.1)", () => {
  const chosen = (provided: Partial<ProvidedPresence>) => {
    const { text } = SEVERAL.view(rights(provided));
    return SEVERAL.components.filter(({ id }) => text.includes(`"${id}"`)).map(({ ids }) => ids[0]).join(" ");
  };
  const services = (by: string, value: string) =>
    chosen({ services: [{ by, value }] } as unknown as Partial<ProvidedPresence>);
  assert.equal(chosen({ services: "all" }), "t1 t2 t3 t4");
  assert.equal(services("class", "biz"), "t1");
  assert.equal(services("class", "Biz"), "");
  assert.equal(services("class", ""), "", "no class is not a class");
  assert.equal(services("occurrence-id", "t4"), "t4");
  assert.equal(services("occurrence-id", SEVERAL.components[1].id), "t2", "as watchers know it");
  assert.equal(services("service-uri", "SIP:Alice@example.COM"), "t1");
  assert.equal(services("service-uri", "sip:alice@example.com"), "");
  assert.equal(services("service-uri", "tel:+1(555)"), "t3");
  assert.equal(services("service-uri-scheme", "mailto"), "t2");
  assert.equal(services("service-uri-scheme", ""), "");
  assert.equal(services("service-id", "org.openmobilealliance:IM-session"), "t1");
  assert.equal(chosen({ persons: "all" }), "p1 p2");
  assert.equal(chosen({ persons: [{ by: "class", value: "biz" }] }), "p1");
  assert.equal(chosen({ persons: [{ by: "occurrence-id", value: "p2" }] }), "p2");
  assert.equal(chosen({ devices: "all" }), "d1 d2");
  assert.equal(chosen({ devices: [{ by: "deviceID", value: "urn:UUID:f81d" }] }), "d1");
  assert.equal(chosen({ devices: [{ by: "class", value: "biz" }, { by: "occurrence-id", value: "d2" }] }), "d1 d2");
});

Deno.test("notes of the presentity are those of the persons that have none (RFC 4479 §5)", () => {
  const both = '<note>mine</note><dm:person id="p1"><rpid:class>x</rpid:class><dm:note>own</dm:note></dm:person>' +
    '<dm:person id="p2"><rpid:class>y</rpid:class></dm:person>';
  const seen = (persons: ProvidedPresence["persons"]) =>
    composed(both).view(rights({ persons, attributes: ["note"] })).text.match(/mine|own/g);
  assert.deepEqual(seen("all"), ["mine", "own"]);
  assert.deepEqual(seen([{ by: "class", value: "x" }]), ["own"]);
  assert.deepEqual(seen([{ by: "class", value: "y" }]), ["mine"]);
  assert.equal(seen([]), null);
});

const RULE = (transformations: string) =>
  parseXml(
    `<t xmlns:pr="urn:ietf:params:xml:ns:pres-rules" xmlns:opr="urn:oma:xml:prs:pres-rules">${transformations}</t>`,
  )
    .root.children;

Deno.test("RFC 5025 §6: the rule of the document provides what the RFC says", () => {
  const { text } = examples.find(({ from, section }) => from === "RFC 5025" && section === "6")!;
  const [rule] = parseXml(text).root.children;
  const provided = readProvided(rule.children.find(({ name }) => name === "transformations")!.children);
  assert.deepEqual(provided, {
    services: [{ by: "service-uri-scheme", value: "sip" }, { by: "service-uri-scheme", value: "mailto" }],
    persons: "all",
    devices: [],
    attributes: ["activities"],
    userInput: "bare",
    unknown: [{ namespace: "urn:vendor-specific:foo-namespace", name: "foo" }],
  });
  assert.equal(lines(SEVERAL, new PresenceRights(provided)).length, 4);
});

Deno.test("the union of RFC 5025 §3.3.1.1, and the greater of values", () => {
  const a = readProvided(
    RULE(`<pr:provide-devices><pr:deviceID>urn:uuid:f</pr:deviceID><pr:class>biz</pr:class></pr:provide-devices>
    <pr:provide-user-input>thresholds</pr:provide-user-input><opr:provide-geopriv>full</opr:provide-geopriv>`),
  );
  const b = readProvided(
    RULE(`<pr:provide-devices><pr:class>home</pr:class><pr:class>biz</pr:class></pr:provide-devices>
    <pr:provide-user-input>bare</pr:provide-user-input><opr:provide-willingness> 1 </opr:provide-willingness>
    <opr:provide-geopriv>false</opr:provide-geopriv>`),
  );
  const both = eitherProvided(a, b);
  assert.deepEqual(new Set(both.devices as unknown[]).size, 4);
  const united = { ...NOTHING_PROVIDED, userInput: "thresholds", attributes: ["willingness", "geopriv"] } as const;
  const devices = [{ by: "class", value: "home" }, { by: "class", value: "biz" }, {
    by: "deviceID",
    value: "urn:uuid:f",
  }] as const;
  assert.equal(providedKey(both), providedKey({ ...united, devices }));
  assert.equal(providedKey(eitherProvided(both, EVERYTHING_PROVIDED)), providedKey(EVERYTHING_PROVIDED));
  assert.equal(providedKey(eitherProvided(NOTHING_PROVIDED, both)), providedKey(both));
});

Deno.test("what is not known, false or no value provides nothing", () => {
  const none = RULE(
    `<pr:provide-mood>false</pr:provide-mood><pr:provide-note>yes</pr:provide-note><pr:provide-x>true</pr:provide-x>
    <x:provide-note xmlns:x="urn:x">true</x:provide-note><pr:provide-user-input>much</pr:provide-user-input>
    <pr:provide-services><pr:colour>red</pr:colour><pr:all-persons/></pr:provide-services><opr:provide-geopriv/>
    <pr:provide-unknown-attribute ns="a" name="b">false</pr:provide-unknown-attribute>`,
  );
  assert.equal(providedKey(readProvided(none)), providedKey(NOTHING_PROVIDED));
  const all = RULE(
    `<pr:provide-services><pr:all-services/></pr:provide-services><pr:provide-persons><pr:all-persons/></pr:provide-persons>
    <pr:provide-devices><pr:all-devices/></pr:provide-devices><pr:provide-all-attributes/>`,
  );
  assert.equal(providedKey(readProvided(all)), providedKey(EVERYTHING_PROVIDED));
  assert.equal(EVERYTHING.view(new PresenceRights(readProvided(all))), EVERYTHING.view(ALL));
});

const provided = fc.record<ProvidedPresence>({
  services: fc.constantFrom<ProvidedPresence["services"]>("all", [], [{ by: "service-uri", value: "sip:shown@b" }]),
  persons: fc.constantFrom<ProvidedPresence["persons"]>("all", [], [{ by: "class", value: "class-secret" }]),
  devices: fc.constantFrom<ProvidedPresence["devices"]>("all", [], [{ by: "deviceID", value: "urn:x:shown" }]),
  attributes: fc.oneof(
    { weight: 9, arbitrary: fc.subarray([...ATTRIBUTE_PERMISSIONS]) },
    { weight: 1, arbitrary: fc.constant("all" as const) },
  ),
  userInput: fc.constantFrom("false", "bare", "thresholds", "full"),
  unknown: fc.subarray([{ namespace: "urn:v", name: "foo" }, { namespace: "urn:v", name: "bar" }]),
});

Deno.test("for any permissions: more of them never show less, and equal keys mean equal views", () => {
  const pieces = (one: ProvidedPresence) =>
    new Set(
      EVERYTHING.view(new PresenceRights(one)).text.match(/[\w-]+-(?:secret|shown)|idle-threshold|last-input/g) ?? [],
    );
  fc.assert(
    fc.property(provided, provided, (a, b) => {
      const both = pieces(eitherProvided(a, b));
      for (const piece of [...pieces(a), ...pieces(b)]) assert.ok(both.has(piece), piece);
      const again = eitherProvided(b, a);
      assert.equal(providedKey(eitherProvided(a, b)), providedKey(again));
      if (a.attributes !== "all") {
        for (const piece of pieces(a)) {
          const name = piece.endsWith("-secret") ? piece.slice(0, -7) : "";
          if (!(ATTRIBUTE_PERMISSIONS as readonly string[]).includes(name)) continue;
          assert.ok(a.attributes.includes(name as AttributePermission), piece);
        }
      }
    }),
    { numRuns: 500 },
  );
});
