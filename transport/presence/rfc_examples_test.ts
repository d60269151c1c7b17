import assert from "node:assert/strict";
import { compose } from "./compose.ts";
import { locationOf } from "./location.ts";
import { isPidfDiff } from "./patched_presence.ts";
import { deviceOf, personOf, serviceOf } from "./presence_facts.ts";
import { PresenceProblem } from "./presence_problem.ts";
import { parsePresence, parsePresenceXml, type PresenceDocument } from "./read_presence.ts";
import examples from "./testdata/examples.json" with { type: "json" };
import { ALL, meanings } from "./testing.ts";

function example(from: string, number: number): string {
  return examples.find((one) => one.from === from && one.number === number)!.text;
}

/** Long before anything in the examples ends. */
const THEN = Date.parse("2000-01-01T00:00:00Z");

function view(document: PresenceDocument): string {
  return compose(document.entity, [{ key: "1", document, publishedAt: THEN }], THEN).view(ALL).text;
}

function withoutIds(text: string): string {
  return text.replaceAll(/ id="[^"]*"/g, "");
}

Deno.test("every document of the RFCs is read, and who sees all of it sees all of it", () => {
  assert.equal(examples.length, 33);
  let read = 0, diffs = 0;
  for (const { from, number, text } of examples) {
    // The RFC closes display-name with the wrong tag.
    if (from === "RFC 4482" && number === 1) continue;
    if (isPidfDiff(parsePresenceXml(text))) {
      diffs++;
      continue;
    }
    const document = parsePresence(text);
    const shown = view(document);
    assert.deepEqual(meanings(shown), meanings(text), `${from} ${number}`);
    const again = view(parsePresence(shown));
    assert.equal(withoutIds(again), withoutIds(shown), `${from} ${number}: read again it is the same`);
    read++;
  }
  assert.deepEqual([read, diffs], [29, 3]);
});

Deno.test("the example of RFC 4482 that is not well-formed is refused with its place", () => {
  assert.throws(() => parsePresence(example("RFC 4482", 1)), (error: unknown) => {
    assert.ok(error instanceof PresenceProblem && error.kind === "not-xml" && error.status === 400);
    assert.match(error.message, /^line 16, column 32: <\/c:card> where <\/c:display-name> belongs$/);
    return true;
  });
});

Deno.test("RFC 3863: tuples, contacts and notes", () => {
  const { entity, components, notes, others } = parsePresence(example("RFC 3863", 4));
  assert.equal(entity, "pres:someone@example.com");
  assert.deepEqual(components.map(serviceOf), [
    {
      id: "bs35r9",
      basic: "open",
      contact: "im:someone@mobilecarrier.net",
      priority: 0.8,
      notes: [
        { text: "Don't Disturb Please!", language: "en" },
        { text: "Ne derangez pas, s'il vous plait", language: "fr" },
      ],
      timestamp: Date.parse("2001-10-27T16:49:29Z"),
    },
    { id: "eg92n8", basic: "open", contact: "mailto:someone@example.com", priority: 1 },
  ]);
  assert.deepEqual(notes.map(({ text }) => text), ["<note>I'll be in Tokyo next week</note>"]);
  assert.deepEqual(others, []);
  assert.deepEqual(components[0].attributes.filter(({ inStatus }) => inStatus).map(({ name }) => name), [
    "basic",
    "im",
    "location",
  ]);
  const prefixed = parsePresence(example("RFC 3863", 5));
  assert.equal(prefixed.components[1].contact, "im:someone@mobilecarrier.net");
  assert.deepEqual(prefixed.others.map(({ text }) => text), [
    '<myex:mytag xmlns:myex="http://id.example.com/presence/">My extended presentity information</myex:mytag>',
  ]);
});

Deno.test("RFC 3863 §4.2.2: one document with and without a prefix is one text", () => {
  assert.equal(view(parsePresence(example("RFC 3863", 1))), view(parsePresence(example("RFC 3863", 2))));
});

Deno.test("RFC 3863 §4.3.3: what must be understood is shown as such, in whatever prefix", () => {
  const document = parsePresence(example("RFC 3863", 6));
  const [{ contact, attributes }] = document.components;
  assert.equal(contact, "tel:+09012345678");
  assert.ok(attributes.some(({ name }) => name === "complexExtension"));
  const shown = parsePresenceXml(view(document));
  const extension = shown.root.children[0].children.find(({ name }) => name === "complexExtension")!;
  const [first, second] = extension.children;
  assert.deepEqual(
    first.attributes.map(({ namespace, name, value }) => [namespace, name, value]),
    [["urn:ietf:params:xml:ns:pidf", "mustUnderstand", "1"]],
  );
  assert.deepEqual([first.text, second.text, second.attributes.length], ["val1", "val2", 0]);
});

Deno.test("RFC 4480: person and device", () => {
  const { components } = parsePresence(example("RFC 4480", 1));
  const device = components.find(({ kind }) => kind === "device")!;
  assert.deepEqual(deviceOf(device), {
    id: "pc147",
    deviceId: "urn:device:0003ba4811e3",
    userInput: { value: "idle", idleThreshold: 600, lastInput: Date.parse("2004-10-21T18:20:00Z") },
    notes: [{ text: "PC", language: "" }],
  });
  const person = components.find(({ kind }) => kind === "person")!;
  assert.deepEqual(personOf(person), {
    id: "p1",
    activities: [{
      values: ["away"],
      others: [],
      notes: [{ text: "Far away", language: "" }],
      from: Date.parse("2005-05-30T07:00:00Z"),
      until: Date.parse("2005-05-30T12:00:00Z"),
    }],
    mood: [{ values: ["angry"], others: ["brooding"], notes: [] }],
    className: "calendar",
    sphere: "bowling league",
    statusIcon: "http://example.com/play.gif",
    timeOffset: -240,
    notes: [{ text: "Scoring 120", language: "" }],
    timestamp: Date.parse("2005-05-30T11:09:44Z"),
  });
});

Deno.test("RFC 4481, 4482 and 5196: timed status, contact information and capabilities are kept", () => {
  assert.match(
    view(parsePresence(example("RFC 4481", 1))),
    /<ts:timed-status from="[^"]+" until="[^"]+"><ts:basic>closed/,
  );
  const person = parsePresence(example("RFC 4482", 2)).components.find(({ kind }) => kind === "person")!;
  assert.equal(personOf(person).icon, "http://example.com/~someone/icon.gif");
  assert.equal(personOf(person).homepage, "http://example.com/~someone");
  assert.match(view(parsePresence(example("RFC 5196", 1))), /<caps:servcaps><caps:audio>true<\/caps:audio>/);
});

Deno.test("RFC 5491: points, civic addresses and shapes", () => {
  const locations = Array.from({ length: 12 }, (_, index) => {
    const { components } = parsePresence(example("RFC 5491", index + 1));
    return components.flatMap(({ attributes }) => attributes.map(locationOf).filter((location) => location !== null));
  });
  assert.deepEqual(locations[0], [{
    chunks: [
      { kind: "point", latitude: -43.5723, longitude: 153.2176 },
      { kind: "civic", fields: [["FLR", "2"]] },
    ],
    method: "Wiremap",
    retransmissionAllowed: false,
    retentionExpiry: null,
  }]);
  const kinds = locations.map((all) => all.flatMap(({ chunks }) => chunks.map(({ kind }) => kind)).join(" "));
  assert.deepEqual(kinds, [
    "point civic",
    "civic other",
    "point",
    "other",
    "other",
    "other",
    "other",
    "other",
    "other",
    "other",
    "other",
    "other",
  ]);
});
