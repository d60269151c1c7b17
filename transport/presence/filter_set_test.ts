import assert from "node:assert/strict";
import { FilterProblem } from "./filter_problem.ts";
import { FILTER_LIMITS, readFilterSet, SIMPLE_FILTER_NAMESPACE, SIMPLE_FILTER_TYPE } from "./filter_set.ts";
import { SubscriptionFilters } from "./filter_subscription.ts";

function set(content: string, attributes = ""): string {
  return `<filter-set xmlns="${SIMPLE_FILTER_NAMESPACE}"${attributes}>${content}</filter-set>`;
}

function read(content: string, attributes = "") {
  return readFilterSet(`${SIMPLE_FILTER_TYPE};charset=UTF-8`, set(content, attributes));
}

function refused(run: () => unknown, status: number, message: string): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof FilterProblem, `${error}`);
    assert.deepEqual([error.status, error.message], [status, message]);
    return true;
  });
}

const WHAT = "<what><include>/a</include></what>";

Deno.test("what is no filter is refused: 415, 413, 400 and 488, with the place and the reason", () => {
  refused(
    () => readFilterSet("text/plain", "x"),
    415,
    'the body is "text/plain"; allowed: application/simple-filter+xml',
  );
  refused(() => readFilterSet(SIMPLE_FILTER_TYPE, "x"), 400, "line 1, column 1: text outside of the root element");
  assert.throws(
    () => readFilterSet(SIMPLE_FILTER_TYPE, " ".repeat(FILTER_LIMITS.xml.characters + 1)),
    (error: unknown) => error instanceof FilterProblem && error.status === 413,
  );
  const change = (change: string) => `<filter id="1"><trigger>${change}</trigger></filter>`;
  for (
    const [content, message] of [
      ["", "1: a filter-set without a filter"],
      [`<filter>${WHAT}</filter>`, "58: a filter without an id of at most 256 characters"],
      [`<filter id="1" uri="a:b" domain="c">${WHAT}</filter>`, "58: a filter with both uri and domain"],
      ['<filter id="1" enabled="no"/>', "58: enabled is neither true nor false"],
      ['<filter id="1"/><filter id="1"/>', '74: the id "1" is another filter\'s'],
      ["<ns-bindings><ns-binding prefix='a'/></ns-bindings>", "71: an ns-binding without prefix or urn"],
      [
        '<filter id="1"><what><include type="css">a</include></what></filter>',
        '79: the type "css" is unknown; allowed: xpath, namespace',
      ],
      ['<filter id="1"><what><exclude type="namespace"> </exclude></what></filter>', "79: exclude without a namespace"],
      ['<filter id="1"><what><exclude>a</exclude></what></filter>', '79: exclude: "a" at character 1 where / belongs'],
      [change('<added>/a[b="1"]</added>'), "82: added takes a reference without conditions"],
      [change('<changed by="x">/a</changed>'), '82: "x" is no decimal, as by asks for'],
      [change('<changed by="1" from="open">/a</changed>'), '82: "open" is no decimal, as by asks for'],
      [Array.from({ length: 21 }, (_, i) => `<filter id="${i}"/>`).join(""), "1: more than 20 filters"],
    ]
  ) refused(() => read(content), 488, `line 1, column ${message}`);
  const many = `<filter id="1"><what>${"<include>/a</include>".repeat(41)}</what></filter>`;
  assert.throws(() => read(many), /more than 40 expressions$/);
  const long = `<filter id="1"><what>${`<include>${"//a".repeat(12)}</include>`.repeat(14)}</what></filter>`;
  assert.throws(() => read(long), /more than 160 levels and comparisons in all expressions$/);
});

Deno.test("what may be left out or be empty; what others put in is passed over", () => {
  const { eventPackage, filters } = read(
    `<ns-bindings><ns-binding prefix="p" urn="urn:p"/></ns-bindings><x xmlns="u"/>
    <filter id="a" uri=" sip:a@b "><what/><trigger/><x xmlns="u"/></filter>
    <filter id="b" domain="Example.COM" enabled="0" remove="true"/>
    <filter id="c"><what><include>/p:a/q:b</include></what><trigger><removed>//@p:c</removed></trigger></filter>`,
    ' package="Presence" xmlns:q="urn:q"',
  );
  assert.equal(eventPackage, "presence");
  assert.deepEqual(
    filters.map((
      { id, uri, domain, remove, enabled, says, what, triggers },
    ) => [id, uri, domain, remove, enabled, says, what === null, triggers.length]),
    [
      ["a", "sip:a@b", "", false, true, true, true, 0],
      ["b", "", "example.com", true, false, false, true, 0],
      ["c", "", "", false, true, true, false, 1],
    ],
  );
});

Deno.test("RFC 4660 §3.3.3: filters stay, are replaced, switched off and on, and removed", () => {
  const none = SubscriptionFilters.none("sip:list@x", "presence");
  const what = (found: ReturnType<SubscriptionFilters["find"]>) => found?.what?.include.length ?? "-";
  const first = none.changed(read(`<filter id="1" uri="sip:a@x">${WHAT}</filter><filter id="2">${WHAT}</filter>`));
  assert.deepEqual([first.size, first.find("sip:a@x")?.id, first.find("sip:b@x")?.id, none.size], [2, "1", "2", 0]);
  const more = first.changed(read(`<filter id="3" domain="Y">${WHAT}</filter>`));
  assert.deepEqual(
    ["sip:a@x", "sip:b@y:5060;lr", "tel:+1", "sip:list@x"].map((uri) => more.find(uri)?.id),
    ["1", "3", "2", "2"],
  );
  const off = more.changed(read('<filter id="2" enabled="false"/>'));
  assert.equal(off.find("sip:b@x"), null);
  assert.equal(off.find("sip:b@y")?.id, "3");
  assert.equal(what(off.changed(read('<filter id="2" enabled="true"/>')).find("sip:b@x")), 1);
  const replaced = more.changed(read(`<filter id="2"><what><exclude>/a</exclude></what></filter>`));
  assert.equal(what(replaced.find("sip:b@x")), 0);
  const removed = more.changed(read('<filter id="2" remove="true"/><filter id="4" remove="1"/>'));
  assert.deepEqual([removed.size, removed.find("sip:b@x")], [2, null]);
});

Deno.test("RFC 4660 §5.2: two filters for one resource or domain, and others that cannot be, are refused", () => {
  const some = SubscriptionFilters.none("sip:list@x", "presence").changed(read(`<filter id="1">${WHAT}</filter>`));
  const refuse = (content: string, message: string, attributes = "") =>
    refused(() => some.changed(read(content, attributes)), 488, message);
  const same = "are for the same resource or domain";
  refuse(`<filter id="2">${WHAT}</filter>`, `the filters "1" and "2" ${same}`);
  refuse(`<filter id="2" uri="sip:list@X">${WHAT}</filter>`, `the filters "1" and "2" ${same}`);
  refuse(
    `<filter id="2" domain="y">${WHAT}</filter><filter id="3" domain="Y">${WHAT}</filter>`,
    `the filters "2" and "3" ${same}`,
  );
  refuse('<filter id="2" domain="y"/>', 'the filter "2" is new and has neither what nor trigger');
  refuse(`<filter id="1">${WHAT}</filter>`, "filters for dialog in a subscription to presence", ' package="dialog"');
  const many = (from: number) =>
    read(
      Array.from({ length: 20 }, (_, i) => `<filter id="x${from + i}" domain="d${from + i}">${WHAT}</filter>`).join(""),
    );
  refused(() => some.changed(many(0)), 488, "more than 20 filters");
  assert.equal(some.find("sip:list@x")?.id, "1", "all stayed as it was");
});
