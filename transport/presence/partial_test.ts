import assert from "node:assert/strict";
import fc from "fast-check";
import { PatchProblem } from "../xcap/mod.ts";
import { patchedPresence, patchErrorBody } from "./patched_presence.ts";
import { serviceOf } from "./presence_facts.ts";
import { PresenceProblem } from "./presence_problem.ts";
import { parsePresence, parsePresenceXml } from "./read_presence.ts";
import examples from "./testdata/examples.json" with { type: "json" };
import { ALL, composed, meaning, rights } from "./testing.ts";
import { WatchedPresence } from "./watched_presence.ts";

function example(from: string, number: number): string {
  return examples.find((one) => one.from === from && one.number === number)!.text;
}

function xml(text: string) {
  return parsePresenceXml(text);
}

Deno.test("the diff of RFC 5262 makes the RFC's result of its document", () => {
  const watched = new WatchedPresence();
  assert.equal(watched.receive(xml(example("RFC 5262", 1))), "replaced");
  assert.equal(watched.receive(xml(example("RFC 5262", 2))), "changed");
  // The note's second line says "person" in the diff and "note" in the result, and stands elsewhere on the page.
  const same = (text: string) => text.replace(/inserted\s+between the last tuple and \w+ element/, "inserted");
  const expected = same(meaning(xml(example("RFC 5262", 3)).root));
  assert.equal(same(meaning(watched.document!.root)), expected);
});

Deno.test("the notifications of RFC 5263 are followed", () => {
  const watched = new WatchedPresence();
  assert.equal(watched.presence, null);
  assert.equal(watched.receive(xml(example("RFC 5263", 1))), "replaced");
  assert.equal(watched.receive(xml(example("RFC 5263", 2))), "changed");
  const services = watched.presence!.components.filter(({ kind }) => kind === "tuple").map(serviceOf);
  assert.deepEqual(services.map(({ id, basic, priority }) => [id, basic, priority]), [
    ["sg89ae", "open", 0.8],
    ["cg231jcr", "open", 0.7],
    ["r1230d", "open", 0.9],
    ["ert4773", "open", 0.4],
  ]);
  const person = watched.presence!.components.find(({ kind }) => kind === "person")!;
  assert.equal(person.content, "<rpid:activities><rpid:on-the-phone/></rpid:activities>");
});

Deno.test("the publication of RFC 5264 is changed by its diff", () => {
  const first = parsePresence(example("RFC 5264", 1));
  const second = patchedPresence(first, xml(example("RFC 5264", 2)));
  assert.deepEqual(second.components.map(({ ids }) => ids[0]), ["sg89ae", "cg231jcr", "r1230d", "ert4773"]);
  assert.match(second.components[2].content, /<basic>open<\/basic>/);
  assert.doesNotMatch(second.others[0].text, /busy/);
  // It can be changed again.
  const third = patchedPresence(second, xml(diffOf("<p:remove sel=\"*/tuple[@id='ert4773']\"/>")));
  assert.equal(third.components.length, 3);
});

function diffOf(operations: string, attributes = ""): string {
  return `<p:pidf-diff xmlns="urn:ietf:params:xml:ns:pidf" xmlns:p="urn:ietf:params:xml:ns:pidf-diff"${attributes}>${operations}</p:pidf-diff>`;
}

function fullOf(content: string, attributes = ' entity="sip:a@b" version="4"'): string {
  return `<p:pidf-full xmlns="urn:ietf:params:xml:ns:pidf" xmlns:p="urn:ietf:params:xml:ns:pidf-diff"${attributes}>${content}</p:pidf-full>`;
}

const TUPLE = '<tuple id="t"><status><basic>open</basic></status></tuple>';

Deno.test("the root is selected by any of its names", () => {
  const before = parsePresence(fullOf(TUPLE));
  for (const root of ["*", "presence", "/presence", "p:pidf-full", "/*", "/p:pidf-full"]) {
    const diff = diffOf(`<p:replace sel="${root}/tuple/status/basic/text()">closed</p:replace>`);
    assert.match(patchedPresence(before, xml(diff)).components[0].content, /closed/, root);
  }
});

Deno.test("a diff that does not fit is refused, and says why", () => {
  const before = parsePresence(fullOf(TUPLE));
  const refused = (text: string, message: RegExp, body: RegExp | null, from = before) =>
    assert.throws(() => patchedPresence(from, xml(text)), (error: unknown) => {
      assert.ok(error instanceof PresenceProblem, `${error}`);
      assert.match(error.message, message);
      if (body === null) assert.equal(patchErrorBody(error), null);
      else assert.match(patchErrorBody(error)!, body);
      return true;
    });
  refused(diffOf('<p:remove sel="*/tuple[2]"/>'), /unlocated-node/, /<unlocated-node phrase="/);
  refused(diffOf('<p:remove sel="*/tuple["/>'), /invalid-attribute-value/, /<invalid-attribute-value phrase=/);
  refused(diffOf("", ' entity="sip:other@b"'), /entity is not that of/, /<invalid-attribute-value phrase=/);
  refused(diffOf("", ' version="4"'), /version 4 where 5 is next/, null);
  refused(diffOf("", ' version="x"'), /line 1, column 1: version "x" is no number/, null);
  refused(diffOf("", ' version="4294967296"'), /is no number up to/, null);
  refused(fullOf(TUPLE), /the root is pidf-full; allowed: pidf-diff/, null);
  refused(diffOf('<p:remove sel="*/tuple"/>'.repeat(201)), /201 operations; at most 200/, null);
  refused(
    diffOf('<p:replace sel="*/tuple/status/basic/text()">ajar</p:replace>'),
    /"ajar" is none of open, closed/,
    null,
  );
  const plain = parsePresence('<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a@b"/>');
  refused(diffOf(""), /no pidf-full that it could change/, null, plain);
  // None of it counts.
  refused(diffOf('<p:remove sel="*/tuple"/><p:remove sel="*/tuple"/>'), /unlocated-node/, /unlocated/);
  assert.equal(before.components.length, 1);
});

Deno.test("versions are counted, missed ones noticed, old ones left alone", () => {
  const watched = new WatchedPresence();
  assert.equal(watched.receive(xml(diffOf("", ' version="3"'))), "missed");
  assert.equal(watched.receive(xml(fullOf(TUPLE))), "replaced");
  assert.equal(watched.receive(xml(fullOf(""))), "stale");
  assert.equal(watched.receive(xml(diffOf("", ' version="4"'))), "stale");
  assert.equal(watched.receive(xml(diffOf("", ' version="6"'))), "missed");
  assert.equal(watched.receive(xml(diffOf('<p:remove sel="*/tuple"/>', ' version="5"'))), "changed");
  assert.equal(watched.presence!.components.length, 0);
  assert.throws(() => watched.receive(xml(diffOf(""))), /attribute version is required/);
  assert.throws(() => watched.receive(xml(diffOf('<p:remove sel="*/tuple"/>', ' version="6"'))), (error: unknown) => {
    assert.ok(error instanceof PresenceProblem && error.cause instanceof PatchProblem);
    return true;
  });
  // Another type in between does not count (RFC 5263 §4.5).
  assert.equal(watched.receive(xml('<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a@b"/>')), "replaced");
  assert.equal(watched.receive(xml(fullOf(TUPLE, ' entity="sip:a@b" version="5"'))), "stale");
  assert.equal(watched.receive(xml(fullOf(TUPLE, ' entity="sip:a@b" version="6"'))), "replaced");
});

Deno.test("a change of one element is told in a few octets", () => {
  const person = (activity: string) =>
    `<tuple id="t"><status><basic>open</basic></status><contact>sip:a@b</contact></tuple>
     <dm:person id="p"><rpid:activities><rpid:${activity}/></rpid:activities><dm:note>n</dm:note></dm:person>`;
  const before = composed(person("away")).view(ALL), after = composed(person("busy")).view(ALL);
  const diff = after.diff(before, 2)!;
  assert.match(
    diff,
    /version="2">\n<p:replace sel="\*\/\*\[2\]\/\*\[1\]\/\*\[1\]"><rpid:busy\/><\/p:replace>\n<\/p:pidf-diff>/,
  );
  const watched = new WatchedPresence();
  watched.receive(xml(before.full(1)));
  assert.equal(watched.receive(xml(diff)), "changed");
  assert.equal(meaning(watched.document!.root), meaning(xml(after.full(2)).root));
  // Where namespaces come or go, the whole says it.
  assert.equal(
    composed(
      person("away") + '<dm:device id="d"><op:network-availability/><dm:deviceID>urn:x:1</dm:deviceID></dm:device>',
    )
      .view(ALL).diff(before, 2),
    null,
  );
});

/** Parts of documents that often are the same in two of them. */
const activity = fc.constantFrom("away", "busy", "meeting").map((name) =>
  `<rpid:activities><rpid:${name}/></rpid:activities>`
);
const foreign = fc.constantFrom(
  '<x:e xmlns:x="urn:x"> a <x:f/> b </x:e>',
  '<e xmlns="urn:x"><f/></e>',
  '<p:e xmlns:p="urn:p"><p:f k="1"/></p:e>',
  '<p:e xmlns:p="urn:p"><p:f k="2"/></p:e>',
  "<rpid:class>c&amp;</rpid:class>",
);
const note = fc.constantFrom("", "hello", "a &lt; b", "<![CDATA[x & y]]>", "zwölf");
const tuple = fc.tuple(fc.constantFrom("open", "closed"), fc.nat(6), note, foreign).map(([basic, n, text, other]) =>
  `<status><basic>${basic}</basic></status>${other}<contact>sip:${n}@b</contact><note>${text}</note>`
);
const slot = fc.oneof(
  fc.constant(""),
  tuple.map((text) => `<tuple id="ID">${text}</tuple>`),
  note.map((text) => `<note>${text}</note>`),
  fc.tuple(activity, foreign).map((all) => `<dm:person id="ID">${all.join("")}</dm:person>`),
  fc.tuple(fc.nat(3), note).map(([n, text]) =>
    `<dm:device id="ID"><dm:deviceID>urn:x:${n}</dm:deviceID><dm:note>${text}</dm:note></dm:device>`
  ),
);

/** A document in slots, and what some of its slots become, one after the other. */
const history = fc.tuple(
  fc.array(slot, { minLength: 3, maxLength: 8 }),
  fc.array(fc.tuple(fc.nat(7), slot), { minLength: 1, maxLength: 6 }),
  fc.boolean(),
);

Deno.test("what a watcher makes of diffs is what it would see whole, for any documents", () => {
  let told = 0, all = 0;
  fc.assert(
    fc.property(history, ([slots, changes, few]) => {
      const watcher = few ? rights({ services: "all", persons: "all", attributes: ["note", "class"] }) : ALL;
      const view = () => composed(slots.map((text, i) => text.replace("ID", `i${i}`)).join("\n")).view(watcher);
      const watched = new WatchedPresence();
      let sent = view();
      watched.receive(xml(sent.full(1)));
      changes.forEach(([index, become], i) => {
        slots[index % slots.length] = become;
        const next = view();
        const diff = next.diff(sent, i + 2);
        all++;
        if (diff !== null) told++;
        const outcome = watched.receive(xml(diff ?? next.full(i + 2)));
        assert.equal(outcome, diff === null ? "replaced" : "changed");
        assert.equal(meaning(watched.document!.root), meaning(xml(next.full(i + 2)).root));
        assert.equal(next.text === sent.text, next.saysSameAs(sent));
        sent = next;
      });
    }),
    { numRuns: 400 },
  );
  assert.ok(told > all / 2, `${told} of ${all} by diffs`);
});
