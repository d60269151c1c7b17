import assert from "node:assert/strict";
import fc from "fast-check";
import { parseXml, SMALL_XML } from "../xml/mod.ts";
import { readFilterSet, SIMPLE_FILTER_NAMESPACE, SIMPLE_FILTER_TYPE } from "./filter_set.ts";
import { firesTrigger } from "./filter_trigger.ts";
import { filteredView, wantsView } from "./filter_view.ts";
import { filteredText } from "./filter_what.ts";
import { parsePresence } from "./read_presence.ts";
import { ALL, composed, presence } from "./testing.ts";

const BINDINGS = [
  ["p", "urn:ietf:params:xml:ns:pidf"],
  ["dm", "urn:ietf:params:xml:ns:pidf:data-model"],
  ["rpid", "urn:ietf:params:xml:ns:pidf:rpid"],
  ["op", "urn:oma:xml:prs:pidf:oma-pres"],
].map(([prefix, urn]) => `<ns-binding prefix="${prefix}" urn="${urn}"/>`).join("");

function filter(content: string) {
  const body = `<filter-set xmlns="${SIMPLE_FILTER_NAMESPACE}"><ns-bindings>${BINDINGS}</ns-bindings>` +
    `<filter id="1">${content}</filter></filter-set>`;
  return readFilterSet(SIMPLE_FILTER_TYPE, body).filters[0];
}

const include = (...paths: string[]) => paths.map((path) => `<include>${path}</include>`).join("");
const exclude = (...paths: string[]) => paths.map((path) => `<exclude>${path}</exclude>`).join("");

const TUPLE =
  '<tuple id="t"><status><basic>open</basic></status><op:service-description><op:service-id>im</op:service-id>' +
  "<op:version>1.0</op:version><op:description>d</op:description></op:service-description><rpid:class>c</rpid:class>" +
  '<contact priority="0.8" xml:lang="en">sip:a@b</contact><note xml:lang="en">n</note></tuple>';
const DEVICE =
  '<dm:device id="d"><rpid:user-input idle-threshold="600">idle</rpid:user-input><dm:deviceID>urn:x</dm:deviceID></dm:device>';
const DOCUMENT = presence(TUPLE + DEVICE);

/** What is left in the root, and its tag without what it always has. */
function left(content: string, document = DOCUMENT): string | null {
  const text = filteredText(parseXml(document, SMALL_XML), filter(`<what>${content}</what>`).what!);
  return text === null ? null : text.split("\n").slice(1).join("\n").trim()
    .replace(
      /^<presence xmlns="urn:ietf:params:xml:ns:pidf"((?: xmlns:\w+="[^"]*")*) entity="sip:a@b"/,
      (_, more: string) => {
        return [...more.matchAll(/xmlns:(\w+)/g)].map(([, prefix]) => prefix).join(",");
      },
    );
}

Deno.test("what is required comes with what is included, and no other prefix is declared", () => {
  assert.equal(
    left(include("//rpid:class")),
    'rpid><tuple id="t"><status/><rpid:class>c</rpid:class></tuple></presence>',
  );
  assert.equal(
    left(include("//op:description")),
    'op><tuple id="t"><status/><op:service-description><op:service-id>im</op:service-id><op:version>1.0</op:version>' +
      "<op:description>d</op:description></op:service-description></tuple></presence>",
  );
  assert.equal(
    left(include("//rpid:user-input")),
    'dm,rpid><dm:device id="d"><rpid:user-input idle-threshold="600">idle</rpid:user-input>' +
      "<dm:deviceID>urn:x</dm:deviceID></dm:device></presence>",
  );
});

Deno.test("attributes: those selected and those required, with the text of their element", () => {
  assert.equal(
    left(include("//p:contact/@priority")),
    '><tuple id="t"><status/><contact priority="0.8">sip:a@b</contact></tuple></presence>',
  );
  assert.equal(left(include("/p:presence/p:tuple/@id")), '><tuple id="t"><status/></tuple></presence>');
  assert.equal(
    left(include("//p:tuple/p:contact") + exclude("//@priority")),
    '><tuple id="t"><status/><contact xml:lang="en">sip:a@b</contact></tuple></presence>',
  );
});

Deno.test("excluding: all but that, whole branches, never what is required", () => {
  const all = left(exclude("/p:presence/p:nothing"))!;
  assert.equal(all, `dm,rpid,op>${TUPLE}${DEVICE}</presence>`);
  assert.equal(
    left(exclude("/p:presence/p:tuple", "//rpid:user-input/@idle-threshold")),
    'dm,rpid><dm:device id="d"><rpid:user-input>idle</rpid:user-input><dm:deviceID>urn:x</dm:deviceID></dm:device></presence>',
  );
  assert.equal(left(exclude("/p:presence", "//p:status", "//dm:deviceID", "//@id", "//@entity", "//op:version")), all);
  assert.equal(
    left(include("//p:tuple") + exclude("//p:basic", "//p:contact", "//op:service-description", "//p:note")),
    'rpid><tuple id="t"><status/><rpid:class>c</rpid:class></tuple></presence>',
  );
  assert.equal(left('<exclude type="namespace">urn:ietf:params:xml:ns:pidf</exclude>'), `dm,rpid>${DEVICE}</presence>`);
});

Deno.test("namespaces: what is in them, on its way, without what is not", () => {
  assert.equal(
    left('<include type="namespace">urn:ietf:params:xml:ns:pidf:rpid</include>'),
    'dm,rpid><tuple id="t"><status/><rpid:class>c</rpid:class></tuple><dm:device id="d">' +
      '<rpid:user-input idle-threshold="600">idle</rpid:user-input><dm:deviceID>urn:x</dm:deviceID></dm:device></presence>',
  );
  assert.equal(
    left('<include type="namespace">urn:ietf:params:xml:ns:pidf</include><exclude>//p:note</exclude>'),
    '><tuple id="t"><status><basic>open</basic></status><contact priority="0.8">sip:a@b</contact></tuple></presence>',
  );
  assert.equal(left('<include type="namespace">urn:none</include>'), null);
  assert.equal(left(include("/p:none")), null);
});

Deno.test("whatever is selected, the result is a document that a presence reader takes, and filtered again it is the same", () => {
  const path = fc.constantFrom(
    "//p:tuple",
    "//p:basic",
    "//rpid:class",
    "//*[.='open']",
    "//@priority",
    "//dm:device",
    "//rpid:user-input",
    "//*",
    "//@id",
    "//op:version",
    "/p:presence/p:tuple[rpid:class='c']/p:note",
    "/*/*/*",
  );
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 4 }), fc.array(path, { maxLength: 3 }), (wanted, not) => {
      const { what } = filter(`<what>${include(...wanted)}${exclude(...not)}</what>`);
      const text = filteredText(parseXml(DOCUMENT, SMALL_XML), what!)!;
      assert.equal(parsePresence(text).entity, "sip:a@b");
      const excluding = { include: [], exclude: what!.exclude };
      assert.equal(filteredText(parseXml(text, SMALL_XML), excluding), text);
    }),
  );
});

Deno.test("triggers: added, removed, changed, by how much; all of one, any of several", () => {
  const tuple = (id: string, basic: string, more = "") =>
    `<tuple id="${id}"><status><basic>${basic}</basic></status>${more}</tuple>`;
  const fires = (content: string, before: string, after: string) =>
    firesTrigger(filter(content).triggers, parseXml(presence(before), SMALL_XML), parseXml(presence(after), SMALL_XML));
  const trigger = (content: string) => `<trigger>${content}</trigger>`;
  const open = tuple("1", "open"), closed = tuple("1", "closed");
  const contact = (priority: string) => tuple("1", "open", `<contact priority="${priority}">sip:a@b</contact>`);
  const BASIC = "//p:tuple/p:status/p:basic";
  for (
    const [content, before, after, expected] of [
      [trigger("<added>//p:tuple</added>"), open, open + tuple("2", "open"), true],
      [trigger("<added>//p:tuple</added>"), open, closed, false],
      [trigger("<added>//p:tuple</added>"), open, tuple("2", "open"), true],
      [trigger("<added>//p:contact/@priority</added>"), open, contact("1"), true],
      [trigger("<added>//p:contact/@priority</added>"), contact("0"), contact("1"), false],
      [trigger("<removed>//p:tuple</removed>"), open + tuple("2", "open"), tuple("2", "open"), true],
      [trigger("<removed>//p:tuple</removed>"), open, tuple("2", "open") + open, false],
      [trigger(`<changed>${BASIC}</changed>`), open, closed, true],
      [trigger(`<changed>${BASIC}</changed>`), open, open + tuple("2", "closed"), false],
      [trigger(`<changed>//p:tuple</changed>`), open, contact("1"), true],
      [trigger(`<changed>//p:tuple</changed>`), open, open.replaceAll("><", "> <"), false],
      [trigger(`<changed from="open">${BASIC}</changed>`), open, closed, true],
      [trigger(`<changed from="closed">${BASIC}</changed>`), open, closed, false],
      [trigger(`<changed from="open" to="open">${BASIC}</changed>`), open, open, false],
      [trigger(`<changed to="open">${BASIC}</changed>`), tuple("0", "open"), tuple("0", "open") + open, true],
      [trigger(`<changed>//p:contact/@priority</changed>`), contact("1"), contact("1.0"), false],
      [trigger(`<changed by="0.5">//p:contact/@priority</changed>`), contact("0.2"), contact("0.6"), false],
      [trigger(`<changed by="0.5">//p:contact/@priority</changed>`), contact("0.7"), contact("0.2"), true],
      [trigger(`<changed by="0.1" from="0.7">//p:contact/@priority</changed>`), contact("0.7"), contact("0.2"), true],
      [trigger(`<changed by="1">${BASIC}</changed>`), open, closed, false],
      [trigger(`<changed>${BASIC}</changed><added>//p:contact</added>`), open, closed, false],
      [trigger(`<changed>${BASIC}</changed><added>//p:tuple</added>`), open, closed + tuple("2", "open"), true],
      [trigger("<added>//p:none</added>") + trigger(`<changed>${BASIC}</changed>`), open, closed, true],
    ] as const
  ) assert.equal(fires(content, before, after), expected, content + before + after);
});

Deno.test("views: what a watcher with a filter is told, and when", () => {
  const tuple = (basic: string) =>
    `<tuple id="t"><status><basic>${basic}</basic></status><contact>sip:a@b</contact></tuple>`;
  const [open, closed, busy] = [
    composed(tuple("open")).view(ALL),
    composed(tuple("closed")).view(ALL),
    composed(tuple("open"), '<dm:person id="p"><rpid:activities><rpid:busy/></rpid:activities></dm:person>').view(ALL),
  ];
  const basic = filter("<what><include>//p:basic</include></what><trigger><changed>//p:basic</changed></trigger>");
  assert.match(
    filteredView(open, basic)!,
    /><tuple id="\w+"><status><basic>open<\/basic><\/status><\/tuple><\/presence>\n$/,
  );
  assert.equal(filteredView(busy, basic), filteredView(open, basic), "a change that is not told of");
  assert.deepEqual([wantsView(basic, open, busy), wantsView(basic, open, closed), wantsView(basic, open, open)], [
    false,
    true,
    false,
  ]);
  const always = filter("<what><include>//p:contact</include></what>");
  assert.deepEqual([wantsView(always, open, busy), wantsView(always, open, open)], [true, false]);
  const all = filter("<trigger><added>//dm:person</added></trigger>");
  assert.equal(filteredView(busy, all), busy.text);
  assert.deepEqual([wantsView(all, open, busy), wantsView(all, busy, open)], [true, false]);
});
