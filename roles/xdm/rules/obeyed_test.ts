import assert from "node:assert/strict";
import { PagerWorld, settle } from "../../participating/testing/pager_world.ts";
import { Received } from "../../sip_core/testing/core_world.ts";
import { ANONYMOUS, external, one, OTHERS, REJECT, rule, RulesWorld, TAKE } from "./testing/rules_world.ts";

/** A pager service whose users keep their rules in documents. */
class ObeyingWorld {
  readonly pager: PagerWorld;
  readonly documents: RulesWorld;

  private constructor(documents: RulesWorld) {
    this.documents = documents;
    this.pager = new PagerWorld({}, undefined, undefined, documents.rules);
    this.pager.device("bob", "sip:bob@203.0.113.1");
  }

  static async open(): Promise<ObeyingWorld> {
    return new ObeyingWorld(await RulesWorld.open());
  }

  /** What alice's next message to bob comes to: the answer she has, or "arrived". */
  async send(headers = "", from = "alice"): Promise<string> {
    this.pager.user(from);
    const before = this.pager.sent.length;
    const received: Received = this.pager.message("hi", { headers, from: `sip:${from}@example.test` });
    for (let i = 0; i < 10 && received.statuses.length === 0 && this.pager.sent.length === before; i++) await settle();
    return this.pager.sent.length > before ? "arrived" : String(received.last.status);
  }
}

Deno.test("what a user writes down holds for the next message, and no longer than it stands there", async (t) => {
  const steps: [name: string, write: (world: RulesWorld) => Promise<unknown>, then: string, hidden: string][] = [
    ["one blocked", (world) => world.access("bob", rule(one("alice"), REJECT)), "403", "403"],
    ["another blocked", (world) => world.access("bob", rule(one("carol"), REJECT)), "arrived", "arrived"],
    ["a list outside", (world) => world.access("bob", rule(external("bob", "foes"), REJECT)), "arrived", "arrived"],
    ["the list grows", (world) => world.lists("bob", { foes: { uris: ["alice"] } }), "403", "403"],
    ["hiding", (world) => world.access("bob", rule(ANONYMOUS, REJECT)), "arrived", "403"],
    ["all others", (world) => world.access("bob", rule(one("carol"), TAKE), rule(OTHERS, REJECT)), "403", "403"],
    ["no rules", (world) => world.access("bob"), "arrived", "arrived"],
    ["the block list", (world) => world.people("bob", [], ["alice"]), "403", "403"],
    ["politely", (world) => world.privacy("bob", { "polite-block": true }), "200", "200"],
    ["contacts alone", (world) => world.people("bob", ["alice"]), "arrived", "arrived"],
    ["contacts alone, really", (world) => world.privacy("bob", { "contacts-only": true }), "arrived", "403"],
    ["and others", (world) => world.people("bob", ["carol"]), "403", "403"],
    ["nothing more", (world) => world.remove("org.parley.privacy", "bob", "index"), "arrived", "arrived"],
  ];
  const world = await ObeyingWorld.open();
  assert.equal(await world.send(), "arrived");
  for (const [name, write, then, hidden] of steps) {
    await t.step(name, async () => {
      await write(world.documents);
      assert.equal(await world.send(), then);
      assert.equal(await world.send("Privacy: id\r\n"), hidden);
    });
  }
});

Deno.test("who blocks somebody is kept from writing to them, and told why", async () => {
  const world = await ObeyingWorld.open();
  await world.documents.people("alice", [], ["bob"]);
  assert.equal(await world.send(), "403");
  world.documents.settings.blocked_both_ways = false;
  assert.equal(await world.send(), "arrived");
  world.documents.settings.strangers = "refused";
  assert.equal(await world.send(), "403");
  await world.documents.people("alice", ["bob"]);
  assert.equal(await world.send(), "arrived");
});
