import assert from "node:assert/strict";
import { type AccessDecision, OPEN_RULES } from "../../participating/mod.ts";
import { withConsent } from "./consent_rules.ts";
import { aorOf, ContactsWorld } from "./testing/contacts_world.ts";

const message = (from: string, to: string) =>
  ({ from: aorOf(from), to: aorOf(to), kind: "pager", anonymous: false }) as const;

Deno.test("who has asked writes once the other has agreed; the one asked writes when they like", async () => {
  const world = await ContactsWorld.open();
  const rules = withConsent(OPEN_RULES, world.xdm.server);
  const verdict = async (from: string, to: string) => {
    await rules.prepare(message(from, to));
    return (rules.incoming(message(from, to)) as AccessDecision).verdict;
  };
  assert.equal(rules.incoming(message("alice", "bob"))?.verdict, "allow", "without documents at once");
  const asked = await world.add("alice", "bob");
  assert.ok(asked.outcome === "asked");
  assert.equal(await verdict("alice", "bob"), "refuse");
  assert.equal(await verdict("bob", "alice"), "allow");
  assert.equal(await verdict("carol", "bob"), "allow");
  await world.contacts.agree(aorOf("bob"), asked.request.id, "user:bob");
  assert.equal(await verdict("alice", "bob"), "allow");
});

Deno.test("what other rules say goes first, and what is not in memory is read", async () => {
  const world = await ContactsWorld.open();
  await world.add("alice", "bob");
  const dropping = withConsent({ ...OPEN_RULES, incoming: () => ({ verdict: "drop" }) }, world.xdm.server);
  assert.equal(dropping.incoming(message("alice", "bob"))?.verdict, "drop");
  const fresh = withConsent(OPEN_RULES, { peek: () => undefined, read: () => Promise.resolve(null) });
  assert.equal(fresh.incoming(message("alice", "bob")), undefined);
  assert.equal(fresh.outgoing(message("alice", "bob"))?.verdict, "allow");
});
