import assert from "node:assert/strict";
import type { NewSystemMessage, SystemMessageFault } from "../admin/services/mod.ts";
import { FakeSubscribers, subscriber } from "../sip_core/testing/fake_storage.ts";
import { checkedMessage } from "./new_job.ts";

const ALICE = subscriber("sip:alice@example.test", "x", { displayName: "Alice Adams", e164: "+491701234567" });
const parts = {
  fields: { service: "Parley", domain: "example.test", date: "2026-01-02" },
  subscribers: new FakeSubscribers([ALICE]),
  now: 1_000_000,
};
const check = (request: NewSystemMessage, recipient = undefined as typeof ALICE | undefined) =>
  checkedMessage(request, recipient, parts);
const TWO = [{ label: "Yes" }, { label: "No" }];

function fault(request: NewSystemMessage, recipient?: typeof ALICE): [field: string, message: string] {
  try {
    check(request, recipient);
  } catch (error) {
    const { field, message } = error as SystemMessageFault;
    return [field, message];
  }
  throw new Error(`taken: ${JSON.stringify(request)}`);
}

Deno.test("what belongs to a user is not said, and it is told what was found", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["Ask alice@example.test.", "alice@example.test"],
    ["Ask <sip:Alice@Example.test>", "sip:Alice@Example.test"],
    ["Ask sips:alice@example.test;x=y", "sips:alice@example.test"],
    ["Call +491701234567", "+491701234567"],
    ["Call +49 (170) 123-45.67 now", "+49 (170) 123-45.67"],
    ["Call 0049 170 1234567", "0049 170 1234567"],
    ["Call 491701234567", "491701234567"],
  ];
  for (const [text, found] of cases) {
    const [field, message] = fault({ text });
    assert.deepEqual([field, message.slice(0, found.length + 2)], ["text", `"${found}"`], text);
    assert.equal(fault({ text: "x", options: [{ label: "Yes" }, { label: text }] })[0], "options");
  }
  const [, name] = fault({ text: "Dear ALICE ADAMS, hello" }, ALICE);
  assert.match(name, /^"Alice Adams" belongs to a user/);
  for (
    const text of [
      "Write to support@elsewhere.test, bob@example.test, call +49 800 1234567 or 112, at 10:30 on 2026-01-02.",
      "Alice Adams is nobody's name here",
      "Version 5.1.2 of 3,000 @ 4",
    ]
  ) {
    assert.equal(check({ text }).text, text);
  }
});

Deno.test("fields of the service are filled in; any other is refused by name", () => {
  assert.equal(
    check({ text: "{service} at {domain} on {date}: {service}" }).text,
    "Parley at example.test on 2026-01-02: Parley",
  );
  for (const name of ["name", "e164", "user", "", "toString", "__proto__", "service "]) {
    const [field, message] = fault({ text: `Dear {${name}}` });
    assert.equal(field, "text");
    assert.match(message, /allowed: \{service\}, \{domain\}, \{date\}/);
    assert.ok(message.startsWith(`"{${name}}"`), message);
  }
});

Deno.test("options are none or 2 to 10, each with one name", () => {
  assert.deepEqual(
    check({ text: "x", options: [{ label: " Yes " }, { id: "no", label: "No", grants: "none" }] }).options,
    [
      { id: "1", label: "Yes", grants: "full" },
      { id: "no", label: "No", grants: "none" },
    ],
  );
  const options = (n: number) => Array.from({ length: n }, (_, i) => ({ label: `Option ${i}` }));
  assert.equal(check({ text: "x", options: options(10) }).options.length, 10);
  const refused: readonly (readonly [NonNullable<NewSystemMessage["options"]>, RegExp])[] = [
    [options(1), /1 options; allowed: none, or 2 to 10/],
    [options(11), /11 options/],
    [[{ label: "Yes" }, { label: "yes" }], /"yes" names two options/],
    [[{ id: "a", label: "b" }, { id: "b", label: "c" }], /"b" names two options/],
    [[{ label: "Yes" }, { label: "1" }], /"1" names two options/],
    [[{ id: "2", label: "Yes" }, { label: "No" }], /"2" is no id of option 1/],
    [[{ id: "<x>", label: "Yes" }, { label: "No" }], /no id/],
    [[{ label: "Yes\nNo" }, { label: "No" }], /one line/],
    [[{ label: "\u202eseY" }, { label: "No" }], /one line/],
    [[{ label: " " }, { label: "No" }], /0 characters/],
    [[{ label: "x".repeat(101) }, { label: "No" }], /101 characters/],
  ];
  for (const [options, why] of refused) {
    const [field, message] = fault({ text: "x", options });
    assert.equal(field, "options");
    assert.match(message, why);
  }
});

Deno.test("what contradicts itself is refused at its field", () => {
  assert.equal(fault({ text: "x", blocking: true })[0], "blocking");
  assert.equal(fault({ text: "x", answer_within: 10 })[0], "answer_within");
  assert.equal(fault({ text: "x", options: TWO, answer_within: 0 })[0], "answer_within");
  assert.equal(fault({ text: "x", options: TWO, answer_within: 40 * 86_400 })[0], "answer_within");
  assert.equal(fault({ text: "x", expires_at: 1_000_000 })[0], "expires_at");
  assert.equal(fault({ text: "x", condition: {} })[0], "condition");
  assert.equal(fault({ text: "x", condition: { client: " " } })[0], "condition.client");
  assert.equal(fault({ text: "a\0b" })[0], "text");
  assert.equal(check({ text: "x".repeat(2000), options: TWO, blocking: true, answer_within: 1 }).text.length, 2000);
});
