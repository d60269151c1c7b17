import assert from "node:assert/strict";
import fc from "fast-check";
import { compose } from "./compose.ts";
import { dateTimeText, timeOf } from "./date_time.ts";
import { locationOf, locationText, type PresenceLocation } from "./location.ts";
import { offlineView } from "./offline_view.ts";
import type { DeviceContent, PersonContent, ServiceContent } from "./presence_content.ts";
import { deviceOf, personOf, serviceOf } from "./presence_facts.ts";
import { parsePresence } from "./read_presence.ts";
import { ALL, NOW, rights } from "./testing.ts";
import { writePresence } from "./write_presence.ts";

/** Any text without control characters; what is around texts as white space is not kept. */
const words = fc.string({ unit: fc.constantFrom(..."ab <&>\"'äß😀]-:/#", "]]>", "<!--"), minLength: 1, maxLength: 12 })
  .map((text) => text.trim()).filter((text) => text !== "");
const time = fc.integer({ min: 0, max: 4e12 });
const uri = fc.constantFrom("sip:a@b", "tel:+1", "im:x&y@b", "urn:uuid:1", "mailto:<q>@b");
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const notes = fc.array(fc.record({ text: words, language: fc.constantFrom("", "en", "de-AT") }), {
  minLength: 1,
  maxLength: 3,
});
const open = fc.constantFrom("open" as const, "closed" as const);
const active = fc.constantFrom("active" as const, "terminated" as const);
const userInput = fc.record({
  value: fc.constantFrom("active" as const, "idle" as const),
  idleThreshold: maybe(fc.nat(9999)),
  lastInput: maybe(time),
});
const values = fc.array(
  fc.record({
    values: fc.subarray(["away", "busy", "on-the-phone"]),
    others: fc.array(words, { maxLength: 2 }),
    notes: fc.oneof(fc.constant([]), notes),
    from: maybe(time),
    until: maybe(time),
  }),
  { minLength: 1, maxLength: 2 },
);
const location: fc.Arbitrary<PresenceLocation> = fc.record({
  chunks: fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant("point" as const),
        latitude: fc.integer({ min: -90, max: 90 }),
        longitude: fc.integer({ min: -180, max: 180 }),
      }),
      fc.record({
        kind: fc.constant("civic" as const),
        fields: fc.array(fc.tuple(fc.constantFrom("country", "A1", "RD", "HNO"), words), { maxLength: 3 }),
      }),
      fc.constant({ kind: "other" as const, text: '<gs:Circle srsName="x"><gml:pos>1 2</gml:pos></gs:Circle>' }),
    ),
    { maxLength: 3 },
  ),
  method: fc.constantFrom("", "GPS", "Manual"),
  retransmissionAllowed: fc.boolean(),
  retentionExpiry: fc.option(time),
});
const common = {
  className: maybe(words),
  userInput: maybe(userInput),
  location: maybe(location),
  notes: maybe(notes),
  timestamp: maybe(time),
};
const service = fc.record({
  ...common,
  basic: maybe(open),
  serviceId: fc.constant("org.openmobilealliance:IM-session"),
  serviceVersion: fc.constantFrom("1.0", "2.0"),
  description: maybe(words),
  contact: maybe(uri),
  willingness: maybe(open),
  sessionParticipation: maybe(open),
  registrationState: maybe(active),
  barringState: maybe(active),
  deviceIds: maybe(fc.array(uri, { minLength: 1, maxLength: 2 })),
});
const person = fc.record({
  ...common,
  activities: maybe(values),
  mood: maybe(values),
  sphere: maybe(words),
  statusIcon: maybe(uri),
  timeOffset: maybe(fc.integer({ min: -720, max: 840 })),
  overridingWillingness: maybe(fc.record({ value: open, until: maybe(time) })),
  displayName: maybe(words),
  icon: maybe(uri),
  homepage: maybe(uri),
});
const device = fc.record({
  ...common,
  deviceId: uri,
  networks: maybe(fc.array(fc.record({ id: words, state: active }), { maxLength: 2 })),
});

/** Without what is undefined: as it is read. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

Deno.test("what is written is read again as it was meant", () => {
  const content = fc.tuple(
    fc.array(service, { maxLength: 2 }),
    fc.array(person, { maxLength: 2 }),
    fc.array(device, { maxLength: 2 }),
    notes,
  );
  fc.assert(
    fc.property(content, ([services, persons, devices, notes]) => {
      const wanted = {
        services: services.map((one, i): ServiceContent => plain({ ...one, id: `s${i}` })),
        persons: persons.map((one, i): PersonContent => plain({ ...one, id: `p${i}` })),
        devices: devices.map((one, i): DeviceContent => plain({ ...one, id: `d"${i}` })),
      };
      const document = parsePresence(writePresence({ entity: "sip:<a>@b", ...wanted, notes }));
      assert.equal(document.entity, "sip:<a>@b");
      assert.equal(document.notes.length, notes.length);
      const kinds = { tuple: [] as unknown[], person: [] as unknown[], device: [] as unknown[] };
      for (const component of document.components) {
        kinds[component.kind].push(
          component.kind === "tuple"
            ? serviceOf(component)
            : component.kind === "person"
            ? personOf(component)
            : deviceOf(component),
        );
      }
      assert.deepEqual({ services: kinds.tuple, persons: kinds.person, devices: kinds.device }, wanted);
    }),
    { numRuns: 300 },
  );
});

Deno.test("priorities have three decimals, and what is out of range is none", () => {
  const read = (priority: number) =>
    serviceOf(
      parsePresence(writePresence({ entity: "sip:a@b", services: [{ id: "t", contact: "sip:a@b", priority }] }))
        .components[0],
    ).priority;
  assert.equal(read(0.8), 0.8);
  assert.equal(read(1), 1);
  assert.equal(read(1 / 3), 0.333);
  assert.equal(read(1.5), undefined);
});

Deno.test("location can be given to some and kept from others", () => {
  const location: PresenceLocation = {
    chunks: [{ kind: "point", latitude: 48.2082, longitude: 16.3738 }, {
      kind: "civic",
      fields: [["country", "AT"], ["A3", "Wien"]],
    }],
    method: "GPS",
    retransmissionAllowed: false,
    retentionExpiry: NOW + 60_000,
  };
  const text = writePresence({ entity: "sip:a@b", persons: [{ id: "p", location }] });
  const composition = compose("sip:a@b", [{ key: "1", document: parsePresence(text), publishedAt: NOW }], NOW);
  const [person] = composition.components;
  assert.deepEqual(locationOf(person.attributes[0]), location);
  assert.equal(locationText(location), person.attributes[0].text);
  assert.ok(composition.view(rights({ persons: "all", attributes: ["geopriv"] })).text.includes("48.2082"));
  assert.doesNotMatch(composition.view(rights({ persons: "all", attributes: ["activities"] })).text, /gp:|gml|geopriv/);
  assert.equal(composition.validUntil, NOW + 60_000);
  const notWgs84 = { ...person.attributes[0], text: person.attributes[0].text.replace("4326", "4979") };
  assert.equal(locationOf(notWgs84)!.chunks[0].kind, "other");
});

Deno.test("who is politely blocked sees what is seen of somebody who is away", () => {
  const tuple = '<tuple id="x"><status><basic>open</basic></status><contact>sip:a@b</contact><note>here</note></tuple>';
  const document = parsePresence(
    `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a@b">${tuple}</presence>`,
    "salt",
  );
  const view = compose("sip:a@b", [{ key: "1", document, publishedAt: NOW }], NOW).view(ALL);
  const offline = offlineView("sip:a@b", "salt");
  assert.equal(
    offline.text,
    '<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a@b">\n' +
      `<tuple id="${
        document.components[0].id
      }"><status><basic>closed</basic></status><contact>sip:a@b</contact></tuple>\n</presence>\n`,
  );
  // A watcher who saw more before learns only that it is closed now.
  assert.match(offline.diff(view, 2)!, /<p:replace sel="\*\/\*\[1\]\/\*\[1\]\/\*\[1\]"><basic>closed<\/basic>/);
  const services: ServiceContent[] = [{
    id: "im",
    basic: "open",
    serviceId: "org.openmobilealliance:IM-session",
    serviceVersion: "2.0",
    registrationState: "terminated",
    notes: [{ text: "secret", language: "" }],
    timestamp: NOW,
  }];
  const own = offlineView("sip:a@b", "salt", services).text;
  assert.match(own, /<basic>closed<.*<op:registration-state>terminated<.*IM-session/);
  assert.doesNotMatch(own, /secret|open<|timestamp|dm:|rpid:/);
});

Deno.test("times without a zone are UTC, wherever the box stands", () => {
  assert.equal(timeOf("2026-11-21T12:00:00"), NOW);
  assert.equal(timeOf("2026-11-21T13:00:00+01:00"), NOW);
  assert.equal(timeOf("2026-11-21T12:00:00.250Z"), NOW + 250);
  for (const none of ["", "2026-11-21", "12:00", "2026-13-01T00:00:00Z", "x"]) {
    assert.ok(Number.isNaN(timeOf(none)), none);
  }
  assert.equal(dateTimeText(NOW), "2026-11-21T12:00:00Z");
  assert.equal(dateTimeText(NOW + 5), "2026-11-21T12:00:00.005Z");
});
