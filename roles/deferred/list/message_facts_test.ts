import assert from "node:assert/strict";
import fc from "fast-check";
import { parseXml } from "../../../transport/xml/mod.ts";
import type { DeferredEntry } from "../../../storage/mod.ts";
import { boundedList, listDocument } from "./list_document.ts";
import { type Mailbox, mailboxOf } from "./mailbox.ts";
import { factsOf } from "./message_facts.ts";
import { MailStore } from "./testing/mail_store.ts";

const LIMITS = { characters: 1e7, depth: 9, elements: 1e5, attributes: 9 };
const STATES = { notifiedUpTo: 0, taken: new Set<string>(), endingBefore: 0 };

function factsFor(headers: string, more = {}) {
  const store = new MailStore(() => 0);
  const id = store.put("body", { headers, ...more });
  return factsOf(store.messages.get(id)!);
}

function mailbox(...headers: string[]): Mailbox {
  const store = new MailStore(() => 1_767_225_600_000);
  const facts = new Map(headers.map((one) => {
    const id = store.put("body", { headers: one });
    return [id, factsOf(store.messages.get(id)!)] as const;
  }));
  return mailboxOf("sip:bob@example.test", store.pending("sip:bob@example.test"), facts, STATES);
}

Deno.test("what is told of a message: its addresses and subject, folded or in compact form", () => {
  const facts = factsFor(
    'f: "A, B" <sip:alice@a.test>;x=1\r\nt: <sip:bob@b.test>\r\ns: caf\xc3\xa9\r\n  au lait\r\n' +
      "P-Asserted-Identity: <sip:alice@a.test>, <tel:+15551234>\r\nContent-Type: text/plain\r\n",
  );
  assert.equal(facts.from, "sip:alice@a.test");
  assert.equal(facts.to, "sip:bob@b.test");
  assert.equal(facts.subject, "café au lait");
  assert.equal(facts.authId, "sip:alice@a.test");
  assert.equal(facts.octets, 4);
});

Deno.test("who hides is not told by what only the box knows", () => {
  const facts = factsFor('From: "Anonymous" <sip:anonymous@anonymous.invalid>\r\nTo: <sip:bob@b.test>\r\n', {
    sender: "sip:alice@example.test",
  });
  assert.equal(facts.from, "sip:anonymous@anonymous.invalid");
  assert.equal(facts.authId, "");
  assert.ok(!JSON.stringify(facts).includes("alice"));
});

Deno.test("a reference is the same for all copies, another for another recipient, and no Call-ID", () => {
  const one = factsFor("", { transaction: "secret-call-id\n1\n2\nx" });
  const copy = factsFor("", { transaction: "secret-call-id\n1\n2\nx", device: "<urn:uuid:desk>" });
  const other = factsFor("", { transaction: "secret-call-id\n1\n2\nx", recipient: "sip:eve@example.test" });
  assert.equal(one.reference, copy.reference);
  assert.notEqual(one.reference, other.reference);
  assert.match(one.reference, /^d-[0-9a-f]{20}$/);
});

Deno.test("whatever headers hold, the list is well-formed XML and within its bound", () => {
  const text = fc.string({ unit: "binary", maxLength: 400 });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), fc.integer({ min: 0, max: 2000 }), (all, most) => {
      const headers = all.map((one) => {
        const octets = [...new TextEncoder().encode(one)].map((octet) => String.fromCharCode(octet)).join("");
        return `From: <sip:a@b.test>\r\nSubject: ${octets}\r\nTo: ${octets}\r\n`;
      });
      const box = mailbox(...headers);
      parseXml(listDocument(box), LIMITS);
      const bounded = boundedList(box, most);
      if (bounded === null) return;
      parseXml(bounded, LIMITS);
      assert.ok(new TextEncoder().encode(bounded).length <= most);
    }),
  );
});

Deno.test("entity tags: another one for everything that is told otherwise", () => {
  const entry = (id: number, expiresAt = 1000) => ({ id, expiresAt }) as DeferredEntry;
  const tags = new Set<string>();
  const facts = new Map();
  for (
    const [entries, states] of [
      [[entry(1)], STATES],
      [[entry(2)], STATES],
      [[entry(1), entry(2)], STATES],
      [[entry(1), entry(2, 2000)], STATES],
      [[entry(1), entry(2)], { ...STATES, notifiedUpTo: 1 }],
      [[entry(1), entry(2)], { ...STATES, notifiedUpTo: 2 }],
      [[entry(1), entry(2)], { ...STATES, taken: new Set(["d-1"]) }],
      [[entry(1), entry(2, 2000)], { ...STATES, endingBefore: 1500 }],
    ] as const
  ) {
    for (const { id } of entries) facts.set(id, { reference: `d-${id}` });
    tags.add(mailboxOf("sip:bob@example.test", entries, facts, states).etag);
  }
  assert.equal(tags.size, 8);
});
