import assert from "node:assert/strict";
import { methodAt } from "./method.ts";

Deno.test("a method is what stands there, known or not, in its own case", () => {
  const methods = ["INVITE", "ACK", "BYE", "PRACK", "SUBSCRIBE", "invite", "INVITEE", "FOO", "X", "UNREGISTEREDONE"];
  for (const method of methods) {
    const text = `12 ${method} sip:a@example.test`;
    assert.equal(methodAt(text, 3, 3 + method.length), method);
  }
  assert.equal(methodAt("INVITED", 0, 6), "INVITE");
  assert.equal(methodAt("ACKNOWLEDGE", 0, 11), "ACKNOWLEDGE");
  assert.equal(methodAt("", 0, 0), "");
});
