import { deepEqual, equal } from "node:assert/strict";
import { addressShown, addressTyped } from "./address.ts";

Deno.test("what people type becomes an address", () => {
  const cases: Readonly<Record<string, string>> = {
    "bob": "sip:bob@example.test",
    " bob@else.test ": "sip:bob@else.test",
    "sip:bob@else.test": "sip:bob@else.test",
    "tel:+4930123": "tel:+4930123",
    "+49 (30) 123-45": "+493012345",
    "030/12345": "03012345",
    "Bob Miller": "",
    "": "",
    "<script>": "",
    "a@b@c": "",
  };
  deepEqual(
    Object.keys(cases).map((text) => addressTyped(text, "example.test")),
    Object.values(cases),
  );
});

Deno.test("an address is shown without its scheme", () => {
  equal(addressShown("sip:bob@example.test"), "bob@example.test");
  equal(addressShown("tel:+49"), "+49");
});
