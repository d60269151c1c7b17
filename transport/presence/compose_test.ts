import assert from "node:assert/strict";
import { compose, type PresenceSource } from "./compose.ts";
import { PRESENCE_LIMITS } from "./presence_problem.ts";
import { parsePresence } from "./read_presence.ts";
import { sphereOf } from "./sphere.ts";
import { ALL, composed, lines, NOW, presence, rights, sources } from "./testing.ts";

const IM = "<op:service-description><op:service-id>org.openmobilealliance:IM-session</op:service-id>" +
  "<op:version>1.0</op:version></op:service-description>";

function tuple(basic: string, more = "", id = "t"): string {
  return `<tuple id="${id}"><status><basic>${basic}</basic></status>${more}</tuple>`;
}

function person(more: string, id = "p"): string {
  return `<dm:person id="${id}">${more}</dm:person>`;
}

Deno.test("tuples of one service at one address become one; the newest says what it says", () => {
  const contact = "<contact>sip:a@b</contact>";
  const composition = composed(
    tuple("open", `${IM}<rpid:relationship><rpid:self/></rpid:relationship>${contact}<note>first</note>`, "x"),
    tuple("closed", `${IM}${contact}<note xml:lang="en">second</note><note xml:lang="de">zweite</note>`, "y"),
  );
  assert.deepEqual(lines(composition), [
    `<tuple><status><basic>closed</basic></status><rpid:relationship><rpid:self/></rpid:relationship>${IM}${contact}` +
    '<note xml:lang="en">second</note><note xml:lang="de">zweite</note></tuple>',
  ]);
  assert.deepEqual(composition.components[0].ids, ["x", "y"]);
});

Deno.test("what differs in service, version, class, address or device stays apart", () => {
  const all = [
    "<contact>sip:a@b</contact>",
    "<contact>sip:c@b</contact>",
    `${IM}<contact>sip:a@b</contact>`,
    `${IM.replace("1.0", "2.0")}<contact>sip:a@b</contact>`,
    `${IM}<rpid:class>x</rpid:class><contact>sip:a@b</contact>`,
    `${IM}<dm:deviceID>urn:x:1</dm:deviceID><contact>sip:a@b</contact>`,
    `${IM}<dm:deviceID>urn:x:2</dm:deviceID><contact>sip:a@b</contact>`,
  ];
  const composition = composed(...all.map((more) => tuple("open", more)));
  assert.equal(composition.components.length, all.length);
  assert.equal(new Set(composition.components.map(({ id }) => id)).size, all.length, "ids are unique");
});

Deno.test("what has no identity is not taken for another's", () => {
  const composition = composed(tuple("open"), tuple("closed"));
  assert.equal(composition.components.length, 2);
  assert.notEqual(composition.components[0].id, composition.components[1].id);
});

Deno.test("persons of one class are one, and of each element the newest counts", () => {
  const composition = composed(
    person("<rpid:activities><rpid:away/></rpid:activities><rpid:mood><rpid:happy/></rpid:mood><dm:note>old</dm:note>"),
    person("<rpid:activities><rpid:busy/></rpid:activities><dm:note>new</dm:note>"),
    person("<rpid:class>calendar</rpid:class><rpid:activities><rpid:meeting/></rpid:activities>"),
  );
  assert.deepEqual(lines(composition), [
    "<dm:person><rpid:activities><rpid:busy/></rpid:activities><rpid:mood><rpid:happy/></rpid:mood><dm:note>new</dm:note></dm:person>",
    "<dm:person><rpid:activities><rpid:meeting/></rpid:activities><rpid:class>calendar</rpid:class></dm:person>",
  ]);
});

Deno.test("devices are recognised by their URN, whatever its case", () => {
  const device = (urn: string, more: string) =>
    `<dm:device id="d">${more}<dm:deviceID>${urn}</dm:deviceID></dm:device>`;
  const composition = composed(
    device("urn:uuid:F81D", "<rpid:user-input>active</rpid:user-input>"),
    device(
      "urn:uuid:f81d",
      '<op:network-availability><op:network id="IMS"><op:active/></op:network></op:network-availability>',
    ),
  );
  assert.equal(composition.components.length, 1);
  assert.match(lines(composition)[0], /<op:network-availability>.*<rpid:user-input>active/);
});

Deno.test("a timestamp says which is newer; none, and none before its publication came, counts as that", () => {
  const mood = (name: string, time: string) =>
    person(`<rpid:mood><rpid:${name}/></rpid:mood>${time === "" ? "" : `<dm:timestamp>${time}</dm:timestamp>`}`);
  const shown = (...contents: string[]) => /<rpid:mood><rpid:(\w+)/.exec(lines(composed(...contents))[0])![1];
  assert.equal(shown(mood("sad", ""), mood("happy", "")), "happy");
  assert.equal(shown(mood("sad", ""), mood("happy", "2026-01-01T00:00:00Z")), "sad");
  assert.equal(shown(mood("sad", "2026-01-02T00:00:00+09:00"), mood("happy", "2026-01-01T20:00:00Z")), "happy");
  assert.equal(shown(mood("sad", "2099-01-01T00:00:00Z"), mood("happy", "")), "happy", "a clock that is ahead");
});

Deno.test("of the same age, the later publication counts", () => {
  const [a, b] = sources(person("<dm:note>a</dm:note>"), person("<dm:note>b</dm:note>"));
  const same = [a, { ...b, publishedAt: a.publishedAt }];
  assert.match(compose("sip:a@b", same, NOW).view(ALL).text, /<dm:note>b</);
  assert.match(compose("sip:a@b", same.toReversed(), NOW).view(ALL).text, /<dm:note>a</);
});

Deno.test("ids stay while the thing is the same, whoever publishes it and whatever the client calls it", () => {
  const mine = (id: string, basic: string) => tuple(basic, "<contact>sip:a@b</contact>", id);
  const first = composed(mine("t1", "open"), mine("t2", "open")).components[0].id;
  assert.equal(composed(mine("t2", "open")).components[0].id, first, "one of two sources is gone");
  assert.equal(composed(mine("random", "closed")).components[0].id, first, "a new id of the client");
  const salted = (salt: string) => parsePresence(presence(mine("t", "open")), salt).components[0].id;
  assert.notEqual(salted("a"), salted("b"));
});

Deno.test("overriding willingness is that of all services, until it ends", () => {
  const willing = "<op:willingness><op:basic>open</op:basic></op:willingness>";
  const until = new Date(NOW + 60_000).toISOString();
  const override =
    `<op:overriding-willingness opd:until="${until}"><op:basic>closed</op:basic></op:overriding-willingness>`;
  const parts = [
    tuple("open", `${IM}${willing}<contact>sip:a@b</contact>`) + tuple("open", `${IM}<contact>sip:c@b</contact>`, "u") +
    tuple("open", "<contact>tel:1</contact>", "v"),
    person(override),
  ];
  const composition = composed(...parts);
  const closed = "<op:willingness><op:basic>closed</op:basic></op:willingness>";
  assert.deepEqual(lines(composition).slice(0, 3), [
    `<tuple><status><basic>open</basic></status>${IM}${closed}<contact>sip:a@b</contact></tuple>`,
    `<tuple><status><basic>open</basic></status>${IM}${closed}<contact>sip:c@b</contact></tuple>`,
    "<tuple><status><basic>open</basic></status><contact>tel:1</contact></tuple>",
  ]);
  assert.equal(composition.validUntil, NOW + 60_000);
  const later = compose("sip:a@b", sources(...parts), NOW + 60_000);
  assert.match(lines(later)[0], /<op:willingness><op:basic>open/);
  assert.doesNotMatch(later.view(ALL).text, /overriding/);
  assert.equal(later.validUntil, Infinity);
});

Deno.test("what has ended is not said any more, and when it ends is known before", () => {
  const at = (ms: number) => new Date(NOW + ms).toISOString();
  const content = person(
    `<rpid:activities until="${at(5000)}"><rpid:meeting/></rpid:activities><rpid:activities from="${
      at(5000)
    }"><rpid:lunch/></rpid:activities>` +
      `<rpid:mood until="${at(-1)}"><rpid:sad/></rpid:mood><rpid:sphere until="never">work</rpid:sphere>` +
      `<gp:geopriv><gp:location-info/><gp:usage-rules><gp:retention-expiry>${
        at(3000)
      }</gp:retention-expiry></gp:usage-rules></gp:geopriv>`,
  );
  const now = composed(content);
  assert.equal(now.validUntil, NOW + 3000);
  assert.match(now.view(ALL).text, /meeting.*lunch.*geopriv.*work/);
  assert.doesNotMatch(now.view(ALL).text, /sad/);
  const later = compose("sip:a@b", sources(content), NOW + 3000);
  assert.equal(later.validUntil, NOW + 5000);
  // Not even the namespace tells that there was a location.
  assert.doesNotMatch(later.view(ALL).text, /geopriv/);
});

Deno.test("what has ended does not hide what another source still says", () => {
  const ended = new Date(NOW - 1).toISOString();
  const composition = composed(
    person("<rpid:activities><rpid:away/></rpid:activities>"),
    person(`<rpid:activities until="${ended}"><rpid:meeting/></rpid:activities><dm:note>new</dm:note>`),
  );
  assert.deepEqual(lines(composition), [
    "<dm:person><rpid:activities><rpid:away/></rpid:activities><dm:note>new</dm:note></dm:person>",
  ]);
});

Deno.test("the presentity's notes and other elements are those of the newest source that has some", () => {
  const composition = composed(
    '<note>a</note><note xml:lang="de">b</note><x xmlns="urn:x">1</x>',
    "<note>c</note>",
    tuple("open"),
  );
  assert.deepEqual(lines(composition), [
    "<tuple><status><basic>open</basic></status></tuple>",
    "<note>c</note>",
    '<x xmlns="urn:x">1</x>',
  ]);
});

Deno.test("nobody's publications make a document without bounds", () => {
  const devices = (from: number) =>
    Array.from({ length: 80 }, (_, i) => `<dm:device id="d${i}"><dm:deviceID>a:${from + i}</dm:deviceID></dm:device>`)
      .join("");
  assert.equal(composed(devices(0), devices(80)).components.length, PRESENCE_LIMITS.components);
});

Deno.test("nothing published is a document that says nothing", () => {
  assert.equal(
    compose("sip:<&>@b", [], NOW).view(ALL).text,
    '<?xml version="1.0" encoding="UTF-8"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:&#60;&#38;&#62;@b">\n</presence>\n',
  );
});

Deno.test("only times changed: nothing new is said", () => {
  const at = (time: string, basic = "open") =>
    composed(tuple(basic, `<contact>sip:a@b</contact><timestamp>${time}</timestamp>`)).view(ALL);
  const view = at("2026-01-01T00:00:00Z");
  assert.ok(at("2026-01-01T00:00:05.5Z").saysSameAs(view));
  assert.notEqual(at("2026-01-01T00:00:05Z").text, view.text);
  assert.ok(!at("2026-01-01T00:00:00Z", "closed").saysSameAs(view));
  const without = composed(tuple("open", "<contact>sip:a@b</contact>")).view(ALL);
  assert.ok(without.saysSameAs(view) && view.saysSameAs(without));
  assert.ok(!composed("").view(ALL).saysSameAs(view));
  const note = (text: string) => composed(`<note>${text}</note>`).view(ALL);
  assert.ok(!note("a").saysSameAs(note("b")));
  assert.ok(!compose("sip:c@b", sources("<note>a</note>"), NOW).view(ALL).saysSameAs(note("a")));
});

Deno.test("watchers of equal rights share one view", () => {
  const composition = composed(tuple("open", IM));
  const a = rights({
    services: [{ by: "class", value: "x" }, { by: "class", value: "y" }],
    attributes: ["note", "mood"],
  });
  const b = rights({
    services: [{ by: "class", value: "y" }, { by: "class", value: "x" }],
    attributes: ["mood", "note", "mood"],
  });
  assert.equal(a.key, b.key);
  assert.equal(composition.view(a), composition.view(b));
  assert.equal(composition.view(a).octets, composition.view(b).octets);
  assert.notEqual(composition.view(a), composition.view(ALL));
});

Deno.test("the sphere is known where all who say one say the same (RFC 5025 §3.1.2)", () => {
  const all = (...spheres: string[]): PresenceSource[] =>
    sources(...spheres.map((sphere) => person(`<rpid:sphere>${sphere}</rpid:sphere>`)), tuple("open"));
  assert.equal(sphereOf(all()), null);
  assert.equal(sphereOf(all("<rpid:work/>", " work ")), "work");
  assert.equal(sphereOf(all("work", "home")), null);
  assert.equal(sphereOf(all("bowling league")), "bowling league");
});
