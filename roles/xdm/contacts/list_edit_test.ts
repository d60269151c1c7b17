import assert from "node:assert/strict";
import { checkGrammar, parseXml, SMALL_XML } from "../../../transport/xml/mod.ts";
import { RESOURCE_LISTS_GRAMMAR } from "../usages/resource_lists_grammar.ts";
import { contactEntries } from "./contact_lists.ts";
import {
  withChanged,
  withContact,
  withEntry,
  withGroup,
  withGroupChanged,
  withoutEntries,
  withoutGroup,
} from "./contact_edits.ts";

const RL = "urn:ietf:params:xml:ns:resource-lists";

/** Documents as different clients write them, each with bob and carol as contacts, carol in a group. */
const WRITTEN: Readonly<Record<string, string>> = {
  "by lines": `<?xml version="1.0" encoding="UTF-8"?>
<resource-lists xmlns="${RL}">
  <!-- mine -->
  <list name="oma_buddylist">
    <display-name>Everybody</display-name>
    <entry uri="sip:bob@example.test" x:note="1" xmlns:x="urn:x"><display-name>Bob</display-name><x:more/></entry>
    <list name="g">
      <entry uri="sip:carol@example.test"/>
    </list>
    <x:after xmlns:x="urn:x"/>
  </list>
  <list name="other"/>
</resource-lists>
`,
  "on one line, with a prefix":
    `<rl:resource-lists xmlns:rl="${RL}"><rl:list name="oma_buddylist"><rl:entry uri="sip:bob@example.test"><rl:display-name>Bob</rl:display-name></rl:entry><rl:list name="g"><rl:entry uri="sip:carol@example.test"/></rl:list></rl:list></rl:resource-lists>`,
};

/** The text is a document by the grammar; gives its contacts as `bob=Bob@g`. */
function contactsIn(text: string | null): string {
  assert.ok(text !== null, "nothing was changed");
  const document = parseXml(text, SMALL_XML);
  assert.equal(checkGrammar(document, RESOURCE_LISTS_GRAMMAR), null, text);
  return contactEntries(document).map(({ aor, name, list }) =>
    `${aor.replace(/^sip:|@example\.test$/g, "")}=${name}${list === "" ? "" : `@${list}`}`
  ).join(" ");
}

const [BOB, CAROL, DAVE] = ["bob", "carol", "dave"].map((name) => `sip:${name}@example.test`);

for (const [how, text] of Object.entries(WRITTEN)) {
  const now = parseXml(text, SMALL_XML);

  Deno.test(`${how}: every edit gives a document by the grammar, with what was meant`, () => {
    assert.equal(
      contactsIn(withContact(now, { uri: DAVE, name: 'D & "d"', list: "" })),
      'bob=Bob carol=@g dave=D & "d"',
    );
    assert.equal(contactsIn(withContact(now, { uri: DAVE, name: "", list: "g" })), "bob=Bob carol=@g dave=@g");
    assert.equal(contactsIn(withChanged(now, BOB, { name: "B." })), "bob=B. carol=@g");
    assert.equal(contactsIn(withChanged(now, BOB, { name: "" })), "bob= carol=@g");
    assert.equal(contactsIn(withChanged(now, CAROL, { name: "C." })), "bob=Bob carol=C.@g");
    assert.equal(contactsIn(withChanged(now, CAROL, { list: "" })), "bob=Bob carol=");
    assert.equal(contactsIn(withChanged(now, BOB, { list: "g" })), "carol=@g bob=Bob@g");
    assert.equal(contactsIn(withChanged(now, BOB, { list: "g", name: "B." })), "carol=@g bob=B.@g");
    assert.equal(contactsIn(withoutEntries(now, BOB, contactEntries(now))), "carol=@g");
    assert.equal(contactsIn(withoutGroup(now, "g")), "bob=Bob carol=");
    assert.equal(contactsIn(withGroupChanged(now, "g", { name: "h", display_name: "H" })), "bob=Bob carol=@h");
    assert.equal(contactsIn(withGroup(now, "new", "New")), "bob=Bob carol=@g");
    const blocked = withEntry(now, "oma_blockedcontacts", DAVE, { uri: DAVE, name: "" });
    assert.equal(contactsIn(blocked), "bob=Bob carol=@g");
    assert.equal(withEntry(parseXml(blocked!, SMALL_XML), "oma_blockedcontacts", DAVE, { uri: DAVE, name: "" }), null);
    assert.equal(withChanged(now, BOB, { name: "Bob" }), null, "nothing is other");
  });

  Deno.test(`${how}: what is not meant stays as it was written`, () => {
    const added = withContact(now, { uri: DAVE, name: "", list: "" });
    const at = added.indexOf("\n", added.slice(0, added.indexOf("dave")).lastIndexOf(">"));
    assert.equal(added.slice(0, at) + added.slice(added.indexOf("/>", at) + 2), text);
    const moved = withChanged(now, BOB, { list: "g" })!;
    const entry = /<(?:rl:)?entry uri="sip:bob.*?<\/(?:rl:)?entry>/.exec(text)![0];
    assert.ok(moved.includes(entry), "its other attributes and elements go with it");
  });
}

Deno.test("lists that are empty, or not there, are filled", () => {
  assert.equal(contactsIn(withContact(null, { uri: BOB, name: "Bob", list: "" })), "bob=Bob");
  for (
    const inner of [
      "",
      '<list name="oma_buddylist"/>',
      '<list name="oma_buddylist"></list>',
      '<list name="oma_buddylist">\n</list>',
    ]
  ) {
    const now = parseXml(
      inner === "" ? `<resource-lists xmlns="${RL}"/>` : `<resource-lists xmlns="${RL}">${inner}</resource-lists>`,
      SMALL_XML,
    );
    assert.equal(contactsIn(withContact(now, { uri: BOB, name: "Bob", list: "" })), "bob=Bob");
    const group = parseXml(withGroup(now, "g", ""), SMALL_XML);
    assert.equal(contactsIn(withContact(group, { uri: BOB, name: "", list: "g" })), "bob=@g");
  }
});
