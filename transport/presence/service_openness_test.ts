import assert from "node:assert/strict";
import { parsePresence } from "./read_presence.ts";
import { basicOf, withClosedServices } from "./service_openness.ts";
import { presence } from "./testing.ts";

const OPEN = '<tuple id="a"><status><basic> open </basic><op:x/></status><contact>sip:a@b</contact></tuple>';
const CLOSED = '<tuple id="b"><status><basic><!-- no -->closed</basic></status></tuple>';
const SILENT = '<tuple id="c"><status/><rpid:class>open</rpid:class></tuple>';
const PERSON = '<dm:person id="d"><dm:note>open</dm:note></dm:person>';

Deno.test("what a tuple says of being open; persons say nothing of it", () => {
  const { components } = parsePresence(presence(OPEN + CLOSED + SILENT + PERSON));
  assert.deepEqual(components.map(basicOf), ["open", "closed", null, null]);
});

Deno.test("services are closed, and nothing else is another", () => {
  const document = parsePresence(presence(OPEN + CLOSED + SILENT + PERSON));
  const closed = withClosedServices(document);
  assert.deepEqual(closed.components.map(basicOf), ["closed", "closed", null, null]);
  assert.equal(closed.components[0].content, document.components[0].content.replace("open", "closed"));
  assert.deepEqual(closed.components.slice(1), document.components.slice(1));
  assert.equal(withClosedServices(closed), closed, "nothing is left to close");
});
