import assert from "node:assert/strict";
import { escapeXml, parseXml } from "../xml/mod.ts";
import { compose } from "./compose.ts";
import { locationFormOf, LocationForms } from "./location_form.ts";
import { firstLocation, locationWords, mapUri, pointOf, typedLocation } from "./location_words.ts";
import type { LocationChunk, PresenceLocation } from "./location.ts";
import { EVERYTHING_PROVIDED, NOTHING_PROVIDED } from "./provided_presence.ts";
import { PresenceRights } from "./presence_rights.ts";
import type { PresenceView } from "./presence_view.ts";
import { parsePresence } from "./read_presence.ts";
import { writePresence } from "./write_presence.ts";

const ENTITY = "sip:alice@example.test";
const ALL = new PresenceRights(EVERYTHING_PROVIDED);
const POINT: LocationChunk = { kind: "point", latitude: 52.520008, longitude: 13.404954 };
const OFFICE: LocationChunk = {
  kind: "civic",
  fields: [
    ["country", "DE"],
    ["A1", "Berlin"],
    ["A3", "Berlin"],
    ["RD", "Am <Ufer>"],
    ["HNO", "5"],
    ["HNS", "b"],
    [
      "PC",
      "10115",
    ],
    ["FLR", "3"],
    ["ROOM", "3.14"],
    ["NAM", "Example & Co"],
  ],
};

function at(...chunks: readonly LocationChunk[]): PresenceLocation {
  return { chunks, method: "GPS", retransmissionAllowed: false, retentionExpiry: null };
}

function viewOf(text: string, rights = ALL): PresenceView {
  return compose(ENTITY, [{ key: "p", document: parsePresence(text), publishedAt: 0 }], 0).view(rights);
}

/** All that may hold a location at once. */
function everywhere(location: PresenceLocation): string {
  return writePresence({
    entity: ENTITY,
    services: [{ id: "s", basic: "open", contact: ENTITY, location, timestamp: 1000 }],
    persons: [{ id: "p", location, notes: [{ text: "hello", language: "" }], timestamp: 1000 }],
    devices: [{ id: "d", deviceId: "urn:uuid:1", location }],
  });
}

Deno.test("locations in words", () => {
  const shape = (text: string): LocationChunk => ({ kind: "other", text });
  const circle = (radius: string) =>
    shape(`<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>-33.8568 151.2153</gml:pos>${radius}</gs:Circle>`);
  const cases: [PresenceLocation, string][] = [
    [at(POINT), "52.52001° N, 13.40495° E"],
    [at(OFFICE), "Example & Co, room 3.14 floor 3, Am <Ufer> 5b, 10115 Berlin, Berlin, DE"],
    [at(POINT, OFFICE), "Example & Co, room 3.14 floor 3, Am <Ufer> 5b, 10115 Berlin, Berlin, DE"],
    [at({ kind: "civic", fields: [["A6", "Old Street"], ["country", "GB"]] }), "Old Street, GB"],
    [at({ kind: "civic", fields: [["SEAT", "7"]] }, POINT), "52.52001° N, 13.40495° E"],
    [
      at(circle('<gs:radius uom="urn:ogc:def:uom:EPSG::9001">850.24</gs:radius>')),
      "33.8568° S, 151.2153° E, within 850 m",
    ],
    [at(circle('<gs:radius uom="urn:furlong">1</gs:radius>')), "33.8568° S, 151.2153° E"],
    [at(shape("<gml:Point><gml:pos>1 2 3</gml:pos></gml:Point>")), "1° N, 2° E"],
    [at(shape("<gml:Point><gml:pos>91 0</gml:pos></gml:Point>")), ""],
    [at(shape("<gml:Point><gml:pos>here</gml:pos></gml:Point>")), ""],
    [at(shape("<gml:Polygon><gml:pos>1 2</gml:pos></gml:Polygon>")), ""],
    // On a declaration that is not with it.
    [at(shape("<q:Point><q:pos>1 2</q:pos></q:Point>")), ""],
    [at(), ""],
  ];
  for (const [location, words] of cases) assert.equal(locationWords(location), words);
});

Deno.test("links are made by the operator's template, with five decimals", () => {
  const point = pointOf(at(POINT))!;
  assert.equal(mapUri("geo:{latitude},{longitude}", point), "geo:52.52001,13.40495");
  const template = "https://maps.example.test/?at={latitude}/{longitude}&mark={latitude}";
  assert.equal(mapUri(template, point), "https://maps.example.test/?at=52.52001/13.40495&mark=52.52001");
  assert.equal(pointOf(at(OFFICE)), null);
});

Deno.test("in words: a note beside each location, before the timestamp, and the location stays", () => {
  const view = viewOf(everywhere(at(OFFICE)));
  const { text: shown } = new LocationForms().view(view, "text");
  const words = escapeXml("Example & Co, room 3.14 floor 3, Am <Ufer> 5b, 10115 Berlin, Berlin, DE");
  assert.ok(shown.includes(`</contact><note>${words}</note><timestamp>`), shown);
  assert.ok(shown.includes(`<dm:note>hello</dm:note><dm:note>${words}</dm:note><dm:timestamp>`), shown);
  assert.ok(shown.includes(`</dm:deviceID><dm:note>${words}</dm:note></dm:device>`), shown);
  assert.equal(shown.split("<gp:geopriv>").length, 4);
  assert.ok(!shown.includes("opd11"));
  parsePresence(shown);
});

Deno.test("on a map: a link beside each location; where it has no point, words", () => {
  const forms = new LocationForms();
  const { text } = forms.view(viewOf(everywhere(at(OFFICE, POINT))), "map");
  assert.equal(text.split("<opd11:link label=").length, 4);
  assert.ok(text.includes(">geo:52.52001,13.40495</opd11:link>"));
  assert.ok(!text.includes("<note>"));
  const root = parseXml(text).root;
  assert.ok(
    root.children[0].children.some(({ namespace, name }) =>
      namespace === "urn:oma:xml:pde:pidf:ext:1.1" && name === "link"
    ),
  );
  assert.equal(root.children[0].children[0].name, "status");
  parsePresence(text);
  const civic = forms.view(viewOf(everywhere(at(OFFICE))), "map").text;
  assert.ok(civic.includes(`<note>${escapeXml("Example & Co")}`));
  assert.ok(!civic.includes("<opd11:link"));
});

Deno.test("a location in a tuple's status is told, too", () => {
  const location =
    "<gp:geopriv><gp:location-info><gml:Point><gml:pos>1 2</gml:pos></gml:Point></gp:location-info><gp:usage-rules/></gp:geopriv>";
  const text = '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" ' +
    `xmlns:gml="http://www.opengis.net/gml" entity="${ENTITY}"><tuple id="a"><status><basic>open</basic>${location}` +
    `</status><contact>${ENTITY}</contact></tuple></presence>`;
  const shown = new LocationForms().view(viewOf(text), "map").text;
  assert.ok(shown.includes('</status><opd11:link label="1° N, 2° E">geo:1,2</opd11:link><contact>'), shown);
});

Deno.test("nothing is said that the watcher may not see, and views without locations stay what they are", () => {
  const forms = new LocationForms();
  const rights = new PresenceRights({ ...NOTHING_PROVIDED, persons: "all", services: "all", attributes: ["note"] });
  const view = viewOf(everywhere(at(POINT)), rights);
  assert.equal(forms.view(view, "text"), view);
  assert.equal(forms.view(view, "map"), view);
});

Deno.test("a view is made once for all watchers; what did not change says the same, what did is told as a patch", () => {
  const forms = new LocationForms();
  const first = viewOf(everywhere(at(POINT))), same = viewOf(everywhere(at(POINT)).replaceAll(":01Z", ":02Z"));
  const shown = forms.view(first, "map");
  assert.equal(forms.view(first, "map"), shown);
  assert.notEqual(forms.view(first, "text"), shown);
  assert.ok(forms.view(same, "map").saysSameAs(shown));
  assert.equal(forms.view(same, "map").tag, shown.tag);
  const moved = forms.view(viewOf(everywhere(at({ kind: "point", latitude: 1, longitude: 2 }))), "map");
  assert.ok(!moved.saysSameAs(shown));
  assert.match(moved.diff(shown, 2) ?? moved.full(2), /geo:1,2/);
});

Deno.test("a place that is typed is a point or words, and is read again from a document", () => {
  const read = (text: string) => {
    const location = typedLocation(text);
    const document = parsePresence(writePresence({ entity: ENTITY, persons: [{ id: "p", location }] }));
    assert.deepEqual(firstLocation(document), location);
    return locationWords(location);
  };
  assert.equal(read("-33.8568, 151.2153"), "33.8568° S, 151.2153° E");
  assert.equal(read(" Room 5, second floor "), "Room 5, second floor");
  assert.equal(read("99, 5"), "99, 5");
  assert.equal(firstLocation(parsePresence(writePresence({ entity: ENTITY, persons: [{ id: "p" }] }))), null);
});

Deno.test("the form that a watcher names", () => {
  assert.deepEqual(["text", "MAP", "picture", "", undefined].map(locationFormOf), ["text", "map", null, null, null]);
});
